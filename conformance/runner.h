// Runs checks: each in a process of its own, in a new folder, several at once.
//
// A trial's process is a subreaper (PR_SET_CHILD_SUBREAPER, prctl(2)), so that
// whatever a contender leaves behind ends up as its child and is killed and
// reaped before the verdict is given. A trial that dies or never ends gives the
// verdict `harness`; its guard (guarded_process.h) cleans up, and does so, too,
// when the runner itself is killed.

#ifndef CONFORMANCE_RUNNER_H_
#define CONFORMANCE_RUNNER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/profile.h"
#include "conformance/protocol.h"
#include "conformance/requirement.h"
#include "conformance/shard.h"
#include "conformance/trial.h"
#include "conformance/verdict.h"

namespace conformance {

struct RunOptions {
  ContenderSource source;
  // Of each exchange: how long a contender may take to answer.
  absl::Duration deadline = absl::Seconds(10);
  // Of each trial.
  absl::Duration limit = absl::Seconds(90);
  // How long a trial may take over its limit before it counts as stuck.
  absl::Duration grace = absl::Seconds(30);
  uint64_t seed = 1;
  // The lock's profile. Without it a survey comes first (survey.h), with the
  // claim for the lock on the command line.
  std::optional<Profile> profile;
  std::string claim;  // one of AllProfileNames; "": as the contender says
  // Where requirements are found that others rest on; see RunRequirements.
  std::function<const Requirement*(absl::string_view id)> find_requirement;
  absl::Duration hold = TrialOptions().hold;       // as in TrialOptions
  absl::Duration exploration = absl::Seconds(20);  // as well
  Shard shard;                                     // as well
  int jobs = 1;
  // Not even two that wait most of their time run at once.
  bool one_by_one = false;
  // Where the trials' folders are made; "": TMPDIR or /tmp.
  std::string scratch;
  // Called now and then while trials run (with none of them: before a signal
  // such as that of Ctrl-C ends this process), and with each verdict.
  std::function<void(const std::vector<absl::string_view>& running)>
      on_progress;
  std::function<void(const Verdict&)> on_verdict;
  // Called when a signal is about to end this process, after the last verdict.
  std::function<void()> on_interrupt;
};

// Prepares this process for running trials: it becomes a subreaper, ignores
// SIGPIPE and not SIGCHLD, and has its standard descriptors open. Once, before
// anything else.
void InitializeRunner();

// The verdicts, in the order of `requirements`. A requirement whose needed
// capabilities the contender does not claim is `unsupported` and not run; one
// that isn't asked of locks of this family is `not asked`, and not run either.
//
// A failure that a more basic requirement explains is `not judged` if that one
// fails, too. Where it isn't among `requirements`, it is run in addition;
// `known` keeps the verdicts of those from one call to the next. Of several
// requirements the most basic one comes first, and if the contender dies, hangs
// or speaks nonsense there, nothing else is run but the chapter Protocol. Where
// the locks of two folders are found to be one, the checks, which have a folder
// each, run one by one.
using KnownVerdicts = std::map<std::string, Verdict, std::less<>>;
std::vector<Verdict> RunRequirements(
    const std::vector<Requirement>& requirements, const RunOptions& options,
    KnownVerdicts* known = nullptr);

// Starts one contender and lets it introduce itself. The verdict is `pass` if
// it did; its id is "hello".
struct Meeting {
  Verdict verdict;
  Introduction introduction;
};

Meeting Meet(const RunOptions& options);

// The lock's profile: as the contender says, or as a look at it shows.
struct Look {
  Profile profile;
  enum class Ended {
    kWhole,
    kBrokenOff,  // the contender died, hung or spoke nonsense meanwhile
    kTimeWasUp,  // RunOptions::limit
  } ended = Ended::kBrokenOff;
};
Look LookAt(const RunOptions& options);

}  // namespace conformance

#endif  // CONFORMANCE_RUNNER_H_
