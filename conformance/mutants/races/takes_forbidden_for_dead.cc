#include <signal.h>
#include <sys/types.h>

#include <string>

#include "conformance/mutants/races/races.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class TakesForbiddenForDead : public PidInLink {
  Owner Look(const std::string& path) override {
    Owner owner = PidInLink::Look(path);
    if (owner.kind == Owner::Kind::kAlive && ::kill(owner.pid, 0) != 0) {
      owner.kind = Owner::Kind::kNobody;
    }
    pid_ = owner.pid;
    return owner;
  }
  bool StillStale(const std::string& path) override {
    const Owner owner = PidInLink::Look(path);
    return owner.kind != Owner::Kind::kGone && owner.pid == pid_;
  }

  pid_t pid_ = 0;
};

// kill(2) fails with EPERM for another user's.
//
// Shortest: a acquires; b reads its pid, and its kill fails with EPERM; b
// removes the link, and has its own.
const RegisteredRaceMutant kTakesForbiddenForDead({
    "takes_forbidden_for_dead",
    "Takes a process that it may not signal (EPERM) for one that is no more.",
    {{"Systematic.FailureAtAnyCallIsHonest"}},
    Serve<TakesForbiddenForDead>(),
});

}  // namespace
}  // namespace conformance
