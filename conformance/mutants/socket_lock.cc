// bind(2), and a hash, since the address of a socket is short.

#include "conformance/mutants/socket_lock.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
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
#include "conformance/monotonic_now.h"
#include "conformance/mutants/naps.h"
#include "conformance/mutants/plain_lock.h"
#include "conformance/protocol.h"

namespace conformance {

// No family that the suite knows.
Introduction SocketLock::Describe() const {
  Introduction self = PlainLock::Describe();
  self.profile = "";
  self.at = "";
  return self;
}

Attempt SocketLock::Acquire(const std::string& path, absl::Duration wait) {
  if (const int error = CheckName(path)) {
    return Attempt::Error(::strerror(error));
  }
  const absl::Duration deadline = MonotonicNow() + wait;
  // Once, and not in each look: the current folder may change meanwhile.
  const std::string resolved = Resolve(path);
  if (resolved.empty()) return Attempt::Error(::strerror(errno));
  int fd = -1;
  const int error = PollUntil(deadline, absl::Milliseconds(5), [&] {
    fd = Bind(NameOf(resolved));
    return fd >= 0 ? 0 : errno == EADDRINUSE ? EWOULDBLOCK : errno;
  });
  if (error == EWOULDBLOCK) {
    Log(LoggedPath(path), "UNKNOWN");
    return Attempt::Busy();
  }
  if (error != 0) return Attempt::Error(::strerror(error));
  return Attempt::Acquired(std::make_unique<PlainHeld>(this, fd, path));
}

std::string SocketLock::Resolve(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder =
      slash == std::string::npos ? "." : path.substr(0, slash + 1);
  char real[PATH_MAX];
  if (::realpath(folder.c_str(), real) == nullptr) return "";
  return absl::StrCat(real, "/",
                      path.substr(slash == std::string::npos ? 0 : slash + 1));
}

int SocketLock::Bind(const std::string& name) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  // After a NUL: the abstract namespace.
  const std::string hash = absl::StrCat("lock", std::hash<std::string>()(name));
  hash.copy(&address.sun_path[1], sizeof(address.sun_path) - 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address),
             sizeof(address)) == 0) {
    return fd;
  }
  const int error = errno;
  ::close(fd);
  errno = error;
  return -1;
}

}  // namespace conformance
