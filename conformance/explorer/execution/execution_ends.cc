// Preparations for a schedule, and the judgement after it.

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "conformance/explorer/execution/execution.h"
#include "conformance/explorer/execution/initial_state.h"
#include "conformance/explorer/execution/judgement.h"
#include "conformance/explorer/execution/timeline.h"
#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/schedules/scheduler.h"
#include "conformance/explorer/tracing/actor_id.h"
#include "conformance/explorer/tracing/call.h"
#include "conformance/explorer/tracing/stop.h"
#include "conformance/explorer/tracing/tracer.h"
#include "conformance/explorer/tracing/wait_result.h"
#include "conformance/monotonic_now.h"

namespace conformance::explorer {
namespace {

// Visible calls of one command that runs alone, naps included. More of them,
// and it waits for something that will never come.
constexpr int kMaxStraightCalls = 1'000;
constexpr int kMostSlowEnds = 20;
// By the clock, when everything has been made old already.
constexpr absl::Duration kMostStuckAtTheEnd = absl::Seconds(11);

}  // namespace

absl::StatusOr<WaitResult> Execution::StartContender(int actor) {
  ++starts_;
  // The system uses numbers again.
  constexpr size_t kMaxRemembered = 1000;
  if (start_times_.size() > kMaxRemembered) start_times_.clear();
  // Survivors of one that was copied may read what the next copy is sent.
  const bool has_survivors = tracer_->processes().HasSurvivors(actor);
  if (options_.copies && tracer_->HasPattern(actor) && !has_survivors) {
    absl::StatusOr<WaitResult> copied = tracer_->StartCopy(actor);
    for (const pid_t pid : tracer_->processes().MainProcesses(actor))
      start_times_.erase(pid);
    if (copied.ok() || !absl::IsUnavailable(copied.status())) return copied;
    can_copy_ = false;
  }
  absl::StatusOr<Stop> hello = tracer_->Start(actor, options_.source);
  if (!hello.ok()) return hello.status();
  if (hello->wait.in_vain()) return std::move(hello->wait);
  for (const pid_t pid : tracer_->processes().MainProcesses(actor))
    start_times_.erase(pid);
  if (introduction_.empty()) introduction_ = hello->answer;
  if (!options_.copies || !can_copy_ || has_survivors) return WaitResult();
  const absl::StatusOr<bool> kept = tracer_->Keep(actor);
  can_copy_ = kept.ok() && *kept;
  if (can_copy_) return tracer_->StartCopy(actor);
  // It is as it was, or gone.
  if (kept.ok()) return WaitResult();
  hello = tracer_->Start(actor, options_.source);
  if (!hello.ok()) return hello.status();
  return std::move(hello->wait);
}

absl::Status Execution::Prepare(const InitialState& initial) {
  outcome_ = ExecutionOutcome();
  draining_ = false;
  judgement_.Begin(progress_.size(), !initial.entries.empty());
  tracer_->NapsTakeTime(false);
  failing_ = -1;
  recording_ = options_.record;
  for (; !surplus_.empty(); surplus_.erase(surplus_.begin())) {
    const int actor = *surplus_.begin();
    for (const ActorId id : {ActorId(actor), ActorId::SurvivorsOf(actor)}) {
      const absl::StatusOr<Death> killed = tracer_->Kill(id);
      if (!killed.ok()) return killed.status();
      if (killed->wait.in_vain()) {
        GiveUp(killed->wait);
        return absl::OkStatus();
      }
    }
  }
  for (size_t i = 0; i < progress_.size(); ++i) {
    const int actor = static_cast<int>(i);
    absl::StatusOr<Death> killed = tracer_->Kill(ActorId::SurvivorsOf(actor));
    const bool ends =
        i < options_.ends.size() && options_.ends[i] != NormalEnd::kNone;
    if (killed.ok() && !killed->wait.in_vain() &&
        (progress_[i].next == Progress::Next::kStartAnew || options_.fresh ||
         !tracer_->processes().Lives(actor) ||
         (ends && tracer_->processes().IsCopy(actor)))) {
      killed = tracer_->Kill(actor);
    }
    if (!killed.ok()) return killed.status();
    if (killed->wait.in_vain()) {
      GiveUp(killed->wait);
      return absl::OkStatus();
    }
  }
  for (size_t i = 0; i < progress_.size(); ++i) {
    const int actor = static_cast<int>(i);
    const bool suspect = progress_[i].next == Progress::Next::kTryOut;
    progress_[i] = Progress();
    progress_[i].left = options_.cycles[i];
    if (i < options_.ends.size()) progress_[i].end = options_.ends[i];
    const bool lives = tracer_->processes().Lives(actor);
    if (lives && !suspect) continue;
    if (!lives) {
      const absl::StatusOr<WaitResult> started = StartContender(actor);
      if (!started.ok()) return started.status();
      GiveUp(*started);
    }
    if (!options_.fresh && !is_broken_off()) {
      absl::Status warm = WarmUp(actor);
      if (!warm.ok()) return warm;
    }
    if (is_broken_off()) return absl::OkStatus();
  }
  absl::Status reset = ResetFolder(options_.tracing.directory, initial.entries);
  if (!reset.ok()) return reset;
  tracer_->FolderIs(initial.entries, initial.dead);
  names_.Begin(initial.entries);
  return absl::OkStatus();
}

absl::Status Execution::WarmUp(int actor) {
  absl::Status reset = ResetFolder(options_.tracing.directory, {});
  if (!reset.ok()) return reset;
  tracer_->FolderIs({});
  const bool recording = std::exchange(recording_, false);
  // The answer doesn't matter here: the executions judge it.
  for (const bool release : {false, true}) {
    const absl::StatusOr<Reply> answer = AskStraight(actor, release);
    if (!answer.ok()) return answer.status();
    if (answer->wait.end == WaitResult::End::kTimeIsUp) {
      GiveUp(answer->wait);
      break;
    }
    if (answer->text != (release ? "released a" : "acquired a") ||
        (release && tracer_->OpenDescriptors(actor) > 0)) {
      // It goes into the first execution as if it were new.
      const absl::StatusOr<WaitResult> started = StartContender(actor);
      if (!started.ok()) return started.status();
      GiveUp(*started);
      break;
    }
  }
  recording_ = recording;
  return absl::OkStatus();
}

// After a violation contenders are started anew. Those that can't be copied
// take long to start, as a rule, and are kept instead where they have done all
// that they were told; and then must acquire and release in an empty folder.
absl::Status Execution::Recover() {
  switch (outcome_.violation) {
    case Violation::kTwoHold:
    case Violation::kRefusedThoughFree:
    case Violation::kRefusedByError:
    case Violation::kNeverFree:
    case Violation::kAcquireFailed:
    case Violation::kReleaseFailed:
    case Violation::kLeaked:
      break;
    case Violation::kNone:
    case Violation::kDeadlock:
    case Violation::kDied:
    case Violation::kHung:
    case Violation::kNonsense:
      StartAnew();
      return absl::OkStatus();
  }
  if (can_copy_ || options_.separate_commands || !recovers_) {
    StartAnew();
    return absl::OkStatus();
  }
  std::vector<bool> dead;
  for (const Progress& one : progress_) dead.push_back(one.dead());
  absl::Status drained = Drain();
  if (!drained.ok() || is_broken_off()) return drained;
  for (size_t i = 0; i < progress_.size(); ++i) {
    // To find that out once more takes the whole deadline, each time.
    const int actor = static_cast<int>(i);
    Progress& it = progress_[i];
    if (it.dead() && !dead[i] && it.end == NormalEnd::kNone) recovers_ = false;
    if (it.next == Progress::Next::kKeep) it.next = Progress::Next::kTryOut;
    if (judgement_.MayHoldForGood(actor) ||
        tracer_->OpenDescriptors(actor) > 0) {
      it.StartAnew();
    }
  }
  return absl::OkStatus();
}

// After an execution that was given up, its contenders finish what they were
// sent, one after the other, so that they needn't be started anew.
absl::Status Execution::Drain() {
  recording_ = false;
  draining_ = true;
  for (size_t i = 0; i < progress_.size(); ++i) {
    const int actor = static_cast<int>(i);
    Progress& it = progress_[i];
    it.left = std::min(it.left, 1);
    if (it.state == Progress::State::kSurvived)
      it.state = Progress::State::kDead;
    // An end that hasn't begun needn't come.
    const bool begun = it.ending() && it.state != Progress::State::kUntold;
    if (!begun) it.end = NormalEnd::kNone;
    if (it.ending() && !begun) {
      absl::Status next = Next(actor);
      if (!next.ok()) return next;
    }
    // Where a violation left it running.
    if (it.pending || it.answered.has_value()) continue;
    absl::Status advanced = Advance(actor);
    if (!advanced.ok() || is_broken_off()) return advanced;
  }
  for (int i = 0; i < kMaxStraightCalls; ++i) {
    std::vector<ActorState> states = States();
    // Those that have just napped come last.
    std::stable_sort(states.begin(), states.end(),
                     [](const ActorState& x, const ActorState& y) {
                       return !x.yielded && y.yielded;
                     });
    const auto next =
        std::find_if(states.begin(), states.end(),
                     [](const ActorState& s) { return s.enabled; });
    if (next == states.end()) break;
    Step step;
    step.actor = next->actor;
    absl::Status done = Do(step);
    if (done.ok()) done = NoticeDeaths();
    if (!done.ok() || is_broken_off()) return done;
    for (Progress& other : progress_) {
      if (&other != &progress(step.actor)) other.yielded = false;
    }
  }
  for (Progress& one : progress_) {
    if (!one.finished()) one.StartAnew();
  }
  return absl::OkStatus();
}

absl::StatusOr<Execution::Reply> Execution::AskStraight(int actor,
                                                        bool release) {
  absl::Status status = tracer_->Command(actor, LineFor(release));
  if (!status.ok()) return Reply{"(it has ended)", {}};
  Record(actor, TimelineEvent::Kind::kCommand, release ? "release" : "acquire");
  for (int i = 0; i < kMaxStraightCalls; ++i) {
    absl::StatusOr<Stop> stop = tracer_->RunToVisible(actor);
    if (!stop.ok()) return stop.status();
    switch (stop->kind) {
      case Stop::Kind::kAnswer:
        Record(actor, TimelineEvent::Kind::kAnswer, stop->answer);
        return Reply{std::move(stop->answer), {}};
      case Stop::Kind::kEnded:
        return Reply{absl::StrCat("(it ", stop->ending.ToString(), ")"), {}};
      case Stop::Kind::kInVain:
        return Reply{"(it hangs)", std::move(stop->wait)};
      case Stop::Kind::kCall:
        break;
    }
    if (tracer_->WouldBlock(actor)) {
      return Reply{absl::StrCat("(it waits in ", FormatCall(stop->call), ")"),
                   {}};
    }
    absl::StatusOr<CallResult> performed =
        recording_ ? tracer_->Perform(actor) : tracer_->Pass(actor);
    if (!performed.ok()) return performed.status();
    if (performed->wait.in_vain()) {
      return Reply{"(it hangs)", std::move(performed->wait)};
    }
    if (!recording_) continue;
    TimelineEvent event;
    event.actor = actor;
    event.call = std::move(stop->call);
    event.result = performed->result;
    outcome_.timeline.push_back(std::move(event));
  }
  return Reply{"(it tries again and again)", {}};
}

// How many descriptors a contender keeps open when nothing has failed is its
// own business; a failed call must not make them more, nor many lost races far
// more.
void Execution::CheckDescriptors() {
  int most = 0;
  bool sure = true;
  for (size_t i = 0; i < progress_.size(); ++i) {
    const int open = tracer_->OpenDescriptors(static_cast<int>(i));
    outcome_.leaked.push_back(open);
    const bool unsure = judgement_.MayHoldForGood(static_cast<int>(i));
    sure = sure && !unsure;
    if (progress_[i].dead() || unsure) continue;
    most = std::max(most, open);
    if (!judgement_.fault() && plain_descriptors_ >= 0 &&
        open >= plain_descriptors_ + kDescriptorsOfALeak) {
      Violated(
          static_cast<int>(i), Violation::kLeaked,
          absl::StrCat("contender ", LetterOf(static_cast<int>(i)), " has ",
                       open, " descriptors of the folder open at the end, and ",
                       plain_descriptors_, " where nobody is interrupted"));
    }
    if (failing_ == static_cast<int>(i) && usual_descriptors_ >= 0 &&
        open > usual_descriptors_) {
      Violated(failing_, Violation::kLeaked,
               absl::StrCat("contender ", LetterOf(failing_), " has ", open,
                            " descriptors of the folder open at the end, and ",
                            usual_descriptors_, " when no call fails"));
    }
  }
  if (judgement_.fault()) return;
  usual_descriptors_ = std::max(usual_descriptors_, most);
  if (options_.plain && sure) {
    plain_descriptors_ = std::max(plain_descriptors_, most);
  }
}

absl::Status Execution::CheckEnd() {
  // One whose release failed may hold the lock for as long as it lives, and has
  // said so; and others may wait for it. It can release once more.
  for (size_t i = 0; i < progress_.size(); ++i) {
    const int actor = static_cast<int>(i);
    Progress& it = progress_[i];
    if (!judgement_.MayHoldForGood(actor) || it.dead() || !it.finished()) {
      continue;
    }
    it.StartAnew();
    const absl::StatusOr<Reply> again = AskStraight(actor, /*release=*/true);
    if (!again.ok()) return again.status();
    if (again->wait.in_vain()) {
      Judge(actor, again->wait);
      return absl::OkStatus();
    }
    if (again->text == "released a") judgement_.ReleasedAfterAll(actor);
  }
  const bool unsure = judgement_.AnyMayHoldForGood();
  if (unsure) {
    // That takes long where each must be started.
    if (!can_copy_ && ++slow_ends_ > kMostSlowEnds) return absl::OkStatus();
    StartAnew();
    for (size_t i = 0; i < progress_.size(); ++i) {
      const absl::StatusOr<Death> killed = tracer_->Kill(static_cast<int>(i));
      if (!killed.ok()) return killed.status();
      if (killed->wait.in_vain()) {
        GiveUp(killed->wait);
        return absl::OkStatus();
      }
      progress_[i].state = Progress::State::kDead;
    }
  }
  // After a failed call, whoever it was that it failed; after a crash, somebody
  // who has seen nothing of it.
  int actor = std::max(failing_, 0);
  for (size_t i = 0; i < progress_.size() && !unsure; ++i) {
    if (progress_[i].dead()) actor = static_cast<int>(i);
  }
  if (progress(actor).dead()) {
    const absl::StatusOr<WaitResult> started = StartContender(actor);
    if (!started.ok()) return started.status();
    if (started->in_vain()) {
      GiveUp(*started);
      return absl::OkStatus();
    }
    progress(actor) = Progress();  // with nothing left to do
    judgement_.Replaced(actor);
  }
  absl::StatusOr<Reply> answer = AskStraight(actor, /*release=*/false);
  if (!answer.ok()) return answer.status();
  if (answer->wait.in_vain()) {
    Judge(actor, answer->wait);
    return absl::OkStatus();
  }
  if (answer->text == "acquired a") {
    const Ruling ruling = judgement_.AcquiredAtTheEnd(actor);
    Violated(judgement_.doubted(), ruling);
    return CheckRelease(actor);
  }
  // Many locks believe what they find until it is old.
  const std::string before = answer->text;
  answer = AskLater(actor, before);
  if (!answer.ok()) return answer.status();
  if (answer->wait.in_vain()) {
    Judge(actor, answer->wait);
    return absl::OkStatus();
  }
  if (answer->text == "acquired a") return CheckRelease(actor);
  // Otherwise it is at rest.
  if (!absl::StartsWith(answer->text, "busy ")) progress(actor).StartAnew();
  recording_ = options_.record;
  Violated(
      actor, Violation::kNeverFree,
      absl::StrCat(
          "at the end nobody holds the lock",
          unsure ? ", since all processes have ended" : "", ", and contender ",
          LetterOf(actor), unsure ? ", new," : "", " answers ", before,
          " to acquire, and ", answer->text,
          " when all in the folder has become a year old",
          options_.stuck_limit > absl::ZeroDuration()
              ? absl::StrCat(", and until ",
                             absl::FormatDuration(std::min(options_.stuck_limit,
                                                           kMostStuckAtTheEnd)),
                             " later")
              : ""));
  return absl::OkStatus();
}

// Everything in the folder becomes old.
absl::Status Execution::LetTimePass() {
  absl::Status aged = AgeFolder(options_.tracing.directory);
  if (aged.ok()) footprint_.Add(tracer_->FolderAges());
  return aged;
}

// The answer to acquire, when time has gone by, of a contender that has just
// given `answer` instead of the lock.
absl::StatusOr<Execution::Reply> Execution::AskLater(int actor,
                                                     std::string answer) {
  constexpr absl::Duration kBetween = absl::Milliseconds(500);
  absl::Status aged = LetTimePass();
  if (!aged.ok()) return aged;
  Record(actor, TimelineEvent::Kind::kTime, "a year passes");
  const absl::Duration end =
      MonotonicNow() + std::min(options_.stuck_limit, kMostStuckAtTheEnd);
  for (;;) {
    // One that hasn't answered can't be asked again.
    if (!absl::StartsWith(answer, "busy ") &&
        !absl::StartsWith(answer, "error ")) {
      absl::StatusOr<WaitResult> started = StartContender(actor);
      if (!started.ok()) return started.status();
      if (started->in_vain()) return Reply{"(it hangs)", *std::move(started)};
      progress(actor) = Progress();
      progress(actor).StartAnew();
    }
    absl::StatusOr<Reply> later = AskStraight(actor, /*release=*/false);
    if (!later.ok() || later->wait.in_vain() || later->text == "acquired a") {
      return later;
    }
    answer = std::move(later->text);
    const absl::Duration now = MonotonicNow();
    if (now >= end) return Reply{std::move(answer), {}};
    if (now >= options_.tracing.end) {
      return Reply{std::move(answer), WaitResult::TimeIsUp()};
    }
    // Of what is said then, the last is shown.
    recording_ = false;
    absl::SleepFor(std::min(kBetween, end - now));
  }
}

absl::Status Execution::CheckRelease(int actor) {
  const absl::StatusOr<Reply> answer = AskStraight(actor, /*release=*/true);
  if (!answer.ok()) return answer.status();
  if (answer->wait.in_vain()) {
    Judge(actor, answer->wait);
    return absl::OkStatus();
  }
  if (answer->text == "released a") return absl::OkStatus();
  progress(actor).StartAnew();
  Violated(actor, Violation::kReleaseFailed,
           absl::StrCat("at the end contender ", LetterOf(actor), " answers ",
                        answer->text, " to release"));
  return absl::OkStatus();
}

}  // namespace conformance::explorer
