// One execution to be looked at: a lane for each contender, its system calls
// with arguments and results, and where it went wrong. Pure.

#ifndef CONFORMANCE_EXPLORER_EXECUTION_TIMELINE_H_
#define CONFORMANCE_EXPLORER_EXECUTION_TIMELINE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/tracing/call.h"

namespace conformance::explorer {

struct TimelineEvent {
  enum class Kind {
    kCall,       // `call` was made, or failed, with `result`
    kTime,       // time goes by
    kKilled,     // before or after the call above it
    kCommand,    // `text` was sent: it begins with the next call
    kAnswer,     // `text` was answered
    kEnded,      // of its own accord: `text` says how
    kViolation,  // `text` says what is wrong, from here on
  };
  int actor = 0;
  Kind kind = Kind::kCall;
  bool injected = false;  // the failure was ours
  Call call;
  int64_t result = 0;
  Footprint footprint;  // of the call
  std::string text;
};

// Two calls whose order matters, in the midst of a command: places in the list
// of events.
struct Race {
  size_t before = 0;   // a contender's call, one that conflicts if any does...
  size_t between = 0;  // ...before this one of another, which conflicts with...
  size_t after = 0;    // ...this one, a later call of the same command
};

// The last race: of a schedule that has no more turns than it needs to show a
// violation, the one that brings it about. Nothing: there is none.
std::optional<Race> LastRace(const std::vector<TimelineEvent>& events);

// As text, a line an event. `directory` is left out of paths. Where there is a
// violation, the last race is named below.
std::string FormatTimeline(const std::vector<TimelineEvent>& events, int actors,
                           const std::string& directory);

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_EXECUTION_TIMELINE_H_
