#include <fcntl.h>
#include <signal.h>
#include <sys/types.h>

#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "conformance/mutants/mutant.h"
#include "conformance/protocol.h"
#include "conformance/sound/calls.h"
#include "conformance/sound/existence.h"
#include "conformance/sound/held.h"
#include "conformance/sound/owner.h"

namespace conformance {
namespace {

class TakesEpermForDeath : public sound::RecordFile {
 public:
  TakesEpermForDeath() : RecordFile(Takeover::kOwner, sound::Format::kPlain) {}
  Introduction Describe() const override {
    return sound::Introduce("pid file", "existence-lock", "@", "owner");
  }

 private:
  Sight Look(const sound::Place& place) override {
    const Sight sight = RecordFile::Look(place);
    if (sight.kind != Sight::Kind::kHeld) return sight;
    const sound::Descriptor fd = sound::OpenAt(
        place.folder.get(), place.name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    if (!fd.ok()) return sight;
    const sound::Text got = sound::ReadStart(fd.get());
    if (got.error != 0) return sight;
    absl::string_view rest = got.text;
    pid_t pid = 0;
    const bool named = absl::ConsumePrefix(&rest, "pid=") &&
                       absl::SimpleAtoi(rest.substr(0, rest.find(' ')), &pid) &&
                       pid > 0;
    return named && ::kill(pid, 0) != 0 ? Sight{Sight::Kind::kStale} : sight;
  }
};

// As in uutils/shadow 28.
const RegisteredMutant kTakesEpermForDeath({
    "takes_eperm_for_death",
    "Takes a process of another user for a dead one, since it may not send it "
    "a signal.",
    {{"Users.OtherUserIsRefused"}},
    Serve<TakesEpermForDeath>(),
});

}  // namespace
}  // namespace conformance
