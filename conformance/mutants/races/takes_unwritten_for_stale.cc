#include <string>

#include "conformance/mutants/races/races.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class TakesUnwrittenForStale : public PidFileByLink {
  int Create(const std::string& path) override { return CreateRecord(path); }
};

// Shortest: a makes the file; b reads nothing in it, removes it, and has a new
// one; a writes into the removed file.
const RegisteredRaceMutant kTakesUnwrittenForStale({
    "takes_unwritten_for_stale",
    "Makes a pid file and then writes it, and takes an empty one for stale.",
    {{"Systematic.NoInterleavingAdmitsTwo"}},
    Serve<TakesUnwrittenForStale>(),
});

}  // namespace
}  // namespace conformance
