// A tracer's news of contenders.

#ifndef CONFORMANCE_EXPLORER_TRACING_STOP_H_
#define CONFORMANCE_EXPLORER_TRACING_STOP_H_

#include <cstdint>
#include <string>

#include "conformance/contender.h"
#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/tracing/call.h"

namespace conformance::explorer {

// Where a contender came to a stand.
struct Stop {
  enum class Kind {
    kCall,    // before the visible call `call`
    kAnswer,  // with `answer`, a line without its newline
    kEnded,   // it has ended, as `ending` says
  };
  Kind kind = Kind::kCall;
  Call call;
  std::string answer;
  Ending ending;
  Footprint freed;  // by its processes that ended on the way
};

// The result of a visible call.
struct CallResult {
  int64_t result = 0;  // a negative errno when it failed
  Footprint footprint;
};

// Where survivors came to a stand.
struct SurvivorsStop {
  bool call = false;  // before a visible call; else they rest, or are gone
  Footprint freed;    // by those that ended meanwhile
};

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_TRACING_STOP_H_
