// Looks at standard output and error, environ(7) and the processors.

#include "conformance/cli/surroundings.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <thread>  // NOLINT(build/c++11): for the number of processors

#include "absl/strings/string_view.h"
#include "conformance/contender.h"

namespace conformance {
namespace {

bool CanDrawOn(int fd) {
  const char* const term = ::getenv("TERM");
  return ::isatty(fd) != 0 &&
         (term == nullptr || absl::string_view(term) != "dumb");
}

}  // namespace

Surroundings LookAround(const char* argv0) {
  Surroundings surroundings;
  if (::getenv("BUILD_WORKSPACE_DIRECTORY") != nullptr) {
    surroundings.program = "tools/bazel run //tools:lockcheck --";
  } else if (argv0 != nullptr) {
    ContenderSource typed;
    typed.command = {argv0};
    surroundings.program = typed.ToString();
  }
  surroundings.processors =
      static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  surroundings.draws_on_output = CanDrawOn(STDOUT_FILENO);
  surroundings.draws_on_errors = CanDrawOn(STDERR_FILENO);
  const char* const no_color = ::getenv("NO_COLOR");
  surroundings.colors = surroundings.draws_on_output &&
                        (no_color == nullptr || *no_color == '\0');
  winsize window = {};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 20) {
    surroundings.width = window.ws_col;
  }
  return surroundings;
}

}  // namespace conformance
