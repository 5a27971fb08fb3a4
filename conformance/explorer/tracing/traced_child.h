// The first process of a contender: a child of ours that is under the filter
// (filter.h) and traced before it does anything of its own.

#ifndef CONFORMANCE_EXPLORER_TRACING_TRACED_CHILD_H_
#define CONFORMANCE_EXPLORER_TRACING_TRACED_CHILD_H_

#include <sys/types.h>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "conformance/contender.h"

namespace conformance::explorer {

// All descriptors are the caller's to close.
struct TracedChild {
  pid_t process = 0;
  // Our ends of its standard streams: a pipe, a pipe that doesn't wait, and a
  // file in memory.
  int in = -1, out = -1, err = -1;
  // Gets the reason if its program can't be run, by the time that it has ended;
  // doesn't wait.
  int report = -1;
};

// Starts one, in a process group of its own. PrepareFilter must have been
// called. `name` is for messages. Unavailable when it can't be traced; Internal
// when there are no pipes or processes left.
absl::StatusOr<TracedChild> StartTracedChild(const ContenderSource& source,
                                             const StartOptions& options,
                                             absl::string_view name);

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_TRACING_TRACED_CHILD_H_
