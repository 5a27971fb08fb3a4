// What is in the lock's folder when an execution begins. Some bugs need a file
// that is there already: left over, or left by a crash.

#ifndef CONFORMANCE_EXPLORER_INITIAL_STATE_H_
#define CONFORMANCE_EXPLORER_INITIAL_STATE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "conformance/explorer/file_model.h"

namespace conformance::explorer {

struct InitialState {
  std::string name;  // as in schedules: "empty"
  std::vector<Entry> entries;
};

// For a lock file of this name: "empty", nothing; "leftover", an empty file;
// "stale-pid", a file with the pid of a process that is no more; "foreign",
// a file with a text that is no lock's; "old", a dead pid written a year ago.
std::vector<InitialState> InitialStates(absl::string_view lock);

// Makes the folder's content just this. Internal, with the name and the errno's
// text, when something can't be removed or made.
absl::Status ResetFolder(const std::string& directory,
                         const std::vector<Entry>& entries);

// The same, but a year old.
std::vector<Entry> Aged(std::vector<Entry> entries);

// Makes everything in the folder a year old. Internal, when that can't be.
absl::Status AgeFolder(const std::string& directory);

// What is in the folder now, sorted; what is neither file, folder nor link is
// passed over.
absl::StatusOr<std::vector<Entry>> ReadFolder(const std::string& directory);

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_INITIAL_STATE_H_
