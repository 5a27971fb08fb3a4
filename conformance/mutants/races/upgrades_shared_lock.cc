#include <errno.h>
#include <sys/file.h>

#include <string>

#include "conformance/mutants/races/races.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class UpgradesSharedLock : public RecordInPlace {
  int Claim(int fd) override {
    if (const int error = Flock(fd, LOCK_SH)) return error;
    const Owner owner = ReadOwner(fd);
    if (owner.kind == Owner::Kind::kAlive) return EWOULDBLOCK;
    if (owner.kind == Owner::Kind::kUnknown) return owner.error;
    int error = EWOULDBLOCK;
    for (int i = 0; i < 2 && error == EWOULDBLOCK; ++i) {
      error = Flock(fd, LOCK_EX | LOCK_NB);
    }
    return error != 0 ? error : WriteRecord(fd);
  }
  int Enter(int fd, const std::string& path) override {
    return holds_ ? RecordInPlace::Enter(fd, path) : 0;
  }
  int Release(int fd, const std::string& path) override {
    holds_ = true;
    const int error = RecordInPlace::Release(fd, path);
    holds_ = false;
    return error;
  }

  bool holds_ = false;
};

// In the belief that the shared one is kept meanwhile. It isn't: a conversion
// first gives it up (flock(2)), also where it fails.
//
// Shortest: a and b lock shared, and read that it is free; a's conversion
// fails; b's is granted, b writes its record and unlocks; a's second conversion
// is granted, and it writes its record.
const RegisteredRaceMutant kUpgradesSharedLock({
    "upgrades_shared_lock",
    "Reads under a shared lock, converts it to an exclusive one, and believes "
    "what it read before.",
    {{"Systematic.NoInterleavingAdmitsTwo"}},
    Serve<UpgradesSharedLock>(),
});

}  // namespace
}  // namespace conformance
