#include <fcntl.h>

#include <string>

#include "absl/time/time.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"
#include "conformance/verdict.h"

namespace conformance {
namespace {

class BlocksOnFifo : public PlainLock {
  int Open(const std::string& path) override {
    return ::open(path.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
                  0666);
  }
};

// As in py-filelock 549; see fifo(7).
const RegisteredMutant kBlocksOnFifo({
    "blocks_on_fifo",
    "Opens the file for reading, and waits for a writer if it is a FIFO.",
    {{"Paths.Fifo", Outcome::kHang, absl::Seconds(2)}},
    Serve<BlocksOnFifo>(),
});

}  // namespace
}  // namespace conformance
