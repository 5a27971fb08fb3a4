// Decides whether a history of one lock is one that a lock can have. Pure.
//
// Each operation took effect at some instant between the time just before its
// command was written and the time just after its answer was read. The history
// is legal if such instants can be chosen so that the answers are those of
// model.h, one operation after the other: linearizability (Herlihy and Wing,
// 1990), decided by the search of Wing and Gong (1993) with the memoisation of
// Lowe (2017).
//
// Because only the runner's own order of events counts, an illegal history is
// a violation for certain and never an artefact of scheduling: whatever the
// processes' clocks and delays were, no lock could have answered so.

#ifndef CONFORMANCE_CHECKER_H_
#define CONFORMANCE_CHECKER_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/history.h"

namespace conformance {

struct Operation {
  enum class Kind { kAcquire, kRelease, kDeath };
  enum class Result {
    kAcquired,
    kRefused,
    kNothing,  // an error: the lock neither taken nor given
    kDone,     // kRelease and kDeath
    kUnknown,  // never answered: it may have taken effect or not
  };

  int contender = 0;
  std::string handle;  // kAcquire and kRelease
  Kind kind = Kind::kAcquire;
  Result result = Result::kUnknown;
  absl::Duration call;    // just before it could begin
  absl::Duration finish;  // just after it had ended; infinite: unknown

  // "A acquire h: acquired [1.200, 1.310 ms]"
  std::string ToString() const;
};

enum class Legality { kLegal, kIllegal, kUnknown };

struct CheckResult {
  Legality legality = Legality::kLegal;
  std::string why;                 // kIllegal and kUnknown, one sentence
  std::vector<Operation> witness;  // kIllegal: the operations that clash
  size_t steps = 0;                // of the search
};

// `budget` bounds the search; it answers kUnknown beyond. Operations may come
// in any order. A wait that was refused counts as refused at some instant.
CheckResult CheckOperations(std::vector<Operation> operations,
                            size_t budget = 1'000'000);

// The operations on `path` that a history holds. A killed contender's last
// unanswered operation has the result kUnknown and ends with the process. When
// all that a killed one held is free is not known: a child that did a part of
// the work may live for some moments more, and the first attempt after a death
// may only clear up.
std::vector<Operation> OperationsOn(const History& history,
                                    absl::string_view path);

}  // namespace conformance

#endif  // CONFORMANCE_CHECKER_H_
