// Judges contenders by what they were told and what they answered, in the order
// of one execution: which of them hold the lock, and what is wrong. Steps the
// table of model.h, as the checker does. Pure.
//
// *Holding* lasts from the answer `acquired` until `release` begins. An attempt
// is *contested* if, from its beginning on, another contender held the lock,
// acquired it or released it: its refusal is then no violation. Another attempt
// that is refused as well doesn't contest it: had that had the lock, it would
// have been granted. One in which a call was made to fail may have had it and
// given it back (docs/design.md).

#ifndef CONFORMANCE_EXPLORER_EXECUTION_JUDGEMENT_H_
#define CONFORMANCE_EXPLORER_EXECUTION_JUDGEMENT_H_

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "conformance/protocol.h"

namespace conformance::explorer {

enum class Violation {
  kNone,
  kTwoHold,
  kRefusedThoughFree,
  // Where nobody held, another's error than that another has it is answered as
  // a refusal.
  kRefusedByError,
  kNeverFree,      // at the end nobody holds and nobody can acquire
  kDeadlock,       // all that are not finished are blocked
  kAcquireFailed,  // an error, though no call was made to fail
  kReleaseFailed,  // the same, of a release
  kLeaked,         // a descriptor stays open after a failed call or lost race
  kDied,
  kHung,
  kNonsense,  // an answer that isn't one
};
absl::string_view ViolationName(Violation violation);  // "two hold"

// The violation, if any.
struct Ruling {
  Violation violation = Violation::kNone;
  std::string message;
};

class Judgement {
 public:
  // The present work of a contender.
  enum class Work { kNone, kAcquire, kRelease, kEnd };

  // An execution begins. `something_there`: the folder isn't empty.
  void Begin(size_t contenders, bool something_there);

  // The first step of a command, or of a normal end.
  void Began(int contender, Work work);
  // A call of its present command was made to fail. `says_nothing`: with an
  // error that says nothing of others, and which that was; else empty.
  void CallFailed(int contender, std::string says_nothing);
  // Its present command has removed or renamed something.
  void ClearedUp(int contender);
  // The answer to its present command, and that as a line for people.
  Ruling Answered(int contender, AnswerKind answer, absl::string_view line);

  // It is about to end, or to be killed, and what it hasn't released may stay
  // in the folder.
  void LeavesBehind(int contender);
  // It has ended. `survived`: processes of it go on, and may hold the lock yet.
  void Died(int contender, bool survived);
  // These have ended, or rest.
  void SurvivorsRest(int contender);
  // Another process takes its place, with nothing left to do.
  void Replaced(int contender);
  // It has released what it had failed to release.
  void ReleasedAfterAll(int contender);

  // A step after a refusal that is doubted has changed something.
  void Changed();
  // At the end of it all `contender` has acquired at once.
  Ruling AcquiredAtTheEnd(int contender) const;

  bool Holds(int contender) const;
  // Its release failed, so that it may hold the lock for as long as it lives.
  bool MayHoldForGood(int contender) const;
  bool AnyMayHoldForGood() const;
  // Whether one holds, or is about to give back what it held.
  bool AnyHolds() const;
  // Whether it holds, may hold, or is at work.
  bool IsActive(int contender) const;
  // Whether anything was made to go wrong: an error is then excused.
  bool fault() const { return fault_; }
  // Whether a refusal is to be judged when it is seen what comes of it.
  bool doubts() const { return doubted_ >= 0; }
  int doubted() const { return doubted_; }  // whose it was; -1: none

 private:
  enum class Holding { kNo, kYes, kPerhaps };
  // From the beginning of a command to its answer.
  struct Attempt {
    bool contested = false;
    // Contenders whose attempts overlap with it, and have no answer yet.
    std::set<int> among;
    bool beside_refused = false;  // one that overlaps with it was refused
    bool failed = false;          // a call was made to fail
    std::string says_nothing;     // and which it was, if it says so of others
    bool cleared = false;         // it has removed or renamed something
  };
  struct Party {
    Holding holding = Holding::kNo;
    Work work = Work::kNone;
    bool ever_worked = false;
    bool dead = false;
    bool survived = false;
    Attempt attempt;
  };

  Party& party(int contender) {
    return parties_[static_cast<size_t>(contender)];
  }
  const Party& party(int contender) const {
    return parties_[static_cast<size_t>(contender)];
  }
  // A refusal that only the outcome of other attempts can justify.
  struct OpenRefusal {
    int contender = 0;
    std::set<int> among;  // whose attempts they are, without an answer yet
  };

  // Whether its attempt is all that could give it the lock.
  static bool IsOnlyAsking(const Party& party) {
    return party.holding == Holding::kNo && !party.survived &&
           party.work == Work::kAcquire;
  }
  // Another that holds the lock; -1: none.
  int OtherHolder(int contender) const;
  Ruling RuleOn(int contender, AnswerKind answer, absl::string_view line);
  // The present attempt of a contender contests those that overlap with it.
  void Contests(int contender);
  // It was refused, and so doesn't. Whose refusal that leaves without a reason.
  Ruling ContestsNothing(int contender);
  Ruling Acquired(int contender);
  Ruling Refused(int contender);

  std::vector<Party> parties_;
  std::vector<OpenRefusal> open_;
  bool fault_ = false;
  // There was something at the start, or a crash or a failed call left it:
  // perhaps until it is old.
  bool residue_ = false;
  // Refused though only that could be the reason; -1: none. And whether
  // anything was changed later.
  int doubted_ = -1;
  bool changed_ = false;
};

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_EXECUTION_JUDGEMENT_H_
