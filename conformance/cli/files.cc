// Reading and writing files, and standard output.

#include "conformance/cli/files.h"

#include <errno.h>
#include <string.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>
#include <string>
#include <system_error>  // NOLINT(build/c++11): std::filesystem's errors

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "conformance/cli/commands.h"

namespace conformance {

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return absl::NotFoundError(absl::StrCat(path, " is a folder"));
  }
  errno = 0;  // opening sets it where it fails
  std::ifstream file(path, std::ios::binary);
  const int opened = errno;
  std::string text(std::istreambuf_iterator<char>(file), {});
  if (!file.is_open() || file.bad()) {
    return absl::NotFoundError(
        absl::StrCat("cannot read ", path, opened != 0 ? ": " : "",
                     opened != 0 ? ::strerror(opened) : ""));
  }
  return text;
}

bool WriteReport(const std::string& path, const std::string& text,
                 std::ostream& out, std::ostream& err) {
  if (path.empty()) return true;
  if (path == "-") {
    out << text;
    return true;
  }
  // Written beside and renamed, so that a full disk loses no older report.
  const std::string temporary = absl::StrCat(path, ".new");
  errno = 0;
  std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file || std::rename(temporary.c_str(), path.c_str()) != 0) {
    const int error = errno;
    err << "lockcheck: cannot write " << path << (error != 0 ? ": " : "")
        << (error != 0 ? ::strerror(error) : "") << "\n";
    std::remove(temporary.c_str());
    return false;
  }
  return true;
}

// What is printed to a full disk, or to nobody, is lost, and then nothing may
// be taken for told.
int StatusIfWritten(int status, std::ostream& out, std::ostream& err) {
  out.flush();
  if (out) return status;
  err << "lockcheck: cannot write to standard output\n";
  return kExitUsage;
}

}  // namespace conformance
