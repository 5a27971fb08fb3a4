// Which searches there are for a lock, in which order. Pure.

#ifndef CONFORMANCE_EXPLORER_CAMPAIGN_PLAN_H_
#define CONFORMANCE_EXPLORER_CAMPAIGN_PLAN_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "conformance/explorer/campaign/search.h"
#include "conformance/explorer/execution/initial_state.h"
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
  bool three = false;  // also three contenders, with two preemptions
  // Without it: any number for two contenders, two for more.
  std::optional<int> preemptions;
  Search::Order order = Search::Order::kExhaustive;
  uint64_t seed = 1;
};

// The plan for a lock of that profile. A file at the path that nobody has
// locked is a held existence lock; and the lock of a killed holder stays held
// where its death frees nothing, or isn't known to.
Plan PlanFor(const Profile& profile);

// The searches, those first that take least time, so that the time they leave
// is for the others. `waits`: contenders claim `forever`. `crash_states`: as of
// Explorer.
std::vector<Search> SearchesOf(const Plan& plan, absl::string_view lock,
                               bool waits,
                               const std::vector<Search>& crash_states);

// The folders that searches of it begin with, those that crashes leave apart.
std::vector<InitialState> StatesFor(const Plan& plan, absl::string_view lock);

// Whether two contenders have one cycle each. The work of these is a small part
// of that with more.
bool IsSmall(const std::vector<int>& cycles);

// Whether it is one of those that come before all that takes time: they lead
// what SearchesOf gives.
bool IsNear(const Search& search);

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_CAMPAIGN_PLAN_H_
