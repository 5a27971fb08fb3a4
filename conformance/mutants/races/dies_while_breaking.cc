#include <errno.h>

#include <string>

#include "conformance/mutants/races/races.h"
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

// That lock is a file beside the link, made by O_EXCL.
//
// Shortest, with a stale file at the path: a makes the breaker's file and is
// killed; b is refused, for ever.
const RegisteredRaceMutant kDiesWhileBreaking({
    "dies_while_breaking",
    "Breaks stale links under a lock that itself stays when its holder is "
    "killed.",
    {{"Systematic.CrashAtAnyCallFrees"}},
    Serve<DiesWhileBreaking>(),
});

}  // namespace
}  // namespace conformance
