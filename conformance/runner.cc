// Trial processes: starting, watching, and cleaning up after them.

#include "conformance/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/environment.h"
#include "conformance/guarded_process.h"
#include "conformance/history.h"
#include "conformance/process.h"
#include "conformance/requirement.h"
#include "conformance/scratch.h"
#include "conformance/survey.h"
#include "conformance/trial.h"
#include "conformance/verdict.h"
#include "conformance/verdict_json.h"

namespace conformance {
namespace {

struct RunningTrial {
  size_t index = 0;  // of the requirement
  std::optional<GuardedProcess> process;
  int result = -1;  // read end of the pipe that its verdict comes through
  std::string text;
  std::string directory;
  absl::Duration began;
};

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

// A check that is asked to hold for longer is to have the time for it.
absl::Duration LimitOf(const RunOptions& options) {
  const absl::Duration more = options.hold - RunOptions().hold;
  return options.limit + 2 * std::max(more, absl::ZeroDuration());
}

// The body of a trial's process. Its verdict goes through `result`.
int RunTrial(const Requirement& requirement, const RunOptions& options,
             const std::string& directory, int result) {
  TrialOptions trial_options;
  trial_options.directory = directory;
  trial_options.deadline = options.deadline;
  trial_options.limit = LimitOf(options);
  trial_options.seed = options.seed;
  trial_options.hold = options.hold;
  trial_options.exploration = options.exploration;
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
  const std::string text = absl::StrReplaceAll(
      VerdictToJson(verdict).dump(
          -1, ' ', false, nlohmann::ordered_json::error_handler_t::replace),
      {{directory, "$DIR"}});
  for (size_t written = 0; written < text.size();) {
    const ssize_t n =
        ::write(result, text.data() + written, text.size() - written);
    if (n < 0 && errno != EINTR) return 1;
    if (n > 0) written += static_cast<size_t>(n);
  }
  return 0;
}

// While it lives, a signal that would end this process waits for Heed, unless
// it is ignored.
class HeldSignals {
 public:
  HeldSignals() {
    come_ = 0;
    blocked_ = EndingSignals();
    for (const int s : {SIGINT, SIGHUP, SIGQUIT, SIGTERM}) {
      struct sigaction action = {};
      ::sigaction(s, nullptr, &action);
      if (action.sa_handler == SIG_IGN) continue;
      dispositions_.emplace_back(s, action);
      action = {};
      action.sa_handler = [](int signal) { come_ = signal; };
      ::sigaction(s, &action, nullptr);
    }
    ::sigprocmask(SIG_BLOCK, &blocked_, &before_);
  }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;
  ~HeldSignals() { PutBack(); }

  // For ppoll(2), in which they come, unless it has something else to tell.
  const sigset_t* before() const { return &before_; }
  bool Come() const {
    sigset_t pending;
    ::sigpending(&pending);
    for (const auto& [signal, action] : dispositions_) {
      if (::sigismember(&pending, signal) == 1 &&
          ::sigismember(&before_, signal) == 0) {
        ::sigsuspend(&before_);
      }
    }
    return come_ != 0;
  }
  // Lets the one that has come do what it did before.
  void Heed() {
    const int signal = come_;
    PutBack();
    ::raise(signal);
    come_ = 0;
  }

 private:
  void PutBack() {
    for (const auto& [signal, action] : dispositions_) {
      ::sigaction(signal, &action, nullptr);
    }
    dispositions_.clear();
    ::sigprocmask(SIG_SETMASK, &before_, nullptr);
  }

  static volatile sig_atomic_t come_;
  sigset_t blocked_;
  sigset_t before_;
  std::vector<std::pair<int, struct sigaction>> dispositions_;
};
volatile sig_atomic_t HeldSignals::come_ = 0;

// Why a requirement isn't asked of such a lock; "" if it is.
std::string NotAsked(const Requirement& requirement,
                     const std::optional<Profile>& profile) {
  if (!profile.has_value() || IsAsked(requirement.scope, profile->family)) {
    return "";
  }
  return absl::StrCat(FamilyName(profile->family),
                      profile->claimed ? "" : " (found)",
                      "; it is asked of: ", ScopeText(requirement.scope));
}

class Campaign {
 public:
  Campaign(const std::vector<Requirement>& requirements,
           const RunOptions& options)
      : requirements_(requirements),
        options_(options),
        verdicts_(requirements.size()) {}

  // `broken`: what is said of all others if the contender doesn't even do what
  // the first of them asks; see RunRequirements.
  std::vector<Verdict> Run(const Verdict* broken = nullptr) {
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
        (requirements_[i].patient ? patient : order).push_back(i);
      }
    }
    size_t next = 0;
    size_t next_patient = 0;
    const size_t jobs = static_cast<size_t>(std::max(1, options_.jobs));
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

 private:
  static constexpr size_t kPatientAtOnce = 8;  // for each job

  size_t RunningPatient() const {
    return static_cast<size_t>(std::count_if(
        running_.begin(), running_.end(), [&](const RunningTrial& trial) {
          return requirements_[trial.index].patient;
        }));
  }

  void StartTrial(size_t index) {
    const Requirement& requirement = requirements_[index];
    RunningTrial trial;
    trial.index = index;
    trial.began = MonotonicNow();
    trial.directory = MakeScratch(options_.scratch);
    int ends[2];
    if (trial.directory.empty() || ::pipe2(ends, O_CLOEXEC) != 0) {
      const int error = errno;
      if (!trial.directory.empty()) RemoveScratch(trial.directory);
      Give(index, NotRun(requirement.id,
                         absl::StrCat("no folder or pipe for the trial: ",
                                      ::strerror(error),
                                      "; is TMPDIR a folder to write in?")));
      return;
    }
    ::fflush(nullptr);
    const absl::StatusOr<GuardedProcess> process = GuardedProcess::Start(
        [&] {
          return RunTrial(requirement, options_, trial.directory, ends[1]);
        },
        [&] { RemoveScratch(trial.directory); });
    ::close(ends[1]);
    if (!process.ok()) {
      ::close(ends[0]);
      RemoveScratch(trial.directory);
      Give(index,
           NotRun(requirement.id, std::string(process.status().message())));
      return;
    }
    trial.process = *process;
    trial.result = ends[0];
    running_.push_back(std::move(trial));
  }

  void Progress() const {
    if (!options_.on_progress) return;
    std::vector<absl::string_view> names;
    for (const RunningTrial& trial : running_) {
      names.push_back(requirements_[trial.index].id);
    }
    options_.on_progress(names);
  }

  // Waits for news of any trial, a second at most.
  void Watch() {
    if (running_.empty()) return;
    std::vector<pollfd> fds;
    for (const RunningTrial& trial : running_) {
      fds.push_back({trial.result, POLLIN, 0});
    }
    const timespec second = {1, 0};
    // Nothing is read of a trial that a signal has come for, too.
    if (::ppoll(fds.data(), fds.size(), &second, signals_.before()) < 0) return;
    for (size_t i = running_.size(); i-- > 0;) {
      RunningTrial& trial = running_[i];
      bool ended = false;
      if (fds[i].revents != 0) {
        char chunk[65536];
        const ssize_t n = ::read(trial.result, chunk, sizeof(chunk));
        if (n > 0) trial.text.append(chunk, static_cast<size_t>(n));
        ended = n == 0 || (n < 0 && errno != EINTR);
      }
      const bool stuck = MonotonicNow() - trial.began > PatienceWithTrial();
      if (ended || stuck) Finish(i, stuck && !ended);
    }
  }

  absl::Duration PatienceWithTrial() const {
    return LimitOf(options_) + options_.grace;
  }

  void Finish(size_t i, bool stuck) {
    RunningTrial trial = std::move(running_[i]);
    running_.erase(running_.begin() + static_cast<ptrdiff_t>(i));
    const absl::string_view id = requirements_[trial.index].id;
    if (stuck) trial.process->Stop();
    const Ending ending = trial.process->Await();
    ::close(trial.result);
    absl::StatusOr<Verdict> verdict = VerdictFromJson(trial.text);
    if (stuck) {
      verdict = HarnessFault(
          id, absl::StrCat("the check had not ended after ",
                           absl::FormatDuration(PatienceWithTrial())));
    } else if (ending.kind == Ending::Kind::kExited &&
               ending.code == kNoProcessStatus && trial.text.empty()) {
      verdict = NotRun(id, "there was no process to be had for the check");
    } else if (ending.kind != Ending::Kind::kExited || ending.code != 0 ||
               !verdict.ok()) {
      verdict = HarnessFault(
          id, absl::StrCat("the check's own process ", ending.ToString()));
    }
    if (verdict->outcome == Outcome::kHarness) {
      // If it was the guard that died, what it guarded has come up to us.
      std::vector<pid_t> spared;
      for (const RunningTrial& other : running_) {
        spared.push_back(other.process->guard());
      }
      KillChildren(spared);
      RemoveScratch(trial.directory);
    }
    Give(trial.index, *std::move(verdict));
  }

  // Ends all trials, their guards clean up, and then this process, unless
  // somebody else has made other arrangements for the signal.
  void Abandon() {
    for (const RunningTrial& trial : running_) trial.process->Stop();
    for (const RunningTrial& trial : running_) {
      trial.process->Await();
      ::close(trial.result);
    }
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

  void Give(size_t index, Verdict verdict) {
    if (options_.on_verdict) options_.on_verdict(verdict);
    verdicts_[index] = std::move(verdict);
  }

  const std::vector<Requirement>& requirements_;
  const RunOptions& options_;
  HeldSignals signals_;
  std::vector<RunningTrial> running_;
  std::vector<Verdict> verdicts_;
};

// Decides which failures are explained by those of more basic requirements, and
// hands on verdicts as soon as that is known.
class Explanations {
 public:
  static constexpr absl::string_view kExcludes =
      "Exclusion.SecondProcessIsRefused";
  static constexpr absl::string_view kHolds = "Exclusion.LiveHolderHolds";

  Explanations(const std::vector<Requirement>& requirements,
               const RunOptions& options, KnownVerdicts* known)
      : requirements_(requirements), options_(options), known_(known) {}

  void Add(const Verdict& verdict) {
    come_[verdict.id] = verdict;
    waiting_.push_back(verdict.id);
    HandOn(/*run_others=*/false);
  }

  // Hands on, before this process ends, what has come: of a failure that is not
  // known to be one of its own, just that.
  void GiveUp() {
    for (const std::string& id : waiting_) {
      Verdict verdict = come_[id];
      verdict.happened = absl::StrCat(
          "the run was ended before it was known whether a more basic "
          "requirement explains it; ",
          OutcomeName(verdict.outcome), ": ", verdict.happened);
      verdict.outcome = Outcome::kNotJudged;
      if (options_.on_verdict) options_.on_verdict(verdict);
    }
    if (options_.on_interrupt) options_.on_interrupt();
  }

  // The verdicts, when all have come.
  std::vector<Verdict> Finish() {
    HandOn(/*run_others=*/true);
    std::vector<Verdict> verdicts;
    for (const Requirement& requirement : requirements_) {
      verdicts.push_back(come_[std::string(requirement.id)]);
    }
    return verdicts;
  }

 private:
  void HandOn(bool run_others) {
    bool force = false;
    for (bool progress = true; progress || (run_others && !force);) {
      // Those whose basics have still to be settled come after these.
      force = run_others && !progress;
      progress = false;
      for (size_t i = 0; i < waiting_.size(); ++i) {
        Verdict& verdict = come_[waiting_[i]];
        if (!Settle(verdict, run_others, force)) continue;
        if (options_.on_verdict) options_.on_verdict(verdict);
        waiting_.erase(waiting_.begin() + static_cast<ptrdiff_t>(i));
        progress = true;
        break;
      }
    }
  }

  bool IsWaiting(absl::string_view id) const {
    return std::find(waiting_.begin(), waiting_.end(), id) != waiting_.end();
  }

  const Requirement* Selected(absl::string_view id) const {
    for (const Requirement& requirement : requirements_) {
      if (requirement.id == id) return &requirement;
    }
    return nullptr;
  }

  // The verdict of a more basic requirement; null while it isn't known.
  const Verdict* Basic(const std::string& id, bool run_others) {
    if (Selected(id) != nullptr) {
      const auto it = come_.find(id);
      return it == come_.end() || IsWaiting(id) ? nullptr : &it->second;
    }
    KnownVerdicts& known = known_ != nullptr ? *known_ : others_;
    const auto it = known.find(id);
    if (it != known.end()) return &it->second;
    if (!run_others || !options_.find_requirement) return nullptr;
    const Requirement* requirement = options_.find_requirement(id);
    Verdict verdict;
    if (requirement != nullptr) {
      RunOptions quiet = options_;
      quiet.on_progress = nullptr;
      quiet.on_verdict = nullptr;
      quiet.on_interrupt = [this] { GiveUp(); };
      verdict = RunRequirements({*requirement}, quiet, &known).front();
    }
    return &known.emplace(id, std::move(verdict)).first->second;
  }

  // Whether it is known what to say of it.
  bool Settle(Verdict& verdict, bool run_others, bool force) {
    if (!IsFailure(verdict.outcome)) return true;
    const Requirement* requirement = Selected(verdict.id);
    std::vector<std::string> basics(requirement->rests_on.begin(),
                                    requirement->rests_on.end());
    if (!verdict.explained_by.empty()) {
      // Who loses the lock by and by lets others in at any step.
      if (verdict.explained_by == kExcludes && verdict.id != kHolds) {
        basics.insert(basics.begin(), std::string(kHolds));
      }
      basics.insert(basics.begin(), verdict.explained_by);
    }
    for (const std::string& id : basics) {
      const Verdict* basic = Basic(id, run_others);
      if (basic == nullptr && !force) return false;
      if (basic == nullptr) continue;
      // One that isn't judged names what explains it.
      const bool unjudged = basic->outcome == Outcome::kNotJudged;
      if (!IsFailure(basic->outcome) && !unjudged) continue;
      verdict.explained_by = unjudged ? basic->explained_by : id;
      verdict.happened = absl::StrCat(
          "it rests on ", verdict.explained_by, ", which is broken; ",
          OutcomeName(verdict.outcome), ": ", verdict.happened);
      verdict.outcome = Outcome::kNotJudged;
      return true;
    }
    verdict.explained_by.clear();
    return true;
  }

  const std::vector<Requirement>& requirements_;
  const RunOptions& options_;
  KnownVerdicts* const known_;
  KnownVerdicts others_;
  KnownVerdicts come_;
  std::vector<std::string> waiting_;  // ids, in the order of coming
};

void MeetContender(Trial& t) { t.Start(); }

// A requirement's check is a plain function, and this is its argument.
std::string& SurveyClaim() {
  static auto* const claim = new std::string();
  return *claim;
}

void SurveyContender(Trial& t) { Survey(t, SurveyClaim()); }

}  // namespace

void InitializeRunner() {
  // With a standard descriptor closed, a pipe of ours would take its number.
  // They are meant to be inherited.
  const auto open_null = [] {
    return ::open("/dev/null", O_RDWR);  // NOLINT(android-cloexec-open)
  };
  int fd = open_null();
  while (fd >= 0 && fd <= STDERR_FILENO) fd = open_null();
  ::close(fd);
  ::signal(SIGPIPE, SIG_IGN);
  // Where it is ignored, wait(2) finds no children.
  ::signal(SIGCHLD, SIG_DFL);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
}

std::vector<Verdict> RunRequirements(
    const std::vector<Requirement>& requirements, const RunOptions& options,
    KnownVerdicts* known) {
  RunOptions informed = options;
  if (!informed.profile.has_value()) informed.profile = LookAt(options);
  Explanations explanations(requirements, informed, known);
  RunOptions telling = informed;
  telling.on_verdict = [&](const Verdict& verdict) {
    explanations.Add(verdict);
  };
  telling.on_interrupt = [&] { explanations.GiveUp(); };
  // A contender that dies, hangs or speaks nonsense where nothing is special
  // would do so everywhere, and take its time each time.
  std::optional<Verdict> broken;
  if (requirements.size() > 1 && options.find_requirement) {
    if (const Requirement* first =
            options.find_requirement(Explanations::kExcludes)) {
      RunOptions quiet = informed;
      quiet.on_verdict = nullptr;
      const std::vector<Requirement> alone = {*first};
      broken = Campaign(alone, quiet).Run().front();
      if (broken->outcome != Outcome::kCrash &&
          broken->outcome != Outcome::kHang &&
          broken->outcome != Outcome::kProtocol) {
        broken.reset();
      }
    }
  }
  Campaign(requirements, telling).Run(broken.has_value() ? &*broken : nullptr);
  return explanations.Finish();
}

// One check that is no requirement.
Verdict RunAlone(absl::string_view id, void (*check)(Trial&),
                 const RunOptions& options) {
  Requirement requirement;
  requirement.id = id;
  requirement.check = check;
  const std::vector<Requirement> alone = {requirement};
  RunOptions quiet = options;
  quiet.on_progress = nullptr;
  quiet.on_verdict = nullptr;
  return Campaign(alone, quiet).Run().front();
}

Profile LookAt(const RunOptions& options) {
  RunOptions blind = options;
  blind.profile = Profile();
  SurveyClaim() = options.claim;
  return ProfileIn(RunAlone("survey", &SurveyContender, blind).history);
}

Meeting Meet(const RunOptions& options) {
  Meeting meeting;
  RunOptions blind = options;
  blind.profile = Profile();
  meeting.verdict = RunAlone("hello", &MeetContender, blind);
  for (const Event& event : meeting.verdict.history.events()) {
    if (event.kind != Event::Kind::kAnswered || event.fields.size() < 5) {
      continue;
    }
    meeting.introduction.name = event.fields[1];
    meeting.introduction.version = event.fields[2];
    for (absl::string_view capability :
         absl::StrSplit(absl::StripPrefix(event.fields[4], "can="), ',',
                        absl::SkipEmpty())) {
      meeting.introduction.can.emplace(capability);
    }
  }
  return meeting;
}

}  // namespace conformance
