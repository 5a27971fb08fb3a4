// Hand-overs in the midst of a release: it is stopped after each of its calls
// in turn, and another contender asks for the lock there.

#ifndef CONFORMANCE_EXPLORER_EXECUTION_HAND_OVERS_H_
#define CONFORMANCE_EXPLORER_EXECUTION_HAND_OVERS_H_

#include <sys/types.h>

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "conformance/contender.h"
#include "conformance/explorer/tracing/tracer_options.h"

namespace conformance::explorer {

struct HandOverOptions {
  ContenderSource source;
  TracerOptions tracing;      // its folder is empty
  std::string lock = "lock";  // the lock's name in the folder
};

struct HandOver {
  pid_t holder = 0;   // the next one, as it says itself
  std::string after;  // the last call of the release before: "close(3) = 0"
};

struct HandOvers {
  int seen = 0;
  std::string stopped;  // why not all could be seen; "" if they were
};

// `see` is called of each one when the release has been answered and the next
// one holds; false ends it all. Where the next one waits for the release, that
// goes on. Errors are those of a tracer: Unavailable where it is forbidden.
absl::StatusOr<HandOvers> SeeHandOvers(
    const HandOverOptions& options,
    absl::FunctionRef<bool(const HandOver&)> see);

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_EXECUTION_HAND_OVERS_H_
