// The common part of the tests of lockcheck's commands: a way to run it, and a
// contender that they spoil.

#ifndef TOOLS_LOCKCHECK_TESTING_H_
#define TOOLS_LOCKCHECK_TESTING_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "conformance/testing/program.h"

namespace conformance {

// The path of lockcheck; absolute.
const std::string& Program();

// As in a terminal, where Bazel has set nothing.
ProgramOptions Outside();

ProgramResult Lockcheck(std::vector<std::string> arguments,
                        const ProgramOptions& options = Outside());

// A new script: a contender in Bash that does everything right, as far as the
// doctor can see, where each first of a pair in `changes` is replaced by the
// second.
std::string Contender(
    absl::string_view name,
    const std::vector<std::pair<absl::string_view, absl::string_view>>&
        changes);

// One that gives everybody the lock.
std::string Broken();

// The option that selects the one requirement that it breaks.
inline constexpr char kOne[] = "--filter=Exclusion.SecondProcessIsRefused";

}  // namespace conformance

#endif  // TOOLS_LOCKCHECK_TESTING_H_
