#include <string>

#include "absl/time/time.h"
#include "conformance/implementation.h"
#include "conformance/mutants/races/races.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class RemovesAtItsEnd : public RemovedFile {
 public:
  ~RemovesAtItsEnd() override {
    if (!path_.empty()) RemoveFile(path_);
  }

  Attempt Acquire(const std::string& path, absl::Duration wait) override {
    path_ = path;
    return RemovedFile::Acquire(path, wait);
  }

 private:
  std::string path_;  // that was asked for last
};

// Shortest: a acquires; b is refused, and at its end removes the file that a
// has locked; c makes a new one and locks that.
const RegisteredRaceMutant kRemovesAtItsEnd({
    "removes_at_its_end",
    "Removes the file when the process ends, whoever holds the lock.",
    {{"Systematic.NoInterleavingAdmitsTwo"}},
    Serve<RemovesAtItsEnd>(),
});

}  // namespace
}  // namespace conformance
