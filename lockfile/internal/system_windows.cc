// The calls of Windows, with which System keeps its word there.

#include <errno.h>

#include <algorithm>
#include <atomic>
#include <chrono>  // NOLINT(build/c++11): the steady clock
#include <cwctype>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "lockfile/internal/file_windows.h"
#include "lockfile/internal/handle_windows.h"
#include "lockfile/internal/path_windows.h"
#include "lockfile/internal/system.h"

namespace lockfile {
namespace internal {
namespace {

// FILE_FLAG_OVERLAPPED: without it each call on the handle, a read as well,
// would wait until a request for the lock has ended. A reparse point is opened
// itself, so that what it stands for isn't touched.
constexpr uint32_t kOpenFlags =
    FILE_ATTRIBUTE_NORMAL | FILE_FLAG_OPEN_REPARSE_POINT | FILE_FLAG_OVERLAPPED;

// A file that somebody is about to remove, or has open and shares with nobody,
// as virus scanners do, is most often free a moment later.
constexpr int kShareAttempts = 8;
constexpr DWORD kShareNap = 10;  // in milliseconds

// ERROR_SHARING_VIOLATION, or the ERROR_ACCESS_DENIED of a file that is gone
// once the last of its handles is closed (STATUS_DELETE_PENDING).
bool IsPassing(DWORD error) {
  using LastStatus = LONG(WINAPI*)();
  constexpr LONG kDeletePending = static_cast<LONG>(0xC0000056);
  if (error == ERROR_SHARING_VIOLATION || error == ERROR_DELETE_PENDING) {
    return true;
  }
  if (error != ERROR_ACCESS_DENIED) return false;
  static const LastStatus last_status =
      reinterpret_cast<LastStatus>(reinterpret_cast<void*>(::GetProcAddress(
          ::GetModuleHandleW(L"ntdll.dll"), "RtlGetLastNtStatus")));
  return last_status != nullptr && last_status() == kDeletePending;
}

FileType TypeOf(const WindowsFile& file) {
  switch (file.type) {
    case FILE_TYPE_DISK:
      break;
    case FILE_TYPE_CHAR:
      return FileType::kCharacterDevice;
    case FILE_TYPE_PIPE:
      return FileType::kFifo;
    default:
      return FileType::kOther;
  }
  if ((file.attributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0) {
    // Symbolic links and junctions stand for another name, and say so in the
    // tag ("Reparse Point Tags"). The rest are files that somebody keeps
    // elsewhere, and not to be written behind his back.
    return IsReparseTagNameSurrogate(file.reparse_tag) ? FileType::kSymbolicLink
                                                       : FileType::kOther;
  }
  if ((file.attributes & FILE_ATTRIBUTE_DIRECTORY) != 0) {
    return FileType::kDirectory;
  }
  return FileType::kRegular;
}

FileInfo InfoOf(const WindowsFile& file) {
  FileInfo info;
  info.type = TypeOf(file);
  info.id.device = file.volume;
  info.id.inode = file.index;
  info.size = file.size;
  return info;
}

// Those who sleep on words, and the events that wake them.
class Sleepers {
 public:
  struct Entry {
    const std::atomic<uint32_t>* word;
    HANDLE event;
    Entry* next;
  };

  static void Add(Entry& entry) {
    ::AcquireSRWLockExclusive(&lock_);
    entry.next = first_;
    first_ = &entry;
    ::ReleaseSRWLockExclusive(&lock_);
  }

  static void Remove(const Entry& entry) {
    ::AcquireSRWLockExclusive(&lock_);
    Entry** link = &first_;
    while (*link != &entry) link = &(*link)->next;
    *link = entry.next;
    ::ReleaseSRWLockExclusive(&lock_);
  }

  static void WakeOne(const std::atomic<uint32_t>& word) {
    ::AcquireSRWLockExclusive(&lock_);
    for (const Entry* entry = first_; entry != nullptr; entry = entry->next) {
      if (entry->word == &word) {
        ::SetEvent(entry->event);
        break;
      }
    }
    ::ReleaseSRWLockExclusive(&lock_);
  }

 private:
  static SRWLOCK lock_;
  static Entry* first_;
};

SRWLOCK Sleepers::lock_ = SRWLOCK_INIT;
Sleepers::Entry* Sleepers::first_ = nullptr;

// In whole milliseconds, rounded up, from 0 to less than for ever.
DWORD TimeoutOf(absl::Duration duration) {
  constexpr int64_t kLongest = INFINITE - 1;
  return static_cast<DWORD>(std::clamp<int64_t>(
      absl::ToInt64Milliseconds(absl::Ceil(duration, absl::Milliseconds(1))), 0,
      kLongest));
}

// Sleeps until the word changes, `other` (null: none) is signalled, or the
// deadline.
void SleepOn(System& system, HANDLE other, const std::atomic<uint32_t>& word,
             uint32_t expected, absl::Duration deadline) {
  const HANDLE event = ::CreateEventW(nullptr, /*bManualReset=*/FALSE,
                                      /*bInitialState=*/FALSE, nullptr);
  if (event == nullptr) {
    ::Sleep(1);
    return;
  }
  Sleepers::Entry entry = {&word, event, nullptr};
  Sleepers::Add(entry);
  if (word.load(std::memory_order_acquire) == expected) {
    const HANDLE events[] = {event, other};
    ::WaitForMultipleObjects(other == nullptr ? 1 : 2, events,
                             /*bWaitAll=*/FALSE,
                             TimeoutOf(deadline - system.Now()));
  }
  Sleepers::Remove(entry);
  ::CloseHandle(event);
}

OVERLAPPED AtOffset(int64_t offset, HANDLE event) {
  OVERLAPPED at = {};
  at.Offset = static_cast<DWORD>(offset);
  at.OffsetHigh = static_cast<DWORD>(offset >> 32);
  at.hEvent = event;
  return at;
}

// Makes a call of ReadFile or WriteFile and waits for its end. -1: it failed.
template <typename Call>
int64_t Transfer(HANDLE handle, int64_t offset, Call call) {
  const HANDLE event = ::CreateEventW(nullptr, /*bManualReset=*/TRUE,
                                      /*bInitialState=*/FALSE, nullptr);
  if (event == nullptr) return -1;
  OVERLAPPED at = AtOffset(offset, event);
  DWORD size = 0;
  bool done = call(&at);
  if (done || ::GetLastError() == ERROR_IO_PENDING) {
    done = ::GetOverlappedResult(handle, &at, &size, /*bWait=*/TRUE) != 0;
  }
  const DWORD error = done ? ERROR_SUCCESS : ::GetLastError();
  ::CloseHandle(event);
  ::SetLastError(error);
  return done ? static_cast<int64_t>(size) : -1;
}

// The descriptor that `open` gives as a handle, at the latest when somebody has
// had time to let go of the file. EBUSY: he hasn't.
template <typename Open>
Outcome<int> WithPatience(Open open) {
  for (int i = 1;; ++i) {
    void* const handle = open();
    if (handle != INVALID_HANDLE_VALUE) {
      return Outcome<int>::Success(DescriptorOf(handle));
    }
    const DWORD error = ::GetLastError();
    if (!IsPassing(error)) return Outcome<int>::Failure(ErrnoOf(error));
    if (i == kShareAttempts) return Outcome<int>::Failure(EBUSY);
    ::Sleep(kShareNap);
  }
}

Outcome<FileInfo> Device() {
  FileInfo info;
  info.type = FileType::kCharacterDevice;
  return Outcome<FileInfo>::Success(info);
}

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

// By a handle that may only look: it is refused to nobody, disturbs nobody, and
// is of the link itself.
Outcome<FileInfo> System::Lstat(const std::string& path) {
  const WindowsPath wide = WindowsPath::Of(path);
  if (wide.error != 0) return Outcome<FileInfo>::Failure(wide.error);
  if (wide.is_device) return Device();
  const Outcome<int> descriptor = WithPatience([&] {
    return DoCreateFile(
        wide.text.c_str(), FILE_READ_ATTRIBUTES, OPEN_EXISTING,
        FILE_FLAG_OPEN_REPARSE_POINT | FILE_FLAG_BACKUP_SEMANTICS);
  });
  if (!descriptor.ok()) return Outcome<FileInfo>::Failure(descriptor.error());
  Outcome<FileInfo> info = Fstat(descriptor.value());
  DoCloseHandle(HandleOf(descriptor.value()));
  return info;
}

Outcome<FileInfo> System::Fstat(int descriptor) {
  WindowsFile file;
  if (!DoGetFile(HandleOf(descriptor), &file)) {
    return Outcome<FileInfo>::Failure(ErrnoOf(::GetLastError()));
  }
  return Outcome<FileInfo>::Success(InfoOf(file));
}

Outcome<int> System::OpenExisting(const std::string& path) {
  const WindowsPath wide = WindowsPath::Of(path);
  if (wide.error != 0) return Outcome<int>::Failure(wide.error);
  if (wide.is_device) return Outcome<int>::Failure(EACCES);
  return WithPatience([&] {
    return DoCreateFile(wide.text.c_str(), GENERIC_READ | GENERIC_WRITE,
                        OPEN_EXISTING, kOpenFlags);
  });
}

Outcome<int> System::CreateExclusively(const std::string& path) {
  const WindowsPath wide = WindowsPath::Of(path);
  if (wide.error != 0) return Outcome<int>::Failure(wide.error);
  if (wide.is_device) return Outcome<int>::Failure(EACCES);
  void* const handle = DoCreateFile(
      wide.text.c_str(), GENERIC_READ | GENERIC_WRITE, CREATE_NEW, kOpenFlags);
  if (handle != INVALID_HANDLE_VALUE) {
    return Outcome<int>::Success(DescriptorOf(handle));
  }
  const DWORD error = ::GetLastError();
  return Outcome<int>::Failure(IsPassing(error) ? EBUSY : ErrnoOf(error));
}

int System::Close(int descriptor) {
  return DoCloseHandle(HandleOf(descriptor)) ? 0 : ErrnoOf(::GetLastError());
}

int System::TryLock(int descriptor) {
  return DoLock(HandleOf(descriptor)) ? 0 : ErrnoOf(::GetLastError());
}

// Nobody but a waiter calls it, and those of Windows have requests.
int System::LockBlocking(int descriptor) {
  int error = TryLock(descriptor);
  while (error == EWOULDBLOCK) {
    ::Sleep(kShareNap);
    error = TryLock(descriptor);
  }
  return error;
}

int System::Unlock(int descriptor) {
  if (DoUnlock(HandleOf(descriptor))) return 0;
  const DWORD error = ::GetLastError();
  return error == ERROR_NOT_LOCKED ? 0 : ErrnoOf(error);
}

int System::BeginLock(int descriptor, void* overlapped) {
  if (DoBeginLock(HandleOf(descriptor), overlapped)) return 0;
  const DWORD error = ::GetLastError();
  return error == ERROR_IO_PENDING ? 0 : ErrnoOf(error);
}

void System::CancelLock(int descriptor, void* overlapped) {
  DoCancelLock(HandleOf(descriptor), overlapped);
}

Outcome<std::string> System::ReadPrefix(int descriptor, size_t limit) {
  char content[kMaxPrefix];
  limit = std::min(limit, kMaxPrefix);
  size_t size = 0;
  while (size < limit) {
    const int64_t got = DoRead(HandleOf(descriptor), &content[size],
                               limit - size, static_cast<int64_t>(size));
    if (got == -1) {
      const DWORD error = ::GetLastError();
      if (error == ERROR_HANDLE_EOF) break;
      return Outcome<std::string>::Failure(ErrnoOf(error));
    }
    if (got == 0) break;
    size += static_cast<size_t>(got);
    if (content[size - 1] == '\n') break;
  }
  return Outcome<std::string>::Success(std::string(content, size));
}

Outcome<size_t> System::WriteSome(int descriptor, const char* data, size_t size,
                                  int64_t offset) {
  const int64_t written = DoWrite(HandleOf(descriptor), data, size, offset);
  if (written == -1) {
    return Outcome<size_t>::Failure(ErrnoOf(::GetLastError()));
  }
  return Outcome<size_t>::Success(static_cast<size_t>(written));
}

int System::Truncate(int descriptor, int64_t size) {
  return DoSetEndOfFile(HandleOf(descriptor), size) ? 0
                                                    : ErrnoOf(::GetLastError());
}

int64_t System::GetPid() {
  return static_cast<int64_t>(::GetCurrentProcessId());
}

int System::ProbeProcess(int64_t pid) {
  const HANDLE process =
      ::OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION | SYNCHRONIZE,
                    /*bInheritHandle=*/FALSE, static_cast<DWORD>(pid));
  if (process == nullptr) {
    // No such number; all else, such as ERROR_ACCESS_DENIED, is of a process.
    return ::GetLastError() == ERROR_INVALID_PARAMETER ? ESRCH : EPERM;
  }
  // A process that has ended is still there as long as somebody has a handle of
  // it; and a number is rounded down to one that a process can have.
  const bool lives = ::WaitForSingleObject(process, 0) == WAIT_TIMEOUT &&
                     ::GetProcessId(process) == static_cast<DWORD>(pid);
  ::CloseHandle(process);
  return lives ? 0 : ESRCH;
}

Outcome<std::string> System::Hostname() {
  char name[256] = {};
  DWORD size = sizeof(name);
  if (::GetComputerNameExA(ComputerNameDnsHostname, name, &size) == 0) {
    return Outcome<std::string>::Failure(ErrnoOf(::GetLastError()));
  }
  return Outcome<std::string>::Success(std::string(name, size));
}

absl::Duration System::Now() {
  return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

void System::SleepWhile(const std::atomic<uint32_t>& word, uint32_t expected,
                        absl::Duration deadline) {
  SleepOn(*this, nullptr, word, expected, deadline);
}

void System::SleepOnEvent(void* event, const std::atomic<uint32_t>& word,
                          uint32_t expected, absl::Duration deadline) {
  SleepOn(*this, event, word, expected, deadline);
}

void System::WakeOne(std::atomic<uint32_t>& word) { Sleepers::WakeOne(word); }

int System::AtFork(void (* /*prepare*/)(), void (* /*parent*/)(),
                   void (* /*child*/)()) {
  return 0;
}

// The handle isn't inherited: it has no security attributes that say so. It
// shares reading and writing, so that others can lock. It doesn't share
// deleting: while somebody holds or waits, nobody removes or renames the file.
// A handle that only looks shares all, since it could be in the way of a
// removal.
void* System::DoCreateFile(const wchar_t* path, uint32_t access,
                           uint32_t disposition, uint32_t flags) {
  const DWORD share = FILE_SHARE_READ | FILE_SHARE_WRITE |
                      (access == FILE_READ_ATTRIBUTES ? FILE_SHARE_DELETE : 0);
  return ::CreateFileW(path, access, share, nullptr, disposition, flags,
                       nullptr);
}

bool System::DoGetFile(void* handle, WindowsFile* file) {
  file->type = ::GetFileType(handle);
  if (file->type != FILE_TYPE_DISK) return true;
  BY_HANDLE_FILE_INFORMATION facts;
  if (::GetFileInformationByHandle(handle, &facts) == 0) return false;
  file->attributes = facts.dwFileAttributes;
  file->volume = facts.dwVolumeSerialNumber;
  file->index =
      static_cast<uint64_t>(facts.nFileIndexHigh) << 32 | facts.nFileIndexLow;
  file->size =
      static_cast<int64_t>(facts.nFileSizeHigh) << 32 | facts.nFileSizeLow;
  if ((file->attributes & FILE_ATTRIBUTE_REPARSE_POINT) == 0) return true;
  FILE_ATTRIBUTE_TAG_INFO tag;
  if (::GetFileInformationByHandleEx(handle, FileAttributeTagInfo, &tag,
                                     sizeof(tag)) == 0) {
    return false;
  }
  file->reparse_tag = tag.ReparseTag;
  return true;
}

bool System::DoCloseHandle(void* handle) { return ::CloseHandle(handle) != 0; }

bool System::DoLock(void* handle) {
  OVERLAPPED at = LockedByte();
  if (::LockFileEx(handle, LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY,
                   0, 1, 0, &at) != 0) {
    return true;
  }
  if (::GetLastError() != ERROR_IO_PENDING) return false;
  // A server is being asked, who answers in a moment.
  while (!HasOverlappedIoCompleted(&at)) ::Sleep(1);
  DWORD size = 0;
  return ::GetOverlappedResult(handle, &at, &size, /*bWait=*/FALSE) != 0;
}

bool System::DoUnlock(void* handle) {
  OVERLAPPED at = LockedByte();
  return ::UnlockFileEx(handle, 0, 1, 0, &at) != 0;
}

int64_t System::DoRead(void* handle, char* data, size_t size, int64_t offset) {
  return Transfer(handle, offset, [&](OVERLAPPED* at) {
    return ::ReadFile(handle, data, static_cast<DWORD>(size), nullptr, at) != 0;
  });
}

int64_t System::DoWrite(void* handle, const char* data, size_t size,
                        int64_t offset) {
  return Transfer(handle, offset, [&](OVERLAPPED* at) {
    return ::WriteFile(handle, data, static_cast<DWORD>(size), nullptr, at) !=
           0;
  });
}

// SetEndOfFile would need a position, which such a handle hasn't.
bool System::DoSetEndOfFile(void* handle, int64_t size) {
  FILE_END_OF_FILE_INFO end = {};
  end.EndOfFile.QuadPart = size;
  return ::SetFileInformationByHandle(handle, FileEndOfFileInfo, &end,
                                      sizeof(end)) != 0;
}

// Nobody knows.
bool System::DoIsSingleThreaded() { return false; }

// Wine has a function by which programs know it.
bool System::DoBeginLock(void* handle, void* overlapped) {
  static const bool is_wine = [] {
    const HMODULE ntdll = ::GetModuleHandleW(L"ntdll.dll");
    return ntdll != nullptr &&
           ::GetProcAddress(ntdll, "wine_get_version") != nullptr;
  }();
  if (is_wine) {
    ::SetLastError(ERROR_CALL_NOT_IMPLEMENTED);
    return false;
  }
  return ::LockFileEx(handle, LOCKFILE_EXCLUSIVE_LOCK, 0, 1, 0,
                      static_cast<OVERLAPPED*>(overlapped)) != 0;
}

// It fails where the request has ended already.
void System::DoCancelLock(void* handle, void* overlapped) {
  ::CancelIoEx(handle, static_cast<OVERLAPPED*>(overlapped));
}

}  // namespace internal
}  // namespace lockfile
