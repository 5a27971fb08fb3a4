// Several processes at once.

#ifndef TOOLS_DOCS_PARALLEL_H_
#define TOOLS_DOCS_PARALLEL_H_

#include <functional>
#include <vector>

#include "nlohmann/json.hpp"

namespace conformance::docs {

// The results of `body` in so many processes at once, each told its number.
std::vector<nlohmann::ordered_json> InParallel(
    int processes, const std::function<nlohmann::ordered_json(int)>& body);

}  // namespace conformance::docs

#endif  // TOOLS_DOCS_PARALLEL_H_
