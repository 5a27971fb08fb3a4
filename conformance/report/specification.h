// docs/specification.md: the catalogue and the model's table, for people.

#ifndef CONFORMANCE_REPORT_SPECIFICATION_H_
#define CONFORMANCE_REPORT_SPECIFICATION_H_

#include <string>
#include <vector>

#include "conformance/requirement.h"

namespace conformance {

// Markdown, with an anchor for each requirement: its id.
std::string Specification(const std::vector<Requirement>& catalogue);

}  // namespace conformance

#endif  // CONFORMANCE_REPORT_SPECIFICATION_H_
