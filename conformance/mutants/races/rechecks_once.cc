#include <string>

#include "absl/time/time.h"
#include "conformance/implementation.h"
#include "conformance/mutants/races/races.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class RechecksOnce : public RemovedFile {
 public:
  Attempt Acquire(const std::string& path, absl::Duration wait) override {
    compared_ = false;
    return RemovedFile::Acquire(path, wait);
  }

 private:
  int Compare(int fd, const std::string& path) override {
    if (compared_) return 0;
    compared_ = true;
    return CompareWithPath(fd, path);
  }

  bool compared_ = false;
};

// Shortest: b opens; a acquires and removes; b locks, sees that, and opens
// anew; a acquires and removes that, too; b locks it and believes in it; a
// acquires.
const RegisteredRaceMutant kRechecksOnce({
    "rechecks_once",
    "Having locked a file that was removed meanwhile, it opens another, and "
    "doesn't look whether that was removed as well.",
    {{"Systematic.NoInterleavingAdmitsTwo"}},
    Serve<RechecksOnce>(),
});

}  // namespace
}  // namespace conformance
