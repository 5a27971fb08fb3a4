#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class BothBackOff : public PlainLock {
  int Open(const std::string& path) override {
    const std::string claim = absl::StrCat(path, ".claim.", ::getpid());
    ::close(::creat(claim.c_str(), 0666));
    ::poll(nullptr, 0, 5);  // for the others to announce themselves
    glob_t claims = {};
    ::glob((path + ".claim.*").c_str(), 0, nullptr, &claims);
    contested_ = claims.gl_pathc > 1;
    ::globfree(&claims);
    ::poll(nullptr, 0, 5);  // for the others to see this one
    ::unlink(claim.c_str());
    return PlainLock::Open(path);
  }
  int Lock(int fd) override {
    return contested_ ? EWOULDBLOCK : PlainLock::Lock(fd);
  }

  bool contested_ = false;
};

const RegisteredMutant kBothBackOff({
    "both_back_off",
    "Announces itself by a file beside the lock, and backs off when somebody "
    "else has done so too; then nobody gets it.",
    {{"Exclusion.BarrierRaceHasOneWinner"}},
    Serve<BothBackOff>(),
});

}  // namespace
}  // namespace conformance
