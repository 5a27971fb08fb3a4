// How fast exploration is.

#ifndef TOOLS_DOCS_FIGURES_H_
#define TOOLS_DOCS_FIGURES_H_

#include "nlohmann/json.hpp"

namespace conformance::docs {

// A row of each subject.
nlohmann::ordered_json MeasureAll();

// Steps a second of as many processes as there are processors, and of one.
nlohmann::ordered_json MeasureCores();

}  // namespace conformance::docs

#endif  // TOOLS_DOCS_FIGURES_H_
