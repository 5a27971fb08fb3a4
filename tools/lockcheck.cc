// lockcheck: judges lock-file implementations. Its work is done in
// conformance/cli; this brings the embedded reference.

#include <stdlib.h>
#include <unistd.h>

#include <iostream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "conformance/cli/command_line.h"
#include "conformance/cli/exit_status.h"
#include "conformance/cli/surroundings.h"
#include "conformance/contender.h"
#include "conformance/contenders/lockfile/adapter.h"
#include "conformance/protocol.h"
#include "conformance/runner.h"

namespace {

conformance::ContenderSource Reference(
    const conformance::ReferenceOptions& wanted) {
  conformance::LockFileAdapterOptions options;
  if (wanted.record_owner) options.owner_record = "{pid}\n";
  options.cancel = wanted.cancel;
  return conformance::ContenderSource::LinkedIn(
      [options] { return conformance::MakeLockFileAdapter(options); });
}

}  // namespace

int main(int argc, char** argv) {
  // Under `bazel run`, relative paths mean the folder of the person who typed.
  if (const char* typed_in = ::getenv("BUILD_WORKING_DIRECTORY")) {
    if (::chdir(typed_in) != 0) {
      std::cerr << "lockcheck: cannot go to " << typed_in << "\n";
      return conformance::kExitUsage;
    }
  }
  conformance::InitializeRunner();
  const absl::StatusOr<conformance::AnyCommand> command =
      conformance::ParseCommandLine(
          std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc),
          conformance::LookAround(argv[0]), &Reference);
  if (!command.ok()) {
    for (const absl::string_view line :
         absl::StrSplit(command.status().message(), '\n')) {
      std::cerr << "lockcheck: " << conformance::PrintableText(line) << "\n";
    }
    return conformance::kExitUsage;
  }
  return conformance::Execute(*command, std::cout, std::cerr);
}
