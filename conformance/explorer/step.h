// What a schedule is made of: steps, what each of them accessed, and how an
// actor stands before one.

#ifndef CONFORMANCE_EXPLORER_STEP_H_
#define CONFORMANCE_EXPLORER_STEP_H_

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace conformance::explorer {

// One thing that a step read or wrote, e.g. "name:lock" or "lock:a1". Two
// steps conflict when they access the same object and one of them writes.
struct Access {
  std::string object;
  bool write = false;

  friend bool operator==(const Access& a, const Access& b) {
    return a.object == b.object && a.write == b.write;
  }
};

struct Footprint {
  std::vector<Access> accesses;

  void Read(absl::string_view object) { Add(object, false); }
  void Write(absl::string_view object) { Add(object, true); }

  // All of these as well.
  void Add(const Footprint& other) {
    for (const Access& access : other.accesses) {
      Add(access.object, access.write);
    }
  }

 private:
  // Sorted, and one for each object.
  void Add(absl::string_view object, bool write) {
    const auto at = std::lower_bound(
        accesses.begin(), accesses.end(), object,
        [](const Access& a, absl::string_view o) { return a.object < o; });
    if (at != accesses.end() && at->object == object) {
      at->write |= write;
    } else {
      accesses.insert(at, {std::string(object), write});
    }
  }
};

// Who goes on, and what becomes of the call that stands before it.
struct Step {
  enum class Kind {
    kRun,
    kCrashBefore,  // killed before the call
    kCrashAfter,   // killed after it
    kFail,         // the call fails with `error`, or writes only a part
  };

  int actor = 0;
  Kind kind = Kind::kRun;
  int error = 0;     // kFail: an errno; 0 only for a short write
  int partial = -1;  // kFail, kCrashAfter: bytes that a write keeps; -1: all
};

struct ActorState {
  int actor = 0;
  bool enabled = false;   // it has a next step, which wouldn't block
  bool finished = false;  // it has no next step, ever: done, or dead
  bool yielded = false;   // its last step was to sleep
  std::vector<Step> faults;
};

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_STEP_H_
