// The owner record: what a holder may write into its lock file so that others
// can tell who it is. Pure text; no file is touched here.
//
// Two shapes are understood when read back, with or without the space that
// zc.lockfile puts in front, and with or without the newline at the end:
//
//     4711
//     4711 build-host-3          (a space or a semicolon between)
//
// Nothing that a file says is trusted: whoever may lock it may write it.

#ifndef LOCKFILE_INTERNAL_OWNER_RECORD_H_
#define LOCKFILE_INTERNAL_OWNER_RECORD_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace lockfile {
namespace internal {

// No record is longer, so that one small read sees the whole of it.
inline constexpr size_t kMaxOwnerRecordSize = 1024;

struct OwnerRecord {
  int64_t pid = 0;
  std::string hostname;  // Empty: the record names none.
};

// The record in `content`, which is the whole of the file or, if longer, at
// least kMaxOwnerRecordSize + 1 bytes of it. Nothing, if `content` is anything
// but one clean record: garbage is not searched for something like a pid.
std::optional<OwnerRecord> ParseOwnerRecord(absl::string_view content);

// Whether filling in `record_template` needs the host's name.
bool OwnerRecordNamesHost(absl::string_view record_template);

// `record_template` with {pid} and {hostname} filled in. kInvalidArgument if
// it has another word in braces (surely a slip, which would else end up in
// every lock file) or the result is longer than kMaxOwnerRecordSize.
absl::StatusOr<std::string> FormatOwnerRecord(absl::string_view record_template,
                                              int64_t pid,
                                              absl::string_view hostname);

}  // namespace internal
}  // namespace lockfile

#endif  // LOCKFILE_INTERNAL_OWNER_RECORD_H_
