// The correct steps.

#include "conformance/mutants/plain_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "conformance/contender_main.h"
#include "conformance/implementation.h"
#include "conformance/monotonic_now.h"
#include "conformance/protocol.h"

namespace conformance {
namespace {

std::vector<PlainHeld*>& AllHeld() {
  static auto* const all = new std::vector<PlainHeld*>();
  return *all;
}

// Interrupts system calls by SIGALRM, whose action is what it was when that is
// over. The lock of one process has one.
class Alarm {
 public:
  // After `delay`, and then again and again, since the first signal may come
  // before the call.
  void Set(absl::Duration delay) {
    const absl::MutexLock lock(&mutex_);
    if (!previous_.has_value()) {
      struct sigaction action = {};
      struct sigaction previous = {};
      action.sa_handler = [](int /*signal*/) {};
      ::sigaction(SIGALRM, &action, &previous);
      previous_ = previous;
    }
    SetTimer(std::max(delay, absl::Milliseconds(1)), absl::Milliseconds(2));
  }

  void End() {
    const absl::MutexLock lock(&mutex_);
    SetTimer(absl::ZeroDuration(), absl::ZeroDuration());
    if (!previous_.has_value()) return;
    // One that another thread is yet to handle is forgotten so (POSIX, 2.4.3).
    struct sigaction ignore = {};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGALRM, &ignore, nullptr);
    ::sigaction(SIGALRM, &*previous_, nullptr);
    previous_.reset();
  }

 private:
  static void SetTimer(absl::Duration delay, absl::Duration interval) {
    itimerval timer = {};
    timer.it_value = absl::ToTimeval(delay);
    timer.it_interval = absl::ToTimeval(interval);
    ::setitimer(ITIMER_REAL, &timer, nullptr);
  }

  absl::Mutex mutex_;
  std::optional<struct sigaction> previous_;  // while the handler is installed
};

Alarm& TheAlarm() {
  static auto* const alarm = new Alarm();
  return *alarm;
}

// Waits, and may be interrupted. 0 or an errno.
int FlockOnce(int fd) { return ::flock(fd, LOCK_EX) == 0 ? 0 : errno; }

}  // namespace

void LetGoInChild() {
  for (PlainHeld* held : AllHeld()) {
    if (held->fd_ >= 0) held->fd_ = held->lock_->AfterFork(held->fd_);
  }
}

PlainHeld::PlainHeld(PlainLock* lock, int fd, std::string path)
    : lock_(lock), fd_(fd), last_fd_(fd), path_(std::move(path)) {
  [[maybe_unused]] static const int registered =
      ::pthread_atfork(nullptr, nullptr, &LetGoInChild);
  AllHeld().push_back(this);
}

PlainHeld::~PlainHeld() {
  if (fd_ >= 0) PlainHeld::Release();
  std::vector<PlainHeld*>& all = AllHeld();
  all.erase(std::remove(all.begin(), all.end(), this), all.end());
}

std::string PlainHeld::Release() {
  if (fd_ < 0) return lock_->ReleaseAgain(last_fd_, path_);
  last_fd_ = std::exchange(fd_, -1);
  const int error = lock_->Unlock(last_fd_, path_);
  return error == 0 ? "" : ::strerror(error);
}

Introduction PlainLock::Describe() const {
  Introduction self;
  self.name = "plain";
  self.version = "1";
  self.can = {"wait", "forever",  "fork",  "thread", "touch",
              "log",  "seed-log", "chdir", "exit",   "catch"};
  self.profile = "seed";
  self.at = "@";
  if (records_owner()) self.can.emplace(kOwnerPid);
  return self;
}

Introduction CancellableLock::Describe() const {
  Introduction self = PlainLock::Describe();
  self.can.emplace(kCancel);
  return self;
}

Attempt PlainLock::AcquireUnlessCancelled(const std::string& path,
                                          absl::Duration wait,
                                          CancelRequest& request) {
  request_ = &request;
  Attempt attempt;
  {
    const CancelRequest::Waker waker(request, [this] { Wake(); });
    attempt = Acquire(path, wait);
  }
  request_ = nullptr;
  // It may have been too late for the wait to end it.
  if (request.IsMade()) TheAlarm().End();
  return attempt;
}

Attempt PlainLock::Acquire(const std::string& path, absl::Duration wait) {
  if (const int error = CheckName(path)) {
    return Attempt::Error(::strerror(error));
  }
  const absl::Duration deadline = MonotonicNow() + wait;
  for (;;) {
    const int fd = Open(path);
    if (fd < 0) {
      return Attempt::Error(absl::StrCat("open: ", ::strerror(errno)));
    }
    if (const int error = CheckFile(fd)) {
      Abandon(fd);
      return Attempt::Error(absl::StrCat("not lockable: ", ::strerror(error)));
    }
    const int error =
        wait == absl::ZeroDuration() ? Lock(fd) : LockUntil(fd, deadline);
    if (error == EWOULDBLOCK) {
      Refuse(fd, path);
      return Attempt::Busy();
    }
    if (error == ECANCELED) return GiveUp(fd, path);
    if (error != 0) {
      Abandon(fd);
      return Attempt::Error(absl::StrCat("lock: ", ::strerror(error)));
    }
    if (!StillThere(fd, path)) {
      Abandon(fd);
      continue;
    }
    if (const int failure = Record(fd)) {
      Abandon(fd);
      return Attempt::Error(absl::StrCat("record: ", ::strerror(failure)));
    }
    return Attempt::Acquired(std::make_unique<PlainHeld>(this, fd, path));
  }
}

int PlainLock::CheckName(const std::string& path) {
  if (path.empty()) return ENOENT;
  return absl::StrContains(path, '\0') ? EINVAL : 0;
}

int PlainLock::Open(const std::string& path) {
  return ::open(
      path.c_str(),
      O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0666);
}

int PlainLock::CheckFile(int fd) {
  struct stat st;
  if (::fstat(fd, &st) != 0) return errno;
  return S_ISREG(st.st_mode) ? 0 : EINVAL;
}

int PlainLock::Lock(int fd) {
  while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EINTR) return errno;
  }
  return 0;
}

// The kernel's own queue, and a timer that interrupts the wait: simple, and not
// for a library, since it takes SIGALRM from the application (setitimer(2)).
int PlainLock::LockUntil(int fd, absl::Duration deadline) {
  if (deadline != absl::InfiniteDuration()) {
    TheAlarm().Set(deadline - MonotonicNow());
  }
  int error = 0;
  for (;;) {
    // Asked once the timer is set, which might have been Wake's.
    error = IsCancelled() ? ECANCELED : FlockOnce(fd);
    if (error != EINTR) break;
    if (MonotonicNow() < deadline) continue;
    error = Lock(fd);
    break;
  }
  if (deadline != absl::InfiniteDuration()) TheAlarm().End();
  return error;
}

bool PlainLock::StillThere(int fd, const std::string& path) {
  struct stat ours;
  struct stat now;
  return ::fstat(fd, &ours) == 0 && ::lstat(path.c_str(), &now) == 0 &&
         ours.st_dev == now.st_dev && ours.st_ino == now.st_ino;
}

int PlainLock::Record(int fd) {
  if (!records_owner()) return 0;
  const std::string record = absl::StrCat(::getpid(), "\n");
  const ssize_t n = ::pwrite(fd, record.data(), record.size(), 0);
  if (n < 0) return errno;
  if (static_cast<size_t>(n) != record.size()) return ENOSPC;
  return ::ftruncate(fd, n) == 0 ? 0 : errno;
}

void PlainLock::Refuse(int fd, const std::string& path) {
  Log(LoggedPath(path), LoggedPid(fd));
  ::close(fd);
}

void PlainLock::Abandon(int fd) { ::close(fd); }

Attempt PlainLock::GiveUp(int fd, const std::string& /*path*/) {
  ::close(fd);
  return Attempt::Cancelled();
}

void PlainLock::Wake() { TheAlarm().Set(absl::Milliseconds(1)); }

int PlainLock::Unlock(int fd, const std::string& /*path*/) {
  ::flock(fd, LOCK_UN);
  return ::close(fd) == 0 ? 0 : errno;
}

int PlainLock::AfterFork(int fd) {
  ::close(fd);
  return -1;
}

std::string PlainLock::ReleaseAgain(int /*fd*/, const std::string& /*path*/) {
  return "";
}

std::string PlainLock::LoggedPath(const std::string& path) {
  std::string harmless;
  for (const char c : path) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) {
      absl::StrAppendFormat(&harmless, "\\x%02x", static_cast<unsigned>(c));
    } else {
      harmless += c;
    }
  }
  return harmless;
}

std::string PlainLock::LoggedPid(int fd) {
  char content[32];
  const ssize_t n = ::pread(fd, content, sizeof(content), 0);
  if (n <= 0 || n == sizeof(content)) return "UNKNOWN";
  absl::string_view text(content, static_cast<size_t>(n));
  absl::ConsumeSuffix(&text, "\n");
  pid_t pid = 0;
  if (!std::all_of(text.begin(), text.end(), absl::ascii_isdigit) ||
      !absl::SimpleAtoi(text, &pid) || pid <= 0 ||
      (::kill(pid, 0) != 0 && errno == ESRCH)) {
    return "UNKNOWN";
  }
  return absl::StrCat(pid);
}

void PlainLock::Log(const std::string& path, const std::string& pid) {
  EmitLog("ERROR", absl::StrCat("Error locking file ", path, "; pid=", pid));
}

}  // namespace conformance
