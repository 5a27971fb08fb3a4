// The terminal, the environment and the machine, as far as lockcheck depends on
// them besides its command line.

#ifndef CONFORMANCE_CLI_SURROUNDINGS_H_
#define CONFORMANCE_CLI_SURROUNDINGS_H_

#include <cstddef>
#include <string>

namespace conformance {

struct Surroundings {
  std::string program = "lockcheck";  // how a person starts it again
  int processors = 1;
  // Where output can be drawn over.
  bool draws_on_output = false;
  bool draws_on_errors = false;
  bool colors = false;  // unless --color says otherwise
  size_t width = 80;    // columns of standard output
};

// Those of this process, which was started as `argv0`.
Surroundings LookAround(const char* argv0);

}  // namespace conformance

#endif  // CONFORMANCE_CLI_SURROUNDINGS_H_
