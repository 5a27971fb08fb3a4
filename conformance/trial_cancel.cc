// Trial: a wait that is cancelled, and the two answers that come of it.

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "conformance/contender.h"
#include "conformance/history.h"
#include "conformance/protocol.h"
#include "conformance/trial.h"

namespace conformance {

void Trial::Cancel(int who) {
  if (!going() || who < 0) return;
  Player& p = player(who);
  if (p.ended || p.cancel.has_value() || !p.asked.has_value() ||
      p.asked->front() != "acquire") {
    Harness(absl::StrCat("the check cancels what ", ContenderLabel(who),
                         " isn't asked"));
    return;
  }
  p.cancel = CancelCommand((*p.asked)[1]);
  verdict_.history.Add(who, Event::Kind::kAsked, *p.cancel);
  p.contender->Send(EncodeLine(*p.cancel));
}

bool Trial::ReadsMeanwhile(int who) const {
  const Player& p = player(who);
  return p.asked.has_value() && p.asked->front() == "acquire" &&
         p.asked->back() != "0" && p.introduction.can.count(kCancel) > 0;
}

// An error can be the answer of either: it is the acquisition's where the other
// answer can only be that of `cancel`. Of two errors it doesn't matter.
std::optional<Answer> Trial::ReceiveOfTwo(int who, Answer answer,
                                          absl::Status& fits) {
  Player& p = player(who);
  fits = AnswerFitsCancelled(*p.asked, answer);
  if (!fits.ok() && AnswerFits(*p.cancel, answer).ok()) fits = absl::OkStatus();
  if (!fits.ok() || answer.is(AnswerKind::kUnsupported)) return std::nullopt;
  if (!p.first.has_value()) {
    p.first = std::move(answer);
    return std::nullopt;
  }
  const bool swapped =
      p.first->is(AnswerKind::kCancelling) ||
      (p.first->is(AnswerKind::kError) && !answer.is(AnswerKind::kError) &&
       !answer.is(AnswerKind::kCancelling));
  const Answer& of_cancel = swapped ? *p.first : answer;
  Answer of_acquire = swapped ? answer : *p.first;
  fits = AnswerFits(*p.cancel, of_cancel);
  if (fits.ok()) fits = AnswerFitsCancelled(*p.asked, of_acquire);
  return of_acquire;
}

}  // namespace conformance
