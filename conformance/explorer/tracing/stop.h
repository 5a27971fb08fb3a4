// A tracer's news of contenders.

#ifndef CONFORMANCE_EXPLORER_TRACING_STOP_H_
#define CONFORMANCE_EXPLORER_TRACING_STOP_H_

#include <cstdint>
#include <string>

#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/tracing/call.h"
#include "conformance/explorer/tracing/wait_result.h"
#include "conformance/process/ending.h"

namespace conformance::explorer {

// Where a contender came to a stand.
struct Stop {
  enum class Kind {
    kCall,    // before the visible call `call`
    kAnswer,  // with `answer`, a line without its newline
    kEnded,   // it has ended, as `ending` says
    kInVain,  // it didn't, and was waited for in vain, as `wait` says
  };
  Kind kind = Kind::kCall;
  Call call;
  std::string answer;
  Ending ending;
  Footprint freed;  // by its processes that ended on the way
  WaitResult wait;
};

// The result of a visible call, unless it was waited for in vain.
struct CallResult {
  int64_t result = 0;  // a negative errno when it failed
  Footprint footprint;
  WaitResult wait;
};

// The death of a contender, or of a process of it, unless it was waited for in
// vain.
struct Death {
  Footprint freed;
  WaitResult wait;
};

// Where survivors came to a stand.
struct SurvivorsStop {
  bool call = false;  // before a visible call; else they rest, or are gone
  Footprint freed;    // by those that ended meanwhile
  WaitResult wait;    // in vain: for one that was killed
};

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_TRACING_STOP_H_
