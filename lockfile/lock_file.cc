// How a lock is acquired: open the file, lock it, make sure that it is still
// the one at the path, record the owner.

#include "lockfile/lock_file.h"

#include <errno.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/log/log.h"
#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "lockfile/internal/errno_status.h"
#include "lockfile/internal/lock_descriptor.h"
#include "lockfile/internal/owner_record.h"
#include "lockfile/internal/poll_interval.h"
#include "lockfile/internal/printable.h"
#include "lockfile/internal/system.h"

namespace lockfile {
namespace {

using internal::ErrnoToStatus;
using internal::FileId;
using internal::FileInfo;
using internal::FileType;
using internal::LockDescriptor;
using internal::Outcome;
using internal::OwnerRecord;
using internal::PollInterval;
using internal::Printable;
using internal::System;

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

absl::Status CheckIsRegular(FileType type, absl::string_view path) {
  if (type == FileType::kRegular) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("lock ", Printable(path),
                                                    ": it is ", NameOf(type),
                                                    ", not a regular file"));
}

// Opens the file at `path`, and creates it if there is none.
//
// First it looks what is there, because to open the wrong thing is to do
// something to it: a tape rewinds, a watchdog starts, the process at the other
// end of a FIFO wakes up. (If the file changes between the two calls the flags
// of the open still see to it that nothing blocks, is followed or written.)
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
    if (exists) {
      absl::Status regular = CheckIsRegular(found.value().type, path);
      if (!regular.ok()) return regular;
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

// The pid in the file's owner record, if it can be believed.
std::optional<int64_t> ReadHolderPid(int descriptor) {
  System& system = System::Get();
  const Outcome<std::string> content =
      system.ReadPrefix(descriptor, internal::kMaxOwnerRecordSize + 1);
  if (!content.ok()) return std::nullopt;
  const std::optional<OwnerRecord> record =
      internal::ParseOwnerRecord(content.value());
  if (!record.has_value()) return std::nullopt;
  if (!record->hostname.empty()) {
    // Another host's processes can't be looked for here.
    const Outcome<std::string> hostname = system.Hostname();
    if (!hostname.ok() || hostname.value() != record->hostname) {
      return record->pid;
    }
  }
  // EPERM is an answer, too: there is such a process.
  if (system.ProbeProcess(record->pid) == ESRCH) return std::nullopt;
  return record->pid;
}

// Closes `descriptor`, logs the refusal, and returns its status.
absl::Status Refuse(const std::string& path, LockDescriptor& descriptor) {
  const std::optional<int64_t> pid = ReadHolderPid(descriptor.get());
  // Before logging: a log sink is somebody else's code, and may take its time.
  (void)descriptor.Close();
  const std::string printable = Printable(path);
  const std::string holder = pid.has_value() ? absl::StrCat(*pid) : "UNKNOWN";
  LOG(ERROR) << "Error locking file " << printable << "; pid=" << holder;
  absl::Status status = absl::UnavailableError(absl::StrCat(
      "lock ", printable, ": held by ",
      pid.has_value() ? absl::StrCat("process ", holder) : "somebody else"));
  if (pid.has_value()) {
    status.SetPayload(kHolderPidPayload, absl::Cord(holder));
  }
  return status;
}

// When to stop asking.
class Deadline {
 public:
  // Nobody looks at the clock if there is nothing to wait for.
  explicit Deadline(absl::Duration wait)
      : wait_(wait),
        at_(IsFinite() ? System::Get().Now() + wait : absl::ZeroDuration()),
        passed_(wait <= absl::ZeroDuration()) {}

  bool IsInfinite() const { return wait_ == absl::InfiniteDuration(); }

  // Whether it had passed at the last call of Update. It is asked after an
  // attempt, and was updated before: so an attempt in time is never the last.
  bool Passed() const { return passed_; }

  // Sleeps until it is time for the next attempt.
  void Sleep() {
    System& system = System::Get();
    const absl::Duration left = at_ - system.Now();
    if (left > absl::ZeroDuration()) {
      system.Sleep(std::min(left, interval_.Next()));
    }
    Update();
  }

  void Update() {
    if (IsFinite()) passed_ = System::Get().Now() >= at_;
  }

 private:
  bool IsFinite() const {
    return wait_ > absl::ZeroDuration() && !IsInfinite();
  }

  absl::Duration wait_;
  absl::Duration at_;
  bool passed_;
  PollInterval interval_;
};

// Locks the file at `path`, and returns what is known about it. `descriptor`
// isn't open before; it holds the lock if the status is OK.
absl::StatusOr<FileInfo> OpenAndLock(const std::string& path,
                                     absl::Duration wait,
                                     LockDescriptor& descriptor) {
  System& system = System::Get();
  Deadline deadline(wait);
  FileId id;
  int replacements = 0;
  while (true) {
    if (!descriptor.IsOpen()) {
      absl::Status opened = OpenFile(path, descriptor);
      if (!opened.ok()) return opened;
      const Outcome<FileInfo> info = system.Fstat(descriptor.get());
      if (!info.ok()) return ErrnoToStatus(info.error(), "fstat", path);
      absl::Status regular = CheckIsRegular(info.value().type, path);
      if (!regular.ok()) return regular;
      id = info.value().id;
    }
    const int error = deadline.IsInfinite()
                          ? system.LockBlocking(descriptor.get())
                          : system.TryLock(descriptor.get());
    const bool refused = error == EWOULDBLOCK && !deadline.IsInfinite();
    if (error != 0 && !refused) return ErrnoToStatus(error, "flock", path);
    if (refused) {
      if (deadline.Passed()) return Refuse(path, descriptor);
      deadline.Sleep();
    }
    // Locked or not, if it isn't (or no longer) the file at the path, it is of
    // no use: who removed it has made room for another that others may lock.
    // What is there now, or why that can't be found out, the next OpenFile
    // says.
    const Outcome<FileInfo> at_path = system.Lstat(path);
    if (at_path.ok() && at_path.value().id == id) {
      if (!refused) return at_path.value();
      continue;
    }
    (void)descriptor.Close();
    if (deadline.Passed() && ++replacements == kMaxReplacements) {
      return Replaced(path);
    }
    deadline.Update();
  }
}

}  // namespace

struct LockFile::State {
  std::string path;
  LockDescriptor descriptor;
};

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
  auto state = std::make_unique<State>();
  state->path = std::string(path);
  const absl::StatusOr<FileInfo> locked =
      OpenAndLock(state->path, options.wait, state->descriptor);
  if (!locked.ok()) return locked.status();
  if (!options.owner_record.empty()) {
    absl::Status written = WriteOwnerRecord(state->descriptor.get(),
                                            state->path, locked->size, record);
    if (!written.ok()) return written;
  }
  return LockFile(std::move(state));
}

LockFile::LockFile(std::unique_ptr<State> state) : state_(std::move(state)) {}

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
