// How a lock is acquired: open the file, lock it, make sure that it is still
// the one at the path, record the owner.

#include "lockfile/lock_file.h"

#include <errno.h>

#include <atomic>
#include <cstddef>
#include <utility>

#include "absl/log/log.h"
#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "lockfile/cancellation.h"
#include "lockfile/internal/deadline.h"
#include "lockfile/internal/errno_status.h"
#include "lockfile/internal/known_paths.h"
#include "lockfile/internal/lock_descriptor.h"
#include "lockfile/internal/owner_record.h"
#include "lockfile/internal/printable.h"
#include "lockfile/internal/system.h"
#include "lockfile/internal/wait_queue.h"
#include "lockfile/internal/waiter.h"

namespace lockfile {
namespace {

using internal::Deadline;
using internal::ErrnoToStatus;
using internal::FileInfo;
using internal::FileType;
using internal::KnownPaths;
using internal::LockDescriptor;
using internal::Outcome;
using internal::OwnerRecord;
using internal::Printable;
using internal::QueuePlace;
using internal::System;
using internal::Waiter;

constexpr char kHolderPidPayload[] = "lockfile/holder-pid";

// How often in a row somebody else may remove or replace the file between two
// of our calls before we give up. Each time costs them a system call or two,
// as it does us, so only somebody who does nothing else gets this far.
constexpr int kMaxReplacements = 100;

absl::Status Replaced(absl::string_view path) {
  return absl::AbortedError(absl::StrCat(
      "lock ", Printable(path),
      ": the file is removed or replaced faster than it can be locked"));
}

absl::string_view NameOf(FileType type) {
  switch (type) {
    case FileType::kRegular:
      return "a regular file";
    case FileType::kDirectory:
      return "a directory";
    case FileType::kSymbolicLink:
      return "a symbolic link";
    case FileType::kFifo:
      return "a FIFO";
    case FileType::kSocket:
      return "a socket";
    case FileType::kCharacterDevice:
    case FileType::kBlockDevice:
      return "a device";
    case FileType::kOther:
      break;
  }
  return "something else";
}

absl::Status NotRegular(FileType type, absl::string_view path) {
  return absl::FailedPreconditionError(absl::StrCat("lock ", Printable(path),
                                                    ": it is ", NameOf(type),
                                                    ", not a regular file"));
}

// Opens the file at `path`, and creates it if there is none.
//
// First it looks what is there; known_paths.h says why, and why not always. (If
// the file changes between the two calls, or it hasn't looked, the flags of the
// open still see to it that nothing blocks, is followed or written.)
//
// Knowing whether the file exists, it opens without O_CREAT if so: with it,
// another user's file in a sticky directory such as /tmp can't be opened, where
// protected_regular is set (proc_sys_fs(5)). And it creates with O_EXCL if not,
// so that a link planted meanwhile isn't followed.
absl::Status OpenFile(const std::string& path, LockDescriptor& descriptor) {
  System& system = System::Get();
  for (int i = 0; i < kMaxReplacements; ++i) {
    const Outcome<FileInfo> found = system.Lstat(path);
    const bool exists = found.ok();
    if (!exists && found.error() != ENOENT) {
      return ErrnoToStatus(found.error(), "lstat", path);
    }
    if (exists && found.value().type != FileType::kRegular) {
      return NotRegular(found.value().type, path);
    }
    const int error = descriptor.Open([&system, &path, exists] {
      return exists ? system.OpenExisting(path)
                    : system.CreateExclusively(path);
    });
    if (error == 0) return absl::OkStatus();
    const bool changed_meanwhile = error == (exists ? ENOENT : EEXIST);
    if (!changed_meanwhile) {
      return ErrnoToStatus(error, exists ? "open" : "create", path);
    }
  }
  return Replaced(path);
}

// Makes `record` the content of the file, which has `size` bytes. Most often
// it is the content already, and then it is left alone. Otherwise it is written
// over the old one before the rest is cut off: a file system that is told to
// empty a file which is then written flushes it to disk when it is closed
// (ext4's auto_da_alloc), and that takes fifty times as long.
absl::Status WriteOwnerRecord(int descriptor, const std::string& path,
                              int64_t size, const std::string& record) {
  System& system = System::Get();
  const int64_t record_size = static_cast<int64_t>(record.size());
  if (size == record_size) {
    const Outcome<std::string> present =
        system.ReadPrefix(descriptor, record.size());
    if (!present.ok()) return ErrnoToStatus(present.error(), "read", path);
    if (present.value() == record) return absl::OkStatus();
  }
  size_t written = 0;
  int error = 0;
  absl::string_view operation = "write owner record to";
  while (error == 0 && written < record.size()) {
    const Outcome<size_t> some = system.WriteSome(
        descriptor, record.data() + written, record.size() - written,
        static_cast<int64_t>(written));
    // A write of nothing without an error would have us turn round for ever.
    error = some.ok() && some.value() == 0 ? EIO : some.error();
    written += some.value();
  }
  if (error == 0 && size > record_size) {
    operation = "truncate";
    error = system.Truncate(descriptor, record_size);
  }
  if (error == 0) return absl::OkStatus();
  // Half a record might read as another pid. If this fails, too, nothing more
  // can be done; the file is garbage then, and garbage names nobody.
  if (written > 0) (void)system.Truncate(descriptor, 0);
  return ErrnoToStatus(error, operation, path);
}

// The pid in `content`, the file's owner record, if it can be believed.
std::optional<int64_t> BelievableHolderPid(absl::string_view content) {
  System& system = System::Get();
  const std::optional<OwnerRecord> record = internal::ParseOwnerRecord(content);
  if (!record.has_value()) return std::nullopt;
  if (!record->hostname.empty()) {
    // Another host's processes can't be looked for here.
    const Outcome<std::string> hostname = system.Hostname();
    if (!hostname.ok() || hostname.value() != record->hostname) {
      return record->pid;
    }
  }
  if (system.ProbeProcess(record->pid) == ESRCH) return std::nullopt;
  return record->pid;
}

// The facts of the file that is open, if it may be locked.
absl::StatusOr<FileInfo> Inspect(int descriptor, const std::string& path) {
  const Outcome<FileInfo> info = System::Get().Fstat(descriptor);
  if (!info.ok()) return ErrnoToStatus(info.error(), "fstat", path);
  if (info.value().type != FileType::kRegular) {
    return NotRegular(info.value().type, path);
  }
  return info.value();
}

// Closes `descriptor`, which isn't locked, logs the refusal, and returns its
// status.
absl::Status Refuse(const std::string& path, LockDescriptor& descriptor) {
  const Outcome<std::string> content = System::Get().ReadPrefix(
      descriptor.get(), internal::kMaxOwnerRecordSize + 1);
  if (!content.ok()) {
    // A FIFO or the like, which was put there since the path was known to be
    // good? Nobody has looked yet.
    const absl::StatusOr<FileInfo> file = Inspect(descriptor.get(), path);
    if (!file.ok()) return file.status();
  }
  const std::optional<int64_t> pid =
      content.ok() ? BelievableHolderPid(content.value()) : std::nullopt;
  // Before logging: a log sink is somebody else's code, and may take its time.
  descriptor.CloseUnlocked();
  const std::string printable = Printable(path);
  const std::string holder = pid.has_value() ? absl::StrCat(*pid) : "UNKNOWN";
  LOG(ERROR) << "Error locking file " << printable << "; pid=" << holder;
  absl::Status status = absl::UnavailableError(
      pid.has_value()
          ? absl::StrCat("lock ", printable, ": held by process ", holder)
          : absl::StrCat("lock ", printable, ": held by somebody else"));
  if (pid.has_value()) {
    status.SetPayload(kHolderPidPayload, absl::Cord(holder));
  }
  return status;
}

absl::Status Cancelled(const std::string& path) {
  return absl::CancelledError(
      absl::StrCat("lock ", Printable(path), ": the wait was cancelled"));
}

// Whether `file` is the one at `path`. If it isn't, or no longer, a lock on it
// is of no use: its removal has made room for another that others may lock. The
// next OpenFile says what is there now, or why that can't be found out.
bool IsAtPath(const FileInfo& file, const std::string& path) {
  const Outcome<FileInfo> at_path = System::Get().Lstat(path);
  return at_path.ok() && at_path.value().id == file.id;
}

// The same as OpenAndLock, for a lock that somebody has, or that other threads
// of this process wait for. `descriptor` may be open, and has no lock then.
absl::StatusOr<FileInfo> WaitAndLock(const std::string& path,
                                     Deadline& deadline,
                                     const Cancellation* cancel,
                                     LockDescriptor& descriptor) {
  System& system = System::Get();
  Waiter waiter(cancel);
  std::optional<FileInfo> file;
  int replacements = 0;
  while (true) {
    if (!descriptor.IsOpen()) {
      absl::Status opened = OpenFile(path, descriptor);
      if (!opened.ok()) return opened;
      file.reset();
    }
    if (!file.has_value()) {
      absl::StatusOr<FileInfo> info = Inspect(descriptor.get(), path);
      if (!info.ok()) return info;
      file = *info;
    }
    int error = waiter.Join(file->id);
    if (error != 0) return ErrnoToStatus(error, "pthread_atfork for", path);
    // So that the last attempt decides: a lock that the helper gets before it
    // dies is this descriptor's, and the attempt says so.
    if (deadline.Passed()) waiter.Stop();
    const bool blocks = waiter.Blocks(deadline);
    if (blocks) {
      error = system.LockBlocking(descriptor.get());
    } else if (waiter.IsFirst() || deadline.Passed()) {
      error = system.TryLock(descriptor.get());
    } else {
      error = EWOULDBLOCK;  // It isn't this thread's turn.
    }
    bool locked = error == 0;
    if (error == EWOULDBLOCK && !blocks) {
      if (waiter.IsCancelled()) return Cancelled(path);
      if (deadline.Passed()) return Refuse(path, descriptor);
      locked = waiter.Sleep(descriptor.get(), deadline);
      if (!locked) deadline.Update();
    } else if (!locked) {
      return ErrnoToStatus(error, "flock", path);
    }
    if (locked) waiter.Stop();
    if (IsAtPath(*file, path)) {
      if (!locked) continue;
      // Cancelled before the lock was free, perhaps, and woken up late.
      if (waiter.IsCancelled()) return Cancelled(path);
      return *file;
    }
    waiter.Stop();
    (void)descriptor.Close();
    if (deadline.Passed() && ++replacements == kMaxReplacements) {
      return Replaced(path);
    }
    deadline.Update();
  }
}

// Locks the file at `path`, and returns what is known about it. `descriptor`
// isn't open before; it holds the lock if the status is OK, and if not, may be
// left open.
absl::StatusOr<FileInfo> OpenAndLock(const std::string& path,
                                     KnownPaths::Hash hash,
                                     const LockFileOptions& options,
                                     LockDescriptor& descriptor) {
  System& system = System::Get();
  Deadline deadline(options.wait);
  if (options.cancel != nullptr && options.cancel->IsCancelled()) {
    return Cancelled(path);
  }
  // A new waiter must not get in front of threads that wait already.
  if (!deadline.Passed() && QueuePlace::Taken() != 0) {
    return WaitAndLock(path, deadline, options.cancel, descriptor);
  }
  for (int i = 0; i < kMaxReplacements; ++i) {
    const bool looked =
        !KnownPaths::Contain(hash) || descriptor.Open([&system, &path] {
          return system.OpenExisting(path);
        }) != 0;
    if (looked) {
      absl::Status opened = OpenFile(path, descriptor);
      if (!opened.ok()) return opened;
    }
    const int error = system.TryLock(descriptor.get());
    if (error == EWOULDBLOCK && !deadline.Passed()) {
      return WaitAndLock(path, deadline, options.cancel, descriptor);
    }
    if (error == EWOULDBLOCK) return Refuse(path, descriptor);
    absl::StatusOr<FileInfo> file = Inspect(descriptor.get(), path);
    if (!file.ok()) {
      KnownPaths::Remove(hash);
      return file;
    }
    if (error != 0) return ErrnoToStatus(error, "flock", path);
    if (IsAtPath(*file, path)) {
      KnownPaths::Add(hash);
      return file;
    }
    (void)descriptor.Close();
  }
  return Replaced(path);
}

}  // namespace

struct LockFile::State {
  static StatePtr Make(absl::string_view path);

  // The last one that was of no use any more. A thread that locks and unlocks
  // again and again needs no memory for it, and no new hash of the path.
  static std::atomic<State*> spare;

  std::string path;
  KnownPaths::Hash hash = 0;  // of the path, once that isn't empty
  LockDescriptor descriptor;
};

std::atomic<LockFile::State*> LockFile::State::spare{nullptr};

LockFile::StatePtr LockFile::State::Make(absl::string_view path) {
  StatePtr state(spare.exchange(nullptr, std::memory_order_acquire));
  if (state == nullptr) state.reset(new State);
  if (state->path != path) {
    state->path.assign(path.data(), path.size());
    state->hash = KnownPaths::HashOf(path);
  }
  return state;
}

void LockFile::Recycler::operator()(State* state) const {
  (void)state->descriptor.Close();
  delete State::spare.exchange(state, std::memory_order_acq_rel);
}

absl::StatusOr<LockFile> LockFile::Acquire(absl::string_view path,
                                           const LockFileOptions& options) {
  if (path.empty()) {
    return absl::InvalidArgumentError("lock: the path is empty");
  }
  if (absl::StrContains(path, '\0')) {
    return absl::InvalidArgumentError(absl::StrCat(
        "lock ", Printable(path), ": the path has a NUL character in it"));
  }
  std::string record;
  if (!options.owner_record.empty()) {
    // Made before anything is opened, so that there is less that can fail
    // between the lock and the record.
    System& system = System::Get();
    std::string hostname;
    if (internal::OwnerRecordNamesHost(options.owner_record)) {
      const Outcome<std::string> name = system.Hostname();
      if (!name.ok()) {
        return ErrnoToStatus(name.error(), "gethostname for", path);
      }
      hostname = name.value();
    }
    absl::StatusOr<std::string> formatted = internal::FormatOwnerRecord(
        options.owner_record, system.GetPid(), hostname);
    if (!formatted.ok()) return formatted.status();
    record = *std::move(formatted);
  }
  StatePtr state = State::Make(path);
  const absl::StatusOr<FileInfo> locked =
      OpenAndLock(state->path, state->hash, options, state->descriptor);
  if (!locked.ok()) return locked.status();
  LockDescriptor::Synchronize();
  if (!options.owner_record.empty()) {
    absl::Status written = WriteOwnerRecord(state->descriptor.get(),
                                            state->path, locked->size, record);
    if (!written.ok()) return written;
  }
  return LockFile(std::move(state));
}

LockFile::LockFile(StatePtr state) : state_(std::move(state)) {}

LockFile::LockFile(LockFile&& other) noexcept = default;

LockFile& LockFile::operator=(LockFile&& other) noexcept = default;

LockFile::~LockFile() = default;

absl::Status LockFile::Close() {
  if (state_ == nullptr) return absl::OkStatus();
  const int error = state_->descriptor.Close();
  if (error == 0) return absl::OkStatus();
  return ErrnoToStatus(error, "close", state_->path);
}

bool LockFile::IsHeld() const {
  return state_ != nullptr && state_->descriptor.IsOpen();
}

const std::string& LockFile::path() const {
  static const std::string& empty = *new std::string;
  return state_ == nullptr ? empty : state_->path;
}

bool IsRefused(const absl::Status& status) {
  return status.code() == absl::StatusCode::kUnavailable;
}

std::optional<int64_t> HolderPid(const absl::Status& status) {
  if (!IsRefused(status)) return std::nullopt;
  const std::optional<absl::Cord> payload =
      status.GetPayload(kHolderPidPayload);
  if (!payload.has_value()) return std::nullopt;
  std::string text;
  absl::CopyCordToString(*payload, &text);
  int64_t pid = 0;
  if (!absl::SimpleAtoi(text, &pid)) return std::nullopt;
  return pid;
}

}  // namespace lockfile
