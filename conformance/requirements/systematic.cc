// Chapter Systematic: what holds in every interleaving, after every crash and
// after every failing call, within a bound that the certificate names.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "conformance/again.h"
#include "conformance/explorer/campaign/campaign.h"
#include "conformance/explorer/campaign/plan.h"
#include "conformance/explorer/campaign/search.h"
#include "conformance/explorer/execution/execution.h"
#include "conformance/profile.h"
#include "conformance/protocol.h"
#include "conformance/requirement.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/shard.h"
#include "conformance/trial.h"
#include "conformance/verdict.h"

namespace conformance {
namespace {

using explorer::CampaignOptions;
using explorer::Exploration;
using explorer::Finding;
using explorer::Plan;
using explorer::Violation;
using explorer::ViolationName;

Outcome OutcomeOf(const Finding& finding) {
  if (finding.violation == ViolationName(Violation::kHung)) {
    return Outcome::kHang;
  }
  if (finding.violation == ViolationName(Violation::kDied)) {
    return Outcome::kCrash;
  }
  if (finding.violation == ViolationName(Violation::kNonsense)) {
    return Outcome::kProtocol;
  }
  return Outcome::kViolation;
}

std::string Summary(const Exploration& explored, const Shard& shard) {
  int64_t schedules = 0;
  size_t complete = 0;
  for (const explorer::SearchResult& searched : explored.searched) {
    schedules += searched.statistics.schedules;
    complete += searched.complete ? 1 : 0;
  }
  return absl::StrCat(
      schedules, " schedules; ", complete, " of ", explored.searched.size(),
      " searches complete",
      shard.is_whole() ? "" : absl::StrCat(" in ", shard.ToString()));
}

void Explore(Trial& t, const Plan& plan, absl::string_view expected) {
  CampaignOptions options;
  options.explorer.source = t.source();
  options.explorer.tracing.directory = t.options().directory;
  options.explorer.tracing.deadline = t.deadline();
  options.explorer.tracing.start.obey_permissions = t.profile().ordinary;
  options.plan = plan;
  options.budget = t.options().exploration;
  options.shard = t.options().shard;
  options.stop_at_first = true;
  const absl::StatusOr<Exploration> explored = explorer::RunCampaign(options);
  if (absl::IsUnavailable(explored.status())) {
    t.NotRun(explored.status().message());
    return;
  }
  if (!explored.ok()) {
    t.Harness(explored.status().message());
    return;
  }
  Invocation again;
  if (t.profile().ordinary) again.options = " --ordinary-user";
  for (const Finding* finding : explored->Findings()) {
    t.Attach(absl::StrCat(
        finding->timeline, "\nagain: ",
        CommandToReplay(again, t.source(), finding->schedule.ToString()),
        finding->replayed ? "" : "\n(it did not show again when replayed)",
        "\n\n"));
  }
  t.Attach(absl::StrCat(Summary(*explored, options.shard), "\n",
                        explorer::Certificate(*explored)));
  if (explored->Findings().empty()) {
    const bool looked =
        std::any_of(explored->searched.begin(), explored->searched.end(),
                    [](const auto& s) { return s.statistics.schedules > 0; });
    // The least of searches may have no part for each of many shards.
    if (!looked && !options.shard.is_whole() &&
        std::all_of(explored->searched.begin(), explored->searched.end(),
                    [](const auto& s) { return s.complete; })) {
      t.Give(Outcome::kPass, "", Summary(*explored, options.shard));
      return;
    }
    if (!looked) {
      t.NotRun("no schedule was run in the time that exploration was given");
      return;
    }
    t.Give(Outcome::kPass, "", Summary(*explored, options.shard));
    return;
  }
  const Finding& first = *explored->Findings().front();
  t.Give(OutcomeOf(first), expected,
         absl::StrCat(first.violation, ": ", PrintableText(first.message)));
}

void NoInterleavingAdmitsTwo(Trial& t) {
  Plan plan = explorer::PlanFor(t.profile());
  plan.crashes = plan.failures = false;
  plan.three = true;
  Explore(t, plan,
          "whatever the order of the contenders' calls, at most one holds the "
          "lock, whoever is refused is refused for a reason, and at the end "
          "the lock can be had");
}

void CrashAtAnyCallFrees(Trial& t) {
  if (!t.DeathFrees()) return;
  Plan plan = explorer::PlanFor(t.profile());
  plan.interleavings = plan.failures = false;
  plan.three = true;
  Explore(t, plan,
          "wherever a contender is killed, at most one holds the lock, and "
          "afterwards it can be had");
}

void FailureAtAnyCallIsHonest(Trial& t) {
  Plan plan = explorer::PlanFor(t.profile());
  plan.interleavings = plan.crashes = false;
  Explore(t, plan,
          "whichever call fails, a contender that says that it holds does, one "
          "that says that it doesn't doesn't, and it works again afterwards");
}

}  // namespace

std::vector<Requirement> SystematicChapter() {
  return {
      {"Systematic.NoInterleavingAdmitsTwo",
       Level::kMust,
       "In no order of the system calls of two contenders with up to two "
       "acquisitions each, nor of three with at most two preemptions, of whom "
       "one may exit when it is done, do two hold the lock, and none leaves a "
       "lock that nobody can get.",
       "A race that stress meets once in a million runs is met by a fleet "
       "every "
       "day. All orders are tried, from an empty folder, from a file that was "
       "left over and from what each crash leaves; the certificate says which "
       "of these searches were complete.",
       {},
       &NoInterleavingAdmitsTwo,
       {"Exclusion.SecondProcessIsRefused", "Exclusion.LiveHolderHolds"}},
      {"Systematic.CrashAtAnyCallFrees",
       Level::kMust,
       "A process that is killed before or after any of its system calls, "
       "while it acquires, waits or releases, or that exits by itself while it "
       "holds, leaves a lock that the next one gets, and never two that hold.",
       "Locks that exist as files stay when their owner is killed, and what "
       "mends that often lets two in. A pid file whose writer died between "
       "creating and writing it has blocked services until somebody removed it "
       "by hand.",
       {},
       &CrashAtAnyCallFrees,
       {"Crash.SigkillFrees"}},
      {"Systematic.FailureAtAnyCallIsHonest",
       Level::kMust,
       "Whichever system call fails, with whichever error its manual page "
       "gives, a process that says that it holds the lock does, one that says "
       "that it doesn't doesn't, no descriptor stays open, and the next "
       "attempt works.",
       "Disks fill up, signals interrupt, lock tables overflow. Locks that "
       "took EINTR for success, or went on after a failed write, have let two "
       "in.",
       {},
       &FailureAtAnyCallIsHonest,
       {"Errors.FailingCallIsNoRefusal", "Errors.FailingCallIsNoLock",
        "Errors.FailingCallLeavesTheLockFree"}},
  };
}

}  // namespace conformance
