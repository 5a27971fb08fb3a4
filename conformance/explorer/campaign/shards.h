// The shards of one exploration, united.

#ifndef CONFORMANCE_EXPLORER_CAMPAIGN_SHARDS_H_
#define CONFORMANCE_EXPLORER_CAMPAIGN_SHARDS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "conformance/explorer/campaign/search.h"

namespace conformance::explorer {

// A report on one shard, or on several that were merged before.
struct ShardReport {
  std::string name;  // for messages: the file
  Exploration explored;
};

// As if one had done it all, but for those that aren't there
// (Exploration::missing_shards). A search is complete if it is in each; else it
// says in which it isn't, and why.
//
// InvalidArgument: no reports, one that is on no shard, one shard twice,
// different implementations, numbers of shards or searches.
absl::StatusOr<Exploration> MergeShards(std::vector<ShardReport> reports);

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_CAMPAIGN_SHARDS_H_
