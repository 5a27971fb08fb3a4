#include <sys/file.h>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class IgnoresFailedRecord : public PlainLock {
 public:
  using PlainLock::PlainLock;

 private:
  int Record(int fd) override {
    if (PlainLock::Record(fd) != 0) ::flock(fd, LOCK_UN);
    return 0;
  }
};

// As in py-filelock 601.
const RegisteredMutant kIgnoresFailedRecord({
    "ignores_failed_record",
    "Gives the lock back when its record cannot be written, and says that it "
    "has it.",
    {{"Paths.NoRoomForContent"}, {"Systematic.FailureAtAnyCallIsHonest"}},
    Serve<IgnoresFailedRecord>(PlainLock::Owner::kRecorded),
});

}  // namespace
}  // namespace conformance
