#include <unistd.h>

#include <string>

#include "conformance/mutants/races/races.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class LeaksOnFailedStat : public RemovedFile {
  void Abandon(int fd) override {
    if (!locked_) ::close(fd);
  }
  int Lock(int fd, const std::string& path, bool wait) override {
    const int error = RemovedFile::Lock(fd, path, wait);
    locked_ = error == 0;
    return error;
  }

  bool locked_ = false;
};

// Shortest: a locks; its fstat fails, and it answers with an error; b is
// refused, for ever.
const RegisteredRaceMutant kLeaksOnFailedStat({
    "leaks_on_failed_stat",
    "Leaves the file open and locked when a stat fails.",
    {{"Systematic.FailureAtAnyCallIsHonest"}},
    Serve<LeaksOnFailedStat>(),
});

}  // namespace
}  // namespace conformance
