// The race mutants that exploration finds, beside those that plain stress
// finds.

#ifndef TOOLS_DOCS_RACES_H_
#define TOOLS_DOCS_RACES_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "nlohmann/json.hpp"

namespace conformance::docs {

// A row of each mutant, by its name. `stress`: how long each is stressed.
nlohmann::ordered_json CompareAll(absl::Duration stress);

// Makes the row of that mutant anew. False: there is no such mutant.
bool CompareOne(nlohmann::ordered_json& rows, const std::string& name,
                absl::Duration stress);

// Those that somebody has forgotten to measure.
std::vector<std::string> MutantsWithoutRow(const nlohmann::ordered_json& rows);

}  // namespace conformance::docs

#endif  // TOOLS_DOCS_RACES_H_
