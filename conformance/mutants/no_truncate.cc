#include <errno.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class NoTruncate : public PlainLock {
 public:
  using PlainLock::PlainLock;

 private:
  int Record(int fd) override {
    const std::string record = absl::StrCat(::getpid(), "\n");
    return ::pwrite(fd, record.data(), record.size(), 0) < 0 ? errno : 0;
  }
};

const RegisteredMutant kNoTruncate({
    "no_truncate",
    "Writes its record over the start of a longer content and leaves the rest.",
    {{"OwnerRecord.LongerContentIsReplaced"}},
    Serve<NoTruncate>(PlainLock::Owner::kRecorded),
});

}  // namespace
}  // namespace conformance
