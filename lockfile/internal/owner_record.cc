// Reading and writing owner records, as text.

#include "lockfile/internal/owner_record.h"

#include <algorithm>
#include <limits>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "lockfile/internal/printable.h"

namespace lockfile {
namespace internal {
namespace {

constexpr absl::string_view kPid = "{pid}";
constexpr absl::string_view kHostname = "{hostname}";

// The longest host name POSIX allows for is 255 bytes.
constexpr size_t kMaxHostnameSize = 255;

// SimpleAtoi alone would accept signs and blanks.
std::optional<int64_t> ParsePid(absl::string_view text) {
  // pid_t is an int everywhere; ten digits hold the largest.
  constexpr size_t kMaxDigits = 10;
  if (text.empty() || text.size() > kMaxDigits || text[0] == '0') {
    return std::nullopt;
  }
  if (!std::all_of(text.begin(), text.end(), absl::ascii_isdigit)) {
    return std::nullopt;
  }
  int64_t pid = 0;
  if (!absl::SimpleAtoi(text, &pid)) return std::nullopt;
  if (pid > std::numeric_limits<int32_t>::max()) return std::nullopt;
  return pid;
}

bool IsHostnameCharacter(unsigned char c) {
  return absl::ascii_isalnum(c) || c == '.' || c == '-' || c == '_';
}

bool IsHostname(absl::string_view text) {
  return !text.empty() && text.size() <= kMaxHostnameSize &&
         std::all_of(text.begin(), text.end(), IsHostnameCharacter);
}

// The "{word}" that `text` begins with, or nothing. Other braces are ordinary
// text, so that a record may be JSON.
absl::string_view Placeholder(absl::string_view text) {
  if (!absl::StartsWith(text, "{")) return {};
  size_t size = 1;
  while (size < text.size() &&
         (absl::ascii_islower(static_cast<unsigned char>(text[size])) ||
          text[size] == '_')) {
    ++size;
  }
  if (size == 1 || size == text.size() || text[size] != '}') return {};
  return text.substr(0, size + 1);
}

}  // namespace

std::optional<OwnerRecord> ParseOwnerRecord(absl::string_view content) {
  if (content.size() > kMaxOwnerRecordSize) return std::nullopt;
  absl::ConsumePrefix(&content, " ");
  absl::ConsumeSuffix(&content, "\n");
  const size_t separator = content.find_first_of(" ;");
  const std::optional<int64_t> pid = ParsePid(content.substr(0, separator));
  if (!pid.has_value()) return std::nullopt;
  OwnerRecord record;
  record.pid = *pid;
  if (separator != absl::string_view::npos) {
    const absl::string_view hostname = content.substr(separator + 1);
    if (!IsHostname(hostname)) return std::nullopt;
    record.hostname = std::string(hostname);
  }
  return record;
}

bool OwnerRecordNamesHost(absl::string_view record_template) {
  return absl::StrContains(record_template, kHostname);
}

absl::StatusOr<std::string> FormatOwnerRecord(absl::string_view record_template,
                                              int64_t pid,
                                              absl::string_view hostname) {
  std::string record;
  while (!record_template.empty()) {
    const absl::string_view placeholder = Placeholder(record_template);
    if (placeholder.empty()) {
      record += record_template[0];
      record_template.remove_prefix(1);
      continue;
    }
    if (placeholder == kPid) {
      absl::StrAppend(&record, pid);
    } else if (placeholder == kHostname) {
      absl::StrAppend(&record, hostname);
    } else {
      return absl::InvalidArgumentError(
          absl::StrCat("owner record: ", Printable(placeholder),
                       " is neither {pid} nor {hostname}"));
    }
    record_template.remove_prefix(placeholder.size());
  }
  if (record.size() > kMaxOwnerRecordSize) {
    return absl::InvalidArgumentError(
        absl::StrCat("owner record: ", record.size(), " bytes are more than ",
                     kMaxOwnerRecordSize));
  }
  return record;
}

}  // namespace internal
}  // namespace lockfile
