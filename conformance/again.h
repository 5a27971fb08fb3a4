// How to see something once more: commands of lockcheck, as a person types
// them, for "again:".

#ifndef CONFORMANCE_AGAIN_H_
#define CONFORMANCE_AGAIN_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "conformance/contender.h"

namespace conformance {

// How lockcheck was started.
struct Invocation {
  std::string program = "lockcheck";  // as a person types it
  // Those that can change what is found, each with a blank before it.
  std::string options = {};
};

// Runs one requirement.
std::string CommandToRun(const Invocation& invocation,
                         const ContenderSource& source, absl::string_view id,
                         uint64_t seed);

// Replays a schedule, in its text.
std::string CommandToReplay(const Invocation& invocation,
                            const ContenderSource& source,
                            absl::string_view schedule);

// Examines a contender that isn't linked in.
std::string CommandToExamine(const Invocation& invocation,
                             const ContenderSource& source);

}  // namespace conformance

#endif  // CONFORMANCE_AGAIN_H_
