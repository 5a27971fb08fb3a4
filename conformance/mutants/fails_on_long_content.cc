#include <errno.h>
#include <sys/types.h>
#include <unistd.h>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class FailsOnLongContent : public PlainLock {
 public:
  using PlainLock::PlainLock;

 private:
  int Record(int fd) override {
    char content[4096];
    const ssize_t n = ::pread(fd, content, sizeof(content), 0);
    if (n == sizeof(content)) return EFBIG;
    return PlainLock::Record(fd);
  }
};

const RegisteredMutant kFailsOnLongContent({
    "fails_on_long_content",
    "Reads the record that was left over into a buffer of a page, and fails if "
    "it doesn't fit.",
    {{"OwnerRecord.TextBehindRecordMisleadsNobody"}},
    Serve<FailsOnLongContent>(PlainLock::Owner::kRecorded),
});

}  // namespace
}  // namespace conformance
