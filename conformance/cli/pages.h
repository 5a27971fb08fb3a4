// The pages of docs/ for those who have the program alone, as they were when it
// was built.

#ifndef CONFORMANCE_CLI_PAGES_H_
#define CONFORMANCE_CLI_PAGES_H_

#include <vector>

#include "absl/strings/string_view.h"

namespace conformance {

struct DocsPage {
  absl::string_view name;  // "protocol"
  absl::string_view text;  // Markdown
};

// By name, in alphabetical order.
const std::vector<DocsPage>& AllDocsPages();

}  // namespace conformance

#endif  // CONFORMANCE_CLI_PAGES_H_
