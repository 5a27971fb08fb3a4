// Two contenders under a tracer, one call of the release after the other.

#include "conformance/explorer/execution/hand_overs.h"

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "conformance/contender.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/tracing/call.h"
#include "conformance/explorer/tracing/stop.h"
#include "conformance/explorer/tracing/tracer.h"
#include "conformance/protocol.h"

namespace conformance::explorer {
namespace {

constexpr int kReleaser = 0;
constexpr int kNext = 1;
constexpr absl::string_view kHandle = "a";
// Visible calls of one command, naps included. One that makes more of them
// waits for something that will never come.
constexpr int kMaxCalls = 1'000;

class Pair {
 public:
  Pair(std::unique_ptr<Tracer> tracer, std::string path)
      : tracer_(std::move(tracer)), path_(std::move(path)) {}

  // The status is not OK, or `stopped` says why, when it can't go on.
  absl::Status Start(const ContenderSource& source) {
    tracer_->FolderIs({});
    for (const int who : {kReleaser, kNext}) {
      const absl::StatusOr<Stop> hello = tracer_->Start(who, source);
      if (!hello.ok()) return hello.status();
      const absl::StatusOr<conformance::Answer> answer =
          ParseAnswer(hello->answer);
      if (hello->wait.in_vain() || !answer.ok()) {
        Stopped(who, "doesn't begin");
        return absl::OkStatus();
      }
      if (who == kNext) {
        next_pid_ = static_cast<pid_t>(answer->introduction.pid);
      }
    }
    return absl::OkStatus();
  }

  // The next one asks when so many calls of a release have been made. Whether
  // there are so many; `hand_over` is set if it acquires.
  absl::StatusOr<bool> AskAfter(int calls, std::optional<HandOver>& hand_over) {
    absl::Status status = Tell(kReleaser, AcquireCommand(kHandle, path_));
    if (status.ok()) status = Finish(kReleaser, "acquired");
    if (status.ok()) status = Tell(kReleaser, ReleaseCommand(kHandle));
    for (int i = 0; i < calls && status.ok() && Owes(kReleaser); ++i) {
      status = Step(kReleaser);
    }
    if (!status.ok()) return status;
    const bool midway = Owes(kReleaser);
    HandOver seen;
    seen.holder = next_pid_;
    seen.after = last_call_;
    status = Tell(kNext, AcquireCommand(kHandle, path_));
    if (status.ok()) status = Finish(kNext, "");
    if (status.ok()) status = Finish(kReleaser, "released");
    if (!status.ok()) return status;
    acquired_ = absl::StartsWith(answer_[kNext], "acquired");
    if (midway && acquired_ && going()) hand_over = seen;
    return midway;
  }

  absl::Status GiveBack() {
    if (!acquired_) return absl::OkStatus();
    const absl::Status status = Tell(kNext, ReleaseCommand(kHandle));
    return status.ok() ? Finish(kNext, "released") : status;
  }

  bool going() const { return stopped_.empty(); }
  const std::string& stopped() const { return stopped_; }

 private:
  bool Owes(int who) const { return going() && owes_[who]; }

  void Stopped(int who, absl::string_view what) {
    if (!going()) return;
    stopped_ = absl::StrCat("contender ", LetterOf(who), " ", what);
  }

  absl::Status Tell(int who, const conformance::Command& command) {
    if (!going()) return absl::OkStatus();
    owes_[who] = true;
    answer_[who].clear();
    return tracer_->Command(who, EncodeLine(command));
  }

  // One visible call, or what comes before its answer.
  absl::Status Step(int who) {
    absl::StatusOr<Stop> stop = tracer_->RunToVisible(who);
    if (!stop.ok()) return stop.status();
    switch (stop->kind) {
      case Stop::Kind::kAnswer:
        owes_[who] = false;
        answer_[who] = std::move(stop->answer);
        return absl::OkStatus();
      case Stop::Kind::kEnded:
        Stopped(who, stop->ending.ToString());
        return absl::OkStatus();
      case Stop::Kind::kInVain:
        Stopped(who, "is waited for in vain");
        return absl::OkStatus();
      case Stop::Kind::kCall:
        break;
    }
    if (tracer_->WouldBlock(who)) {
      // Only the next one waits for the other.
      if (who == kNext && Owes(kReleaser)) return Step(kReleaser);
      Stopped(who, absl::StrCat("waits in ", FormatCall(stop->call)));
      return absl::OkStatus();
    }
    const absl::StatusOr<CallResult> performed = tracer_->Perform(who);
    if (!performed.ok()) return performed.status();
    if (performed->wait.in_vain()) Stopped(who, "is waited for in vain");
    if (who == kReleaser) {
      last_call_ = absl::StrCat(FormatCall(stop->call), " = ",
                                FormatResult(performed->result));
    }
    return absl::OkStatus();
  }

  // All up to the answer, which is to be of that kind unless that is "".
  absl::Status Finish(int who, absl::string_view kind) {
    for (int i = 0; Owes(who); ++i) {
      if (i == kMaxCalls) {
        Stopped(who, "tries again and again");
        break;
      }
      absl::Status status = Step(who);
      if (!status.ok()) return status;
    }
    if (!absl::StartsWith(answer_[who], kind)) {
      Stopped(who, absl::StrCat("answers ", answer_[who]));
    }
    return absl::OkStatus();
  }

  const std::unique_ptr<Tracer> tracer_;
  const std::string path_;
  pid_t next_pid_ = 0;
  bool owes_[2] = {false, false};
  std::string answer_[2];
  bool acquired_ = false;  // by the next one
  std::string last_call_;  // of the releaser
  std::string stopped_;
};

}  // namespace

absl::StatusOr<HandOvers> SeeHandOvers(
    const HandOverOptions& options,
    absl::FunctionRef<bool(const HandOver&)> see) {
  absl::StatusOr<std::unique_ptr<Tracer>> tracer =
      Tracer::Create(options.tracing);
  if (!tracer.ok()) return tracer.status();
  Pair pair(*std::move(tracer),
            absl::StrCat(options.tracing.directory, "/", options.lock));
  absl::Status status = pair.Start(options.source);
  HandOvers all;
  bool midway = true;
  for (int calls = 1; status.ok() && pair.going() && midway; ++calls) {
    std::optional<HandOver> hand_over;
    const absl::StatusOr<bool> asked = pair.AskAfter(calls, hand_over);
    if (!asked.ok()) return asked.status();
    midway = *asked;
    if (hand_over.has_value()) {
      ++all.seen;
      if (!see(*hand_over)) return all;
    }
    if (pair.going()) status = pair.GiveBack();
  }
  if (!status.ok()) return status;
  all.stopped = pair.stopped();
  return all;
}

}  // namespace conformance::explorer
