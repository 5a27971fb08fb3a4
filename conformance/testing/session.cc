// setsid(2), and what makes up for it.

#include "conformance/testing/session.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <unistd.h>

namespace conformance {

void HaveOwnSession() {
  const pid_t parent = ::getppid();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // It may have died before the line above.
  if (::getppid() != parent) ::_exit(1);
  ::setsid();
}

}  // namespace conformance
