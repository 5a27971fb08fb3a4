#include <errno.h>
#include <unistd.h>

#include <string>

#include "conformance/mutants/races/races.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class RechecksExistence : public RemovedFile {
  int Compare(int /*fd*/, const std::string& path) override {
    if (::access(path.c_str(), F_OK) == 0) return 0;
    return errno == ENOENT ? ESTALE : errno;
  }
};

// Shortest: a acquires; b opens; a removes and closes; a makes a new one and
// locks that; b locks the removed one, and sees a's.
const RegisteredRaceMutant kRechecksExistence({
    "rechecks_existence",
    "Having locked the file, it looks whether there is one at the path, not "
    "whether it is the same.",
    {{"Systematic.NoInterleavingAdmitsTwo"}},
    Serve<RechecksExistence>(),
});

}  // namespace
}  // namespace conformance
