// The model, and where it doesn't suffice, the kernel.

#include "conformance/explorer/tracing/blocking.h"

#include <sys/file.h>

#include "conformance/explorer/tracing/call.h"
#include "conformance/explorer/tracing/file_model.h"
#include "conformance/explorer/tracing/process_table.h"
#include "conformance/explorer/tracing/tracee.h"

namespace conformance::explorer {

bool WouldBlock(const Task& task, const FileModel& model) {
  if (!task.call.blocking) return false;
  const FileModel::Description* const description =
      model.Find(task.process, task.call.fd);
  if (description == nullptr || description->answers()) return false;
  // Asking through another description would be refused because of this one's
  // own lock. Others that have one are known to the model.
  if (description->flock != 0) {
    return task.call.command == LOCK_EX && model.OthersHaveFlock(*description);
  }
  return LockIsTaken(task.process, task.call);
}

bool Converts(const Task& task, const FileModel& model) {
  if (task.call.operation() != Operation::kFlock) return false;
  const FileModel::Description* const description =
      model.Find(task.process, task.call.fd);
  return description != nullptr && description->flock == LOCK_SH &&
         task.call.command == LOCK_EX;
}

}  // namespace conformance::explorer
