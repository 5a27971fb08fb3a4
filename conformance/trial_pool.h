// Trials side by side, each in a worker process of its own: they are started,
// watched, and ended if they don't end by themselves or a signal comes.

#ifndef CONFORMANCE_TRIAL_POOL_H_
#define CONFORMANCE_TRIAL_POOL_H_

#include <cstddef>
#include <vector>

#include "absl/time/time.h"
#include "conformance/process/held_signals.h"
#include "conformance/process/worker_process.h"
#include "conformance/requirement.h"
#include "conformance/runner.h"
#include "conformance/verdict.h"

namespace conformance {

class TrialPool {
 public:
  // Both must outlive it.
  TrialPool(const std::vector<Requirement>& requirements,
            const RunOptions& options)
      : requirements_(requirements),
        options_(options),
        verdicts_(requirements.size()) {}

  // `broken`: what is said of all others if the contender doesn't even do what
  // the first of them asks; see RunRequirements.
  std::vector<Verdict> Run(const Verdict* broken = nullptr);

 private:
  struct RunningTrial {
    size_t index = 0;       // of the requirement
    WorkerProcess process;  // its text is the verdict
    absl::Duration began;
  };
  static constexpr size_t kPatientAtOnce = 8;  // for each job

  // Whether it needs no job of its own.
  bool RunsBeside(size_t index) const;
  size_t RunningPatient() const;
  void StartTrial(size_t index);
  void Progress() const;
  // Waits for news of any trial, a second at most.
  void Watch();
  absl::Duration PatienceWithTrial() const;
  void Finish(size_t i, bool stuck);
  // Ends all trials, their guards clean up, and then this process, unless
  // somebody else has made other arrangements for the signal.
  void Abandon();
  void Give(size_t index, Verdict verdict);

  const std::vector<Requirement>& requirements_;
  const RunOptions& options_;
  HeldSignals signals_;
  std::vector<RunningTrial> running_;
  std::vector<Verdict> verdicts_;
};

}  // namespace conformance

#endif  // CONFORMANCE_TRIAL_POOL_H_
