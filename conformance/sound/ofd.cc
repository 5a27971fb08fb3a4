// An open file description lock (fcntl(2), F_OFD_SETLK).

#include <errno.h>
#include <fcntl.h>

#include "conformance/protocol.h"
#include "conformance/sound/flocked.h"
#include "conformance/sound/held.h"
#include "conformance/sound/sound.h"

namespace conformance::sound {
namespace {

class Ofd : public Flocked {
 public:
  Introduction Describe() const override {
    return Introduce("OFD lock", "kernel-lock", "@");
  }

 private:
  static int Set(int fd, short type) {  // NOLINT: fcntl's type
    struct flock whole = {};
    whole.l_type = type;
    whole.l_whence = SEEK_SET;
    while (::fcntl(fd, F_OFD_SETLK, &whole) != 0) {
      if (errno == EACCES) return EWOULDBLOCK;
      if (errno != EINTR) return errno;
    }
    return 0;
  }
  int Lock(int fd) override { return Set(fd, F_WRLCK); }
  int Unlock(int fd) override { return Set(fd, F_UNLCK); }
};

const RegisteredSound kOfd({
    "ofd",
    "An open file description lock.",
    Serve<Ofd>(),
});

}  // namespace
}  // namespace conformance::sound
