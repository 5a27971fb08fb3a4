// The page of the figures of exploration.

#ifndef TOOLS_DOCS_EXPLORATION_PAGE_H_
#define TOOLS_DOCS_EXPLORATION_PAGE_H_

#include <string>

#include "nlohmann/json.hpp"

namespace conformance::docs {

// docs/exploration.md, from what is in docs/exploration.json.
std::string ExplorationPage(const nlohmann::ordered_json& json);

}  // namespace conformance::docs

#endif  // TOOLS_DOCS_EXPLORATION_PAGE_H_
