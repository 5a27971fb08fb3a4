// What the commands read and write.

#ifndef CONFORMANCE_CLI_FILES_H_
#define CONFORMANCE_CLI_FILES_H_

#include <ostream>
#include <string>

#include "absl/status/statusor.h"

namespace conformance {

// NotFound, with the path, when it can't be read.
absl::StatusOr<std::string> ReadFile(const std::string& path);

// To a file, or to `out` for "-"; nothing for "". False, and said on `err`,
// when that isn't possible.
bool WriteReport(const std::string& path, const std::string& text,
                 std::ostream& out, std::ostream& err);

// The status, or kExitUsage when what was printed has not arrived.
int StatusIfWritten(int status, std::ostream& out, std::ostream& err);

}  // namespace conformance

#endif  // CONFORMANCE_CLI_FILES_H_
