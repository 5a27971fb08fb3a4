// The lock's folder when an execution begins. Some bugs need a file
// that is there already: left over, or left by a crash.

#ifndef CONFORMANCE_EXPLORER_EXECUTION_INITIAL_STATE_H_
#define CONFORMANCE_EXPLORER_EXECUTION_INITIAL_STATE_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "conformance/explorer/tracing/file_model.h"

namespace conformance::explorer {

struct InitialState {
  std::string name;  // as in schedules: "empty"
  std::vector<Entry> entries;
  // The process that left it, which is no more; 0: nobody asks for it.
  pid_t dead = 0;
};

// No process can have this number: it is the kernel's limit (proc(5), pid_max).
constexpr pid_t kDeadPid = 4194304;

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

// A text whose times, as seconds since 1970 and their parts, or since the
// machine was started, or in the manner of ISO 8601, are long past, if they are
// of these days: as it reads when it has become old. It is as long as before.
std::string AgedText(absl::string_view text);

// Makes everything in the folder old: a year by its times, and by those that
// are in it. Internal, when that can't be.
absl::Status AgeFolder(const std::string& directory);

// The entries of the folder now, sorted; one that is neither file, folder nor
// link is passed over.
absl::StatusOr<std::vector<Entry>> ReadFolder(const std::string& directory);

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_EXECUTION_INITIAL_STATE_H_
