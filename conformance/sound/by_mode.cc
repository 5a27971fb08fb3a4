// A file that nobody may open: it is made with mode 0, and so the next one is
// denied it. Among ordinary users alone, since root may open all
// (capabilities(7), CAP_DAC_OVERRIDE); who has that right is told so.

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <string>

#include "conformance/protocol.h"
#include "conformance/sound/calls.h"
#include "conformance/sound/existence.h"
#include "conformance/sound/held.h"
#include "conformance/sound/sound.h"

namespace conformance::sound {
namespace {

bool MayOpenAll() {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
  if (::syscall(SYS_capget, &header, data) != 0) return ::geteuid() == 0;
  return (data[0].effective & (uint32_t{1} << CAP_DAC_OVERRIDE)) != 0;
}

class ByMode : public Existence {
 public:
  // Whether it says that it is for ordinary users, and refuses to serve others.
  enum class Users { kNamed, kUnnamed };

  explicit ByMode(Users users) : Existence(Takeover::kNever), users_(users) {}
  Introduction Describe() const override {
    Introduction self =
        Introduce("file without permissions", "existence-lock", "@", "never");
    if (users_ == Users::kNamed) self.user = "ordinary";
    self.can.erase(std::string(kTouch));  // nobody may, while it is held
    return self;
  }

 private:
  Made Make(const Place& place) override {
    Made made;
    if (users_ == Users::kNamed && MayOpenAll()) {
      made.error = EPERM;
      return made;
    }
    do {
      // The place is looked at first: a file that can be opened then is new,
      // and there is no call left that could fail and leave it.
      made.error = WhatIsThere(place);
      if (made.error != 0) return made;
      made.pin = OpenAt(place.folder.get(), place.name,
                        O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY,
                        /*mode=*/0);
      made.error = made.pin.ok() ? 0 : WhyDenied(place, errno);
    } while (made.error == EAGAIN);
    return made;
  }

  static int WhatIsThere(const Place& place) {
    struct stat st = {};
    if (::fstatat(place.folder.get(), place.name.c_str(), &st,
                  AT_SYMLINK_NOFOLLOW) != 0) {
      return errno == ENOENT ? 0 : errno;
    }
    return S_ISREG(st.st_mode) ? EEXIST : EINVAL;
  }

  // EEXIST: by the file; EAGAIN: it has gone since; or by the folder.
  static int WhyDenied(const Place& place, int error) {
    if (error != EACCES) return error;
    struct stat st = {};
    if (::fstatat(place.folder.get(), place.name.c_str(), &st,
                  AT_SYMLINK_NOFOLLOW) == 0) {
      return S_ISREG(st.st_mode) ? EEXIST : EACCES;
    }
    if (errno != ENOENT) return errno;
    return ::faccessat(place.folder.get(), ".", W_OK, AT_EACCESS) == 0 ? EAGAIN
                                                                       : errno;
  }

  const Users users_;
};

const RegisteredSound kByMode({
    "by_mode",
    "A file with mode 0, which the next one may not open.",
    Serve<ByMode>(ByMode::Users::kNamed),
});

const RegisteredSound kByModeUnsaid({
    "by_mode_unsaid",
    "The same, and doesn't say that it needs users that obey permissions.",
    Serve<ByMode>(ByMode::Users::kUnnamed),
});

}  // namespace
}  // namespace conformance::sound
