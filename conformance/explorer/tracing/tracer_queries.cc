// What a tracer knows: whose a process is, who lives, what would wait, and
// which calls anybody could notice.

#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/time.h>
#include <sys/types.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <vector>

#include "absl/memory/memory.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "conformance/explorer/tracing/actor_id.h"
#include "conformance/explorer/tracing/call.h"
#include "conformance/explorer/tracing/call_decoder.h"
#include "conformance/explorer/tracing/file_model.h"
#include "conformance/explorer/tracing/filter.h"
#include "conformance/explorer/tracing/pinned_processor.h"
#include "conformance/explorer/tracing/registers.h"
#include "conformance/explorer/tracing/tracee.h"
#include "conformance/explorer/tracing/tracer.h"
#include "conformance/process/proc.h"
#include "conformance/protocol.h"

namespace conformance::explorer {
namespace {

constexpr size_t kKeptErrorBytes = 4096;

}  // namespace

// Of the contenders that live, and of those whose processes these once were.
std::optional<ActorId> Tracer::ActorOf(pid_t process) {
  const auto found = processes_.find(process);
  if (found != processes_.end()) return found->second.actor;
  // A number that no contender has, nor its survivors.
  if (dead_ != 0 && process == dead_) return ActorId::Earlier();
  for (const auto& [id, actor] : actors_) {
    if (actor.main == process || actor.locking == process) return id;
  }
  return std::nullopt;
}

std::string Tracer::CurrentFolder(const Caller& caller) {
  std::string& current = processes_[caller.process].directory;
  if (current.empty()) {
    current = ReadLink(absl::StrCat("/proc/", caller.process, "/cwd"));
  }
  return current;
}

std::string Tracer::FolderOf(const Caller& caller, int descriptor) {
  return ReadLink(absl::StrCat("/proc/", caller.process, "/fd/", descriptor));
}

std::string Tracer::ReadString(const Caller& caller, uint64_t address) {
  return explorer::ReadString(caller.tid, address);
}

std::string Tracer::ReadMemory(const Caller& caller, uint64_t address,
                               size_t size) {
  return explorer::ReadMemory(caller.tid, address, size);
}

std::vector<pid_t> Tracer::Threads() const {
  std::vector<pid_t> threads;
  for (const auto& [tid, task] : tasks_) threads.push_back(tid);
  for (const auto& [id, pattern] : patterns_) {
    threads.push_back(pattern->process());
  }
  return threads;
}

std::vector<pid_t> Tracer::Processes(ActorId id) const {
  const auto found = actors_.find(id);
  if (found == actors_.end()) return {};
  return {found->second.main, found->second.locking};
}

bool Tracer::Lives(ActorId id) const {
  const auto found = actors_.find(id);
  return found != actors_.end() && found->second.lives;
}

bool Tracer::IsCopy(ActorId id) const {
  const auto found = actors_.find(id);
  return found != actors_.end() && found->second.copied;
}

const Call* Tracer::Pending(ActorId id) const {
  const auto found = actors_.find(id);
  if (found == actors_.end() || found->second.pending.empty()) return nullptr;
  return &tasks_.find(found->second.pending.front())->second.call;
}

bool Tracer::WouldBlock(ActorId id) {
  const absl::StatusOr<Task*> front = Front(id);
  if (!front.ok() || !(*front)->call.blocking) return false;
  const Task& task = **front;
  const FileModel::Description* const description =
      model_.Find(task.process, task.call.fd);
  if (description == nullptr || description->answers()) return false;
  // Asking through another description would be refused because of this one's
  // own lock. Others that have one are known to the model.
  if (description->flock != 0) {
    return task.call.command == LOCK_EX && model_.OthersHaveFlock(*description);
  }
  return LockIsTaken(task.process, task.call);
}

bool Tracer::Converts(ActorId id) {
  const absl::StatusOr<Task*> front = Front(id);
  if (!front.ok() || (*front)->call.operation() != Operation::kFlock) {
    return false;
  }
  const FileModel::Description* const description =
      model_.Find((*front)->process, (*front)->call.fd);
  return description != nullptr && description->flock == LOCK_SH &&
         (*front)->call.command == LOCK_EX;
}

std::string Tracer::StandardError(ActorId id) const {
  const auto found = actors_.find(id);
  if (found == actors_.end() || found->second.err < 0) return "";
  const off_t size = ::lseek(found->second.err, 0, SEEK_END);
  const off_t kept = std::min<off_t>(size, kKeptErrorBytes);
  std::string text(static_cast<size_t>(std::max<off_t>(kept, 0)), '\0');
  const ssize_t n =
      ::pread(found->second.err, text.data(), text.size(), size - kept);
  text.resize(static_cast<size_t>(std::max<ssize_t>(n, 0)));
  return text;
}

std::string Tracer::DescribeThreads(ActorId id) const {
  std::string text;
  for (const auto& [pid, process] : processes_) {
    if (process.actor == id) absl::StrAppend(&text, DescribeThreadsOf(pid));
  }
  return text;
}

bool Tracer::IsVisible(const Task& task,
                       const FileModel::Description* target) const {
  const Call& call = task.call;
  switch (call.operation()) {
    case Operation::kSleep:
      return task.visited || task.actor.survives() ||
             actors_.at(task.actor).input_ended;
    case Operation::kKill:
      return call.actor.has_value();
    case Operation::kExec:
      return model_.HasDescriptors(task.process);
    case Operation::kExit: {
      const Actor& actor = actors_.at(task.actor);
      return (call.type->name == "exit_group" ||
              processes_.find(task.process)->second.tasks == 1) &&
             (model_.HasDescriptors(task.process) ||
              (actor.input_ended && IsKnown(task.process, actor)));
    }
    case Operation::kCloseRange:
      return call.args[2] == 0 &&
             model_.HasInRange(task.process, call.args[0], call.args[1]);
    case Operation::kDup: {
      // One that is replaced is closed.
      const auto closed = static_cast<uint64_t>(call.fd2);
      return call.fd2 >= 0 && model_.HasInRange(task.process, closed, closed);
    }
    case Operation::kFcntl:
      switch (call.command) {
        case F_GETLK:
        case F_SETLK:
        case F_SETLKW:
        case F_OFD_GETLK:
        case F_OFD_SETLK:
        case F_OFD_SETLKW:
          return target != nullptr && !target->answers();
        default:
          return false;
      }
    case Operation::kChangeDir:
    case Operation::kNone:
      return false;
    default:
      break;
  }
  if (target != nullptr && !target->answers()) return true;
  return !call.name.empty() || !call.name2.empty() || call.fd2 >= 0 ||
         call.actor.has_value();
}

}  // namespace conformance::explorer
