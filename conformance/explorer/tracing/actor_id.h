// One that makes calls.

#ifndef CONFORMANCE_EXPLORER_TRACING_ACTOR_ID_H_
#define CONFORMANCE_EXPLORER_TRACING_ACTOR_ID_H_

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "conformance/explorer/schedules/schedule.h"

namespace conformance::explorer {

// A contender, by its number from 0, or the processes that have outlived its
// crash or its end.
struct ActorId {
  enum class Kind {
    kContender,
    kSurvivors,
    kEarlier,  // the process that left what is in the folder at the start
  };

  int contender = 0;
  Kind kind = Kind::kContender;

  // NOLINTNEXTLINE(google-explicit-constructor): a number is a contender's
  ActorId(int number = 0) : contender(number) {}

  static ActorId SurvivorsOf(ActorId actor) {
    actor.kind = Kind::kSurvivors;
    return actor;
  }
  static ActorId Earlier() {
    ActorId earlier;
    earlier.kind = Kind::kEarlier;
    return earlier;
  }

  bool survives() const { return kind == Kind::kSurvivors; }

  // "a", "survivors of a".
  std::string ToString() const {
    switch (kind) {
      case Kind::kContender:
        return LetterOf(contender);
      case Kind::kSurvivors:
        return absl::StrCat("survivors of ", LetterOf(contender));
      case Kind::kEarlier:
        break;
    }
    return "an earlier process";
  }

  friend bool operator==(ActorId a, ActorId b) {
    return a.contender == b.contender && a.kind == b.kind;
  }
  friend bool operator!=(ActorId a, ActorId b) { return !(a == b); }
  friend bool operator<(ActorId a, ActorId b) {
    return std::pair(a.kind, a.contender) < std::pair(b.kind, b.contender);
  }
};

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_TRACING_ACTOR_ID_H_
