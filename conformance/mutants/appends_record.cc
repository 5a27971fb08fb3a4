#include <errno.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class AppendsRecord : public PlainLock {
 public:
  using PlainLock::PlainLock;

 private:
  int Record(int fd) override {
    const std::string record = absl::StrCat(::getpid(), "\n");
    const off_t end = ::lseek(fd, 0, SEEK_END);
    return ::pwrite(fd, record.data(), record.size(), end) < 0 ? errno : 0;
  }
};

// As in zc.lockfile 1.0.1.
const RegisteredMutant kAppendsRecord({
    "appends_record",
    "Writes its record behind those that are there.",
    {{"Persistence.FileDoesNotGrow"}, {"OwnerRecord.OneRecordAfterManyCycles"}},
    Serve<AppendsRecord>(PlainLock::Owner::kRecorded),
});

}  // namespace
}  // namespace conformance
