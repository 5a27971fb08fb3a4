// An exploration, to and from JSON: for reports, and from one process to
// another.

#ifndef CONFORMANCE_EXPLORER_CAMPAIGN_EXPLORED_JSON_H_
#define CONFORMANCE_EXPLORER_CAMPAIGN_EXPLORED_JSON_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "conformance/explorer/campaign/search.h"
#include "nlohmann/json.hpp"

namespace conformance::explorer {

nlohmann::ordered_json ExploredToJson(const Exploration& explored);
// InvalidArgument for text that didn't come from ExploredToJson.
absl::StatusOr<Exploration> ExploredFromJson(absl::string_view text);

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_CAMPAIGN_EXPLORED_JSON_H_
