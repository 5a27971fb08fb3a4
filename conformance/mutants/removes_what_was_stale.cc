#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/types.h>

#include <string>

#include "absl/strings/numbers.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/stolen_file.h"
#include "conformance/sound/calls.h"

namespace conformance {
namespace {

class RemovesWhatWasStale : public StolenFile {
 public:
  RemovesWhatWasStale() : StolenFile("owner") {}

 private:
  bool IsStale(const std::string& path) override {
    const sound::Descriptor fd =
        sound::OpenAt(AT_FDCWD, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    if (!fd.ok()) return false;
    pid_t pid = 0;
    return absl::SimpleAtoi(sound::ReadStart(fd.get()).text, &pid) &&
           ::kill(pid, 0) != 0 && errno == ESRCH;
  }
};

const RegisteredMutant kRemovesWhatWasStale({
    "removes_what_was_stale",
    "Takes over the file of a dead process by removing what is at the path by "
    "then, which may be what another one has made meanwhile.",
    {{"Crash.TakeoverHasOneWinner"}},
    Serve<RemovesWhatWasStale>(),
});

}  // namespace
}  // namespace conformance
