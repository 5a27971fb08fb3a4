// Programs as their users meet them: run to the end, with what they print.
// And scripts that tests write.

#ifndef CONFORMANCE_TESTING_PROGRAM_H_
#define CONFORMANCE_TESTING_PROGRAM_H_

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace conformance {

struct ProgramResult {
  int status = 0;  // of exit; of a death by signal n: -n
  std::string out, err;
};

struct ProgramOptions {
  // Put into its environment; what is empty is taken out.
  std::map<std::string, std::string> environment;
  std::string directory;  // to run in; "": where we are
};

// Its standard input is empty. It may run for ten minutes.
ProgramResult RunProgram(const std::vector<std::string>& command,
                         const ProgramOptions& options = {});

// Of something in the test's runfiles, e.g. "tools/lockcheck"; absolute.
std::string Runfile(absl::string_view path);

// A new file in a folder that is the test's own; absolute.
std::string MakeScript(absl::string_view name, absl::string_view text,
                       bool executable = true);

std::string ReadWholeFile(const std::string& path);

}  // namespace conformance

#endif  // CONFORMANCE_TESTING_PROGRAM_H_
