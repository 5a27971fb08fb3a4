#include <string>

#include "conformance/mutants/races/races.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class UnlocksThenRemoves : public RemovedFile {
  int Release(int fd, const std::string& path) override {
    const int error = CloseFile(fd);
    const int removed = RemoveFile(path);
    return error != 0 ? error : removed;
  }
};

// By then it may be another's.
//
// Shortest: a acquires, and on release closes; b acquires the file, which is
// still there; a removes it, makes a new one and locks that.
const RegisteredRaceMutant kUnlocksThenRemoves({
    "unlocks_then_removes",
    "Removes the file on release after having unlocked it.",
    {{"Systematic.NoInterleavingAdmitsTwo"}},
    Serve<UnlocksThenRemoves>(),
});

}  // namespace
}  // namespace conformance
