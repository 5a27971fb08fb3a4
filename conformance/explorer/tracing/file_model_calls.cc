// The footprint of each call, and its changes of the model.

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
#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/tracing/call.h"
#include "conformance/explorer/tracing/file_model.h"

namespace conformance::explorer {
namespace {

// An aspect of a file, of which its inode tells.
void Change(Object::Kind aspect, FileModel::File& file, Footprint& footprint) {
  footprint.Write(ObjectOf(aspect, file));
  file.unchanged = false;
}

}  // namespace

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
    footprint.Write(ObjectOf(Object::Kind::kLock, *description->file));
  }
  const auto locked = std::find(process.locked.begin(), process.locked.end(),
                                description->file);
  if (locked != process.locked.end()) {
    process.locked.erase(locked);
    footprint.Write(ObjectOf(Object::Kind::kLock, *description->file));
  }
}

void FileModel::ApplyOpen(Process& process, const Call& call, int64_t result,
                          Footprint& footprint) {
  std::string name = call.name;
  footprint.Read(Object::Name(name));
  if (call.FollowsLinks()) name = Follow(name, footprint);
  if (name.empty()) return;
  std::shared_ptr<File> file = FileAt(name);
  if (result < 0) {
    footprint.Read(Object::Name(name));
    // A name that is taken says nothing of the file.
    if (file != nullptr && result != -EEXIST) {
      footprint.Read(ObjectOf(Object::Kind::kMode, *file));
    }
    return;
  }
  if ((call.flags & O_TMPFILE) == O_TMPFILE) {
    // A file without a name, in the folder.
    file = NewFile(process.actor, Entry::Kind::kFile);
  } else if (file == nullptr) {
    file = NewFile(process.actor, Entry::Kind::kFile);
    names_[name] = file;
    footprint.Write(Object::Name(name));
    footprint.Read(Object::Folder());
  } else {
    footprint.Read(Object::Name(name));
    footprint.Read(ObjectOf(Object::Kind::kMode, *file));
    if ((call.flags & O_TRUNC) != 0) {
      Change(Object::Kind::kData, *file, footprint);
      Change(Object::Kind::kMeta, *file, footprint);
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
    footprint.Write(ObjectOf(Object::Kind::kLock, *description.file));
    description.flock = operation == LOCK_UN ? 0 : operation;
  } else {
    footprint.Read(ObjectOf(Object::Kind::kLock, *description.file));
    // To change a lock isn't atomic: the old one is given up first, and is
    // lost where the new one isn't to be had (flock(2)).
    if (result < 0 && description.flock != 0 && operation != LOCK_UN &&
        description.flock != operation) {
      footprint.Write(ObjectOf(Object::Kind::kLock, *description.file));
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
        footprint.Read(ObjectOf(Object::Kind::kLock, *description->file));
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
  const Object object = ObjectOf(Object::Kind::kLock, *description->file);
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
    if (!name.empty()) footprint.Read(Object::Name(name));
  }
  if (result < 0) return;
  const std::shared_ptr<File> moved = FileAt(call.name);
  const std::shared_ptr<File> replaced = FileAt(call.name2);
  // Two names of one file: nothing is done (rename(2)).
  if (moved != nullptr && moved == replaced) return;
  footprint.Read(Object::Folder());
  for (const std::string& name : {call.name, call.name2}) {
    if (!name.empty()) footprint.Write(Object::Name(name));
  }
  for (const auto& file : {moved, replaced}) {
    if (file != nullptr) Change(Object::Kind::kMeta, *file, footprint);
  }
  const bool exchange = call.type->name == "renameat2" &&
                        (call.args[4] & 2U /* RENAME_EXCHANGE */) != 0;
  // The entries of a folder move with it.
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

Footprint FileModel::Apply(pid_t pid, const Call& call, int64_t result) {
  Footprint footprint;
  const auto at = processes_.find(pid);
  if (at == processes_.end()) return footprint;
  Process& process = at->second;
  const bool done = result >= 0;
  const std::shared_ptr<File> file = Find(pid, call, footprint);
  const auto touch = [&](Object::Kind aspect, bool write) {
    if (file == nullptr) return;
    if (write && done) {
      Change(aspect, *file, footprint);
    } else {
      footprint.Read(ObjectOf(aspect, *file));
    }
  };
  // The calls below change an entry and what its file says of its names.
  const auto change_name = [&](const std::string& name) {
    if (!done || name.empty()) return;
    footprint.Write(Object::Name(name));
    footprint.Read(Object::Folder());
    touch(Object::Kind::kMeta, true);
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
      touch(Object::Kind::kMeta, false);
      // A folder's times and size tell of its entries.
      if (file != nullptr && file->kind == Entry::Kind::kFolder) {
        footprint.Write(Object::Folder());
      }
      break;
    case Operation::kAccess:
      touch(Object::Kind::kMode, false);
      break;
    case Operation::kRead:
      touch(Object::Kind::kData, false);
      break;
    case Operation::kWrite:
    case Operation::kTruncate:
    case Operation::kReserve:
      touch(Object::Kind::kData, true);
      touch(Object::Kind::kMeta, true);
      // sendfile(2) out of a watched file.
      if (const Description* source = Find(pid, call.fd2);
          source != nullptr && !source->answers()) {
        footprint.Read(ObjectOf(Object::Kind::kData, *source->file));
      }
      break;
    case Operation::kChangeMode:
      touch(Object::Kind::kMode, true);
      touch(Object::Kind::kMeta, true);
      break;
    case Operation::kChangeTime:
      touch(Object::Kind::kMeta, true);
      break;
    case Operation::kList:
      footprint.Write(Object::Folder());
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
      if (!call.name2.empty()) footprint.Read(Object::Name(call.name2));
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
      if (call.actor.has_value()) {
        if (done && call.command != 0) {
          footprint.Write(Object::Process(call.actor->ToString()));
        } else {
          footprint.Read(Object::Process(call.actor->ToString()));
        }
      }
      break;
    case Operation::kExec:
      if (done) return Exec(pid);
      break;
    case Operation::kExit:
      return End(pid);
  }
  if (call.actor.has_value() && call.operation() != Operation::kKill) {
    footprint.Read(Object::Process(call.actor->ToString()));
  }
  return footprint;
}

}  // namespace conformance::explorer
