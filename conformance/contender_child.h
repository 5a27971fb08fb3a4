// A contender's process from the fork on, until it is the contender.

#ifndef CONFORMANCE_CONTENDER_CHILD_H_
#define CONFORMANCE_CONTENDER_CHILD_H_

#include <sys/types.h>

#include "conformance/contender.h"
#include "conformance/process/forked_child.h"

namespace conformance {

// The first character of a report says whose fault it is: the command can't be
// executed, the machine has run out of something, or doesn't let a process be
// started like that. The rest is for people.
inline constexpr char kCannotExecute = 'x', kExhausted = 'e', kUnfit = 'u';

// Runs the contender in the forked child of `parent`. Without a report it has
// come so far.
[[noreturn]] void RunContender(const ContenderSource& source,
                               const StartOptions& options,
                               const ChildEnds& ends, pid_t parent);

}  // namespace conformance

#endif  // CONFORMANCE_CONTENDER_CHILD_H_
