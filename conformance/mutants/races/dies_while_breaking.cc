// Whoever breaks a stale link holds a file beside it, made by O_EXCL. When it
// is killed there, nobody will ever break one again.
//
// Shortest, with a stale file at the path: a makes the breaker's file and is
// killed; b is refused, for ever.

#include <errno.h>

#include <string>

#include "conformance/mutants/races/all.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class DiesWhileBreaking : public PidInLink {
  int Break(const std::string& path) override {
    const std::string breaker = path + ".breaker";
    if (const int error = CreateRecord(breaker)) {
      return error == EEXIST ? EWOULDBLOCK : error;
    }
    const int error = StillStale(path) ? RemoveFile(path) : 0;
    const int removed = RemoveFile(breaker);
    return error != 0 ? error : removed;
  }
};

}  // namespace

Mutant DiesWhileBreakingMutant() {
  return {"dies_while_breaking",
          "Breaks stale links under a lock that itself stays when its "
          "holder is killed.",
          {{"Systematic.CrashAtAnyCallFrees"}},
          Serve<DiesWhileBreaking>()};
}

}  // namespace conformance
