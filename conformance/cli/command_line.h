// The command line of lockcheck: from arguments to one of the commands of
// commands.h, without running it.

#ifndef CONFORMANCE_CLI_COMMAND_LINE_H_
#define CONFORMANCE_CLI_COMMAND_LINE_H_

#include <functional>
#include <ostream>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "conformance/cli/commands.h"
#include "conformance/cli/surroundings.h"
#include "conformance/contender.h"

namespace conformance {

// The behaviour asked of the embedded reference.
struct ReferenceOptions {
  bool record_owner = false;  // in the file
  bool cancel = false;        // claims `cancel`
};

// Gives the contender that is judged where no command is given.
using MakeReference = std::function<ContenderSource(const ReferenceOptions&)>;

struct HelpCommand {
  std::string text;
  bool asked_for = true;  // or shown because nothing was
};

using AnyCommand = std::variant<HelpCommand, RunCommand, ListCommand,
                                ExplainCommand, DoctorCommand, ExploreCommand,
                                MergeCommand, ReplayCommand, DocsCommand>;

// `arguments`: without the program's name. InvalidArgument where they make no
// sense; each line of its message is for standard error.
absl::StatusOr<AnyCommand> ParseCommandLine(
    const std::vector<std::string>& arguments, const Surroundings& surroundings,
    const MakeReference& make_reference);

// Does it. Gives the exit status.
int Execute(const AnyCommand& command, std::ostream& out, std::ostream& err);

}  // namespace conformance

#endif  // CONFORMANCE_CLI_COMMAND_LINE_H_
