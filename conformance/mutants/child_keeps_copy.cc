#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class ChildKeepsCopy : public PlainLock {
  int AfterFork(int fd) override { return fd; }
};

// As in zc.lockfile since 1.2.1, portalocker, aws-c-common 1192, py-filelock
// 634.
const RegisteredMutant kChildKeepsCopy({
    "child_keeps_copy",
    "A forked child keeps its copy of the descriptor, and its release unlocks.",
    {{"Inheritance.ChildReleaseKeepsLock"},
     {"Inheritance.ChildExitKeepsLock"},
     {"Inheritance.ParentDeathFrees"},
     {"Inheritance.ParentExitFrees"}},
    Serve<ChildKeepsCopy>(),
});

}  // namespace
}  // namespace conformance
