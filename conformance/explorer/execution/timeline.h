// One execution to be looked at: a lane for each contender, its system calls
// with arguments and results, and where it went wrong. Pure.

#ifndef CONFORMANCE_EXPLORER_EXECUTION_TIMELINE_H_
#define CONFORMANCE_EXPLORER_EXECUTION_TIMELINE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "conformance/explorer/schedules/schedule.h"
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
  std::string text;
};

// As text, a line an event. `directory` is left out of paths.
std::string FormatTimeline(const std::vector<TimelineEvent>& events, int actors,
                           const std::string& directory);

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_EXECUTION_TIMELINE_H_
