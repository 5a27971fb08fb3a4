// The real system calls, and what is done about EINTR.

#include "lockfile/internal/system.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <iterator>
#include <new>

#include "lockfile/internal/flock_alarm.h"
#include "lockfile/internal/flock_helper.h"
#include "lockfile/internal/platform.h"

#if LOCKFILE_INTERNAL_LINUX
#include <linux/futex.h>
#include <sys/mman.h>
#if __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#endif
#include <sys/statfs.h>
#include <sys/syscall.h>
#endif

// POSIX lets a system leave it out, and asks for no more than this.
#ifndef HOST_NAME_MAX
#define HOST_NAME_MAX 255
#endif

namespace lockfile {
namespace internal {
namespace {

// O_NONBLOCK: opening a FIFO waits for its other end, a device perhaps for a
// carrier; on the regular file we want it means nothing. O_NOCTTY: opening a
// terminal must not make it ours. Reading *and* writing, because NFS turns
// flock(2) into a byte-range lock, and there an exclusive lock needs a
// writable descriptor (flock(2), "NFS details").
constexpr int kOpenFlags =
    O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;

// As fopen(3) and touch(1): the umask decides who may share the lock.
constexpr unsigned kCreationMode = 0666;

// Repeats a call while a signal handler interrupts it. A handler installed
// without SA_RESTART interrupts flock(2); file systems in user space and
// networked ones let any call be interrupted. close(2) must not come here.
template <typename Call>
auto RetryWhileInterrupted(Call call) {
  auto result = call();
  while (result == -1 && errno == EINTR) result = call();
  return result;
}

template <typename Call>
int ErrorOf(Call call) {
  return RetryWhileInterrupted(call) == -1 ? errno : 0;
}

FileType TypeOf(mode_t mode) {
  if (S_ISREG(mode)) return FileType::kRegular;
  if (S_ISDIR(mode)) return FileType::kDirectory;
  if (S_ISLNK(mode)) return FileType::kSymbolicLink;
  if (S_ISFIFO(mode)) return FileType::kFifo;
  if (S_ISSOCK(mode)) return FileType::kSocket;
  if (S_ISCHR(mode)) return FileType::kCharacterDevice;
  if (S_ISBLK(mode)) return FileType::kBlockDevice;
  return FileType::kOther;
}

FileInfo InfoOf(const struct stat& stat) {
  FileInfo info;
  info.type = TypeOf(stat.st_mode);
  info.id.device = static_cast<uint64_t>(stat.st_dev);
  info.id.inode = static_cast<uint64_t>(stat.st_ino);
  info.size = static_cast<int64_t>(stat.st_size);
  return info;
}

#if LOCKFILE_INTERNAL_LINUX

// Memory that is all zeros again in every child, however that was made, as long
// as it has memory of its own: madvise(2), MADV_WIPEONFORK. Null if there is no
// such thing.
std::atomic<int64_t>* MapWipedOnFork() {
  const size_t size = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  void* const memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  // Emulators have been seen to welcome whatever advice they are given.
  const bool honest = ::madvise(memory, size, -1) != 0;
  if (!honest || ::madvise(memory, size, MADV_WIPEONFORK) != 0) {
    ::munmap(memory, size);
    return nullptr;
  }
  return new (memory) std::atomic<int64_t>(0);
}

#else

// The longest nap of one that waits for a word to change.
constexpr int64_t kNapNanoseconds = 10000000;

#endif

}  // namespace

std::atomic<System*> System::current_{nullptr};

System& System::Real() {
  // Never destroyed: locks with static storage duration are closed at exit.
  static System& real = *new System;
  System* none = nullptr;
  current_.compare_exchange_strong(none, &real, std::memory_order_acq_rel);
  return none == nullptr ? real : *none;
}

System* System::Exchange(System* system) {
  return current_.exchange(system, std::memory_order_acq_rel);
}

Outcome<FileInfo> System::Lstat(const std::string& path) {
  struct stat stat;
  const int error = ErrorOf([&] { return DoLstat(path.c_str(), &stat); });
  if (error != 0) return Outcome<FileInfo>::Failure(error);
  return Outcome<FileInfo>::Success(InfoOf(stat));
}

Outcome<FileInfo> System::Fstat(int descriptor) {
  struct stat stat;
  const int error = ErrorOf([&] { return DoFstat(descriptor, &stat); });
  if (error != 0) return Outcome<FileInfo>::Failure(error);
  return Outcome<FileInfo>::Success(InfoOf(stat));
}

Outcome<int> System::OpenExisting(const std::string& path) {
  const int descriptor = RetryWhileInterrupted(
      [&] { return DoOpen(path.c_str(), kOpenFlags, 0); });
  if (descriptor == -1) return Outcome<int>::Failure(errno);
  return Outcome<int>::Success(descriptor);
}

Outcome<int> System::CreateExclusively(const std::string& path) {
  const int descriptor = RetryWhileInterrupted([&] {
    return DoOpen(path.c_str(), kOpenFlags | O_CREAT | O_EXCL, kCreationMode);
  });
  if (descriptor == -1) return Outcome<int>::Failure(errno);
  return Outcome<int>::Success(descriptor);
}

int System::Close(int descriptor) {
  return DoClose(descriptor) == -1 ? errno : 0;
}

int System::TryLock(int descriptor) {
  return ErrorOf([&] { return DoFlock(descriptor, LOCK_EX | LOCK_NB); });
}

int System::LockBlocking(int descriptor) {
  return ErrorOf([&] { return DoFlock(descriptor, LOCK_EX); });
}

int System::LockUntil(const FlockAlarm& alarm, int descriptor) {
  while (!alarm.HasGoneOff()) {
    if (DoFlock(descriptor, LOCK_EX) == 0) return 0;
    if (errno != EINTR) return errno;
  }
  return EINTR;
}

int System::Unlock(int descriptor) {
  return ErrorOf([&] { return DoFlock(descriptor, LOCK_UN); });
}

#if LOCKFILE_INTERNAL_LINUX

bool System::IsLockedByKernel(int descriptor) {
  struct statfs file_system = {};
  if (ErrorOf([&] { return DoFstatfs(descriptor, &file_system); }) != 0) {
    return false;
  }
  // By their numbers, since not all are in any header: statfs(2), "f_type".
  constexpr uint32_t kKnown[] = {
      0xef53,      // ext2, ext3, ext4
      0x58465342,  // XFS
      0x9123683e,  // Btrfs
      0x01021994,  // tmpfs
      0x794c7630,  // overlayfs
      0xf2f52010,  // F2FS
      0x858458f6,  // ramfs
  };
  const auto type = static_cast<uint32_t>(file_system.f_type);
  return std::find(std::begin(kKnown), std::end(kKnown), type) !=
         std::end(kKnown);
}

#else

bool System::IsLockedByKernel(int /*descriptor*/) { return false; }

#endif

Outcome<std::string> System::ReadPrefix(int descriptor, size_t limit) {
  char content[kMaxPrefix];
  limit = std::min(limit, kMaxPrefix);
  size_t size = 0;
  while (size < limit) {
    const int64_t got = RetryWhileInterrupted([&] {
      return DoPread(descriptor, &content[size], limit - size,
                     static_cast<int64_t>(size));
    });
    if (got == -1) return Outcome<std::string>::Failure(errno);
    if (got == 0) break;
    size += static_cast<size_t>(got);
    if (content[size - 1] == '\n') break;
  }
  return Outcome<std::string>::Success(std::string(content, size));
}

Outcome<size_t> System::WriteSome(int descriptor, const char* data, size_t size,
                                  int64_t offset) {
  const int64_t written = RetryWhileInterrupted(
      [&] { return DoPwrite(descriptor, data, size, offset); });
  if (written == -1) return Outcome<size_t>::Failure(errno);
  return Outcome<size_t>::Success(static_cast<size_t>(written));
}

int System::Truncate(int descriptor, int64_t size) {
  return ErrorOf([&] { return DoFtruncate(descriptor, size); });
}

// The system call is worth saving: it would be made twice for each lock, where
// everything that isn't a system call takes less time than one.
int64_t System::GetPid() {
#if LOCKFILE_INTERNAL_LINUX
  static std::atomic<int64_t>* const cached = MapWipedOnFork();
  if (cached == nullptr) return DoGetpid();
  int64_t pid = cached->load(std::memory_order_relaxed);
  if (pid == 0) {
    pid = DoGetpid();
    cached->store(pid, std::memory_order_relaxed);
  }
  return pid;
#else
  return DoGetpid();
#endif
}

int System::ProbeProcess(int64_t pid) {
  return ErrorOf([&] { return DoGetpgid(pid) == -1 ? -1 : 0; });
}

Outcome<std::string> System::Hostname() {
  // POSIX leaves open whether a name that was cut short is terminated.
  char name[HOST_NAME_MAX + 2] = {};
  const int error =
      ErrorOf([&] { return DoGethostname(name, sizeof(name) - 1); });
  if (error != 0) return Outcome<std::string>::Failure(error);
  return Outcome<std::string>::Success(name);
}

absl::Duration System::Now() {
  return absl::Nanoseconds(DoMonotonicNanoseconds());
}

void System::SleepWhile(const std::atomic<uint32_t>& word, uint32_t expected,
                        absl::Duration deadline) {
  const int64_t nanoseconds =
      deadline == absl::InfiniteDuration()
          ? -1
          : std::max(absl::ToInt64Nanoseconds(deadline), int64_t{0});
  if (DoFutexWait(&word, expected, nanoseconds) == 0) return;
  if (errno == EAGAIN || errno == EINTR || errno == ETIMEDOUT) return;
  // So it can't sleep here. The caller looks again, but not all the time.
  DoNanosleep(1000000);
}

void System::WakeOne(std::atomic<uint32_t>& word) { (void)DoFutexWake(&word); }

int System::SetFlockAlarm(FlockAlarm& alarm, absl::Duration at) {
  return DoSetFlockAlarm(alarm, absl::ToInt64Nanoseconds(at));
}

int System::StartFlockHelper(FlockHelperBlock* block) {
  return DoStartFlockHelper(block);
}

int System::KillFlockHelper(int64_t pid) {
  return ErrorOf([&] { return DoKill(pid, SIGKILL); });
}

int System::AtFork(void (*prepare)(), void (*parent)(), void (*child)()) {
  return DoAtFork(prepare, parent, child);
}

int System::DoLstat(const char* path, struct stat* result) {
  return ::lstat(path, result);
}

int System::DoFstat(int descriptor, struct stat* result) {
  return ::fstat(descriptor, result);
}

int System::DoOpen(const char* path, int flags, unsigned mode) {
  return ::open(path, flags | O_CLOEXEC, static_cast<mode_t>(mode));
}

int System::DoClose(int descriptor) { return ::close(descriptor); }

int System::DoFlock(int descriptor, int operation) {
  return ::flock(descriptor, operation);
}

#if LOCKFILE_INTERNAL_LINUX
int System::DoFstatfs(int descriptor, struct statfs* result) {
  return ::fstatfs(descriptor, result);
}
#endif

int64_t System::DoPread(int descriptor, char* data, size_t size,
                        int64_t offset) {
  return ::pread(descriptor, data, size, static_cast<off_t>(offset));
}

int64_t System::DoPwrite(int descriptor, const char* data, size_t size,
                         int64_t offset) {
  return ::pwrite(descriptor, data, size, static_cast<off_t>(offset));
}

int System::DoFtruncate(int descriptor, int64_t size) {
  return ::ftruncate(descriptor, static_cast<off_t>(size));
}

int64_t System::DoGetpid() { return ::getpid(); }

int64_t System::DoGetpgid(int64_t pid) {
  return ::getpgid(static_cast<pid_t>(pid));
}

int System::DoKill(int64_t pid, int signal) {
  return ::kill(static_cast<pid_t>(pid), signal);
}

int System::DoGethostname(char* name, size_t size) {
  return ::gethostname(name, size);
}

int64_t System::DoMonotonicNanoseconds() {
  // CLOCK_MONOTONIC can't fail for a valid pointer (clock_gettime(2)).
  struct timespec now = {};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1000000000 + now.tv_nsec;
}

void System::DoNanosleep(int64_t nanoseconds) {
  struct timespec request = {};
  request.tv_sec = static_cast<time_t>(nanoseconds / 1000000000);
  request.tv_nsec = nanoseconds % 1000000000;
  // Interrupted is fine: the caller looks at the clock.
  ::nanosleep(&request, nullptr);
}

#if LOCKFILE_INTERNAL_LINUX

// Not the private kind of futex, though all is in one process: when a thread
// ends, the kernel wakes those of the shared kind.
int System::DoFutexWait(const std::atomic<uint32_t>* word, uint32_t expected,
                        int64_t deadline_nanoseconds) {
  struct timespec deadline = {};
  deadline.tv_sec = static_cast<time_t>(deadline_nanoseconds / 1000000000);
  deadline.tv_nsec = deadline_nanoseconds % 1000000000;
  // FUTEX_WAIT would take the time from the call on, not its end.
  return static_cast<int>(
      ::syscall(SYS_futex, word, FUTEX_WAIT_BITSET, expected,
                deadline_nanoseconds == -1 ? nullptr : &deadline, nullptr,
                FUTEX_BITSET_MATCH_ANY));
}

int System::DoFutexWake(std::atomic<uint32_t>* word) {
  return static_cast<int>(
      ::syscall(SYS_futex, word, FUTEX_WAKE, 1, nullptr, nullptr, 0));
}

// The C library knows. A thread that it doesn't know of, such as a helper's
// keeper, is none that uses this library, or signals.
bool System::DoIsSingleThreaded() {
#if __has_include(<sys/single_threaded.h>)
  return __libc_single_threaded != 0;
#else
  return false;
#endif
}

#else

// Naps, and looks at the word after each.
int System::DoFutexWait(const std::atomic<uint32_t>* word, uint32_t expected,
                        int64_t deadline_nanoseconds) {
  while (word->load(std::memory_order_acquire) == expected) {
    int64_t nap = kNapNanoseconds;
    if (deadline_nanoseconds != -1) {
      nap = std::min(nap, deadline_nanoseconds - DoMonotonicNanoseconds());
      if (nap <= 0) return 0;
    }
    DoNanosleep(nap);
  }
  return 0;
}

int System::DoFutexWake(std::atomic<uint32_t>* /*word*/) { return 0; }

bool System::DoIsSingleThreaded() { return false; }

#endif

int System::DoSetFlockAlarm(FlockAlarm& alarm, int64_t at_nanoseconds) {
  return alarm.Set(at_nanoseconds);
}

int System::DoStartFlockHelper(FlockHelperBlock* block) {
  return internal::StartFlockHelper(block);
}

int System::DoAtFork(void (*prepare)(), void (*parent)(), void (*child)()) {
  return ::pthread_atfork(prepare, parent, child);
}

}  // namespace internal
}  // namespace lockfile
