#include <sys/stat.h>

#include <string>

#include "conformance/mutants/races/races.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class SticksWhenKilledEarly : public PidFileByLink {
  // Beside the file: what others have left in there is no concern of its.
  Attempt Try(const std::string& path) override {
    return PidFileByLink::Try(path + ".pid");
  }
  int Create(const std::string& path) override { return CreateRecord(path); }
  Owner Look(const std::string& path) override {
    struct stat st = {};
    if (::stat(path.c_str(), &st) == 0 && st.st_size == 0) {
      return {Owner::Kind::kAlive, 0, 0};
    }
    return PidFileByLink::Look(path);
  }
};

// Shortest: a makes the file and is killed; b is refused, for ever.
const RegisteredRaceMutant kSticksWhenKilledEarly({
    "sticks_when_killed_early",
    "Makes a pid file and then writes it, and takes an empty one for held.",
    {{"Systematic.CrashAtAnyCallFrees"}},
    Serve<SticksWhenKilledEarly>(),
});

}  // namespace
}  // namespace conformance
