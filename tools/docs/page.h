// Files of the pages that programs write.

#ifndef TOOLS_DOCS_PAGE_H_
#define TOOLS_DOCS_PAGE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace conformance::docs {

// The file's content; ends the program with status 2 if it can't be read.
std::string ReadFile(const std::string& path);

// Where docs/NAME is in the workspace, for a program that Bazel runs.
std::string InDocs(absl::string_view name);

// The status to exit with.
int WritePage(const std::string& path, const std::string& text);

}  // namespace conformance::docs

#endif  // TOOLS_DOCS_PAGE_H_
