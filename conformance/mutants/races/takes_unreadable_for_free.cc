#include <errno.h>

#include "conformance/mutants/races/races.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class TakesUnreadableForFree : public RecordInPlace {
  int Claim(int fd) override {
    if (ReadOwner(fd).kind == Owner::Kind::kAlive) return EWOULDBLOCK;
    return WriteRecord(fd);
  }
};

// Shortest: a acquires; b's read fails with EIO; b writes its own record.
const RegisteredRaceMutant kTakesUnreadableForFree({
    "takes_unreadable_for_free",
    "Takes a record that cannot be read for none.",
    {{"Systematic.FailureAtAnyCallIsHonest"}},
    Serve<TakesUnreadableForFree>(),
});

}  // namespace
}  // namespace conformance
