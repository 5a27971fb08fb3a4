#include <errno.h>
#include <unistd.h>

#include <vector>

#include "absl/time/time.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"
#include "conformance/verdict.h"

namespace conformance {
namespace {

class ReadsAllToAcquire : public PlainLock {
  int CheckFile(int fd) override {
    std::vector<char> chunk(1 << 16);
    for (;;) {
      const ssize_t n = ::read(fd, chunk.data(), chunk.size());
      if (n == 0) break;
      if (n < 0 && errno != EINTR) return errno;
    }
    return PlainLock::CheckFile(fd);
  }
};

const RegisteredMutant kReadsAllToAcquire({
    "reads_all_to_acquire",
    "Reads all of the file before it locks it, to see whether it is a record.",
    {{"Persistence.LargeFileIsNotRead", Outcome::kHang, absl::Seconds(2)}},
    Serve<ReadsAllToAcquire>(),
});

}  // namespace
}  // namespace conformance
