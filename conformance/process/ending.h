// How a process ended: the one place in which child death is classified.

#ifndef CONFORMANCE_PROCESS_ENDING_H_
#define CONFORMANCE_PROCESS_ENDING_H_

#include <string>

namespace conformance {

struct Ending {
  enum class Kind { kExited, kKilled, kLives } kind = Kind::kLives;
  int code = 0;  // exit status or signal number

  // Of what wait(2) gives.
  static Ending FromWaitStatus(int status);
  // "exited with status 3", "was killed by signal 9 (Killed)", "still lives"
  std::string ToString() const;
};

}  // namespace conformance

#endif  // CONFORMANCE_PROCESS_ENDING_H_
