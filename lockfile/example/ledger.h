// An example of what a lock file is for: it mediates access to another file.
//
// A Ledger is a small database file to which several processes append. Each
// entry is a line with its number, a checksum of the line and a text:
//
//     1 5fe1d2c8 opened
//     2 0a41b7e3 paid in 100
//
// To append one must read the last number first, and nobody else may append
// between that and the write. So each append happens under the lock file
// `<path>.lock`. The ledger and the lock file are separate files: the ledger
// may be replaced, copied or removed without a thought for the lock.

#ifndef LOCKFILE_EXAMPLE_LEDGER_H_
#define LOCKFILE_EXAMPLE_LEDGER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace lockfile {

struct LedgerEntry {
  int64_t number = 0;
  std::string text;
};

// Thread-safe: it has no state but the name of the file. Any number of
// processes may have a Ledger of the same file.
class Ledger {
 public:
  // `patience`: how long an operation waits for others.
  Ledger(absl::string_view path, absl::Duration patience);

  // Appends `text`, one line, and returns the number of the new entry. The part
  // of an entry that a process left which died while it appended is cut off.
  absl::StatusOr<int64_t> Append(absl::string_view text) const;

  // All entries. kDataLoss if one is damaged or missing.
  absl::StatusOr<std::vector<LedgerEntry>> Read() const;

 private:
  std::string path_;
  std::string lock_path_;
  absl::Duration patience_;
};

}  // namespace lockfile

#endif  // LOCKFILE_EXAMPLE_LEDGER_H_
