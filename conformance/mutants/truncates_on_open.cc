#include <unistd.h>

#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class TruncatesOnOpen : public PlainLock {
 public:
  using PlainLock::PlainLock;

 private:
  int Open(const std::string& path) override {
    const int fd = PlainLock::Open(path);
    if (fd >= 0 && ::ftruncate(fd, 0) != 0) Log(path, "UNKNOWN");
    return fd;
  }
};

// As in zc.lockfile 1.0.0, py-filelock 591.
const RegisteredMutant kTruncatesOnOpen({
    "truncates_on_open",
    "Empties the file when it opens it, before it has the lock.",
    {{"Persistence.RefusalChangesNoContent"},
     {"OwnerRecord.RefusalKeepsRecord"},
     {"OwnerRecord.RefusalNamesHolder"}},
    Serve<TruncatesOnOpen>(PlainLock::Owner::kRecorded),
});

}  // namespace
}  // namespace conformance
