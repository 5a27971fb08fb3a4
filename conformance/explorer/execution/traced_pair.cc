// Steps of two contenders, by a tracer's.

#include "conformance/explorer/execution/traced_pair.h"

#include <sys/types.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/tracing/call.h"
#include "conformance/explorer/tracing/stop.h"
#include "conformance/explorer/tracing/tracer.h"
#include "conformance/explorer/tracing/tracer_options.h"
#include "conformance/explorer/tracing/wait_result.h"
#include "conformance/protocol.h"

namespace conformance::explorer {
namespace {

// Visible calls of one command, naps included. One that makes more of them
// waits for something that will never come.
constexpr int kMaxCalls = 1'000;

}  // namespace

absl::StatusOr<std::unique_ptr<TracedPair>> TracedPair::Start(
    const ContenderSource& source, const TracerOptions& tracing) {
  absl::StatusOr<std::unique_ptr<Tracer>> tracer = Tracer::Create(tracing);
  if (!tracer.ok()) return tracer.status();
  auto pair =
      absl::WrapUnique(new TracedPair(*std::move(tracer), tracing.deadline));
  absl::Status status = pair->StartBoth(source);
  if (!status.ok()) return status;
  return pair;
}

absl::Status TracedPair::StartBoth(const ContenderSource& source) {
  tracer_->FolderIs({});
  for (const int who : {kFirst, kSecond}) {
    const absl::StatusOr<Stop> hello = tracer_->Start(who, source);
    if (!hello.ok()) return hello.status();
    const absl::StatusOr<conformance::Answer> answer =
        ParseAnswer(hello->answer);
    if (hello->wait.in_vain() || !answer.ok()) {
      Stopped(who, "doesn't begin");
      return absl::OkStatus();
    }
    sides_[who].pid = static_cast<pid_t>(answer->introduction.pid);
  }
  return absl::OkStatus();
}

void TracedPair::Stopped(int who, absl::string_view what) {
  if (!going()) return;
  stopped_ = absl::StrCat("contender ", LetterOf(who), " ", what);
}

absl::Status TracedPair::Tell(int who, const conformance::Command& command) {
  if (!going()) return absl::OkStatus();
  Side& side = sides_[who];
  side.owes = true;
  side.answer.clear();
  return tracer_->Command(who, EncodeLine(command));
}

absl::StatusOr<TracedPair::Step> TracedPair::Advance(int who,
                                                     absl::Duration deadline) {
  if (!going()) return Step::kStopped;
  Side& side = sides_[who];
  absl::StatusOr<Stop> stop = tracer_->RunToVisible(who, deadline);
  if (!stop.ok()) return stop.status();
  switch (stop->kind) {
    case Stop::Kind::kAnswer:
      side.owes = false;
      side.answer = std::move(stop->answer);
      return Step::kAnswered;
    case Stop::Kind::kEnded:
      Stopped(who, stop->ending.ToString());
      return Step::kStopped;
    case Stop::Kind::kInVain:
      side.waits = stop->wait.message;
      if (stop->wait.end == WaitResult::End::kHangs) return Step::kAsleep;
      Stopped(who, absl::StrCat("is waited for in vain: ", side.waits));
      return Step::kStopped;
    case Stop::Kind::kCall:
      break;
  }
  if (tracer_->WouldBlock(who)) {
    side.waits = FormatCall(stop->call);
    return Step::kBlocked;
  }
  const absl::StatusOr<CallResult> performed = tracer_->Perform(who);
  if (!performed.ok()) return performed.status();
  if (performed->wait.in_vain()) {
    Stopped(who, "is waited for in vain");
    return Step::kStopped;
  }
  side.last_call = absl::StrCat(FormatCall(stop->call), " = ",
                                FormatResult(performed->result));
  return stop->call.sleeps ? Step::kNap : Step::kCall;
}

absl::Status TracedPair::Finish(int who, absl::string_view kind) {
  for (int i = 0; owes(who); ++i) {
    if (i == kMaxCalls) {
      Stopped(who, "tries again and again");
      break;
    }
    int next = who;
    absl::StatusOr<Step> step = Advance(next);
    if (step.ok() && *step == Step::kBlocked && owes(1 - who)) {
      next = 1 - who;
      step = Advance(next);
    }
    if (!step.ok()) return step.status();
    if (*step == Step::kAsleep) Stopped(next, "is waited for in vain");
    if (*step == Step::kBlocked) {
      Stopped(next, absl::StrCat("waits in ", sides_[next].waits));
    }
  }
  if (going() && !absl::StartsWith(sides_[who].answer, kind)) {
    Stopped(who, absl::StrCat("answers ", sides_[who].answer));
  }
  return absl::OkStatus();
}

}  // namespace conformance::explorer
