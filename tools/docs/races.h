// The race mutants that exploration finds, beside those that plain stress
// finds.

#ifndef TOOLS_DOCS_RACES_H_
#define TOOLS_DOCS_RACES_H_

#include <string>

#include "absl/time/time.h"
#include "nlohmann/json.hpp"

namespace conformance::docs {

// A row of each mutant, by its name. `stress`: how long each is stressed.
nlohmann::ordered_json CompareAll(absl::Duration stress);

// Replaces the row of that mutant, if there is one.
bool CompareOne(nlohmann::ordered_json& rows, const std::string& name,
                absl::Duration stress);

}  // namespace conformance::docs

#endif  // TOOLS_DOCS_RACES_H_
