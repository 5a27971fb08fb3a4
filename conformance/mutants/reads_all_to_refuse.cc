#include <errno.h>
#include <unistd.h>

#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class ReadsAllToRefuse : public PlainLock {
  std::string LoggedPid(int fd) override {
    std::string content;
    std::string chunk(1 << 16, '\0');
    for (;;) {
      const ssize_t n = ::read(fd, chunk.data(), chunk.size());
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) break;
      content.append(chunk, 0, static_cast<size_t>(n));
    }
    return content.size() < 32 ? PlainLock::LoggedPid(fd) : "UNKNOWN";
  }
};

// As in zc.lockfile 1.0.
const RegisteredMutant kReadsAllToRefuse({
    "reads_all_to_refuse",
    "Reads all of the file into memory when it is refused, to log whose it is.",
    {{"Persistence.LargeFileIsNotRead"}},
    Serve<ReadsAllToRefuse>(),
});

}  // namespace
}  // namespace conformance
