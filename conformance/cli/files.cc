// Reading and writing files, and standard output.

#include "conformance/cli/files.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <ostream>
#include <string>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/cli/exit_status.h"
#include "conformance/monotonic_now.h"
#include "conformance/protocol.h"

namespace conformance {
namespace {

// How long it is waited for somebody who reads a FIFO.
constexpr absl::Duration kPatience = absl::Seconds(10);

absl::Status CannotWrite(const std::string& path, absl::string_view why) {
  return absl::FailedPreconditionError(
      absl::StrCat("cannot write ", PrintableText(path), ": ", why));
}

absl::Status WriteAll(int fd, const std::string& path, absl::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return CannotWrite(path, ::strerror(errno));
    text.remove_prefix(static_cast<size_t>(n));
  }
  return absl::OkStatus();
}

// A device, a FIFO, or what /dev/stdout leads to: there is nothing to replace.
absl::Status WriteInto(const std::string& path, absl::string_view text) {
  const absl::Duration until = MonotonicNow() + kPatience;
  int fd = -1;
  for (;;) {
    // A FIFO that nobody reads would block for ever (fifo(7)).
    fd = ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd >= 0 || errno != ENXIO || MonotonicNow() > until) break;
    ::poll(nullptr, 0, 10);
  }
  if (fd < 0) {
    return CannotWrite(path,
                       errno == ENXIO ? "nobody reads it" : ::strerror(errno));
  }
  const int flags = ::fcntl(fd, F_GETFL);
  ::fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
  absl::Status status = WriteAll(fd, path, text);
  if (::close(fd) != 0 && status.ok()) {
    status = CannotWrite(path, ::strerror(errno));
  }
  return status;
}

// Written beside and renamed, so that a full disk loses no older report, and a
// reader never sees half of one. The name beside is one that nobody can know.
absl::Status Replace(const std::string& path, absl::string_view text,
                     const struct stat* old) {
  std::string temporary = absl::StrCat(path, ".XXXXXX");
  const int fd = ::mkostemp(temporary.data(), O_CLOEXEC);
  if (fd < 0) return CannotWrite(path, ::strerror(errno));
  absl::Cleanup forget([&] { ::unlink(temporary.c_str()); });
  absl::Status status = WriteAll(fd, path, text);
  const mode_t mask = ::umask(0);
  ::umask(mask);
  const mode_t mode = old != nullptr ? old->st_mode & 07777 : 0666 & ~mask;
  // The file keeps its owner where that is for us to decide.
  if (old != nullptr && ::fchown(fd, old->st_uid, old->st_gid) != 0) errno = 0;
  if (status.ok() && (::fchmod(fd, mode) != 0 || ::fsync(fd) != 0)) {
    status = CannotWrite(path, ::strerror(errno));
  }
  if (::close(fd) != 0 && status.ok()) {
    status = CannotWrite(path, ::strerror(errno));
  }
  if (status.ok() && ::rename(temporary.c_str(), path.c_str()) != 0) {
    status = CannotWrite(path, ::strerror(errno));
  }
  if (status.ok()) std::move(forget).Cancel();
  return status;
}

// Where a link leads; the path itself if it is none. "" if it leads nowhere.
std::string Followed(const std::string& path) {
  struct stat st;
  if (::lstat(path.c_str(), &st) != 0 || !S_ISLNK(st.st_mode)) return path;
  char* real = ::realpath(path.c_str(), nullptr);
  if (real == nullptr) return "";
  std::string followed = real;
  ::free(real);
  return followed;
}

// The meaning of writing to a path, known before there is anything to write.
struct Target {
  bool replaced = false;  // or else written into
  std::string path;       // which no link stands at, if it is replaced
  bool exists = false;
  struct stat old;  // if it exists
};

absl::StatusOr<Target> FindTarget(const std::string& path) {
  struct stat st;
  if (::stat(path.c_str(), &st) == 0 && !S_ISREG(st.st_mode)) {
    if (S_ISDIR(st.st_mode)) return CannotWrite(path, "it is a folder");
    return Target{/*replaced=*/false, path, /*exists=*/true, st};
  }
  // A link is followed, as the shell's > does: who gives its name means what it
  // leads to.
  const std::string followed = Followed(path);
  if (followed.empty()) {
    return CannotWrite(path, "it is a symbolic link that leads nowhere");
  }
  if (::lstat(followed.c_str(), &st) != 0) {
    if (errno != ENOENT) return CannotWrite(path, ::strerror(errno));
    return Target{/*replaced=*/true, followed, /*exists=*/false, {}};
  }
  // Root may write everything; but who has made a file read-only means it.
  if ((st.st_mode & 0222) == 0 || ::access(followed.c_str(), W_OK) != 0) {
    return CannotWrite(path, "it is read-only");
  }
  return Target{/*replaced=*/true, followed, /*exists=*/true, st};
}

absl::Status WriteTo(const std::string& path, absl::string_view text) {
  const absl::StatusOr<Target> target = FindTarget(path);
  if (!target.ok()) return target.status();
  if (!target->replaced) return WriteInto(path, text);
  return Replace(target->path, text, target->exists ? &target->old : nullptr);
}

absl::Status TryToWriteTo(const std::string& path) {
  const absl::StatusOr<Target> target = FindTarget(path);
  if (!target.ok()) return target.status();
  if (!target->replaced) {
    return ::access(path.c_str(), W_OK) == 0
               ? absl::OkStatus()
               : CannotWrite(path, ::strerror(errno));
  }
  std::string temporary = absl::StrCat(target->path, ".XXXXXX");
  const int fd = ::mkostemp(temporary.data(), O_CLOEXEC);
  if (fd < 0) return CannotWrite(path, ::strerror(errno));
  ::close(fd);
  ::unlink(temporary.c_str());
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  const auto cannot = [&](absl::string_view why) {
    return absl::NotFoundError(
        absl::StrCat("cannot read ", PrintableText(path), ": ", why));
  };
  struct stat st;
  if (::stat(path.c_str(), &st) == 0 && S_ISDIR(st.st_mode)) {
    return absl::NotFoundError(
        absl::StrCat(PrintableText(path), " is a folder"));
  }
  const int fd = ::open(path.c_str(), O_RDONLY | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) return cannot(::strerror(errno));
  const absl::Cleanup close_it([&] { ::close(fd); });
  std::string text;
  char chunk[65536];
  for (;;) {
    const ssize_t n = ::read(fd, chunk, sizeof(chunk));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return cannot(::strerror(errno));
    if (n == 0) return text;
    text.append(chunk, static_cast<size_t>(n));
    if (text.size() > kMostBytesRead) {
      return cannot(
          absl::StrCat("it has more than ", kMostBytesRead >> 20, " MiB"));
    }
  }
}

bool CanWriteReport(const std::string& path, std::ostream& err) {
  if (path.empty() || path == "-") return true;
  const absl::Status status = TryToWriteTo(path);
  if (!status.ok()) err << "lockcheck: " << status.message() << "\n";
  return status.ok();
}

bool WriteReport(const std::string& path, const std::string& text,
                 std::ostream& out, std::ostream& err) {
  if (path.empty()) return true;
  if (path == "-") {
    out << text;
    return true;
  }
  out.flush();  // they may be the same file
  const absl::Status status = WriteTo(path, text);
  if (!status.ok()) err << "lockcheck: " << status.message() << "\n";
  return status.ok();
}

// Text that is printed to a full disk, or to nobody, is lost, and then nothing
// may be taken for told.
int StatusIfWritten(int status, std::ostream& out, std::ostream& err) {
  out.flush();
  if (out) return status;
  err << "lockcheck: cannot write to standard output\n";
  return kExitUsage;
}

}  // namespace conformance
