// The shared steps of waits.

#include "conformance/requirements/waits.h"

#include <signal.h>
#include <sys/types.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/monotonic_now.h"
#include "conformance/process/proc.h"
#include "conformance/protocol.h"
#include "conformance/trial.h"

namespace conformance {
namespace {

// The process and all its descendants, where each of them sleeps or has ended.
// A shell sleeps while a child of it works, be it before its wait.
std::vector<pid_t> AllIfAsleep(pid_t process) {
  std::vector<pid_t> all = DescendantsOf(process);
  all.push_back(process);
  const bool asleep = std::all_of(all.begin(), all.end(), [](pid_t pid) {
    const char state = ProcessState(pid);
    return state == 'S' || state == 'Z';
  });
  return asleep ? all : std::vector<pid_t>();
}

}  // namespace

absl::Duration LongWait(const Trial& t) { return t.deadline() * 0.9; }

void StartWaiting(Trial& t, int who, absl::Duration wait,
                  absl::string_view path) {
  t.Send(who, AcquireCommand("a", t.Path(path), wait));
}

void AwaitAsleep(Trial& t, int who) {
  // One whose helper never sleeps isn't waited for any longer.
  constexpr absl::Duration kLongest = absl::Milliseconds(200);
  const absl::Duration end = MonotonicNow() + kLongest;
  std::vector<pid_t> before;
  bool calm = false;
  while (!calm && t.going() && MonotonicNow() < end) {
    t.Own(AwaitState(t.pid(who), "S", MonotonicNow() + t.deadline()),
          "waiting for the waiter to wait");
    std::vector<pid_t> asleep = AllIfAsleep(t.pid(who));
    calm = !asleep.empty() && asleep == before;
    before = std::move(asleep);
    t.Pause(absl::Milliseconds(3));
  }
}

void MustGet(Trial& t, int who, absl::string_view when) {
  const Answer answer = t.Await(who);
  t.Expect(answer.is(AnswerKind::kAcquired),
           absl::StrCat(ContenderLabel(who), " acquires ", when),
           absl::StrCat("it answered ", AnswerKindName(answer.kind), " ",
                        answer.message));
}

void MustTimeOut(Trial& t, int who, absl::string_view when) {
  const Answer answer = t.Await(who);
  // The holder lives, so it is no matter of waiting that the lock was had.
  const Trial::Explains excludes(t, answer.is(AnswerKind::kAcquired)
                                        ? "Exclusion.SecondProcessIsRefused"
                                        : "");
  t.Expect(answer.is(AnswerKind::kBusy),
           absl::StrCat(ContenderLabel(who), " is refused (busy) ", when),
           absl::StrCat("it answered ", AnswerKindName(answer.kind), " ",
                        answer.message));
}

bool WasNotEarly(absl::Duration took, absl::Duration wait) {
  return took > wait - absl::Milliseconds(1);
}

std::string InMilliseconds(absl::Duration duration) {
  return absl::StrCat(absl::ToInt64Milliseconds(duration), " ms");
}

void MustWaitUntil(Trial& t, const std::vector<int>& waiters,
                   absl::Duration time, absl::string_view why) {
  while (t.going() && MonotonicNow() < time) {
    for (const int waiter : waiters) {
      if (!t.HasAnswer(waiter)) continue;
      const Answer answer = t.Await(waiter);
      t.Expect(false, absl::StrCat(ContenderLabel(waiter), " waits: ", why),
               absl::StrCat("it answered ", AnswerKindName(answer.kind), " ",
                            answer.message));
    }
    t.PauseUntil(std::min(time, MonotonicNow() + absl::Milliseconds(50)));
  }
}

void RainSignals(Trial& t, int waiter, absl::Duration until) {
  t.Note("signals that the waiter catches rain on it");
  while (t.going() && MonotonicNow() < until && !t.HasAnswer(waiter)) {
    ::kill(t.pid(waiter), SIGUSR1);
    t.Pause(absl::Milliseconds(1));
  }
}

std::vector<absl::Duration> CancellableWaits(Trial& t) {
  std::vector<absl::Duration> waits;
  if (t.Can(kForever)) waits.push_back(absl::InfiniteDuration());
  if (t.Can(kWait)) waits.push_back(absl::Minutes(2));
  if (waits.empty()) t.Unsupported("the contender claims no wait to cancel");
  if (!t.going()) waits.clear();
  return waits;
}

Answer MustEndCancelled(Trial& t, int who) {
  Answer answer = t.Await(who);
  const Trial::Explains excludes(t, answer.is(AnswerKind::kAcquired)
                                        ? "Exclusion.SecondProcessIsRefused"
                                        : "");
  t.Expect(answer.is(AnswerKind::kCancelled),
           absl::StrCat("the wait of ", ContenderLabel(who),
                        " ends as cancelled, neither a lock nor a refusal"),
           absl::StrCat("it answered ", AnswerKindName(answer.kind), " ",
                        answer.message));
  return answer;
}

Possessions Possessions::Of(pid_t pid) {
  return {CountDescriptors(pid).value_or(0), ChildrenOf(pid).size(),
          CountThreads(pid), CountTimers(pid)};
}

bool Possessions::IsWithin(const Possessions& before, size_t more) const {
  return descriptors < before.descriptors + more &&
         children < before.children + more && threads < before.threads + more &&
         timers < before.timers + more;
}

std::string Possessions::ToString() const {
  return absl::StrCat(descriptors, " descriptors, ", children, " children, ",
                      threads, " threads, ", timers, " timers");
}

void MustHaveLeftNothing(Trial& t, int who, const Possessions& before,
                         size_t more, absl::string_view what) {
  if (!t.going()) return;
  const absl::Duration until = MonotonicNow() + absl::Seconds(1);
  Possessions now = Possessions::Of(t.pid(who));
  while (!now.IsWithin(before, more) && MonotonicNow() < until) {
    t.Pause(absl::Milliseconds(20));
    now = Possessions::Of(t.pid(who));
  }
  t.Expect(now.IsWithin(before, more),
           absl::StrCat("after ", what, " ", ContenderLabel(who),
                        " has about what it had before: ", before.ToString()),
           now.ToString());
}

}  // namespace conformance
