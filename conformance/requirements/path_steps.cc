// The shared steps of paths.

#include "conformance/requirements/path_steps.h"

#include <sys/stat.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "conformance/profile.h"
#include "conformance/protocol.h"
#include "conformance/trial.h"

namespace conformance {
namespace {

bool IsFolder(const FileFacts& facts) { return S_ISDIR(facts.mode); }

}  // namespace

void StillWorks(Trial& t, int who) {
  t.Note("an ordinary lock, afterwards");
  t.MustAcquire(who, "ordinary", t.Path("ordinary"));
  t.OutsiderMustBeRefused(t.Path("ordinary"));
  t.MustRelease(who, "ordinary");
}

std::string PlaceOf(Trial& t, absl::string_view name) {
  return t.IsElsewhere() ? std::string(name) : t.PlaceOf(name);
}

void JudgeFailure(Trial& t, int who, const Answer& answer) {
  const Trial::Explains refusal(
      t, answer.is(AnswerKind::kBusy) ? "Paths.ErrorIsNoRefusal" : "");
  t.JudgeFailure(who, answer);
}

void FailsCleanly(Trial& t, int who, const std::string& path,
                  Obstacle obstacle) {
  for (const absl::string_view handle : {"a", "b"}) {
    const Answer answer = t.Ask(who, AcquireCommand(handle, path));
    if (answer.is(AnswerKind::kBusy) && obstacle == Obstacle::kThing &&
        t.profile().family == Family::kExistenceLock) {
      continue;
    }
    if (answer.is(AnswerKind::kAcquired) && t.IsElsewhere()) {
      t.OutsiderMustBeRefused(path);
      t.MustRelease(who, handle);
      continue;
    }
    JudgeFailure(t, who, answer);
  }
}

void SameFile(Trial& t, const FileFacts& before, absl::string_view name) {
  const FileFacts after = t.Facts(name);
  t.Expect(before.exists == after.exists && before.inode == after.inode &&
               before.mode == after.mode &&
               (IsFolder(before) ||
                (before.size == after.size && before.content == after.content &&
                 before.modified == after.modified)),
           absl::StrCat(name, " is as it was: ", before.ToString()),
           after.ToString());
}

}  // namespace conformance
