// A case for each operation.

#include "conformance/explorer/tracing/visibility.h"

#include <cstdint>

#include "conformance/explorer/tracing/call.h"
#include "conformance/explorer/tracing/file_model.h"
#include "conformance/explorer/tracing/process_table.h"

namespace conformance::explorer {

bool IsVisible(const Task& task, const FileModel::Description* target,
               const ProcessTable& table, const FileModel& model) {
  const Call& call = task.call;
  switch (call.operation()) {
    case Operation::kSleep:
      return task.visited || task.actor.survives() ||
             table.ActorOf(task).input_ended;
    case Operation::kKill:
      return call.actor.has_value();
    case Operation::kExec:
      return model.HasDescriptors(task.process);
    case Operation::kExit: {
      const Actor& actor = table.ActorOf(task);
      return (call.type->name == "exit_group" ||
              table.FindProcess(task.process)->tasks == 1) &&
             (model.HasDescriptors(task.process) ||
              (actor.input_ended && actor.IsKnownBy(task.process)));
    }
    case Operation::kCloseRange:
      return call.args[2] == 0 &&
             model.HasInRange(task.process, call.args[0], call.args[1]);
    case Operation::kDup: {
      // One that is replaced is closed.
      const auto closed = static_cast<uint64_t>(call.fd2);
      return call.fd2 >= 0 && model.HasInRange(task.process, closed, closed);
    }
    case Operation::kFcntl:
      return IsLockCommand(call.command) && target != nullptr &&
             !target->answers();
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
