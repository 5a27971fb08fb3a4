// A pid file that is made first and written then. An empty one was left by a
// crash, so whoever finds it removes it.
//
// Shortest: a makes the file; b reads nothing in it, removes it, and has a new
// one; a writes into the removed file.

#include <string>

#include "conformance/mutants/races/all.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class TakesUnwrittenForStale : public PidFileByLink {
  int Create(const std::string& path) override { return CreateRecord(path); }
};

}  // namespace

Mutant TakesUnwrittenForStaleMutant() {
  return {"takes_unwritten_for_stale",
          "Makes a pid file and then writes it, and takes an empty one "
          "for stale.",
          {{"Systematic.NoInterleavingAdmitsTwo"}},
          Serve<TakesUnwrittenForStale>()};
}

}  // namespace conformance
