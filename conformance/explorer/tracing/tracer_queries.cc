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
#include "conformance/process.h"
#include "conformance/protocol.h"

namespace conformance::explorer {
namespace {

constexpr size_t kKeptErrorBytes = 4096;

}  // namespace

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
  const Actor* const actor = table_.Find(id);
  if (actor == nullptr || actor->err < 0) return "";
  const off_t size = ::lseek(actor->err, 0, SEEK_END);
  const off_t kept = std::min<off_t>(size, kKeptErrorBytes);
  std::string text(static_cast<size_t>(std::max<off_t>(kept, 0)), '\0');
  const ssize_t n = ::pread(actor->err, text.data(), text.size(), size - kept);
  text.resize(static_cast<size_t>(std::max<ssize_t>(n, 0)));
  return text;
}

std::string Tracer::DescribeThreads(ActorId id) const {
  std::string text;
  for (const pid_t pid : table_.ProcessesOf(id)) {
    absl::StrAppend(&text, DescribeThreadsOf(pid));
  }
  return text;
}

bool Tracer::IsVisible(const Task& task,
                       const FileModel::Description* target) const {
  const Call& call = task.call;
  switch (call.operation()) {
    case Operation::kSleep:
      return task.visited || task.actor.survives() ||
             table_.ActorOf(task).input_ended;
    case Operation::kKill:
      return call.actor.has_value();
    case Operation::kExec:
      return model_.HasDescriptors(task.process);
    case Operation::kExit: {
      const Actor& actor = table_.ActorOf(task);
      return (call.type->name == "exit_group" ||
              table_.FindProcess(task.process)->tasks == 1) &&
             (model_.HasDescriptors(task.process) ||
              (actor.input_ended && actor.IsKnownBy(task.process)));
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
