#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class RefusesACrowd : public PlainLock {
  int Open(const std::string& path) override {
    list_ = absl::StrCat(path, ".waiters");
    return PlainLock::Open(path);
  }
  int LockUntil(int fd, absl::Duration deadline) override {
    constexpr int kRoom = 50;
    const int list =
        ::open(list_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    struct stat st = {};
    const bool added = ::write(list, "w", 1) == 1 && ::fstat(list, &st) == 0;
    ::close(list);
    if (!added || st.st_size > kRoom) return EWOULDBLOCK;
    return PlainLock::LockUntil(fd, deadline);
  }

  std::string list_;
};

const RegisteredMutant kRefusesACrowd({
    "refuses_a_crowd",
    "Keeps a list of those who wait, with room for fifty.",
    {{"Waiting.CrowdOfWaiters"}},
    Serve<RefusesACrowd>(),
});

}  // namespace
}  // namespace conformance
