// By shape, and then by operation.

#include "conformance/explorer/tracing/call_decoder.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "conformance/explorer/tracing/actor_id.h"
#include "conformance/explorer/tracing/call.h"
#include "conformance/explorer/tracing/file_model.h"

namespace conformance::explorer {

// `name` is where the path is in the folder.
void CallDecoder::DecodePath(const Caller& caller, Call& call, int descriptor,
                             uint64_t address, std::string& path,
                             std::string& name) const {
  path = source_.ReadString(caller, address);
  if (path.empty()) return;
  if (absl::StartsWith(path, "/proc/")) DecodeProc(caller, call, path, name);
  if (absl::StartsWith(path, "/")) {
    if (name.empty()) name = NameIn(directory_, path);
    if (name.empty() && given_ != directory_) {
      name = NameIn(given_, path);
    }
    return;
  }
  if (descriptor != AT_FDCWD) {
    const FileModel::Description* const folder =
        model_.Find(caller.process, descriptor);
    const std::string base = folder != nullptr && !folder->answers()
                                 ? absl::StrCat(directory_, "/", folder->name)
                                 : source_.FolderOf(caller, descriptor);
    name = NameIn(directory_, absl::StrCat(base, "/", path));
    return;
  }
  name = NameIn(directory_,
                absl::StrCat(source_.CurrentFolder(caller), "/", path));
}

// /proc/PID of another contender tells whether it lives; /proc/self/fd/N is
// another name of what is open there (proc(5)).
void CallDecoder::DecodeProc(const Caller& caller, Call& call,
                             const std::string& path, std::string& name) const {
  absl::string_view rest = path;
  rest.remove_prefix(6);
  const absl::string_view whose = rest.substr(0, rest.find('/'));
  int number = 0;
  pid_t pid = caller.process;
  if (absl::SimpleAtoi(whose, &number)) {
    pid = number;
  } else if (whose != "self" && whose != "thread-self") {
    return;
  }
  if (pid != caller.process) {
    call.actor = OtherActorOf(caller, pid);
    return;
  }
  rest.remove_prefix(rest.rfind('/') + 1);
  if (!absl::StrContains(path, "/fd/") || !absl::SimpleAtoi(rest, &number)) {
    return;
  }
  const FileModel::Description* const open =
      model_.Find(caller.process, number);
  if (open != nullptr && !open->answers()) name = open->name;
}

int CallDecoder::Watched(const Caller& caller, int descriptor) const {
  return model_.Find(caller.process, descriptor) != nullptr ? descriptor : -1;
}

std::optional<ActorId> CallDecoder::OtherActorOf(const Caller& caller,
                                                 pid_t process) const {
  const std::optional<ActorId> actor = source_.ActorOf(process);
  return actor == caller.actor ? std::nullopt : actor;
}

void CallDecoder::DecodeShape(const Caller& caller, Call& call) const {
  const auto& args = call.args;
  const auto descriptor = [&args](int index) {
    return static_cast<int>(args[static_cast<size_t>(index)]);
  };
  const auto watched = [&](int fd) { return Watched(caller, fd); };
  switch (call.type->shape) {
    case Shape::kNothing:
      break;
    case Shape::kPath:
      DecodePath(caller, call, AT_FDCWD, args[0], call.path, call.name);
      break;
    case Shape::kAtPath:
      DecodePath(caller, call, descriptor(0), args[1], call.path, call.name);
      // AT_EMPTY_PATH, or no path at all: the descriptor itself is meant.
      if (call.path.empty()) call.fd = watched(descriptor(0));
      break;
    case Shape::kPathPath:
      DecodePath(caller, call, AT_FDCWD, args[0], call.path, call.name);
      DecodePath(caller, call, AT_FDCWD, args[1], call.path2, call.name2);
      break;
    case Shape::kAtPathAtPath:
      DecodePath(caller, call, descriptor(0), args[1], call.path, call.name);
      if (call.path.empty()) call.fd = watched(descriptor(0));
      DecodePath(caller, call, descriptor(2), args[3], call.path2, call.name2);
      break;
    case Shape::kTextPath:
      call.path = source_.ReadString(caller, args[0]);
      DecodePath(caller, call, AT_FDCWD, args[1], call.path2, call.name);
      break;
    case Shape::kTextAtPath:
      call.path = source_.ReadString(caller, args[0]);
      DecodePath(caller, call, descriptor(1), args[2], call.path2, call.name);
      break;
    case Shape::kFd:
      call.fd = watched(descriptor(0));
      break;
    case Shape::kSendfile:
      call.fd = watched(descriptor(0));
      call.fd2 = watched(descriptor(1));
      break;
  }
}

void CallDecoder::Decode(const Caller& caller, Call& call) const {
  DecodeShape(caller, call);
  const auto& args = call.args;
  const auto descriptor = [&args](int index) {
    return static_cast<int>(args[static_cast<size_t>(index)]);
  };
  switch (call.operation()) {
    case Operation::kOpen:
      DecodeOpen(caller, call);
      break;
    case Operation::kFlock:
      call.command = descriptor(1);
      call.blocking =
          (call.command & LOCK_NB) == 0 && (call.command & LOCK_UN) == 0;
      break;
    case Operation::kFcntl:
      call.command = descriptor(1);
      if (call.fd >= 0) DecodeFcntl(caller, call);
      break;
    case Operation::kDup:
      if (call.type->name != "dup") call.fd2 = Watched(caller, descriptor(1));
      break;
    case Operation::kRename:
      if (call.type->name == "renameat2") call.flags = args[4] & UINT32_MAX;
      break;
    case Operation::kUnlink:
      if (call.type->name == "unlinkat" && (args[2] & AT_REMOVEDIR) != 0) {
        call.removes_folder = true;
      }
      break;
    case Operation::kKill:
      call.command = descriptor(1);
      call.actor = OtherActorOf(caller, descriptor(0));
      break;
    case Operation::kSleep:
      call.sleeps = true;
      break;
    default:
      break;
  }
}

void CallDecoder::DecodeOpen(const Caller& caller, Call& call) const {
  if (call.type->name == "open") {
    call.flags = call.args[1];
  } else if (call.type->name == "creat") {
    call.flags = O_CREAT | O_WRONLY | O_TRUNC;
  } else if (call.type->name == "openat") {
    call.flags = call.args[2];
  } else {
    // struct open_how begins with the flags (openat2(2)).
    const std::string how = source_.ReadMemory(caller, call.args[2], 8);
    if (how.size() == 8) ::memcpy(&call.flags, how.data(), 8);
  }
}

void CallDecoder::DecodeFcntl(const Caller& caller, Call& call) const {
  if (!IsLockCommand(call.command)) return;
  struct flock lock = {};
  const std::string bytes =
      source_.ReadMemory(caller, call.args[2], sizeof(lock));
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
