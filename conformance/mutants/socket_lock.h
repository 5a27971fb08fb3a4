// A lock that is an abstract socket (unix(7)): it has no file at all, and goes
// with its process. For mutants that name it wrongly.

#ifndef CONFORMANCE_MUTANTS_SOCKET_LOCK_H_
#define CONFORMANCE_MUTANTS_SOCKET_LOCK_H_

#include <string>

#include "absl/time/time.h"
#include "conformance/implementation.h"
#include "conformance/mutants/plain_lock.h"
#include "conformance/protocol.h"

namespace conformance {

class SocketLock : public PlainLock {
 public:
  Introduction Describe() const override;
  Attempt Acquire(const std::string& path, absl::Duration wait) override;

 protected:
  // The real name of the path's folder, and the path's last part. "" and errno
  // if that can't be found out.
  virtual std::string Resolve(const std::string& path);
  // The socket is named after this.
  virtual std::string NameOf(const std::string& resolved) { return resolved; }

 private:
  // The descriptor, or -1 and errno; EADDRINUSE: somebody has it.
  static int Bind(const std::string& name);
};

}  // namespace conformance

#endif  // CONFORMANCE_MUTANTS_SOCKET_LOCK_H_
