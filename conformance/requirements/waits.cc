// Times are the runner's; see waiting.cc.

#include "conformance/requirements/waits.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/history.h"
#include "conformance/process.h"
#include "conformance/protocol.h"
#include "conformance/trial.h"

namespace conformance {

void StartWaiting(Trial& t, int who, absl::Duration wait,
                  absl::string_view path) {
  t.Send(who, AcquireCommand("a", t.Path(path), wait));
}

void AwaitAsleep(Trial& t, int who) {
  for (int calm = 0; calm < 2 && t.going(); ++calm) {
    t.Own(AwaitState(t.pid(who), "S", MonotonicNow() + t.deadline()),
          "waiting for the waiter to wait");
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

}  // namespace conformance
