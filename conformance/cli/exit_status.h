// The exit status of lockcheck.

#ifndef CONFORMANCE_CLI_EXIT_STATUS_H_
#define CONFORMANCE_CLI_EXIT_STATUS_H_

namespace conformance {

inline constexpr int kExitAsExpected = 0;
inline constexpr int kExitNotAsExpected = 1;
// Wrong usage, a fault of the suite itself, or nothing executed.
inline constexpr int kExitUsage = 2;
// Exploration without a violation, but most searches weren't complete.
inline constexpr int kExitIncomplete = 3;

}  // namespace conformance

#endif  // CONFORMANCE_CLI_EXIT_STATUS_H_
