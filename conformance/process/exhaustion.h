// Errors that say that something has been used up: space, descriptors,
// processes, memory. In a step of our own that is this machine's, and nobody's
// fault.

#ifndef CONFORMANCE_PROCESS_EXHAUSTION_H_
#define CONFORMANCE_PROCESS_EXHAUSTION_H_

#include <errno.h>

namespace conformance {

// Whether this errno is one of them.
inline bool IsExhaustion(int error) {
  return error == ENOSPC || error == EDQUOT || error == EMFILE ||
         error == ENFILE || error == EAGAIN || error == ENOMEM;
}

}  // namespace conformance

#endif  // CONFORMANCE_PROCESS_EXHAUSTION_H_
