// Owner records, which anybody may write who may lock the file; and paths as
// they are shown.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "lockfile/internal/owner_record.h"
#include "lockfile/internal/printable.h"
#include "tools/fuzz/check.h"

namespace lockfile {
namespace internal {
namespace {

using ::fuzz::Check;

constexpr int64_t kMaxPid = std::numeric_limits<int32_t>::max();

// The text would not end a line, and an ASCII terminal would not obey it.
bool HasControls(absl::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_iscntrl(static_cast<unsigned char>(c));
  });
}

void CheckParsed(absl::string_view content) {
  const std::optional<OwnerRecord> record = ParseOwnerRecord(content);
  if (!record.has_value()) return;
  Check(record->pid > 0 && record->pid <= kMaxPid, "a pid is one");
  Check(content.size() <= kMaxOwnerRecordSize, "a record is short");
  Check(!HasControls(record->hostname) &&
            !absl::StrContains(record->hostname, ' '),
        "a host's name is one");
  // Nothing is understood but the pid and the host, and the few bytes that may
  // stand around them.
  std::string bare = std::to_string(record->pid);
  if (!record->hostname.empty()) bare += ' ' + record->hostname;
  for (const absl::string_view before : {"", " "}) {
    for (const absl::string_view behind : {"", "\n"}) {
      std::string text(content);
      if (const size_t at = text.find(';'); at != std::string::npos) {
        text[at] = ' ';
      }
      if (text == std::string(before) + bare + std::string(behind)) return;
    }
  }
  Check(false, "a record is understood whole or not at all");
}

void CheckFormatted(absl::string_view text) {
  const int64_t pid = 1 + static_cast<int64_t>(text.size()) * 52'428;
  for (const absl::string_view record_template :
       {"{pid}", " {pid}\n", "{pid} {hostname}", "{pid};{hostname}\n"}) {
    const absl::StatusOr<std::string> written =
        FormatOwnerRecord(record_template, pid, "host-3.example");
    Check(written.ok(), "a usual record can be written");
    const std::optional<OwnerRecord> read = ParseOwnerRecord(*written);
    Check(read.has_value() && read->pid == pid, "the pid is read as written");
    Check(read->hostname.empty() != OwnerRecordNamesHost(record_template),
          "a host is read where one is written");
  }
  const absl::StatusOr<std::string> any =
      FormatOwnerRecord(text, pid, "host-3.example");
  if (any.ok()) {
    Check(any->size() <= kMaxOwnerRecordSize, "a record is short");
  } else {
    Check(absl::IsInvalidArgument(any.status()),
          "a wrong template is an invalid argument");
    Check(!HasControls(any.status().message()),
          "what is said of a template is harmless to a terminal");
  }
}

void CheckPrintable(absl::string_view text) {
  const std::string shown = Printable(text);
  Check(!HasControls(shown), "a path is shown on one line");
  Check(shown.size() <= 4 * text.size(), "a path is shown in bounded space");
  Check(!absl::StrContains(shown, "\xc2\x9b") &&
            !absl::StrContains(shown, "\xe2\x80\xa8"),
        "a path has no control of Unicode");
  Check(Printable(shown) == shown, "what is shown can be shown");
}

}  // namespace
}  // namespace internal
}  // namespace lockfile

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  lockfile::internal::CheckParsed(text);
  lockfile::internal::CheckFormatted(text);
  lockfile::internal::CheckPrintable(text);
  return 0;
}
