// Follows names, files, descriptors and locks.

#include "conformance/explorer/tracing/file_model.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/file.h>
#include <sys/types.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/tracing/call.h"

namespace conformance::explorer {
namespace {

// The kernel follows 40 (path_resolution(7)), of which a lock file needs one.
constexpr int kMaxLinks = 40;

std::string NameObject(absl::string_view name) {
  return absl::StrCat("name:", name);
}

// Of which its inode tells, too.
void Change(absl::string_view aspect, FileModel::File& file,
            Footprint& footprint) {
  footprint.Write(ObjectName(aspect, file));
  file.unchanged = false;
}

}  // namespace

std::string ProcessObject(int actor) { return absl::StrCat("process:", actor); }

std::string ObjectName(absl::string_view aspect, const FileModel::File& file) {
  return absl::StrCat(aspect, ":", file.label);
}

void FileModel::Reset(const std::vector<Entry>& entries) {
  names_.clear();
  made_.clear();
  time_passed_ = false;
  auto folder = std::make_shared<File>();
  folder->label = "folder";
  folder->kind = Entry::Kind::kFolder;
  names_["."] = std::move(folder);
  int number = 0;
  for (const Entry& entry : entries) {
    auto file = std::make_shared<File>();
    file->label = absl::StrCat("i", number++);
    file->kind = entry.kind;
    file->was_there = file->unchanged = entry.old;
    time_passed_ |= entry.old;
    if (entry.kind == Entry::Kind::kLink) file->target = entry.content;
    names_[entry.name] = std::move(file);
  }
}

void FileModel::Start(pid_t process, int actor) {
  Process& started = processes_[process];
  started = Process();
  started.actor = actor;
  started.descriptors[1] = {std::make_shared<Description>(), false};
}

void FileModel::Fork(pid_t parent, pid_t child) {
  const auto at = processes_.find(parent);
  if (at == processes_.end()) return;
  Process copy = at->second;
  // Locks of fcntl(F_SETLK) are not inherited (fork(2)).
  copy.locked.clear();
  processes_[child] = std::move(copy);
}

bool FileModel::OthersHaveFlock(const Description& description,
                                bool exclusive) const {
  for (const auto& [pid, process] : processes_) {
    for (const auto& [fd, descriptor] : process.descriptors) {
      const Description& other = *descriptor.description;
      if (&other != &description && other.file == description.file &&
          (exclusive ? other.flock == LOCK_EX : other.flock != 0)) {
        return true;
      }
    }
  }
  return false;
}

bool FileModel::HasDescriptors(pid_t process) const {
  return HasInRange(process, 0, UINT32_MAX);
}

bool FileModel::HasInRange(pid_t process, uint64_t first, uint64_t last) const {
  const auto at = processes_.find(process);
  if (at == processes_.end()) return false;
  return std::any_of(at->second.descriptors.begin(),
                     at->second.descriptors.end(), [&](const auto& entry) {
                       const auto fd = static_cast<uint64_t>(entry.first);
                       return fd >= first && fd <= last &&
                              !entry.second.description->answers();
                     });
}

Footprint FileModel::End(pid_t process) {
  Footprint footprint;
  const auto at = processes_.find(process);
  if (at == processes_.end()) return footprint;
  Descriptors& descriptors = at->second.descriptors;
  while (!descriptors.empty()) {
    Close(at->second, descriptors.begin(), footprint);
  }
  processes_.erase(at);
  return footprint;
}

Footprint FileModel::Exec(pid_t process) {
  Footprint footprint;
  const auto at = processes_.find(process);
  if (at == processes_.end()) return footprint;
  Descriptors& descriptors = at->second.descriptors;
  for (auto next = descriptors.begin(); next != descriptors.end();) {
    const auto here = next++;
    if (here->second.close_on_exec) Close(at->second, here, footprint);
  }
  return footprint;
}

const FileModel::Description* FileModel::Find(pid_t process, int fd) const {
  const auto at = processes_.find(process);
  if (at == processes_.end()) return nullptr;
  const auto found = at->second.descriptors.find(fd);
  if (found == at->second.descriptors.end()) return nullptr;
  return found->second.description.get();
}

std::shared_ptr<FileModel::File> FileModel::Find(pid_t process,
                                                 const Call& call,
                                                 Footprint& footprint) const {
  const Description* const description = Find(process, call.fd);
  if (description != nullptr && description->file != nullptr) {
    return description->file;
  }
  std::string name = call.name;
  if (name.empty()) return nullptr;
  footprint.Read(NameObject(name));
  if (call.FollowsLinks()) name = Follow(name, footprint);
  if (name.empty()) return nullptr;
  footprint.Read(NameObject(name));
  return FileAt(name);
}

const FileModel::File* FileModel::FileOf(pid_t process,
                                         const Call& call) const {
  Footprint ignored;
  return Find(process, call, ignored).get();
}

bool FileModel::HasProcessLock(pid_t process, const File* file) const {
  const auto at = processes_.find(process);
  if (at == processes_.end()) return false;
  return std::any_of(at->second.locked.begin(), at->second.locked.end(),
                     [&](const auto& locked) { return locked.get() == file; });
}

int FileModel::OpenDescriptors(int actor) const {
  int open = 0;
  for (const auto& [pid, process] : processes_) {
    if (process.actor != actor) continue;
    for (const auto& [fd, descriptor] : process.descriptors) {
      if (!descriptor.description->answers()) ++open;
    }
  }
  return open;
}

std::vector<std::string> FileModel::Names() const {
  std::vector<std::string> names;
  for (const auto& [name, file] : names_) {
    if (name != ".") names.push_back(name);
  }
  return names;
}

std::shared_ptr<FileModel::File> FileModel::NewFile(int actor,
                                                    Entry::Kind kind) {
  auto file = std::make_shared<File>();
  file->label = absl::StrCat(LetterOf(actor), ++made_[actor]);
  file->kind = kind;
  return file;
}

std::shared_ptr<FileModel::File> FileModel::FileAt(
    const std::string& name) const {
  const auto at = names_.find(name);
  return at == names_.end() ? nullptr : at->second;
}

std::string FileModel::Follow(std::string name, Footprint& footprint) const {
  for (int i = 0; i < kMaxLinks; ++i) {
    const std::shared_ptr<File> file = FileAt(name);
    if (file == nullptr || file->kind != Entry::Kind::kLink) return name;
    footprint.Read(NameObject(name));
    std::string path = file->target;
    if (!absl::StartsWith(path, "/")) {
      const size_t slash = name.rfind('/');
      const std::string parent =
          slash == std::string::npos ? "" : name.substr(0, slash + 1);
      path = absl::StrCat(directory_, "/", parent, path);
    }
    name = NameIn(directory_, path);
    if (name.empty()) return name;
  }
  return name;
}

// The lock of flock(2) or F_OFD_SETLK goes with the last descriptor of the
// description, those of F_SETLK with any of the file (fcntl(2)).
void FileModel::Close(Process& process, Descriptors::iterator at,
                      Footprint& footprint) {
  const std::shared_ptr<Description> description =
      std::move(at->second.description);
  process.descriptors.erase(at);
  if (description->answers()) return;
  const bool last = description.use_count() == 1;
  if (last && (description->flock != 0 || description->record_lock)) {
    footprint.Write(ObjectName("lock", *description->file));
  }
  const auto locked = std::find(process.locked.begin(), process.locked.end(),
                                description->file);
  if (locked != process.locked.end()) {
    process.locked.erase(locked);
    footprint.Write(ObjectName("lock", *description->file));
  }
}

void FileModel::ApplyOpen(Process& process, const Call& call, int64_t result,
                          Footprint& footprint) {
  std::string name = call.name;
  footprint.Read(NameObject(name));
  if (call.FollowsLinks()) name = Follow(name, footprint);
  if (name.empty()) return;
  std::shared_ptr<File> file = FileAt(name);
  if (result < 0) {
    footprint.Read(NameObject(name));
    // That a name is taken says nothing of the file.
    if (file != nullptr && result != -EEXIST) {
      footprint.Read(ObjectName("mode", *file));
    }
    return;
  }
  if ((call.flags & O_TMPFILE) == O_TMPFILE) {
    // A file without a name, in the folder.
    file = NewFile(process.actor, Entry::Kind::kFile);
  } else if (file == nullptr) {
    file = NewFile(process.actor, Entry::Kind::kFile);
    names_[name] = file;
    footprint.Write(NameObject(name));
    footprint.Read("folder");
  } else {
    footprint.Read(NameObject(name));
    footprint.Read(ObjectName("mode", *file));
    if ((call.flags & O_TRUNC) != 0) {
      Change("data", *file, footprint);
      Change("meta", *file, footprint);
    }
  }
  auto description = std::make_shared<Description>();
  description->file = std::move(file);
  description->name = std::move(name);
  process.descriptors[static_cast<int>(result)] = {
      std::move(description), (call.flags & O_CLOEXEC) != 0};
}

void FileModel::ApplyDup(Process& process, const Call& call, int64_t result,
                         Footprint& footprint) {
  if (result < 0) return;
  const int to = static_cast<int>(result);
  const int from = static_cast<int>(call.args[0]);
  if (to == from) return;  // dup2 of a descriptor onto itself
  const auto old = process.descriptors.find(to);
  if (old != process.descriptors.end()) Close(process, old, footprint);
  const auto at = process.descriptors.find(from);
  if (at == process.descriptors.end()) return;
  const bool close_on_exec =
      call.type->name == "dup3" && (call.args[2] & O_CLOEXEC) != 0;
  process.descriptors[to] = {at->second.description, close_on_exec};
}

void FileModel::ApplyFlock(Process& process, const Call& call, int64_t result,
                           Footprint& footprint) {
  const auto at = process.descriptors.find(call.fd);
  if (at == process.descriptors.end() || at->second.description->answers()) {
    return;
  }
  Description& description = *at->second.description;
  const int operation = call.command & ~LOCK_NB;
  const bool changes =
      result == 0 && (operation != LOCK_UN || description.flock != 0);
  if (changes) {
    footprint.Write(ObjectName("lock", *description.file));
    description.flock = operation == LOCK_UN ? 0 : operation;
  } else {
    footprint.Read(ObjectName("lock", *description.file));
    // To change a lock isn't atomic: the old one is given up first, and is
    // lost where the new one isn't to be had (flock(2)).
    if (result < 0 && description.flock != 0 && operation != LOCK_UN &&
        description.flock != operation) {
      footprint.Write(ObjectName("lock", *description.file));
      description.flock = 0;
    }
  }
}

void FileModel::ApplyFcntl(Process& process, const Call& call, int64_t result,
                           Footprint& footprint) {
  const auto at = process.descriptors.find(call.fd);
  if (at == process.descriptors.end()) return;
  const std::shared_ptr<Description> description = at->second.description;
  switch (call.command) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
      if (result >= 0) {
        process.descriptors[static_cast<int>(result)] = {
            description, call.command == F_DUPFD_CLOEXEC};
      }
      return;
    case F_SETFD:
      if (result == 0) {
        at->second.close_on_exec = (call.args[2] & FD_CLOEXEC) != 0;
      }
      return;
    case F_GETLK:
    case F_OFD_GETLK:
      if (!description->answers()) {
        footprint.Read(ObjectName("lock", *description->file));
      }
      return;
    case F_SETLK:
    case F_SETLKW:
    case F_OFD_SETLK:
    case F_OFD_SETLKW:
      break;
    default:
      return;
  }
  if (description->answers()) return;
  const std::string object = ObjectName("lock", *description->file);
  if (result < 0) {
    footprint.Read(object);
    return;
  }
  const bool whole_process =
      call.command == F_SETLK || call.command == F_SETLKW;
  const auto locked = std::find(process.locked.begin(), process.locked.end(),
                                description->file);
  const bool had =
      whole_process ? locked != process.locked.end() : description->record_lock;
  if (call.lock_type == F_UNLCK && !had) {
    footprint.Read(object);
    return;
  }
  footprint.Write(object);
  // A lock of a part of the file may be left when another is given up; to
  // think so costs a step that didn't conflict, to forget it would lose one
  // that does.
  const bool whole_file = call.lock_whence == SEEK_SET &&
                          call.lock_start == 0 && call.lock_length == 0;
  if (!whole_process) {
    if (call.lock_type != F_UNLCK) {
      description->record_lock = true;
    } else if (whole_file) {
      description->record_lock = false;
    }
  } else if (call.lock_type != F_UNLCK && !had) {
    process.locked.push_back(description->file);
  } else if (call.lock_type == F_UNLCK && whole_file) {
    process.locked.erase(locked);
  }
}

void FileModel::ApplyRename(const Call& call, int64_t result,
                            Footprint& footprint) {
  for (const std::string& name : {call.name, call.name2}) {
    if (!name.empty()) footprint.Read(NameObject(name));
  }
  if (result < 0) return;
  const std::shared_ptr<File> moved = FileAt(call.name);
  const std::shared_ptr<File> replaced = FileAt(call.name2);
  // Two names of one file: nothing is done (rename(2)).
  if (moved != nullptr && moved == replaced) return;
  footprint.Read("folder");
  for (const std::string& name : {call.name, call.name2}) {
    if (!name.empty()) footprint.Write(NameObject(name));
  }
  for (const auto& file : {moved, replaced}) {
    if (file != nullptr) Change("meta", *file, footprint);
  }
  const bool exchange = call.type->name == "renameat2" &&
                        (call.args[4] & 2U /* RENAME_EXCHANGE */) != 0;
  // What is in a folder moves with it.
  std::vector<std::pair<std::string, std::shared_ptr<File>>> all;
  const auto take = [&](const std::string& from, const std::string& to) {
    if (from.empty()) return;
    for (auto at = names_.begin(); at != names_.end();) {
      const bool inside = absl::StartsWith(at->first, from + "/");
      if (at->first != from && !inside) {
        ++at;
        continue;
      }
      if (!to.empty()) {
        all.emplace_back(to + at->first.substr(from.size()), at->second);
      }
      at = names_.erase(at);
    }
  };
  take(call.name, call.name2);
  take(call.name2, exchange ? call.name : "");
  for (auto& [name, file] : all) names_[name] = std::move(file);
}

Footprint FileModel::Age() {
  Footprint footprint;
  for (const auto& [name, file] : names_) {
    footprint.Write(ObjectName("meta", *file));
    file->was_there = file->unchanged = true;
  }
  time_passed_ = true;
  return footprint;
}

std::optional<int64_t> FileModel::Foresee(pid_t pid, const Call& call) const {
  switch (call.operation()) {
    // A close(2) frees the descriptor in any case; the others change nothing.
    case Operation::kClose:
    case Operation::kAccess:
    case Operation::kRead:
    case Operation::kReadLink:
    case Operation::kList:
    case Operation::kSync:
    // What these change, no other call's footprint hangs on.
    case Operation::kWrite:
    case Operation::kTruncate:
    case Operation::kReserve:
    case Operation::kChangeMode:
    case Operation::kChangeTime:
      return 0;
    case Operation::kStat: {
      // Its result may need to be changed.
      const File* const file = time_passed_ ? FileOf(pid, call) : nullptr;
      if (file != nullptr && file->was_there) return std::nullopt;
      return 0;
    }
    case Operation::kFlock: {
      const Description* const description = Find(pid, call.fd);
      if (description == nullptr || description->answers()) return std::nullopt;
      const int operation = call.command & ~LOCK_NB;
      if (operation == LOCK_UN) return 0;
      // To change a lock is more than one thing.
      if (description->flock != 0 ||
          (operation != LOCK_EX && operation != LOCK_SH)) {
        return std::nullopt;
      }
      if (!OthersHaveFlock(*description, operation == LOCK_SH)) return 0;
      if (call.blocking) return std::nullopt;
      return -EWOULDBLOCK;
    }
    default:
      return std::nullopt;
  }
}

Footprint FileModel::Apply(pid_t pid, const Call& call, int64_t result) {
  Footprint footprint;
  const auto at = processes_.find(pid);
  if (at == processes_.end()) return footprint;
  Process& process = at->second;
  const bool done = result >= 0;
  const std::shared_ptr<File> file = Find(pid, call, footprint);
  const auto touch = [&](absl::string_view aspect, bool write) {
    if (file == nullptr) return;
    if (write && done) {
      Change(aspect, *file, footprint);
    } else {
      footprint.Read(ObjectName(aspect, *file));
    }
  };
  // The calls below change an entry and what its file says of its names.
  const auto change_name = [&](const std::string& name) {
    if (!done || name.empty()) return;
    footprint.Write(NameObject(name));
    footprint.Read("folder");
    touch("meta", true);
  };

  switch (call.operation()) {
    case Operation::kOpen:
      ApplyOpen(process, call, result, footprint);
      break;
    case Operation::kClose: {
      // On Linux the descriptor is free whatever close(2) answers, unless it
      // was none.
      const auto closed = process.descriptors.find(call.fd);
      if (closed != process.descriptors.end()) {
        Close(process, closed, footprint);
      }
      break;
    }
    case Operation::kCloseRange:
      if (!done) break;
      for (auto next = process.descriptors.begin();
           next != process.descriptors.end();) {
        const auto here = next++;
        const auto fd = static_cast<uint64_t>(here->first);
        if (fd < call.args[0] || fd > call.args[1]) continue;
        if ((call.args[2] & CLOSE_RANGE_CLOEXEC) != 0) {
          here->second.close_on_exec = true;
        } else {
          Close(process, here, footprint);
        }
      }
      break;
    case Operation::kFlock:
      ApplyFlock(process, call, result, footprint);
      break;
    case Operation::kFcntl:
      ApplyFcntl(process, call, result, footprint);
      break;
    case Operation::kDup:
      ApplyDup(process, call, result, footprint);
      break;
    case Operation::kStat:
      touch("meta", false);
      // A folder's times and size tell of its entries.
      if (file != nullptr && file->kind == Entry::Kind::kFolder) {
        footprint.Write("folder");
      }
      break;
    case Operation::kAccess:
      touch("mode", false);
      break;
    case Operation::kRead:
      touch("data", false);
      break;
    case Operation::kWrite:
    case Operation::kTruncate:
    case Operation::kReserve:
      touch("data", true);
      touch("meta", true);
      // sendfile(2) out of a watched file.
      if (const Description* source = Find(pid, call.fd2);
          source != nullptr && !source->answers()) {
        footprint.Read(ObjectName("data", *source->file));
      }
      break;
    case Operation::kChangeMode:
      touch("mode", true);
      touch("meta", true);
      break;
    case Operation::kChangeTime:
      touch("meta", true);
      break;
    case Operation::kList:
      footprint.Write("folder");
      break;
    case Operation::kUnlink:
    case Operation::kRemoveDir:
      change_name(call.name);
      if (done) names_.erase(call.name);
      break;
    case Operation::kMakeDir:
      change_name(call.name);
      if (done) {
        names_[call.name] = NewFile(process.actor, Entry::Kind::kFolder);
      }
      break;
    case Operation::kSymlink:
      change_name(call.name);
      if (done) {
        std::shared_ptr<File> link = NewFile(process.actor, Entry::Kind::kLink);
        link->target = call.path;
        names_[call.name] = std::move(link);
      }
      break;
    case Operation::kLink:
      if (!call.name2.empty()) footprint.Read(NameObject(call.name2));
      change_name(call.name2);
      if (done && !call.name2.empty()) {
        // linkat can give a name to a descriptor's file.
        names_[call.name2] =
            file != nullptr ? file : NewFile(process.actor, Entry::Kind::kFile);
      }
      break;
    case Operation::kRename:
      ApplyRename(call, result, footprint);
      break;
    case Operation::kReadLink:
    case Operation::kSync:
    case Operation::kSleep:
    case Operation::kChangeDir:
    case Operation::kNone:
      break;
    case Operation::kKill:
      if (call.actor >= 0) {
        if (done && call.command != 0) {
          footprint.Write(ProcessObject(call.actor));
        } else {
          footprint.Read(ProcessObject(call.actor));
        }
      }
      break;
    case Operation::kExec:
      if (done) return Exec(pid);
      break;
    case Operation::kExit:
      return End(pid);
  }
  if (call.actor >= 0 && call.operation() != Operation::kKill) {
    footprint.Read(ProcessObject(call.actor));
  }
  return footprint;
}

}  // namespace conformance::explorer
