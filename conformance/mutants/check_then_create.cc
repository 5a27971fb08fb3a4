// Looks whether the file is there, and creates it if not, in two steps.

#include <poll.h>
#include <unistd.h>

#include <string>

#include "absl/time/time.h"
#include "conformance/implementation.h"
#include "conformance/mutants/all.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class CheckThenCreate : public PlainLock {
  Attempt Acquire(const std::string& path, absl::Duration wait) override {
    if (::access(path.c_str(), F_OK) == 0) {
      Log(LoggedPath(path), "UNKNOWN");
      return Attempt::Busy();
    }
    ::poll(nullptr, 0, 5);  // the window, for everybody to get through
    return PlainLock::Acquire(path, wait);
  }
  int Lock(int /*fd*/) override { return 0; }
  bool StillThere(int /*fd*/, const std::string& /*path*/) override {
    return true;
  }
  int Unlock(int fd, const std::string& path) override {
    ::unlink(path.c_str());
    return PlainLock::Unlock(fd, path);
  }
};

}  // namespace

Mutant CheckThenCreateMutant() {
  return {
      "check_then_create",
      "Looks whether the file is there, and creates it if not, in two steps.",
      {{"Exclusion.BarrierRaceHasOneWinner"},
       {"Exclusion.FreeRunNeverOverlaps"}},
      Serve<CheckThenCreate>()};
}

}  // namespace conformance
