#include <errno.h>

#include "conformance/mutants/races/races.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class IgnoresFailedWrite : public RecordInPlace {
  int Claim(int fd) override {
    const Owner owner = ReadOwner(fd);
    if (owner.kind == Owner::Kind::kAlive) return EWOULDBLOCK;
    if (owner.kind == Owner::Kind::kUnknown) return owner.error;
    WriteRecord(fd);
    return 0;
  }
};

// As in py-filelock 601.
//
// Shortest: a's write fails, and it believes that it holds; b reads nothing,
// and acquires.
const RegisteredRaceMutant kIgnoresFailedWrite({
    "ignores_failed_write",
    "Ignores that the record by which it holds could not be written.",
    {{"Systematic.FailureAtAnyCallIsHonest"}},
    Serve<IgnoresFailedWrite>(),
});

}  // namespace
}  // namespace conformance
