// Binds an abstract socket that is named after the path, and has no file at
// all.

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "conformance/implementation.h"
#include "conformance/mutants/all.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class AbstractSocket : public PlainLock {
  Attempt Acquire(const std::string& path, absl::Duration /*wait*/) override {
    if (const int error = CheckName(path)) {
      return Attempt::Error(::strerror(error));
    }
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    // After a NUL: the abstract namespace, unix(7).
    const std::string name =
        absl::StrCat("lock", std::hash<std::string>()(path));
    name.copy(&address.sun_path[1], sizeof(address.sun_path) - 1);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&address),
               sizeof(address)) == 0) {
      return Attempt::Acquired(std::make_unique<PlainHeld>(this, fd, path));
    }
    const int error = errno;
    ::close(fd);
    if (error != EADDRINUSE) return Attempt::Error(::strerror(error));
    Log(LoggedPath(path), "UNKNOWN");
    return Attempt::Busy();
  }
};

}  // namespace

Mutant AbstractSocketMutant() {
  return {"abstract_socket",
          "Binds an abstract socket that is named after the path, and has no "
          "file at all.",
          {{"Exclusion.RelativeAndAbsoluteNamesExclude"},
           {"Exclusion.DotDotNamesExclude"},
           {"Exclusion.HardLinksExclude"},
           {"Exclusion.SymlinkedDirectoriesExclude"},
           {"Persistence.FileExistsWhileHeld"},
           {"Persistence.FileExistsAfterRelease"},
           {"Persistence.FileExistsAfterCrash"},
           {"Persistence.RefusalChangesNoContent"},
           {"Persistence.RemovedFileIsCreatedAgain"}},
          Serve<AbstractSocket>()};
}

}  // namespace conformance
