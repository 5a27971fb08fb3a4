#include "conformance/requirements/steps.h"

#include <array>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "conformance/history.h"
#include "conformance/monotonic_now.h"
#include "conformance/profile.h"
#include "conformance/protocol.h"
#include "conformance/trial.h"

namespace conformance {

void MustTakeOver(Trial& t, int who, absl::string_view path,
                  absl::Duration patience) {
  const std::string name(path.empty() ? t.Path("lock") : path);
  const absl::Duration until = MonotonicNow() + patience;
  bool excused = t.profile().family == Family::kExistenceLock;
  while (t.going() && (excused || MonotonicNow() < until)) {
    const Answer answer = t.Ask(who, AcquireCommand("a", name));
    if (answer.is(AnswerKind::kAcquired)) return;
    t.Expect(answer.is(AnswerKind::kBusy),
             absl::StrCat(ContenderLabel(who),
                          " acquires what a dead one held, or is refused"),
             absl::StrCat(ContenderLabel(who), " answered ",
                          AnswerKindName(answer.kind), " ", answer.message));
    if (!excused) t.Pause(absl::Milliseconds(20));
    excused = false;
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

bool SaysItIsOfAnotherForm(Trial& t, const Answer& answer) {
  if (!answer.is(AnswerKind::kError) || t.profile().AtPath() ||
      t.profile().claimed || t.Can(kOwnerPid)) {
    return false;
  }
  t.NotAsked(
      absl::StrCat("the lock's file is of a form of its own, and it says so: ",
                   Printable(answer.message)));
  return true;
}

void MustBeRefusedTheName(Trial& t, int who, absl::string_view handle,
                          const std::string& path) {
  const Answer answer = t.Ask(who, AcquireCommand(handle, path));
  t.Expect(answer.is(AnswerKind::kBusy),
           absl::StrCat(ContenderLabel(who), " is refused (busy) the name ",
                        Printable(path)),
           absl::StrCat(ContenderLabel(who), " answered ",
                        AnswerKindName(answer.kind), " ", answer.message));
}

void MustExcludeEachOther(Trial& t, int holder, int other,
                          const std::string& name, const std::string& alias) {
  const std::array<std::pair<std::string, std::string>, 2> ways = {
      {{name, alias}, {alias, name}}};
  for (const auto& [held, asked] : ways) {
    t.MustAcquire(holder, "a", held);
    t.MustBeRefused(other, "a", held);
    t.Note("the same file is held by another name");
    MustBeRefusedTheName(t, other, "a", asked);
    t.MustRelease(holder, "a");
  }
}

}  // namespace conformance
