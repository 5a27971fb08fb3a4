// Parties, and the table that they step through.

#include "conformance/explorer/execution/judgement.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/model.h"
#include "conformance/protocol.h"

namespace conformance::explorer {

absl::string_view ViolationName(Violation violation) {
  switch (violation) {
    case Violation::kNone:
      return "none";
    case Violation::kTwoHold:
      return "two hold";
    case Violation::kRefusedThoughFree:
      return "refused though free";
    case Violation::kRefusedByError:
      return "refused for an error";
    case Violation::kNeverFree:
      return "nobody can acquire";
    case Violation::kDeadlock:
      return "deadlock";
    case Violation::kAcquireFailed:
      return "acquire failed";
    case Violation::kReleaseFailed:
      return "release failed";
    case Violation::kLeaked:
      return "descriptor leaked";
    case Violation::kDied:
      return "died";
    case Violation::kHung:
      return "hung";
    case Violation::kNonsense:
      return "nonsense";
  }
  return "";
}

namespace {

std::string NoReason(int contender, bool beside_refused) {
  return absl::StrCat(
      "contender ", LetterOf(contender),
      " is refused, and nobody held, acquired or released during its attempt",
      beside_refused ? "; others that asked were refused as well" : "");
}

}  // namespace

void Judgement::Begin(size_t contenders, bool something_there) {
  parties_.assign(contenders, Party());
  open_.clear();
  fault_ = changed_ = false;
  residue_ = something_there;
  doubted_ = -1;
}

int Judgement::OtherHolder(int contender) const {
  for (size_t i = 0; i < parties_.size(); ++i) {
    const int other = static_cast<int>(i);
    if (other != contender && Holds(other)) return other;
  }
  return -1;
}

bool Judgement::Holds(int contender) const {
  return party(contender).holding == Holding::kYes;
}

bool Judgement::MayHoldForGood(int contender) const {
  return party(contender).holding == Holding::kPerhaps;
}

bool Judgement::AnyMayHoldForGood() const {
  return std::any_of(parties_.begin(), parties_.end(), [](const Party& party) {
    return party.holding == Holding::kPerhaps;
  });
}

bool Judgement::AnyHolds() const {
  return std::any_of(parties_.begin(), parties_.end(), [](const Party& party) {
    return party.holding == Holding::kYes || party.work == Work::kRelease;
  });
}

bool Judgement::IsActive(int contender) const {
  const Party& it = party(contender);
  return it.holding != Holding::kNo || it.survived || it.work != Work::kNone;
}

void Judgement::Began(int contender, Work work) {
  Party& it = party(contender);
  it.work = work;
  it.ever_worked = true;
  it.attempt = Attempt();
  // It may hold the lock itself that it failed to release.
  it.attempt.contested = it.holding == Holding::kPerhaps;
  for (size_t i = 0; i < parties_.size(); ++i) {
    const int other = static_cast<int>(i);
    if (other == contender || !IsActive(other)) continue;
    if (work == Work::kAcquire && IsOnlyAsking(parties_[i]) &&
        IsOnlyAsking(it)) {
      it.attempt.among.insert(other);
      parties_[i].attempt.among.insert(contender);
    } else {
      it.attempt.contested = parties_[i].attempt.contested = true;
    }
  }
  if (work == Work::kAcquire || it.holding != Holding::kYes) return;
  if (work == Work::kEnd) LeavesBehind(contender);
  it.holding = Holding::kNo;
}

void Judgement::CallFailed(int contender, std::string says_nothing) {
  Attempt& attempt = party(contender).attempt;
  fault_ = attempt.failed = true;
  attempt.says_nothing = std::move(says_nothing);
}

void Judgement::ClearedUp(int contender) {
  party(contender).attempt.cleared = true;
}

Ruling Judgement::Answered(int contender, AnswerKind answer,
                           absl::string_view line) {
  Ruling ruling = RuleOn(contender, answer, line);
  // The failed call may be the one that should have removed what is there.
  residue_ |= party(contender).attempt.failed;
  return ruling;
}

Ruling Judgement::RuleOn(int contender, AnswerKind answer,
                         absl::string_view line) {
  Party& it = party(contender);
  const bool release = std::exchange(it.work, Work::kNone) == Work::kRelease;
  switch (answer) {
    case AnswerKind::kAcquired:
      Contests(contender);
      return Acquired(contender);
    case AnswerKind::kBusy: {
      Ruling ruling = Refused(contender);
      const Ruling others = ContestsNothing(contender);
      return ruling.violation != Violation::kNone ? ruling : others;
    }
    case AnswerKind::kReleased:
      return {};
    default:  // kError
      break;
  }
  Contests(contender);
  if (release) it.holding = Holding::kPerhaps;
  if (fault_) return {};
  return {release ? Violation::kReleaseFailed : Violation::kAcquireFailed,
          absl::StrCat("contender ", LetterOf(contender), " answers ",
                       Printable(line))};
}

Ruling Judgement::Acquired(int contender) {
  const int holder = OtherHolder(contender);
  const LockState state =
      holder >= 0 ? LockState::kHeldByOther : LockState::kUnlocked;
  party(contender).holding = Holding::kYes;
  if (conformance::Step(state, Action::kAcquire).granted) return {};
  return {Violation::kTwoHold,
          absl::StrCat("contender ", LetterOf(contender),
                       " has acquired the lock, which contender ",
                       LetterOf(holder), " holds")};
}

void Judgement::Contests(int contender) {
  for (Party& other : parties_) {
    if (other.attempt.among.erase(contender) > 0) {
      other.attempt.contested = true;
    }
  }
  open_.erase(std::remove_if(open_.begin(), open_.end(),
                             [contender](const OpenRefusal& open) {
                               return open.among.count(contender) != 0;
                             }),
              open_.end());
}

Ruling Judgement::ContestsNothing(int contender) {
  if (party(contender).attempt.failed) {
    Contests(contender);
    return {};
  }
  for (Party& other : parties_) {
    other.attempt.beside_refused |= other.attempt.among.erase(contender) > 0;
  }
  for (OpenRefusal& open : open_) open.among.erase(contender);
  const auto unjustified =
      std::find_if(open_.begin(), open_.end(),
                   [](const OpenRefusal& open) { return open.among.empty(); });
  if (unjustified == open_.end()) return {};
  return {Violation::kRefusedThoughFree,
          NoReason(unjustified->contender, /*beside_refused=*/true)};
}

Ruling Judgement::Refused(int contender) {
  const Attempt& attempt = party(contender).attempt;
  if (attempt.contested) return {};
  if (!attempt.among.empty()) {
    // A crash's remains may be cleared up by several at once.
    if (!attempt.failed && !residue_) {
      open_.push_back({contender, attempt.among});
    }
    return {};
  }
  const std::string refused = NoReason(contender, attempt.beside_refused);
  // After a failed call that is an honest way to say that it has no lock.
  if (!attempt.says_nothing.empty() && !residue_) {
    return {Violation::kRefusedByError,
            absl::StrCat(refused, ", in which ", attempt.says_nothing)};
  }
  if (attempt.failed) return {};
  if (!residue_) return {Violation::kRefusedThoughFree, refused};
  // Of some the first attempt only clears up what a dead one has left.
  if (doubted_ < 0 && !attempt.cleared) doubted_ = contender;
  return {};
}

void Judgement::LeavesBehind(int contender) {
  // Before all others have begun, it is what they begin with: a folder, in
  // which an error has no excuse.
  for (size_t i = 0; i < parties_.size(); ++i) {
    fault_ |= static_cast<int>(i) != contender &&
              (parties_[i].ever_worked || parties_[i].dead);
  }
  residue_ = true;
}

void Judgement::Died(int contender, bool survived) {
  Party& it = party(contender);
  Contests(contender);
  it.holding = Holding::kNo;
  it.work = Work::kNone;
  it.dead = true;
  it.survived = survived;
  // They may yet free the lock, and a refusal until then is right.
  for (Party& other : parties_) other.attempt.contested |= survived;
}

void Judgement::SurvivorsRest(int contender) {
  party(contender).survived = false;
}

void Judgement::Replaced(int contender) { party(contender) = Party(); }

void Judgement::ReleasedAfterAll(int contender) {
  party(contender).holding = Holding::kNo;
}

void Judgement::Changed() { changed_ = true; }

Ruling Judgement::AcquiredAtTheEnd(int contender) const {
  if (doubted_ < 0 || changed_) return {};
  return {
      Violation::kRefusedThoughFree,
      absl::StrCat("contender ", LetterOf(doubted_),
                   " was refused, and nobody held, acquired or released "
                   "during its attempt; nothing has changed, and contender ",
                   LetterOf(contender), " acquires")};
}

}  // namespace conformance::explorer
