// Chapter Exclusion, the last of it: the wall clock is set while somebody
// holds.
//
// Where a lock is given up once it is old, setting the clock on makes it old,
// and that is its design. So such a lock is not asked.

#include <array>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/profile.h"
#include "conformance/protocol.h"
#include "conformance/requirement.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/trial.h"

namespace conformance {
namespace {

// Whether an old lock may be taken over, by design, though its holder lives. A
// kernel's lock has no age; of any other one only its own word says that it
// has no such rule.
bool MayGoByAge(const Trial& t, int who) {
  if (t.profile().stale == Profile::Stale::kByAge) return true;
  if (IsAsked(Scope::kAnyKernel, t.profile().family)) return false;
  const std::string& claim = t.introduction(who).stale;
  return claim != "owner" && claim != "never";
}

// Only a lock that is had is held against it: an error that speaks of the clock
// is honest.
void MustNotAcquire(Trial& t, int who, absl::Duration wait,
                    absl::string_view what) {
  // One that gets what it waits for in vain does so whatever the clock shows.
  const Trial::Explains waits(
      t, wait > absl::ZeroDuration() ? "Waiting.NotBeforeDeadline" : "");
  const Answer answer = t.Ask(who, AcquireCommand("a", t.Path("lock"), wait));
  t.Expect(!answer.is(AnswerKind::kAcquired),
           absl::StrCat("B doesn't acquire: A lives and holds, and ", what),
           "B answered acquired");
}

// It is set for A and for B, as the clock of their machine would be: while A
// holds; and while nobody does, to be set right when A holds. That second part
// is for kernels' locks alone, since the times of files go by the machine's own
// clock all the while: what A makes then has a record and times that differ, as
// on no machine, and others may mind that.
void ClockSetLosesNothing(Trial& t) {
  constexpr std::array<absl::Duration, 3> kSteps = {
      absl::Hours(3), absl::Hours(25), absl::Hours(400 * 24)};
  const int holder = t.Start();
  if (!t.going()) return;
  if (MayGoByAge(t, holder)) {
    t.NotAsked(
        "what is old may be taken over, by design: that it isn't would be "
        "claimed by stale=owner or stale=never");
    return;
  }
  const int other = t.Start();
  const bool of_kernel = IsAsked(Scope::kAnyKernel, t.profile().family);
  const auto set = [&](absl::Duration by) {
    return t.TurnClock(holder, by) && t.TurnClock(other, by);
  };
  // The functions are exchanged while the contenders read, and set right.
  if (!set(absl::ZeroDuration())) return;
  // Some look for stale locks only while they wait.
  const absl::Duration wait =
      t.Can(kWait) ? absl::Milliseconds(20) : absl::ZeroDuration();
  for (const absl::Duration step : kSteps) {
    for (const absl::Duration by : {step, -step}) {
      if (!t.going()) return;
      const bool on = by > absl::ZeroDuration();
      const std::string far =
          absl::StrCat("the clock was set ", absl::FormatDuration(step),
                       on ? " on" : " back");
      t.MustAcquire(holder);
      t.MustBeRefused(other);
      if (!set(by)) return;
      MustNotAcquire(t, other, absl::ZeroDuration(), far);
      MustNotAcquire(t, other, wait, far);
      t.MustRelease(holder);
      if (!of_kernel) {
        if (!set(absl::ZeroDuration())) return;
        continue;
      }
      const Answer answer = t.Ask(holder, AcquireCommand("a", t.Path("lock")));
      MustNotAcquire(t, other, absl::ZeroDuration(),
                     absl::StrCat(far, " before A acquired"));
      if (!set(absl::ZeroDuration())) return;
      const std::string right =
          absl::StrCat("the clock, which was ", absl::FormatDuration(step),
                       on ? " fast" : " slow", ", was set right");
      MustNotAcquire(t, other, absl::ZeroDuration(), right);
      MustNotAcquire(t, other, wait, right);
      if (answer.is(AnswerKind::kAcquired)) t.MustRelease(holder);
    }
  }
  t.OutsiderMustAcquire();
}

}  // namespace

std::vector<Requirement> ClocksOfExclusion() {
  return {
      {"Exclusion.ClockSetLosesNothing",
       Level::kMust,
       "A holder that lives holds, also when the wall clock is set on or back "
       "meanwhile.",
       "A machine that gets the time from the network after its start sets its "
       "clock by years. A lock that compares the time of a file with the time "
       "of day takes one of this minute for a forgotten one then.",
       {},
       &ClockSetLosesNothing,
       {"Exclusion.SecondProcessIsRefused", "Exclusion.LiveHolderHolds"}},
  };
}

}  // namespace conformance
