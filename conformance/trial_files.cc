// A trial's files, and file systems of its own.

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>  // NOLINT(build/c++11): std::filesystem's errors

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/protocol.h"
#include "conformance/trial.h"

namespace conformance {
namespace {

absl::string_view TypeName(uint64_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return "regular file";
    case S_IFDIR:
      return "directory";
    case S_IFLNK:
      return "symbolic link";
    case S_IFIFO:
      return "FIFO";
    case S_IFSOCK:
      return "socket";
    case S_IFCHR:
    case S_IFBLK:
      return "device";
    default:
      return "file";
  }
}

bool WriteAll(int fd, absl::string_view content) {
  while (!content.empty()) {
    const ssize_t n = ::write(fd, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    content.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

// False when it could not be read.
bool ReadAll(const std::string& path, std::string& content) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return false;
  char chunk[4096];
  ssize_t n = 0;
  while (content.size() < FileFacts::kMaxContent &&
         (n = ::read(fd, chunk, sizeof(chunk))) > 0) {
    content.append(chunk, static_cast<size_t>(n));
  }
  ::close(fd);
  return n >= 0;
}

bool WriteFile(const char* path, absl::string_view text) {
  const int fd = ::open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool ok = WriteAll(fd, text);
  ::close(fd);
  return ok;
}

}  // namespace

std::string FileFacts::ToString() const {
  if (!exists) return "no file";
  return absl::StrFormat(
      "%s, inode %u, mode %04o, %u bytes %s, modified %s", TypeName(mode),
      inode, mode & 07777, size, Printable(content.substr(0, 60)),
      absl::FormatTime("%H:%M:%E6S", modified, absl::UTCTimeZone()));
}

std::string Trial::Path(absl::string_view name) const {
  return absl::StrCat(options_.directory, "/", name);
}

std::string Trial::RelativePath(absl::string_view name) const {
  std::error_code error;
  const std::filesystem::path here = std::filesystem::current_path(error);
  return std::filesystem::path(Path(name)).lexically_relative(here).string();
}

void Trial::Write(absl::string_view name, absl::string_view content) {
  if (!going()) return;
  const std::string path = Path(name);
  const int fd =
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (!Own(fd >= 0, absl::StrCat("creating ", path))) return;
  Own(WriteAll(fd, content), absl::StrCat("writing ", path));
  ::close(fd);
  Did(absl::StrCat("the check has made ", name, " with the content ",
                   Printable(absl::string_view(content).substr(0, 60))));
}

void Trial::Overwrite(absl::string_view name, absl::string_view content) {
  if (!going()) return;
  const FileFacts facts = Facts(name);
  if (!S_ISREG(facts.mode)) {
    NotAsked(absl::StrCat("the check writes in the lock file, and ", name,
                          " is ", facts.ToString()));
    return;
  }
  const std::string path = Path(name);
  const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
  if (!Own(fd >= 0, absl::StrCat("opening ", path))) return;
  Own(WriteAll(fd, content) &&
          ::ftruncate(fd, static_cast<off_t>(content.size())) == 0,
      absl::StrCat("writing ", path));
  ::close(fd);
  Did(absl::StrCat("the check has replaced the content of ", name, " by ",
                   Printable(content.substr(0, 60))));
}

void Trial::SetMode(absl::string_view name, mode_t mode) {
  if (!going()) return;
  Own(::chmod(Path(name).c_str(), mode) == 0, absl::StrCat("chmod ", name));
  Did(absl::StrCat("the check has set the mode of ", name, " to ",
                   absl::StrFormat("%04o", mode)));
}

void Trial::SetTimes(absl::string_view name, absl::Time time) {
  if (!going()) return;
  const timespec both[2] = {absl::ToTimespec(time), absl::ToTimespec(time)};
  Own(::utimensat(AT_FDCWD, Path(name).c_str(), both, AT_SYMLINK_NOFOLLOW) == 0,
      absl::StrCat("utimensat ", name));
  Did(absl::StrCat(
      "the check has set the times of ", name, " to ",
      absl::FormatTime("%Y-%m-%d %H:%M:%S", time, absl::UTCTimeZone())));
}

void Trial::Link(absl::string_view target, absl::string_view name) {
  if (!going()) return;
  Own(::symlink(std::string(target).c_str(), Path(name).c_str()) == 0,
      absl::StrCat("symlink ", name));
  Did(absl::StrCat("the check has made the symbolic link ", name, " to ",
                   target));
}

std::string Trial::PlaceOf(absl::string_view name) {
  if (!KnowsPlace()) {
    NotAsked("where the lock of a path is kept was not found");
    return std::string(name);
  }
  std::string place = options_.profile.PlaceOf(name);
  // A place that is always the same is no name in the trial's folder.
  if (place.front() == '/') {
    NotAsked(absl::StrCat("the lock is kept at ", place,
                          ", which is not the check's to change"));
    return std::string(name);
  }
  return place;
}

void Trial::MakeDirectory(absl::string_view name, mode_t mode) {
  if (!going()) return;
  const std::string path = Path(name);
  Own(::mkdir(path.c_str(), mode) == 0 && ::chmod(path.c_str(), mode) == 0,
      absl::StrCat("making the directory ", path));
}

void Trial::Remove(absl::string_view name) {
  if (!going()) return;
  std::error_code error;
  std::filesystem::remove_all(Path(name), error);
  if (error) {
    errno = error.value();
    Own(false, absl::StrCat("removing ", name));
    return;
  }
  Did(absl::StrCat("the check has removed ", name));
}

FileFacts Trial::Facts(absl::string_view name) const {
  FileFacts facts;
  const std::string path = Path(name);
  struct stat st;
  if (::lstat(path.c_str(), &st) != 0) return facts;
  facts.exists = true;
  facts.device = st.st_dev;
  facts.inode = st.st_ino;
  facts.mode = st.st_mode;
  facts.links = st.st_nlink;
  facts.size = static_cast<uint64_t>(st.st_size);
  facts.modified = absl::TimeFromTimespec(st.st_mtim);
  facts.changed = absl::TimeFromTimespec(st.st_ctim);
  if (S_ISREG(st.st_mode)) ReadAll(path, facts.content);
  if (S_ISLNK(st.st_mode)) {
    std::error_code error;
    facts.content = std::filesystem::read_symlink(path, error).string();
  }
  return facts;
}

bool Trial::UnshareMounts() {
  if (unshared_) return true;
  const uid_t uid = ::geteuid();
  const gid_t gid = ::getegid();
  if (::unshare(CLONE_NEWNS) != 0) {
    // An ordinary user may mount in a user namespace of his own, where the
    // distribution allows it (user_namespaces(7)).
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0 ||
        !WriteFile("/proc/self/setgroups", "deny") ||
        !WriteFile("/proc/self/uid_map", absl::StrCat(uid, " ", uid, " 1")) ||
        !WriteFile("/proc/self/gid_map", absl::StrCat(gid, " ", gid, " 1"))) {
      return false;
    }
  }
  unshared_ = ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
  return unshared_;
}

bool Trial::MountTmpfs(absl::string_view name, absl::string_view data) {
  if (!going()) return false;
  MakeDirectory(name);
  if (!UnshareMounts() ||
      ::mount("tmpfs", Path(name).c_str(), "tmpfs", MS_NOSUID | MS_NODEV,
              std::string(data).c_str()) != 0) {
    NotRun(absl::StrCat("this machine lets the check mount no file system: ",
                        ::strerror(errno)));
    return false;
  }
  return going();
}

bool Trial::RemountReadOnly(absl::string_view name) {
  if (!going()) return false;
  return Own(
      ::mount("tmpfs", Path(name).c_str(), "tmpfs",
              MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV, nullptr) == 0,
      "remounting read-only");
}

}  // namespace conformance
