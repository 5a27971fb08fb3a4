// The release of one, call after call, and the acquisition of another.

#include "conformance/explorer/execution/hand_overs.h"

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
#include "conformance/explorer/execution/traced_pair.h"
#include "conformance/protocol.h"

namespace conformance::explorer {
namespace {

constexpr int kReleaser = TracedPair::kFirst;
constexpr int kNext = TracedPair::kSecond;
constexpr absl::string_view kHandle = "a";

class Releases {
 public:
  Releases(TracedPair& pair, std::string path)
      : pair_(pair), path_(std::move(path)) {}

  // The next one asks when so many calls of a release have been made. Whether
  // there are so many; `hand_over` is set if it acquires.
  absl::StatusOr<bool> AskAfter(int calls, std::optional<HandOver>& hand_over) {
    absl::Status status = pair_.Tell(kReleaser, AcquireCommand(kHandle, path_));
    if (status.ok()) status = pair_.Finish(kReleaser, "acquired");
    if (status.ok()) status = pair_.Tell(kReleaser, ReleaseCommand(kHandle));
    for (int i = 0; i < calls && status.ok() && pair_.owes(kReleaser); ++i) {
      status = Step();
    }
    if (!status.ok()) return status;
    const bool midway = pair_.owes(kReleaser);
    HandOver seen;
    seen.holder = pair_.pid(kNext);
    seen.after = pair_.last_call(kReleaser);
    status = pair_.Tell(kNext, AcquireCommand(kHandle, path_));
    if (status.ok()) status = pair_.Finish(kNext, "");
    if (status.ok()) status = pair_.Finish(kReleaser, "released");
    if (!status.ok()) return status;
    acquired_ = absl::StartsWith(pair_.answer(kNext), "acquired");
    if (midway && acquired_ && pair_.going()) hand_over = seen;
    return midway;
  }

  absl::Status GiveBack() {
    if (!acquired_) return absl::OkStatus();
    const absl::Status status = pair_.Tell(kNext, ReleaseCommand(kHandle));
    return status.ok() ? pair_.Finish(kNext, "released") : status;
  }

 private:
  // Of the release, which waits for nobody: none else has a command.
  absl::Status Step() {
    const absl::StatusOr<TracedPair::Step> step = pair_.Advance(kReleaser);
    if (!step.ok()) return step.status();
    if (*step == TracedPair::Step::kAsleep ||
        *step == TracedPair::Step::kBlocked) {
      pair_.Stopped(kReleaser,
                    absl::StrCat("waits in ", pair_.waits(kReleaser)));
    }
    return absl::OkStatus();
  }

  TracedPair& pair_;
  const std::string path_;
  bool acquired_ = false;  // by the next one
};

}  // namespace

absl::StatusOr<HandOvers> SeeHandOvers(
    const HandOverOptions& options,
    absl::FunctionRef<bool(const HandOver&)> see) {
  const absl::StatusOr<std::unique_ptr<TracedPair>> pair =
      TracedPair::Start(options.source, options.tracing);
  if (!pair.ok()) return pair.status();
  Releases releases(**pair,
                    absl::StrCat(options.tracing.directory, "/", options.lock));
  absl::Status status;
  HandOvers all;
  bool midway = true;
  for (int calls = 1; status.ok() && (*pair)->going() && midway; ++calls) {
    std::optional<HandOver> hand_over;
    const absl::StatusOr<bool> asked = releases.AskAfter(calls, hand_over);
    if (!asked.ok()) return asked.status();
    midway = *asked;
    if (hand_over.has_value()) {
      ++all.seen;
      if (!see(*hand_over)) return all;
    }
    if ((*pair)->going()) status = releases.GiveBack();
  }
  if (!status.ok()) return status;
  all.stopped = (*pair)->stopped();
  return all;
}

}  // namespace conformance::explorer
