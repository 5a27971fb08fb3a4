#include <string>

#include "conformance/mutants/races/races.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class UnlocksThenRemovesAtItsEnd : public RemovedFile {
 public:
  ~UnlocksThenRemovesAtItsEnd() override {
    if (held_ < 0) return;
    CloseFile(held_);
    RemoveFile(path_);
  }

 protected:
  int Compare(int fd, const std::string& path) override {
    const int error = RemovedFile::Compare(fd, path);
    if (error == 0) held_ = fd;
    path_ = path;
    return error;
  }
  int Release(int fd, const std::string& path) override {
    held_ = -1;
    return RemovedFile::Release(fd, path);
  }

 private:
  int held_ = -1;     // the descriptor
  std::string path_;  // of its file
};

// By then it may be another's. Its release does it in the right order.
//
// Shortest: a acquires, and ends, by which it closes the file; b acquires that;
// a removes it; c makes a new one and locks that.
const RegisteredRaceMutant kUnlocksThenRemovesAtItsEnd({
    "unlocks_then_removes_at_its_end",
    "Ends while it holds by unlocking the file and then removing it.",
    {{"Systematic.CrashAtAnyCallFrees"}},
    Serve<UnlocksThenRemovesAtItsEnd>(),
});

}  // namespace
}  // namespace conformance
