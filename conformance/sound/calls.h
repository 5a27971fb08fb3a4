// System calls as the sound locks need them: begun again when they are
// interrupted, complete or failed, and with descriptors that are closed by
// themselves and never live on in another program.

#ifndef CONFORMANCE_SOUND_CALLS_H_
#define CONFORMANCE_SOUND_CALLS_H_

#include <sys/types.h>

#include <string>

#include "absl/strings/string_view.h"

namespace conformance::sound {

// Owns a descriptor.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor() { Close(); }

  bool ok() const { return fd_ >= 0; }
  int get() const { return fd_; }
  void Close();  // leaves errno as it is

 private:
  int fd_ = -1;
};

// Closed on exec, always. Not ok() with errno if it failed.
Descriptor OpenAt(int folder, const std::string& name, int flags,
                  mode_t mode = 0);

// These return 0 or an errno.
int Flock(int fd, int operation);
// All of it.
int WriteWhole(int fd, absl::string_view text);
// It is all right if it isn't there.
int RemoveAt(int folder, const std::string& name, int flags = 0);
// Whether the file at `name`, links not followed, is the one that is open.
// ESTALE: it isn't, or there is none.
int CompareAt(int folder, const std::string& name, int fd);

struct Text {
  int error = 0;
  std::string text;
};
// The file's content from its beginning, but at most 4 KiB.
Text ReadStart(int fd);
// Where a symbolic link points to. EINVAL: it is no link.
Text ReadLinkAt(int folder, const std::string& name);

// "flock: No locks available", or "" for 0.
std::string Message(absl::string_view call, int error);

// Where a path is: its folder, open, and the last part of its name. A later
// change of the current folder doesn't matter.
struct Place {
  Descriptor folder;
  std::string name;
  int error = 0;
};
Place Locate(const std::string& path);

}  // namespace conformance::sound

#endif  // CONFORMANCE_SOUND_CALLS_H_
