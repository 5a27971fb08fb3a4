// Calls that are the same in all sound locks.

#include "conformance/sound/calls.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstddef>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace conformance::sound {

Descriptor::Descriptor(Descriptor&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    Close();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

// Never twice: after a failure, too, the number may be another file's
// (close(2)).
void Descriptor::Close() {
  if (fd_ < 0) return;
  const int error = errno;
  ::close(std::exchange(fd_, -1));
  errno = error;
}

Descriptor OpenAt(int folder, const std::string& name, int flags, mode_t mode) {
  for (;;) {
    const int fd = ::openat(folder, name.c_str(), flags | O_CLOEXEC, mode);
    if (fd >= 0 || errno != EINTR) return Descriptor(fd);
  }
}

int Flock(int fd, int operation) {
  while (::flock(fd, operation) != 0) {
    if (errno != EINTR) return errno;
  }
  return 0;
}

int WriteWhole(int fd, absl::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    if (n == 0) return ENOSPC;
    text.remove_prefix(static_cast<size_t>(n));
  }
  return 0;
}

int RemoveAt(int folder, const std::string& name, int flags) {
  if (::unlinkat(folder, name.c_str(), flags) == 0) return 0;
  return errno == ENOENT ? 0 : errno;
}

int CompareAt(int folder, const std::string& name, int fd) {
  struct stat ours = {};
  struct stat there = {};
  if (::fstat(fd, &ours) != 0) return errno;
  if (::fstatat(folder, name.c_str(), &there, AT_SYMLINK_NOFOLLOW) != 0) {
    return errno == ENOENT ? ESTALE : errno;
  }
  const bool same = ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
  return same ? 0 : ESTALE;
}

Text ReadStart(int fd) {
  constexpr size_t kMost = 4096;
  Text got;
  while (got.text.size() < kMost) {
    char chunk[512];
    const ssize_t n =
        ::pread(fd, chunk, sizeof(chunk), static_cast<off_t>(got.text.size()));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) got.error = errno;
    if (n <= 0) break;
    got.text.append(chunk, static_cast<size_t>(n));
  }
  return got;
}

Text ReadLinkAt(int folder, const std::string& name) {
  char target[PATH_MAX];
  const ssize_t n = ::readlinkat(folder, name.c_str(), target, sizeof(target));
  if (n < 0) return {errno, ""};
  if (n == sizeof(target)) return {ENAMETOOLONG, ""};  // and cut
  return {0, std::string(target, static_cast<size_t>(n))};
}

std::string Message(absl::string_view call, int error) {
  return error == 0 ? "" : absl::StrCat(call, ": ", ::strerror(error));
}

Place Locate(const std::string& path) {
  Place place;
  const size_t slash = path.rfind('/');
  const bool bare = slash == std::string::npos;
  place.name = bare ? path : path.substr(slash + 1);
  if (path.empty()) {
    place.error = ENOENT;
  } else if (absl::StrContains(path, '\0')) {
    place.error = EINVAL;
  } else if (place.name.empty() || place.name == "." || place.name == "..") {
    place.error = EISDIR;
  } else {
    const std::string folder = bare ? "." : path.substr(0, slash + 1);
    place.folder = OpenAt(AT_FDCWD, folder, O_PATH | O_DIRECTORY);
    if (!place.folder.ok()) place.error = errno;
  }
  return place;
}

}  // namespace conformance::sound
