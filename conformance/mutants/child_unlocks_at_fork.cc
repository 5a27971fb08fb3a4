#include <sys/file.h>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class ChildUnlocksAtFork : public PlainLock {
  int AfterFork(int fd) override {
    ::flock(fd, LOCK_UN);
    return PlainLock::AfterFork(fd);
  }
};

const RegisteredMutant kChildUnlocksAtFork({
    "child_unlocks_at_fork",
    "A forked child unlocks its copy, and with it the lock.",
    {{"Inheritance.LivingChildKeepsLock"},
     {"Inheritance.ChildDeathKeepsLock"},
     {"Inheritance.ChildReleaseKeepsLock"},
     {"Inheritance.ChildExitKeepsLock"}},
    Serve<ChildUnlocksAtFork>(),
});

}  // namespace
}  // namespace conformance
