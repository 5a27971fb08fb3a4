#include <errno.h>
#include <poll.h>
#include <sys/stat.h>

#include <string>

#include "conformance/mutants/created_lock.h"
#include "conformance/mutants/mutant.h"

namespace conformance {
namespace {

class CheckThenCreate : public CreatedLock {
 public:
  CheckThenCreate() : CreatedLock("never") {}

 private:
  int Create(const std::string& path) override {
    struct stat st = {};
    if (::lstat(path.c_str(), &st) == 0) {
      errno = EEXIST;
      return -1;
    }
    ::poll(nullptr, 0, 5);  // the window, for everybody to get through
    return Open(path);
  }
};

const RegisteredMutant kCheckThenCreate({
    "check_then_create",
    "Looks whether the file is there, and creates it if not, in two steps.",
    {{"Exclusion.BarrierRaceHasOneWinner"}, {"Exclusion.FreeRunNeverOverlaps"}},
    Serve<CheckThenCreate>(),
});

}  // namespace
}  // namespace conformance
