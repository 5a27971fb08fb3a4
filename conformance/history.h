// Questions to contenders and their answers, in the order in which the runner
// saw them, with times. A value: no I/O and no processes.

#ifndef CONFORMANCE_HISTORY_H_
#define CONFORMANCE_HISTORY_H_

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/monotonic_now.h"

namespace conformance {

struct Event {
  enum class Kind {
    kNote,       // the check says what it is doing
    kDid,        // the check did something to a file
    kStarted,    // a contender was started; fields: name and version
    kAsked,      // a command was written; the time is from before the write
    kAnswered,   // an answer was read; the time is from after the read
    kLogged,     // a log event was read
    kSignalled,  // a signal was sent, or another thing done to the process
    kEnded,      // the process was reaped; fields: how it ended
  };

  static constexpr int kRunner = -1;

  absl::Duration at;        // since the history began
  int contender = kRunner;  // by order of starting, from 0
  Kind kind = Kind::kNote;
  std::vector<std::string> fields;
};

class History {
 public:
  History() : begin_(MonotonicNow()) {}

  // Appends an event that happened just now, or at `at` (a MonotonicNow).
  void Add(int contender, Event::Kind kind, std::vector<std::string> fields) {
    AddAt(MonotonicNow(), contender, kind, std::move(fields));
  }
  void AddAt(absl::Duration at, int contender, Event::Kind kind,
             std::vector<std::string> fields) {
    events_.push_back({at - begin_, contender, kind, std::move(fields)});
  }
  // Appends an event as it was recorded.
  void AddRecorded(Event event) { events_.push_back(std::move(event)); }

  const std::vector<Event>& events() const { return events_; }
  size_t size() const { return events_.size(); }
  // Forgets the event of that number and all that came later.
  void Forget(size_t from) { events_.resize(std::min(from, events_.size())); }
  // The last note of the check, or "".
  absl::string_view last_note() const;

  // Leaves out the middle, and of each field what is beyond some kilobytes, so
  // that a history of any length can be kept and reported. A note says so.
  void Shorten();

  // One line an event, contenders in lanes named A, B, C... At most `most`
  // lines: from a longer history the middle is left out, and that is said.
  std::string ToString(size_t most = 40) const;

 private:
  absl::Duration begin_;
  std::vector<Event> events_;
};

// "A" for 0, "B" for 1 ... "Z", then "C26"...; "runner" for kRunner.
std::string ContenderLabel(int contender);

absl::string_view EventKindName(Event::Kind kind);
// The inverse; kNote for an unknown name.
Event::Kind EventKindFromName(absl::string_view name);

}  // namespace conformance

#endif  // CONFORMANCE_HISTORY_H_
