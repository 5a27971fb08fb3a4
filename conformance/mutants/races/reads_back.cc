#include <errno.h>
#include <unistd.h>

#include <string>

#include "conformance/mutants/races/races.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class ReadsBack : public RecordInPlace {
  int Enter(int /*fd*/, const std::string& /*path*/) override { return 0; }
  void Leave(int /*fd*/) override {}
  int Claim(int fd) override {
    if (const int error = RecordInPlace::Claim(fd)) return error;
    const Owner owner = ReadOwner(fd);
    if (owner.kind == Owner::Kind::kUnknown) return owner.error;
    return owner.pid == ::getpid() ? 0 : EWOULDBLOCK;
  }
};

// Shortest: a and b read that it is free; a writes, and reads itself; b writes,
// and reads itself.
const RegisteredRaceMutant kReadsBack({
    "reads_back",
    "Writes its record without a lock, and takes it for proof that it reads it "
    "back.",
    {{"Systematic.NoInterleavingAdmitsTwo"}},
    Serve<ReadsBack>(),
});

}  // namespace
}  // namespace conformance
