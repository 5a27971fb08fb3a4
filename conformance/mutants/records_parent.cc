#include <errno.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class RecordsParent : public PlainLock {
 public:
  using PlainLock::PlainLock;

 private:
  int Record(int fd) override {
    const std::string record = absl::StrCat(::getppid(), "\n");
    const ssize_t n = ::pwrite(fd, record.data(), record.size(), 0);
    return n >= 0 && ::ftruncate(fd, n) == 0 ? 0 : errno;
  }
};

const RegisteredMutant kRecordsParent({
    "records_parent",
    "Records the pid of the parent process.",
    {{"OwnerRecord.RecordNamesHolder"}, {"OwnerRecord.RefusalNamesHolder"}},
    Serve<RecordsParent>(PlainLock::Owner::kRecorded),
});

}  // namespace
}  // namespace conformance
