#include "conformance/requirements/steps.h"

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "conformance/history.h"
#include "conformance/profile.h"
#include "conformance/protocol.h"
#include "conformance/trial.h"

namespace conformance {

bool AcquiresWithin(Trial& t, int who, absl::Duration time) {
  const absl::Duration until = MonotonicNow() + time;
  bool acquired = false;
  while (t.going()) {
    acquired = t.Ask(who, AcquireCommand("a", t.Path("lock")))
                   .is(AnswerKind::kAcquired);
    if (acquired || MonotonicNow() > until) break;
    t.Pause(absl::Milliseconds(20));
  }
  return acquired;
}

void MustTakeOver(Trial& t, int who, absl::string_view path) {
  const std::string name(path.empty() ? t.Path("lock") : path);
  if (t.profile().family == Family::kExistenceLock &&
      t.Ask(who, AcquireCommand("a", name)).is(AnswerKind::kAcquired)) {
    return;
  }
  t.MustAcquire(who, "a", name);
}

bool IsStaleByAge(const Trial& t) {
  return t.profile().family == Family::kExistenceLock &&
         t.profile().stale == Profile::Stale::kByAge;
}

void MakeOld(Trial& t) {
  t.SetTimes(t.PlaceOf("lock"),
             absl::Now() - t.profile().age - absl::Seconds(2));
}

}  // namespace conformance
