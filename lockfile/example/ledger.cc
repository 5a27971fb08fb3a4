// Reading and appending, each under the lock file.

#include "lockfile/example/ledger.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "absl/crc/crc32c.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "lockfile/lock_file.h"

namespace lockfile {
namespace {

std::string FormatEntry(const LedgerEntry& entry) {
  const absl::crc32c_t checksum =
      absl::ComputeCrc32c(absl::StrCat(entry.number, " ", entry.text));
  return absl::StrFormat("%d %08x %s\n", entry.number,
                         static_cast<uint32_t>(checksum), entry.text);
}

absl::StatusOr<LedgerEntry> ParseEntry(absl::string_view line) {
  const std::vector<absl::string_view> fields =
      absl::StrSplit(line, absl::MaxSplits(' ', 2));
  LedgerEntry entry;
  if (fields.size() == 3 && absl::SimpleAtoi(fields[0], &entry.number)) {
    entry.text = std::string(fields[2]);
    if (FormatEntry(entry) == absl::StrCat(line, "\n")) return entry;
  }
  return absl::DataLossError(absl::StrCat("ledger: damaged entry: ", line));
}

struct Content {
  std::vector<LedgerEntry> entries;
  size_t size = 0;  // Of the whole entries, in bytes.
};

// Only under the lock. A ledger that doesn't exist yet is empty.
absl::StatusOr<Content> ReadContent(const std::string& path) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (error == std::errc::no_such_file_or_directory) return Content();
  std::ifstream file(path, std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(file), {});
  // Append cuts off what isn't returned here.
  if (error || bytes.size() != size) {
    return absl::UnknownError(absl::StrCat("ledger: can't read ", path));
  }
  absl::string_view rest = bytes;
  Content content;
  // A last line without its newline is an append that somebody died of.
  for (size_t end; (end = rest.find('\n')) != absl::string_view::npos;) {
    absl::StatusOr<LedgerEntry> entry = ParseEntry(rest.substr(0, end));
    if (!entry.ok()) return entry.status();
    if (entry->number != static_cast<int64_t>(content.entries.size()) + 1) {
      return absl::DataLossError(
          absl::StrCat("ledger: entry ", entry->number, " is out of turn"));
    }
    content.entries.push_back(*std::move(entry));
    rest.remove_prefix(end + 1);
  }
  content.size = bytes.size() - rest.size();
  return content;
}

}  // namespace

Ledger::Ledger(absl::string_view path, absl::Duration patience)
    : path_(path),
      lock_path_(absl::StrCat(path, ".lock")),
      patience_(patience) {}

absl::StatusOr<int64_t> Ledger::Append(absl::string_view text) const {
  if (absl::StrContains(text, '\n')) {
    return absl::InvalidArgumentError("ledger: an entry is one line");
  }
  LockFileOptions options;
  options.wait = patience_;
  absl::StatusOr<LockFile> lock = LockFile::Acquire(lock_path_, options);
  if (!lock.ok()) return lock.status();

  // From here to the return no other process reads or writes the ledger.
  absl::StatusOr<Content> content = ReadContent(path_);
  if (!content.ok()) return content.status();
  LedgerEntry entry;
  entry.number = static_cast<int64_t>(content->entries.size()) + 1;
  entry.text = std::string(text);
  std::error_code error;
  if (std::filesystem::exists(path_, error)) {
    std::filesystem::resize_file(path_, content->size, error);
  }
  if (error)
    return absl::UnknownError(absl::StrCat(path_, ": ", error.message()));
  std::ofstream file(path_, std::ios::binary | std::ios::app);
  file << FormatEntry(entry);
  file.close();
  if (!file.good()) {
    return absl::UnknownError(absl::StrCat(path_, ": can't write"));
  }
  absl::Status closed = lock->Close();
  if (!closed.ok()) return closed;
  return entry.number;
}

absl::StatusOr<std::vector<LedgerEntry>> Ledger::Read() const {
  LockFileOptions options;
  options.wait = patience_;
  const absl::StatusOr<LockFile> lock = LockFile::Acquire(lock_path_, options);
  if (!lock.ok()) return lock.status();
  absl::StatusOr<Content> content = ReadContent(path_);
  if (!content.ok()) return content.status();
  return std::move(content->entries);
}

}  // namespace lockfile
