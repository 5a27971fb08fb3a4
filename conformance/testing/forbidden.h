// A machine where a system call is forbidden, as in some containers.

#ifndef CONFORMANCE_TESTING_FORBIDDEN_H_
#define CONFORMANCE_TESTING_FORBIDDEN_H_

#include <functional>
#include <string>

namespace conformance {

// The text of `body` in a child where the call with this number (syscall(2))
// fails with EPERM, by seccomp(2). "": nothing, or it couldn't be made so.
std::string WhereForbidden(int call, const std::function<std::string()>& body);

}  // namespace conformance

#endif  // CONFORMANCE_TESTING_FORBIDDEN_H_
