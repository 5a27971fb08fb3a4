// Chapter Waiting: a release that comes in the midst of an attempt to wait.

#include <signal.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/explorer/execution/waits_in_vain.h"
#include "conformance/monotonic_now.h"
#include "conformance/protocol.h"
#include "conformance/requirement.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/requirements/waits.h"
#include "conformance/trial.h"

namespace conformance {
namespace {

constexpr absl::Duration kAsleep = absl::Seconds(1);

// Of each two calls, somebody else's release may come between, which stress
// meets once in days; so B is stopped after each of them.
void ReleaseIsNoticedAnyTime(Trial& t) {
  const int who = t.Start();
  if (!t.Can(kWait) && !t.Can(kForever)) {
    t.Unsupported("the contender claims no wait");
  }
  if (!t.going()) return;
  explorer::WaitsInVainOptions options;
  options.source = t.source();
  options.wait = t.Can(kForever) ? absl::InfiniteDuration() : LongWait(t);
  options.asleep = kAsleep;
  t.Kill(who, SIGKILL);
  t.MakeDirectory("traced");
  options.tracing.directory = t.Path("traced");
  options.tracing.deadline = t.deadline();
  options.tracing.end = MonotonicNow() + absl::Seconds(60);
  options.tracing.start.obey_permissions = t.profile().ordinary;
  const absl::StatusOr<explorer::WaitsInVain> all =
      explorer::SeeWaitsInVain(options);
  if (absl::IsUnavailable(all.status())) {
    t.NotRun(all.status().message());
  } else if (!all.ok()) {
    t.Harness(all.status().message());
  } else if (!all->waits.empty()) {
    t.Expect(false,
             absl::StrCat("B, which waits, gets the lock that A has released "
                          "when B had made the call ",
                          PrintableText(all->after)),
             absl::StrCat("it waits on: ", PrintableText(all->waits)));
  } else if (!all->stopped.empty()) {
    t.NotRun(absl::StrCat("under ptrace(2), ", PrintableText(all->stopped)));
  } else {
    t.Note(absl::StrCat("B noticed each of ", all->releases, " releases"));
  }
}

}  // namespace

std::vector<Requirement> WokenWaits() {
  return {
      {"Waiting.ReleaseIsNoticedAnyTime",
       Level::kMust,
       "A waiter gets the lock however soon it is released after the waiter "
       "found it held.",
       "A watch that is set when the look is over misses what came between "
       "(inotify(7)), and its owner sleeps beside a free lock.",
       {},
       &ReleaseIsNoticedAnyTime,
       {"Exclusion.SecondProcessIsRefused", "Waiting.HandOverIsPrompt",
        "Waiting.ForeverIsForever"},
       Scope::kAll,
       /*patient=*/true},
  };
}

}  // namespace conformance
