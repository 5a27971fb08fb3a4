#include <sys/stat.h>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "conformance/mutants/mutant.h"
#include "conformance/protocol.h"
#include "conformance/sound/existence.h"
#include "conformance/sound/held.h"
#include "conformance/sound/owner.h"

namespace conformance {
namespace {

class TakesOverWhatIsOld : public sound::RecordFile {
 public:
  TakesOverWhatIsOld() : RecordFile(Takeover::kOwner, sound::Format::kPlain) {}
  Introduction Describe() const override {
    return sound::Introduce("pid file", "existence-lock", "@", "owner");
  }

 private:
  Sight Judge(const sound::Owner& owner, const struct stat& st) override {
    const Sight sight = RecordFile::Judge(owner, st);
    if (sight.kind != Sight::Kind::kHeld) return sight;
    const absl::Duration age = absl::Now() - absl::TimeFromTimespec(st.st_mtim);
    return age > absl::Hours(1) ? Sight{Sight::Kind::kStale} : sight;
  }
};

const RegisteredMutant kTakesOverWhatIsOld({
    "takes_over_what_is_old",
    "Takes over what a dead owner has left, as it claims; and also what is "
    "older than an hour by the time of day, though its owner lives.",
    {{"Exclusion.ClockSetLosesNothing"}},
    Serve<TakesOverWhatIsOld>(),
});

}  // namespace
}  // namespace conformance
