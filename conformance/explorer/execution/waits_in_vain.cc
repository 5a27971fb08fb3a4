// The wait of one, call after call, and the release of another.

#include "conformance/explorer/execution/waits_in_vain.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/explorer/execution/traced_pair.h"
#include "conformance/protocol.h"

namespace conformance::explorer {
namespace {

constexpr int kHolder = TracedPair::kFirst;
constexpr int kWaiter = TracedPair::kSecond;
constexpr absl::string_view kHandle = "a";
// Naps included. One that needs more of them never gets the lock.
constexpr int kMostCalls = 1'000;
// Of a wait, from its beginning. One that asks without a pause makes more.
constexpr int kMostMoments = 100;
// In a row, until a waiter that sleeps beside a free lock is believed to.
constexpr int kLooks = 10;

class Waits {
 public:
  Waits(TracedPair& pair, std::string path, const WaitsInVainOptions& options)
      : pair_(pair),
        path_(std::move(path)),
        wait_(options.wait),
        asleep_(options.asleep) {}

  // The holder releases when the waiter has made at most so many calls. Gives
  // how many it has made: fewer if it waits then.
  absl::StatusOr<int> ReleaseAfter(int most, WaitsInVain& all) {
    absl::Status status = pair_.Tell(kHolder, AcquireCommand(kHandle, path_));
    if (status.ok()) status = pair_.Finish(kHolder, "acquired");
    if (status.ok()) {
      status = pair_.Tell(kWaiter, AcquireCommand(kHandle, path_, wait_));
    }
    if (!status.ok()) return status;
    int made = 0;
    while (made < most && pair_.owes(kWaiter)) {
      const absl::StatusOr<TracedPair::Step> step =
          pair_.Advance(kWaiter, asleep_);
      if (!step.ok()) return step.status();
      if (*step != TracedPair::Step::kCall) break;
      ++made;
    }
    if (pair_.going() && !pair_.owes(kWaiter)) {
      pair_.Stopped(kWaiter, absl::StrCat("is asked to wait, and answers ",
                                          pair_.answer(kWaiter)));
    }
    status = pair_.Tell(kHolder, ReleaseCommand(kHandle));
    if (status.ok()) status = pair_.Finish(kHolder, "released");
    const std::string after = pair_.last_call(kWaiter);
    if (status.ok()) status = AwaitGrant(after, all);
    if (status.ok() && pair_.going() && all.waits.empty()) {
      ++all.releases;
      status = pair_.Tell(kWaiter, ReleaseCommand(kHandle));
      if (status.ok()) status = pair_.Finish(kWaiter, "released");
    }
    if (!status.ok()) return status;
    return made;
  }

 private:
  absl::Status AwaitGrant(const std::string& after, WaitsInVain& all) {
    int looks = 0;
    for (int calls = 0; pair_.owes(kWaiter); ++calls) {
      if (calls == kMostCalls) {
        pair_.Stopped(kWaiter, "tries again and again");
        break;
      }
      const absl::StatusOr<TracedPair::Step> step =
          pair_.Advance(kWaiter, asleep_);
      if (!step.ok()) return step.status();
      if (*step == TracedPair::Step::kBlocked) {
        pair_.Stopped(kWaiter, absl::StrCat("waits in ", pair_.waits(kWaiter)));
      }
      looks = *step == TracedPair::Step::kAsleep ? looks + 1 : 0;
      if (looks == kLooks) {
        all.after = after;
        all.waits = pair_.waits(kWaiter);
        return absl::OkStatus();
      }
    }
    if (pair_.going() && !absl::StartsWith(pair_.answer(kWaiter), "acquired")) {
      pair_.Stopped(kWaiter, absl::StrCat("answers ", pair_.answer(kWaiter)));
    }
    return absl::OkStatus();
  }

  TracedPair& pair_;
  const std::string path_;
  const absl::Duration wait_;
  const absl::Duration asleep_;
};

}  // namespace

absl::StatusOr<WaitsInVain> SeeWaitsInVain(const WaitsInVainOptions& options) {
  const absl::StatusOr<std::unique_ptr<TracedPair>> pair =
      TracedPair::Start(options.source, options.tracing);
  if (!pair.ok()) return pair.status();
  Waits waits(**pair,
              absl::StrCat(options.tracing.directory, "/", options.lock),
              options);
  WaitsInVain all;
  const absl::StatusOr<int> calls = waits.ReleaseAfter(kMostMoments, all);
  if (!calls.ok()) return calls.status();
  if (!all.waits.empty()) {
    // Nothing is known of a wait that ends by no release here.
    (*pair)->Stopped(kWaiter, "doesn't notice any release under ptrace(2)");
    all.after.clear();
    all.waits.clear();
  }
  for (int most = *calls; most > 0 && (*pair)->going(); --most) {
    const absl::StatusOr<int> made = waits.ReleaseAfter(most, all);
    if (!made.ok()) return made.status();
    if (!all.waits.empty()) break;
  }
  all.stopped = (*pair)->stopped();
  return all;
}

}  // namespace conformance::explorer
