// One interleaving of the contenders' visible calls: what a step is, what it
// touched, and a schedule as a line of text that can be replayed. Pure.
//
// A step of an actor begins at a visible call (one on the lock file or its
// folder) and ends where its next one would begin.
//
// Two neighbouring steps that don't conflict may change places without anybody
// noticing. Schedules that differ only by such exchanges are equivalent: they
// are one trace (Mazurkiewicz, 1977), and it is enough to run one of them.
// Whether steps conflict is judged by what they did, not by what they might
// have done: a lock that was refused only looked.

#ifndef CONFORMANCE_EXPLORER_SCHEDULES_SCHEDULE_H_
#define CONFORMANCE_EXPLORER_SCHEDULES_SCHEDULE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace conformance::explorer {

// An actor's name: "a", "b"...
std::string LetterOf(int actor);

// A scheduler's choice.
struct Step {
  enum class Kind {
    kRun,
    kCrashBefore,  // killed before its call; who survives of it goes on by kRun
    kCrashAfter,   // killed when its call has been done, all of it or partly
    kFail,         // its call fails, or writes less than it was told to
  };

  int actor = 0;  // 0 is contender "a"
  Kind kind = Kind::kRun;
  int error = 0;  // kFail: an errno; 0 only for a short write
  // kFail, kCrashAfter: bytes that a write keeps; kAll; or kAllButOne, since a
  // record isn't equally long each time.
  static constexpr int kAll = -1;
  static constexpr int kAllButOne = -2;
  int partial = kAll;

  bool cuts() const { return partial != kAll; }
  // Of a write of so many.
  uint64_t KeptOf(uint64_t bytes) const {
    if (partial == kAllButOne) return bytes == 0 ? 0 : bytes - 1;
    return cuts() ? static_cast<uint64_t>(partial) : bytes;
  }

  // As in Schedule's text: "a", "b!kill", "b!kill-after", "a?EINTR", "a~3" (a
  // short write of three bytes), "a~-1" (one byte is missing), "a~3?ENOSPC",
  // "a~3!kill-after".
  std::string ToString() const;

  friend bool operator==(const Step& a, const Step& b) {
    return a.actor == b.actor && a.kind == b.kind && a.error == b.error &&
           a.partial == b.partial;
  }
  friend bool operator!=(const Step& a, const Step& b) { return !(a == b); }
};

// Whether something is made to go wrong.
bool HasFault(const std::vector<Step>& steps);

// Whether a contender's process ends of its own accord, as programs do: its
// input is closed, and exit handlers and finalizers run.
enum class NormalEnd {
  kNone,     // it lives on when its script is done
  kDone,     // when its script is done
  kHolding,  // instead of its last release
};

// Everything that is needed to run the same once more on the same
// implementation.
struct Schedule {
  static constexpr int kMaxContenders = 26;
  static constexpr int kMaxCycles = 1'000;
  static constexpr int kMaxSteps = 100'000;

  std::vector<int> cycles;  // one for each contender: acquire and release
  bool waits = false;       // they wait for the lock for ever
  bool fresh = false;       // they have never had it before
  bool separate_commands = false;  // a command begins by a step of its own
  bool ages = false;               // a year goes by when a contender is killed
  // One for each of the first contenders; those beyond live on.
  std::vector<NormalEnd> ends;
  std::string initial = "empty";  // the folder at the start, by name
  std::vector<Step> steps;

  // "v1 contenders=2 cycles=2,2 initial=empty steps=a3 b2 a b!kill a?EINTR",
  // where "a3" is three plain steps of a; "wait=forever" comes after the cycles
  // of those that wait, then "processes=new" for those that are fresh, and
  // "commands=late", "crashes=old" if time goes by after a crash, and
  // "ends=a!,b" if a ends while it holds, and b when it is done. Parse refuses
  // what Validate refuses.
  std::string ToString() const;

  // Answers kInvalidArgument, naming the word that it stumbled over and what
  // should be there instead. Takes text from anywhere: it is bounded.
  static absl::StatusOr<Schedule> Parse(absl::string_view text);

  // Whether the text would say the same: letters for contenders, a name of
  // letters, digits, "-", "_" and "." for the initial state, errors where they
  // belong.
  absl::Status Validate() const;

  // Of this contender.
  NormalEnd EndOf(size_t contender) const {
    return contender < ends.size() ? ends[contender] : NormalEnd::kNone;
  }

  // Places where another actor is given its turn though the one before it is
  // to go on later. No schedule has more preemptions than this; it has fewer
  // where an actor was blocked, which the steps alone don't tell.
  int Switches() const;

  friend bool operator==(const Schedule& a, const Schedule& b) {
    return a.cycles == b.cycles && a.waits == b.waits && a.fresh == b.fresh &&
           a.separate_commands == b.separate_commands && a.ages == b.ages &&
           a.ends == b.ends && a.initial == b.initial && a.steps == b.steps;
  }
};

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_SCHEDULES_SCHEDULE_H_
