// Trial: steps with one right answer, and the basic requirement that explains
// one that goes wrong.

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "conformance/contender.h"
#include "conformance/history.h"
#include "conformance/protocol.h"
#include "conformance/trial.h"

namespace conformance {
namespace {

std::string Readable(const Answer& answer) {
  std::string text(AnswerKindName(answer.kind));
  if (!answer.message.empty()) {
    absl::StrAppend(&text, ": ", Printable(answer.message));
  }
  return text;
}

}  // namespace

absl::string_view Trial::BasicOf(int who, const Command& command) const {
  if (disturbed_ || who < 0) return "";
  if (command.front() == "release") return kExcludes;
  if (command.front() != "acquire" || command.back() != "0") return "";
  const auto it = tenures_.find(command[2]);
  if (it == tenures_.end()) {
    const bool others =
        std::any_of(tenures_.begin(), tenures_.end(),
                    [](const auto& other) { return other.second.holder >= 0; });
    return others ? "Exclusion.DifferentPathsAreIndependent" : kExcludes;
  }
  const Tenure& tenure = it->second;
  if (tenure.holder == who) return "Exclusion.SecondAcquireInProcessIsRefused";
  if (tenure.holder >= 0) return kExcludes;
  if (tenure.last == who) return "Reacquisition.BySameProcess";
  return tenure.last >= 0 ? "Reacquisition.ByAnotherProcessAtOnce" : kExcludes;
}

void Trial::Keep(int who, const Command& command, const Answer& answer) {
  const std::string& word = command.front();
  if (word == "acquire" || word == "thread") {
    Tenure& tenure = tenures_[command[2]];
    if (!answer.is(AnswerKind::kAcquired)) return;
    tenure.holder = who;
    tenure.handle = command[1];
  } else if (word == "release") {
    for (auto& [path, tenure] : tenures_) {
      if (tenure.holder != who || tenure.handle != command[1]) continue;
      if (answer.is(AnswerKind::kReleased)) {
        tenure.last = std::exchange(tenure.holder, -1);
      } else {
        disturbed_ = true;
      }
    }
  } else if (word != "hello") {
    disturbed_ = true;
  }
}

Answer Trial::MustAcquire(int who, absl::string_view handle,
                          absl::string_view path) {
  const Command command =
      AcquireCommand(handle, path.empty() ? Path("lock") : path);
  // Somebody else has released it, whatever was done before.
  absl::string_view same = BasicOf(who, command);
  const auto it = tenures_.find(command[2]);
  if (same.empty() && explained_by_.empty() && it != tenures_.end() &&
      it->second.holder < 0 && it->second.last >= 0 && it->second.last != who) {
    same = "Reacquisition.ByAnotherProcessAtOnce";
  }
  const Explains basic(*this, same);
  Answer answer = Ask(who, command);
  Expect(answer.is(AnswerKind::kAcquired),
         absl::StrCat(ContenderLabel(who), " acquires", AfterNote()),
         absl::StrCat(ContenderLabel(who), " answered ", Readable(answer)));
  return answer;
}

Answer Trial::MustBeRefused(int who, absl::string_view handle,
                            absl::string_view path) {
  const Command command =
      AcquireCommand(handle, path.empty() ? Path("lock") : path);
  // A lock that excludes nobody doesn't do so now, whatever was done before.
  absl::string_view same = BasicOf(who, command);
  if (same.empty()) same = kExcludes;
  // A check that says what explains a step knows more of it.
  const Explains basic(*this, explained_by_.empty() ? same : "");
  Answer answer = Ask(who, command);
  Expect(answer.is(AnswerKind::kBusy),
         absl::StrCat(ContenderLabel(who), " is refused (busy)", AfterNote()),
         absl::StrCat(ContenderLabel(who), " answered ", Readable(answer)));
  return answer;
}

void Trial::MustRelease(int who, absl::string_view handle) {
  const Command command = ReleaseCommand(handle);
  const Explains basic(*this, BasicOf(who, command));
  const Answer answer = Ask(who, command);
  Expect(answer.is(AnswerKind::kReleased),
         absl::StrCat(ContenderLabel(who), " releases", AfterNote()),
         absl::StrCat(ContenderLabel(who), " answered ", Readable(answer)));
}

Answer Trial::MustFail(int who, absl::string_view handle,
                       absl::string_view path) {
  Answer answer = Ask(who, AcquireCommand(handle, path));
  JudgeFailure(who, answer);
  return answer;
}

void Trial::JudgeFailure(int who, const Answer& answer) {
  Expect(answer.is(AnswerKind::kError),
         absl::StrCat(ContenderLabel(who), " gets an error that is no refusal",
                      AfterNote()),
         absl::StrCat(ContenderLabel(who), " answered ", Readable(answer)));
  Expect(!answer.is(AnswerKind::kError) || !answer.message.empty(),
         "the error says what is wrong", "the message is empty");
}

void Trial::OutsiderMustBeRefused(absl::string_view path) {
  MustBeRefused(Outsider(), "outside", path);
}

void Trial::OutsiderMustAcquire(absl::string_view path) {
  MustAcquire(Outsider(), "outside", path);
  MustRelease(Outsider(), "outside");
}

}  // namespace conformance
