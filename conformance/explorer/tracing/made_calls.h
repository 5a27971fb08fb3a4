// Calls as a decoder would give them, for tests.

#ifndef CONFORMANCE_EXPLORER_TRACING_MADE_CALLS_H_
#define CONFORMANCE_EXPLORER_TRACING_MADE_CALLS_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "conformance/explorer/tracing/call.h"

namespace conformance::explorer {

// By the name of a system call, which must be known.
Call Make(absl::string_view name);
// On one or two names in the folder.
Call OnName(absl::string_view call, absl::string_view name,
            absl::string_view name2 = "");
Call Open(absl::string_view name, uint64_t flags);
// On an open file.
Call OnFd(absl::string_view name, int fd);
Call Flock(int fd, int operation);
Call Fcntl(int fd, int command, int lock_type = 0);
Call Dup(absl::string_view name, int from, int to = -1);

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_TRACING_MADE_CALLS_H_
