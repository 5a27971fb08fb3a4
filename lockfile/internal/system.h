// Every system call the reference makes, in one replaceable place.
//
// The public functions deal with interrupted calls and keep errno out of the
// rest of the code; the virtual functions beneath them are the bare calls. A
// test derives from System, overrides a bare call so that it fails as it
// likes, and installs its object with ScopedSystemForTesting (see
// lockfile/testing/scoped_system.h). A port to another system begins here.
//
// On Windows, system_windows.cc keeps what is said below by other calls: a
// descriptor is a HANDLE, a lock one by LockFileEx, and what GetLastError says
// becomes the errno that means the same (handle_windows.h).

#ifndef LOCKFILE_INTERNAL_SYSTEM_H_
#define LOCKFILE_INTERNAL_SYSTEM_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "lockfile/internal/platform.h"

struct stat;
#if LOCKFILE_INTERNAL_LINUX
struct statfs;
#endif

namespace lockfile {

class ScopedSystemForTesting;

namespace internal {

class FlockAlarm;
struct FlockHelperBlock;
struct WindowsFile;

// The result of a system call: a value, or the errno with which it failed.
template <typename T>
class [[nodiscard]] Outcome {
 public:
  static Outcome Failure(int error) { return Outcome(T{}, error); }
  static Outcome Success(T value) { return Outcome(std::move(value), 0); }

  bool ok() const { return error_ == 0; }
  int error() const { return error_; }
  const T& value() const { return value_; }

 private:
  Outcome(T value, int error) : value_(std::move(value)), error_(error) {}

  T value_;
  int error_;
};

enum class FileType {
  kRegular,
  kDirectory,
  kSymbolicLink,
  kFifo,
  kSocket,
  kCharacterDevice,
  kBlockDevice,
  kOther,
};

// Which file it is, whatever it is called. Good for as long as the file is
// open: inode numbers of deleted files are reused.
struct FileId {
  uint64_t device = 0;
  uint64_t inode = 0;

  friend bool operator==(const FileId& a, const FileId& b) {
    return a.device == b.device && a.inode == b.inode;
  }
  friend bool operator!=(const FileId& a, const FileId& b) { return !(a == b); }
};

struct FileInfo {
  FileType type = FileType::kOther;
  FileId id;
  int64_t size = 0;
};

// Functions that return a plain int return 0, or the errno with which the call
// failed. Thread-safe. Close is async-signal-safe, since fork handlers use it.
class System {
 public:
  System() = default;
  System(const System&) = delete;
  System& operator=(const System&) = delete;
  virtual ~System() = default;

  // The system in force: the real one, unless a test has replaced it.
  static System& Get() {
    System* const system = current_.load(std::memory_order_acquire);
    return system != nullptr ? *system : Real();
  }

  // lstat(2): says what a symbolic link is, not what it points to.
  Outcome<FileInfo> Lstat(const std::string& path);
  Outcome<FileInfo> Fstat(int descriptor);

  // open(2) for reading and writing. It neither blocks, whatever is at the
  // path, nor follows a symbolic link in the last component, nor takes a
  // controlling terminal, nor passes the descriptor on to another program.
  // Creating is exclusive: EEXIST if there is anything at the path.
  Outcome<int> OpenExisting(const std::string& path);
  Outcome<int> CreateExclusively(const std::string& path);

  // close(2), never repeated: whatever Linux answers, the number is free (and
  // may by now be another thread's file), see "Dealing with error returns from
  // close()" in close(2). The caller forgets the number, always.
  int Close(int descriptor);

  // flock(2). EWOULDBLOCK from TryLock means that somebody else has it.
  int TryLock(int descriptor);
  int LockBlocking(int descriptor);
  int Unlock(int descriptor);

#if LOCKFILE_INTERNAL_WINDOWS
  // LockFileEx that waits, and CancelIoEx for it; see lock_request.h.
  // `overlapped` is an OVERLAPPED, and stays where it is until that has ended.
  // ENOSYS from BeginLock: no end would ever be told.
  int BeginLock(int descriptor, void* overlapped);
  void CancelLock(int descriptor, void* overlapped);
#else
  // As LockBlocking, but fails with EINTR once the alarm has gone off.
  int LockUntil(const FlockAlarm& alarm, int descriptor);

  // Whether flock(2) on it is the kernel's own, so that a signal always ends
  // it. Only what is known to be so counts: network file systems, and those in
  // user space, may wait for somebody else before.
  bool IsLockedByKernel(int descriptor);
#endif

  // Reads up to `limit` bytes, which are no more than kMaxPrefix, from the
  // beginning of the file; less only if the file ends there, or a line.
  static constexpr size_t kMaxPrefix = 2048;
  Outcome<std::string> ReadPrefix(int descriptor, size_t limit);

  // pwrite(2) at `offset`, once: may write less than it was given.
  Outcome<size_t> WriteSome(int descriptor, const char* data, size_t size,
                            int64_t offset);
  int Truncate(int descriptor, int64_t size);

  // Right in a child, too, however that was made, unless the child shares our
  // memory: after vfork(2), it gets its parent's.
  int64_t GetPid();

  // ESRCH if there is no such process. getpgid(2) asks for no permission, and
  // so is quicker about it than kill(2) with signal 0.
  int ProbeProcess(int64_t pid);
  Outcome<std::string> Hostname();

  // Time since some fixed instant; never set back, and still counting (on
  // Linux) in a stopped process.
  absl::Duration Now();

  // futex(2): sleeps while `word` is `expected`, until WakeOne, or `deadline`
  // on the clock of Now(); may return for no reason, too. A word that the
  // kernel sets, when a thread ends, may be waited for in the same way. Where
  // there is no futex(2) it naps for 10 ms at most.
  void SleepWhile(const std::atomic<uint32_t>& word, uint32_t expected,
                  absl::Duration deadline);
  void WakeOne(std::atomic<uint32_t>& word);

#if LOCKFILE_INTERNAL_WINDOWS
  // As SleepWhile, and no longer than until `event`, a HANDLE, is signalled.
  void SleepOnEvent(void* event, const std::atomic<uint32_t>& word,
                    uint32_t expected, absl::Duration deadline);
#else
  // See flock_helper.h. KillFlockHelper must know that the helper exists.
  int StartFlockHelper(FlockHelperBlock* block);
  int KillFlockHelper(int64_t pid);

  // See flock_alarm.h. `at` is on the clock of Now().
  int SetFlockAlarm(FlockAlarm& alarm, absl::Duration at);
#endif

  // Whether this is certainly the process's only thread.
  bool IsSingleThreaded() { return DoIsSingleThreaded(); }

  // pthread_atfork(3). Nothing to do, and 0, where there is no fork(2).
  int AtFork(void (*prepare)(), void (*parent)(), void (*child)());

 protected:
#if LOCKFILE_INTERNAL_WINDOWS
  // The bare calls. Where they fail they say why by SetLastError.
  // CreateFileW, sharing reading and writing; and removal, where `access` is
  // only to look. INVALID_HANDLE_VALUE: it failed.
  virtual void* DoCreateFile(const wchar_t* path, uint32_t access,
                             uint32_t disposition, uint32_t flags);
  virtual bool DoGetFile(void* handle, WindowsFile* file);
  virtual bool DoCloseHandle(void* handle);
  virtual bool DoLock(void* handle);  // without waiting
  virtual bool DoUnlock(void* handle);
  // -1: it failed.
  virtual int64_t DoRead(void* handle, char* data, size_t size, int64_t offset);
  virtual int64_t DoWrite(void* handle, const char* data, size_t size,
                          int64_t offset);
  virtual bool DoSetEndOfFile(void* handle, int64_t size);
  virtual bool DoBeginLock(void* handle, void* overlapped);
  virtual void DoCancelLock(void* handle, void* overlapped);
  virtual bool DoIsSingleThreaded();
#else
  // The bare calls. They return -1 and set errno when they fail, as the
  // system's own do.
  virtual int DoLstat(const char* path, struct stat* result);
  virtual int DoFstat(int descriptor, struct stat* result);
  virtual int DoOpen(const char* path, int flags, unsigned mode);
  virtual int DoClose(int descriptor);
  virtual int DoFlock(int descriptor, int operation);
#if LOCKFILE_INTERNAL_LINUX
  virtual int DoFstatfs(int descriptor, struct statfs* result);
#endif
  virtual int64_t DoPread(int descriptor, char* data, size_t size,
                          int64_t offset);
  virtual int64_t DoPwrite(int descriptor, const char* data, size_t size,
                           int64_t offset);
  virtual int DoFtruncate(int descriptor, int64_t size);
  virtual int64_t DoGetpid();
  virtual int64_t DoGetpgid(int64_t pid);
  virtual int DoKill(int64_t pid, int signal);
  virtual int DoGethostname(char* name, size_t size);
  virtual int64_t DoMonotonicNanoseconds();
  virtual void DoNanosleep(int64_t nanoseconds);
  // No deadline: -1.
  virtual int DoFutexWait(const std::atomic<uint32_t>* word, uint32_t expected,
                          int64_t deadline_nanoseconds);
  virtual int DoFutexWake(std::atomic<uint32_t>* word);
  virtual bool DoIsSingleThreaded();
  // These three return their error, as pthread functions do.
  virtual int DoSetFlockAlarm(FlockAlarm& alarm, int64_t at_nanoseconds);
  virtual int DoStartFlockHelper(FlockHelperBlock* block);
  virtual int DoAtFork(void (*prepare)(), void (*parent)(), void (*child)());
#endif

 private:
  friend class lockfile::ScopedSystemForTesting;

  // The real one, which it makes the current one if there is none.
  static System& Real();

  // Null, too, means the real system.
  static System* Exchange(System* system);

  static std::atomic<System*> current_;
};

}  // namespace internal
}  // namespace lockfile

#endif  // LOCKFILE_INTERNAL_SYSTEM_H_
