// All searches of one implementation, one after another: which they are, and
// how much time each may take.

#ifndef CONFORMANCE_EXPLORER_CAMPAIGN_CAMPAIGN_H_
#define CONFORMANCE_EXPLORER_CAMPAIGN_CAMPAIGN_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/explorer/campaign/board.h"
#include "conformance/explorer/campaign/explorer.h"
#include "conformance/explorer/campaign/search.h"
#include "conformance/explorer/schedules/scheduler.h"
#include "conformance/profile.h"

namespace conformance::explorer {

struct Plan {
  bool interleavings = true;
  bool crashes = true;
  bool failures = true;
  // Interleavings also begin with what a crash has left.
  bool crash_states = true;
  // From which folders in which something stands at the lock's path that nobody
  // made by locking it. Existence locks are held then, but where they take a
  // record of a dead process for a stale lock.
  enum class Planted { kNothing, kRecords, kAll };
  Planted planted = Planted::kAll;
  std::vector<int> cycles = {2, 2};  // one for each contender, 2 to 26
  bool three = false;  // three contenders, too, with two preemptions
  // Without it: any number for two contenders, two for more.
  std::optional<int> preemptions;
  Search::Order order = Search::Order::kExhaustive;
  uint64_t seed = 1;
};

// What is searched of a lock of that profile. What stands at the path before
// anybody has locked it is a held existence lock; and what a killed holder
// leaves stays held where its death frees nothing.
Plan PlanFor(const Profile& profile);

// The searches, those first that take least time, so that the time they leave
// is for the others. `waits`: contenders claim `forever`. `crash_states`: as of
// Explorer.
std::vector<Search> SearchesOf(const Plan& plan, absl::string_view lock,
                               bool waits,
                               const std::vector<Search>& crash_states);

// Whether the search of `runs[i]` has time when the others have had theirs:
// where contenders don't care what is in the folder, as an earlier small search
// has shown, more of them hardly do.
bool ComesLater(const std::vector<Run>& runs, size_t i);

struct CampaignOptions {
  ExplorerOptions explorer;
  Plan plan;
  absl::Duration budget = absl::Seconds(60);  // of all searches
  bool keep_going = false;                    // as in SearchLimits
  bool stop_at_first = false;  // after the first search with a finding
  std::string late_because;    // as in Explored
  // Where several processes do this together.
  Board* board = nullptr;
  int worker = 0;
  int workers = 1;
};

// What to do after the campaign that began then has given Aborted: everything
// once more, slower and more carefully, in the time that is left, or in a tenth
// of all.
CampaignOptions Carefully(const CampaignOptions& options,
                          const absl::Status& aborted, absl::Duration begun);

// Errors as of Explorer. If copies won't do, it begins again without; but on a
// board, that is for the caller to do, who gets Aborted. FailedPrecondition: on
// a board whose others have planned other searches, because crashes leave one
// thing at one time and another at another; they go on without this one.
absl::StatusOr<Explored> RunCampaign(const CampaignOptions& options);

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_CAMPAIGN_CAMPAIGN_H_
