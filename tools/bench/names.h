// Names of the measured works and of the variants of the locks, for the
// measurement, the goals and the page.

#ifndef TOOLS_BENCH_NAMES_H_
#define TOOLS_BENCH_NAMES_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace bench {

// Works.
inline constexpr char kFreeLock[] = "acquire and release, uncontended";
inline constexpr char kRefusal[] = "refused attempt";
inline constexpr char kHandOver[] = "hand-over, median";
inline constexpr char kLateHandOver[] = "hand-over, 99th percentile";
inline constexpr char kContestShare[] =
    "limit of 100 ms against three blocking, share";
inline constexpr char kContestTimeouts[] =
    "limit of 100 ms against three blocking, timed out";
inline constexpr char kIdleWaiter[] = "processor time of an idle waiter";
inline constexpr char kPeerHandOver[] =
    "hand-over through the contender protocol, median";

// Works of a crowd.
inline constexpr int kCrowds[] = {2, 10, 100, 1000};
inline constexpr char kThroughput[] = "acquisitions a second";
inline constexpr char kFairness[] = "Jain's fairness index";
inline constexpr char kLongestWait[] = "longest wait";
inline constexpr char kProcessors[] = "processors used";
inline constexpr char kWithoutTurn[] = "processes that got nothing";

inline std::string CrowdWork(int processes, absl::string_view what) {
  return absl::StrCat(processes, " processes, ", what);
}

// Variants of one process alone.
inline constexpr char kOpenFlockClose[] = "open+flock+close";
inline constexpr char kSameCalls[] = "the same calls, bare";
inline constexpr char kReference[] = "LockFile";
inline constexpr char kSameCallsWithRecord[] =
    "the same calls with owner record, bare";
inline constexpr char kReferenceWithRecord[] = "LockFile with owner record";
inline constexpr char kReferenceLogging[] =
    "LockFile, holder's pid read and logged";
inline constexpr char kLogRecord[] = "the log record alone";
inline constexpr char kReferenceWithoutLog[] = "LockFile, less the log record";

// Variants of waiting.
inline constexpr char kBlockingFlock[] = "blocking flock, bare";
inline constexpr char kWaitingForEver[] = "LockFile, waiting for ever";
inline constexpr char kWithLimit[] = "LockFile, with a limit";
inline constexpr char kPolling1[] = "polling every 1 ms";
inline constexpr char kPolling10[] = "polling every 10 ms";
inline constexpr char kPolling50[] = "polling every 50 ms";

// Other implementations.
inline constexpr char kPyFilelock[] = "py-filelock";
inline constexpr char kFlockProgram[] = "flock(1) --wait";
inline constexpr char kBoost[] = "Boost.Interprocess";

}  // namespace bench

#endif  // TOOLS_BENCH_NAMES_H_
