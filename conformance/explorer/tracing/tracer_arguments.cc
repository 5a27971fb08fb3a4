// What the arguments of a stopped call stand for.

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/tracing/call.h"
#include "conformance/explorer/tracing/file_model.h"
#include "conformance/explorer/tracing/tracee.h"
#include "conformance/explorer/tracing/tracer.h"

namespace conformance::explorer {

// `name` is where the path is in the folder.
void Tracer::DecodePath(Task& task, int descriptor, uint64_t address,
                        std::string& path, std::string& name) {
  path = ReadString(task.tid, address);
  if (path.empty()) return;
  if (absl::StartsWith(path, "/proc/")) DecodeProc(task, path, name);
  if (absl::StartsWith(path, "/")) {
    if (name.empty()) name = NameIn(options_.directory, path);
    if (name.empty() && given_directory_ != options_.directory) {
      name = NameIn(given_directory_, path);
    }
    return;
  }
  if (descriptor != AT_FDCWD) {
    const FileModel::Description* const folder =
        model_.Find(task.process, descriptor);
    const std::string base =
        folder != nullptr && !folder->answers()
            ? absl::StrCat(options_.directory, "/", folder->name)
            : ReadLink(
                  absl::StrCat("/proc/", task.process, "/fd/", descriptor));
    name = NameIn(options_.directory, absl::StrCat(base, "/", path));
    return;
  }
  std::string& current = processes_[task.process].directory;
  if (current.empty()) {
    current = ReadLink(absl::StrCat("/proc/", task.process, "/cwd"));
  }
  name = NameIn(options_.directory, absl::StrCat(current, "/", path));
}

// /proc/PID of another contender tells whether it lives; /proc/self/fd/N is
// another name of what is open there (proc(5)).
void Tracer::DecodeProc(Task& task, const std::string& path,
                        std::string& name) {
  absl::string_view rest = path;
  rest.remove_prefix(6);
  const absl::string_view whose = rest.substr(0, rest.find('/'));
  int number = 0;
  pid_t pid = task.process;
  if (absl::SimpleAtoi(whose, &number)) {
    pid = number;
  } else if (whose != "self" && whose != "thread-self") {
    return;
  }
  const auto found = processes_.find(pid);
  if (pid != task.process) {
    if (found != processes_.end()) {
      task.call.actor = found->second.actor;
    } else {
      task.call.actor = ActorThatWas(pid);
    }
    if (task.call.actor == task.actor) task.call.actor = -1;
    return;
  }
  rest.remove_prefix(rest.rfind('/') + 1);
  if (!absl::StrContains(path, "/fd/") || !absl::SimpleAtoi(rest, &number)) {
    return;
  }
  const FileModel::Description* const open = model_.Find(task.process, number);
  if (open != nullptr && !open->answers()) name = open->name;
}

int Tracer::ActorThatWas(pid_t pid) const {
  // A number that no contender has, nor its survivors.
  if (dead_ != 0 && pid == dead_) return 2 * Schedule::kMaxContenders;
  for (const auto& [number, actor] : actors_) {
    if (actor.main == pid || actor.locking == pid) return number;
  }
  return -1;
}

void Tracer::Decode(Task& task) {
  Call& call = task.call;
  const auto& args = call.args;
  const auto descriptor = [&args](int index) {
    return static_cast<int>(args[static_cast<size_t>(index)]);
  };
  const auto watched = [&](int fd) {
    return model_.Find(task.process, fd) != nullptr ? fd : -1;
  };
  switch (call.type->shape) {
    case Shape::kNothing:
      break;
    case Shape::kPath:
      DecodePath(task, AT_FDCWD, args[0], call.path, call.name);
      break;
    case Shape::kAtPath:
      DecodePath(task, descriptor(0), args[1], call.path, call.name);
      // AT_EMPTY_PATH, or no path at all: the descriptor itself is meant.
      if (call.path.empty()) call.fd = watched(descriptor(0));
      break;
    case Shape::kPathPath:
      DecodePath(task, AT_FDCWD, args[0], call.path, call.name);
      DecodePath(task, AT_FDCWD, args[1], call.path2, call.name2);
      break;
    case Shape::kAtPathAtPath:
      DecodePath(task, descriptor(0), args[1], call.path, call.name);
      if (call.path.empty()) call.fd = watched(descriptor(0));
      DecodePath(task, descriptor(2), args[3], call.path2, call.name2);
      break;
    case Shape::kTextPath:
      call.path = ReadString(task.tid, args[0]);
      DecodePath(task, AT_FDCWD, args[1], call.path2, call.name);
      break;
    case Shape::kTextAtPath:
      call.path = ReadString(task.tid, args[0]);
      DecodePath(task, descriptor(1), args[2], call.path2, call.name);
      break;
    case Shape::kFd:
      call.fd = watched(descriptor(0));
      break;
    case Shape::kSendfile:
      call.fd = watched(descriptor(0));
      call.fd2 = watched(descriptor(1));
      break;
  }
  switch (call.operation()) {
    case Operation::kOpen:
      DecodeOpen(task);
      break;
    case Operation::kFlock:
      call.command = descriptor(1);
      call.blocking =
          (call.command & LOCK_NB) == 0 && (call.command & LOCK_UN) == 0;
      break;
    case Operation::kFcntl:
      call.command = descriptor(1);
      if (call.fd >= 0) DecodeFcntl(task);
      break;
    case Operation::kDup:
      if (call.type->name != "dup") call.fd2 = watched(descriptor(1));
      break;
    case Operation::kRename:
      if (call.type->name == "renameat2") call.flags = args[4] & UINT32_MAX;
      break;
    case Operation::kUnlink:
      if (call.type->name == "unlinkat" && (args[2] & AT_REMOVEDIR) != 0) {
        call.removes_folder = true;
      }
      break;
    case Operation::kKill: {
      call.command = descriptor(1);
      const auto found = processes_.find(descriptor(0));
      call.actor = found != processes_.end() ? found->second.actor
                                             : ActorThatWas(descriptor(0));
      if (call.actor == task.actor) call.actor = -1;
      break;
    }
    case Operation::kSleep:
      call.sleeps = true;
      break;
    default:
      break;
  }
}

void Tracer::DecodeOpen(Task& task) {
  Call& call = task.call;
  if (call.type->name == "open") {
    call.flags = call.args[1];
  } else if (call.type->name == "creat") {
    call.flags = O_CREAT | O_WRONLY | O_TRUNC;
  } else if (call.type->name == "openat") {
    call.flags = call.args[2];
  } else {
    // struct open_how begins with the flags (openat2(2)).
    const std::string how = ReadMemory(task.tid, call.args[2], 8);
    if (how.size() == 8) ::memcpy(&call.flags, how.data(), 8);
  }
}

void Tracer::DecodeFcntl(Task& task) {
  Call& call = task.call;
  switch (call.command) {
    case F_GETLK:
    case F_SETLK:
    case F_SETLKW:
    case F_OFD_GETLK:
    case F_OFD_SETLK:
    case F_OFD_SETLKW:
      break;
    default:
      return;
  }
  struct flock lock = {};
  const std::string bytes = ReadMemory(task.tid, call.args[2], sizeof(lock));
  if (bytes.size() != sizeof(lock)) return;
  ::memcpy(&lock, bytes.data(), sizeof(lock));
  call.lock_type = lock.l_type;
  call.lock_start = lock.l_start;
  call.lock_length = lock.l_len;
  call.lock_whence = lock.l_whence;
  call.blocking = (call.command == F_SETLKW || call.command == F_OFD_SETLKW) &&
                  lock.l_type != F_UNLCK;
}

}  // namespace conformance::explorer
