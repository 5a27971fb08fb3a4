// All searches of one implementation, one after another, and how much time each
// may take.

#ifndef CONFORMANCE_EXPLORER_CAMPAIGN_CAMPAIGN_H_
#define CONFORMANCE_EXPLORER_CAMPAIGN_CAMPAIGN_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "conformance/explorer/campaign/explorer.h"
#include "conformance/explorer/campaign/part.h"
#include "conformance/explorer/campaign/plan.h"
#include "conformance/explorer/campaign/search.h"
#include "conformance/explorer/campaign/shared_work.h"
#include "conformance/shard.h"

namespace conformance::explorer {

// Whether the search of `runs[i]` has time when the others have had theirs:
// where contenders don't care what is in the folder, as an earlier small search
// has shown, more of them hardly do.
bool ComesLater(const std::vector<OngoingSearch>& runs, size_t i);

struct CampaignOptions {
  ExplorerOptions explorer;
  Plan plan;
  Shard shard;  // of all of it, the share to be done here
  absl::Duration budget = absl::Seconds(60);  // of all searches
  bool keep_going = false;                    // as in SearchLimits
  bool stop_at_first = false;  // after the first search with a finding
  std::string separate_commands_because;  // as in Exploration
};

// The campaign after one that began then and ended with Ended::kAgain:
// everything once more, slower, without copies and with late commands, in the
// time that is left, or in a tenth of all.
CampaignOptions WithoutCopies(const CampaignOptions& options,
                              const std::string& because, absl::Duration begun);

// Errors as of Explorer. If copies won't do, it begins again without them.
absl::StatusOr<Exploration> RunCampaign(const CampaignOptions& options);

// As `worker`, from 0, of so many that share this work. Errors as of Explorer.
absl::StatusOr<Part> RunPartOfCampaign(const CampaignOptions& options,
                                       SharedWork& shared_work, int worker,
                                       int workers);

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_CAMPAIGN_CAMPAIGN_H_
