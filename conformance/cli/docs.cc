// lockcheck docs.

#include <ostream>
#include <string>

#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "conformance/cli/commands.h"
#include "conformance/cli/files.h"
#include "conformance/cli/pages.h"
#include "conformance/protocol.h"

namespace conformance {
namespace {

// "# The contender protocol" without the sign.
absl::string_view Title(absl::string_view text) {
  absl::string_view first = text.substr(0, text.find('\n'));
  absl::ConsumePrefix(&first, "# ");
  return first;
}

}  // namespace

int RunDocs(const DocsCommand& command, std::ostream& out, std::ostream& err) {
  const absl::string_view name =
      absl::StripSuffix(absl::StripPrefix(command.page, "docs/"), ".md");
  for (const DocsPage& page : AllDocsPages()) {
    if (name.empty()) {
      out << absl::StrFormat("%-22s %s\n", page.name, Title(page.text));
    } else if (page.name == name) {
      out << page.text;
      return StatusIfWritten(kExitAsExpected, out, err);
    }
  }
  if (name.empty()) return StatusIfWritten(kExitAsExpected, out, err);
  err << "lockcheck: there is no page \"" << PrintableText(command.page)
      << "\"; `lockcheck docs` shows them\n";
  return kExitUsage;
}

}  // namespace conformance
