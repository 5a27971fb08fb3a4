#include <errno.h>
#include <unistd.h>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class EmptiesOnAcquire : public PlainLock {
  int Record(int fd) override { return ::ftruncate(fd, 0) == 0 ? 0 : errno; }
};

const RegisteredMutant kEmptiesOnAcquire({
    "empties_on_acquire",
    "Empties the file when it has the lock, and writes nothing.",
    {{"Persistence.ContentIsLeftAlone"}},
    Serve<EmptiesOnAcquire>(),
});

}  // namespace
}  // namespace conformance
