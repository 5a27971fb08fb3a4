// A contender's process from the fork on, until it is the contender.

#ifndef CONFORMANCE_CONTENDER_CHILD_H_
#define CONFORMANCE_CONTENDER_CHILD_H_

#include <sys/types.h>

#include "conformance/contender.h"

namespace conformance {

// The descriptors that the child has from its parent.
struct ChildEnds {
  int in = -1, out = -1, err = -1;  // its standard ones
  int report = -1;                  // what it says if it can't be started
};

// The first character of a report says whose fault it is: the command can't be
// executed, the machine has run out of something, or doesn't let a process be
// started like that. The rest is for people.
inline constexpr char kCannotExecute = 'x', kExhausted = 'e', kUnfit = 'u';

// Runs the contender in the forked child of `parent`. Without a report it has
// come so far.
[[noreturn]] void RunContender(const ContenderSource& source,
                               const StartOptions& options, ChildEnds ends,
                               pid_t parent);

}  // namespace conformance

#endif  // CONFORMANCE_CONTENDER_CHILD_H_
