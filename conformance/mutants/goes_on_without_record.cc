#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class GoesOnWithoutRecord : public PlainLock {
 public:
  using PlainLock::PlainLock;

 private:
  int Record(int fd) override {
    PlainLock::Record(fd);
    return 0;
  }
};

const RegisteredMutant kGoesOnWithoutRecord({
    "goes_on_without_record",
    "Goes on without a record when that can't be written, and says nothing of "
    "it.",
    {{"Paths.NoRoomForRecord"}},
    Serve<GoesOnWithoutRecord>(PlainLock::Owner::kRecorded),
});

}  // namespace
}  // namespace conformance
