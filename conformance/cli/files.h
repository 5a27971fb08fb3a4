// The files that the commands read and write.

#ifndef CONFORMANCE_CLI_FILES_H_
#define CONFORMANCE_CLI_FILES_H_

#include <cstddef>
#include <ostream>
#include <string>

#include "absl/status/statusor.h"

namespace conformance {

// A file of expectations or a schedule is some kilobytes long.
inline constexpr size_t kMostBytesRead = size_t{16} << 20;

// NotFound, with the path, when it can't be read, or is longer than that.
absl::StatusOr<std::string> ReadFile(const std::string& path);

// To a file, or to `out` for "-"; nothing for "". False, and said on `err`,
// when that isn't possible.
//
// A regular file is replaced in one step, and keeps its mode; a symbolic link
// is followed; devices and FIFOs are written to. A read-only file stays as it
// is.
bool WriteReport(const std::string& path, const std::string& text,
                 std::ostream& out, std::ostream& err);

// Whether a report could be written there by now; if not, it is said on `err`.
// Nothing is changed. For before the work, so that it isn't done in vain.
bool CanWriteReport(const std::string& path, std::ostream& err);

// The status, or kExitUsage when what was printed has not arrived.
int StatusIfWritten(int status, std::ostream& out, std::ostream& err);

}  // namespace conformance

#endif  // CONFORMANCE_CLI_FILES_H_
