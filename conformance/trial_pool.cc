// Trial processes: starting, watching, and cleaning up after them.

#include "conformance/trial_pool.h"

#include <poll.h>
#include <time.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/environment.h"
#include "conformance/monotonic_now.h"
#include "conformance/process/children.h"
#include "conformance/process/held_signals.h"
#include "conformance/process/worker_process.h"
#include "conformance/profile.h"
#include "conformance/requirement.h"
#include "conformance/runner.h"
#include "conformance/trial.h"
#include "conformance/verdict.h"
#include "conformance/verdict_json.h"

namespace conformance {
namespace {

Verdict HarnessFault(absl::string_view id, std::string why) {
  Verdict verdict;
  verdict.id = std::string(id);
  verdict.outcome = Outcome::kHarness;
  verdict.happened = std::move(why);
  return verdict;
}

// This machine doesn't let it run, now at least.
Verdict NotRun(absl::string_view id, std::string why) {
  Verdict verdict = HarnessFault(id, std::move(why));
  verdict.outcome = Outcome::kNotRun;
  return verdict;
}

// A check that is asked to hold or to explore for longer is to have the time
// for it.
absl::Duration LimitOf(const RunOptions& options) {
  const RunOptions usual;
  return options.limit +
         2 * std::max(options.hold - usual.hold, absl::ZeroDuration()) +
         std::max(options.exploration - usual.exploration,
                  absl::ZeroDuration());
}

// The body of a trial's process; gives the verdict.
std::string RunTrial(const Requirement& requirement, const RunOptions& options,
                     const std::string& directory) {
  TrialOptions trial_options;
  trial_options.directory = directory;
  trial_options.deadline = options.deadline;
  trial_options.limit = LimitOf(options);
  trial_options.seed = options.seed;
  trial_options.hold = options.hold;
  trial_options.exploration = options.exploration;
  trial_options.shard = options.shard;
  if (options.profile.has_value()) trial_options.profile = *options.profile;
  Trial trial(std::string(requirement.id), requirement.needs, options.source,
              trial_options);
  requirement.check(trial);
  Verdict verdict = trial.Finish();
  if (IsFailure(verdict.outcome)) {
    const std::string unfit = WhyUnfit(directory);
    if (!unfit.empty()) {
      verdict.happened = absl::StrCat(
          unfit, "; it would have been: ", OutcomeName(verdict.outcome), ": ",
          verdict.happened);
      verdict.outcome = Outcome::kNotRun;
    }
  }
  if (!KillChildren()) {
    verdict.outcome = Outcome::kHarness;
    verdict.happened =
        "a process that a contender left behind cannot be killed";
  }
  verdict.history.Shorten();
  // The folder's name says nothing, and is another one next time.
  return absl::StrReplaceAll(
      VerdictToJson(verdict).dump(
          -1, ' ', false, nlohmann::ordered_json::error_handler_t::replace),
      {{directory, "$DIR"}});
}

// Why a requirement isn't asked of such a lock; "" if it is.
std::string NotAsked(const Requirement& requirement,
                     const std::optional<Profile>& profile) {
  if (!profile.has_value()) return "";
  if (profile->family == Family::kWindows &&
      !requirement.not_on_windows.empty()) {
    return absl::StrCat("windows; ", requirement.not_on_windows);
  }
  if (IsAsked(requirement.scope, profile->family)) return "";
  return absl::StrCat(FamilyName(profile->family),
                      profile->claimed ? "" : " (found)",
                      "; it is asked of: ", ScopeText(requirement.scope));
}

}  // namespace

std::vector<Verdict> TrialPool::Run(const Verdict* broken) {
  // Those that mostly wait come first, beside all others.
  std::vector<size_t> patient;
  std::vector<size_t> order;
  for (size_t i = 0; i < requirements_.size(); ++i) {
    const std::string why = NotAsked(requirements_[i], options_.profile);
    if (!why.empty()) {
      Verdict verdict;
      verdict.id = std::string(requirements_[i].id);
      verdict.outcome = Outcome::kNotAsked;
      verdict.happened = why;
      Give(i, std::move(verdict));
    } else if (broken != nullptr && requirements_[i].id == broken->id) {
      Give(i, *broken);
    } else if (broken != nullptr &&
               ChapterOf(requirements_[i].id) != "Protocol") {
      Verdict verdict;
      verdict.id = std::string(requirements_[i].id);
      verdict.outcome = Outcome::kNotJudged;
      verdict.happened =
          absl::StrCat("it rests on ", broken->id,
                       ", and the contender doesn't get so "
                       "far: ",
                       OutcomeName(broken->outcome), ": ", broken->happened);
      verdict.explained_by = broken->id;
      Give(i, std::move(verdict));
    } else {
      (RunsBeside(i) ? patient : order).push_back(i);
    }
  }
  size_t next = 0;
  size_t next_patient = 0;
  const size_t jobs =
      options_.one_by_one ? 1 : static_cast<size_t>(std::max(1, options_.jobs));
  while (next < order.size() || next_patient < patient.size() ||
         !running_.empty()) {
    while (RunningPatient() < kPatientAtOnce * jobs &&
           next_patient < patient.size()) {
      StartTrial(patient[next_patient++]);
    }
    while (running_.size() - RunningPatient() < jobs && next < order.size()) {
      StartTrial(order[next++]);
    }
    Progress();
    Watch();
    if (signals_.Come()) Abandon();
  }
  return std::move(verdicts_);
}

bool TrialPool::RunsBeside(size_t index) const {
  return requirements_[index].patient && !options_.one_by_one;
}

size_t TrialPool::RunningPatient() const {
  return static_cast<size_t>(std::count_if(
      running_.begin(), running_.end(),
      [&](const RunningTrial& trial) { return RunsBeside(trial.index); }));
}

void TrialPool::StartTrial(size_t index) {
  const Requirement& requirement = requirements_[index];
  const absl::Duration began = MonotonicNow();
  absl::StatusOr<WorkerProcess> process =
      WorkerProcess::Start(options_.scratch, [&](const std::string& directory) {
        return RunTrial(requirement, options_, directory);
      });
  if (!process.ok()) {
    Give(index,
         NotRun(requirement.id, std::string(process.status().message())));
    return;
  }
  running_.push_back({index, *std::move(process), began});
}

void TrialPool::Progress() const {
  if (!options_.on_progress) return;
  std::vector<absl::string_view> names;
  for (const RunningTrial& trial : running_) {
    names.push_back(requirements_[trial.index].id);
  }
  options_.on_progress(names);
}

void TrialPool::Watch() {
  if (running_.empty()) return;
  std::vector<pollfd> fds;
  for (const RunningTrial& trial : running_) {
    fds.push_back({trial.process.output(), POLLIN, 0});
  }
  const timespec second = {1, 0};
  // Nothing is read of a trial that a signal has come for, too.
  if (::ppoll(fds.data(), fds.size(), &second, signals_.before()) < 0) return;
  for (size_t i = running_.size(); i-- > 0;) {
    RunningTrial& trial = running_[i];
    if (fds[i].revents != 0) trial.process.Read();
    const bool ended = trial.process.ended();
    const bool stuck = MonotonicNow() - trial.began > PatienceWithTrial();
    if (ended || stuck) Finish(i, stuck && !ended);
  }
}

absl::Duration TrialPool::PatienceWithTrial() const {
  return LimitOf(options_) + options_.grace;
}

void TrialPool::Finish(size_t i, bool stuck) {
  RunningTrial trial = std::move(running_[i]);
  running_.erase(running_.begin() + static_cast<ptrdiff_t>(i));
  const absl::string_view id = requirements_[trial.index].id;
  trial.process.End();
  const absl::StatusOr<std::string> text = trial.process.Result();
  absl::StatusOr<Verdict> verdict = VerdictFromJson(trial.process.text());
  if (stuck) {
    verdict = HarnessFault(
        id, absl::StrCat("the check had not ended after ",
                         absl::FormatDuration(PatienceWithTrial())));
  } else if (absl::IsResourceExhausted(text.status())) {
    verdict = NotRun(id, "there was no process to be had for the check");
  } else if (!text.ok() || !verdict.ok()) {
    verdict = HarnessFault(id, absl::StrCat("the check's own process ",
                                            trial.process.ending().ToString()));
  }
  if (verdict->outcome == Outcome::kHarness) {
    // If it was the guard that died, what it guarded has come up to us.
    std::vector<pid_t> spared;
    for (const RunningTrial& other : running_) {
      spared.push_back(other.process.guard());
    }
    KillChildren(spared);
    trial.process.RemoveFolder();
  }
  Give(trial.index, *std::move(verdict));
}

void TrialPool::Abandon() {
  // They end side by side.
  for (const RunningTrial& trial : running_) trial.process.Stop();
  for (RunningTrial& trial : running_) trial.process.End();
  const std::vector<RunningTrial> abandoned = std::move(running_);
  running_.clear();
  Progress();
  if (options_.on_interrupt) options_.on_interrupt();
  signals_.Heed();
  for (const RunningTrial& trial : abandoned) {
    Give(trial.index, HarnessFault(requirements_[trial.index].id,
                                   "interrupted by a signal"));
  }
}

void TrialPool::Give(size_t index, Verdict verdict) {
  if (options_.on_verdict) options_.on_verdict(verdict);
  verdicts_[index] = std::move(verdict);
}

}  // namespace conformance
