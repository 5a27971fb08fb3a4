// A run: a survey, the most basic requirement, all others, and what explains
// their failures.

#include "conformance/runner.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "conformance/explanations.h"
#include "conformance/history.h"
#include "conformance/monotonic_now.h"
#include "conformance/profile.h"
#include "conformance/requirement.h"
#include "conformance/survey.h"
#include "conformance/trial.h"
#include "conformance/trial_pool.h"
#include "conformance/verdict.h"

namespace conformance {
namespace {

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
    const int null =
        ::open("/dev/null", O_RDWR);  // NOLINT(android-cloexec-open)
    // In an empty root folder there is none; a file in memory is as good.
    // NOLINTNEXTLINE(android-cloexec-memfd-create)
    return null >= 0 ? null : ::memfd_create("null", 0);
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
  if (!informed.profile.has_value()) informed.profile = LookAt(options).profile;
  Explanations explanations(requirements, informed, known);
  RunOptions telling = informed;
  telling.on_verdict = [&](const Verdict& verdict) {
    explanations.Add(verdict);
  };
  telling.on_interrupt = [&] { explanations.GiveUp(); };
  // Two are asked before all others. A contender that dies, hangs or speaks
  // nonsense where nothing is special would do so everywhere, and take its time
  // each time. Where locks of two folders are one, checks would meet each
  // other.
  std::optional<Verdict> broken;
  std::vector<Requirement> first;
  if (requirements.size() > 1 && options.find_requirement) {
    for (const absl::string_view id :
         {Explanations::kExcludes, Explanations::kFoldersAreApart}) {
      const Requirement* const found = options.find_requirement(id);
      if (found != nullptr) first.push_back(*found);
    }
  }
  RunOptions quiet = informed;
  quiet.on_verdict = nullptr;
  quiet.one_by_one = true;
  for (Verdict& verdict : TrialPool(first, quiet).Run()) {
    if (verdict.id == Explanations::kFoldersAreApart) {
      telling.one_by_one = verdict.outcome == Outcome::kViolation;
    } else if (verdict.outcome == Outcome::kCrash ||
               verdict.outcome == Outcome::kHang ||
               verdict.outcome == Outcome::kProtocol) {
      broken = std::move(verdict);
    }
  }
  TrialPool(requirements, telling).Run(broken.has_value() ? &*broken : nullptr);
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
  return TrialPool(alone, quiet).Run().front();
}

Look LookAt(const RunOptions& options) {
  RunOptions blind = options;
  blind.profile = Profile();
  SurveyClaim() = options.claim;
  const absl::Duration begun = MonotonicNow();
  const Verdict verdict = RunAlone("survey", &SurveyContender, blind);
  Look look;
  look.profile = ProfileIn(verdict.history);
  if (verdict.outcome == Outcome::kPass) {
    look.ended = Look::Ended::kWhole;
  } else if (MonotonicNow() - begun >= options.limit) {
    look.ended = Look::Ended::kTimeWasUp;
  }
  return look;
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
