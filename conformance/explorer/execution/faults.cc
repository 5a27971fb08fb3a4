// Errors by operation, from the manual pages of section 2.

#include "conformance/explorer/execution/faults.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/tracing/call.h"

namespace conformance::explorer {
namespace {

bool CanBeCut(const Call& call) {
  return call.type->name == "write" || call.type->name == "pwrite64";
}

Step Failure(int actor, int error, int partial) {
  Step step;
  step.actor = actor;
  step.kind = Step::Kind::kFail;
  step.error = error;
  step.partial = partial;
  return step;
}

Step Crash(int actor, Step::Kind kind) {
  Step step;
  step.actor = actor;
  step.kind = kind;
  return step;
}

}  // namespace

std::vector<int> ErrorsOf(const Call& call) {
  std::vector<int> errors;
  switch (call.operation()) {
    case Operation::kOpen:
      errors = {EINTR,  EIO,    EMFILE, ENFILE, ENOSPC,
                EDQUOT, EACCES, EROFS,  ENOMEM};
      // A file system may have no files without a name.
      if ((call.flags & O_TMPFILE) == O_TMPFILE) errors.push_back(EOPNOTSUPP);
      return errors;
    case Operation::kClose:
      return {EINTR, EIO, ENOSPC, EDQUOT};
    case Operation::kFlock:
      // Not EWOULDBLOCK: that another has it is for nobody to know better. A
      // network file system may be interrupted, and may want another mode.
      return {EINTR, ENOLCK, EBADF, EIO, ENOSYS, EOPNOTSUPP};
    case Operation::kFcntl:
      if (call.blocking) {
        errors = {EINTR, ENOLCK, EIO, ENOSYS, EOPNOTSUPP};
        if (call.command == F_SETLKW) errors.push_back(EDEADLK);
        return errors;
      }
      // EACCES and EAGAIN say that another has it (fcntl(2)).
      return {ENOLCK, EINTR, EIO, ENOSYS, EOPNOTSUPP};
    case Operation::kStat:
    case Operation::kAccess:
      return {EACCES, EIO, ENOMEM};
    case Operation::kRead:
      return {EINTR, EIO};
    case Operation::kWrite:
      return {EINTR, EIO, ENOSPC, EDQUOT};
    case Operation::kTruncate:
      return {EINTR, EIO, EROFS};
    case Operation::kReserve:
      return {EINTR, EIO, ENOSPC};
    case Operation::kUnlink:
    case Operation::kRemoveDir:
      return {EACCES, EIO, EROFS, ENOMEM};
    case Operation::kRename:
    case Operation::kLink:
    case Operation::kSymlink:
    case Operation::kMakeDir:
      errors = {EACCES, EIO, ENOSPC, EDQUOT, EROFS, ENOMEM};
      // A file system may have no hard links, or not the flags of renameat2(2).
      if (call.operation() != Operation::kRename) errors.push_back(EPERM);
      if (call.operation() == Operation::kLink) {
        errors.insert(errors.end(), {EOPNOTSUPP, ENOSYS});
      }
      if (call.operation() == Operation::kRename && call.flags != 0) {
        errors.push_back(EINVAL);
      }
      return errors;
    case Operation::kReadLink:
      return {EACCES, EIO, ENOMEM};
    case Operation::kChangeMode:
    case Operation::kChangeTime:
      return {EACCES, EIO, EROFS};
    case Operation::kList:
      return {EIO};
    case Operation::kSync:
      return {EIO, ENOSPC, EDQUOT};
    case Operation::kDup:
      return {EMFILE};
    case Operation::kKill:
      return {EPERM};
    case Operation::kSleep:
      return {EINTR};
    case Operation::kCloseRange:
    case Operation::kChangeDir:
    case Operation::kExec:
    case Operation::kExit:
    case Operation::kNone:
      return {};
  }
  return {};
}

std::vector<Step> CrashesAt(int actor, const Call& call) {
  std::vector<Step> steps = {Crash(actor, Step::Kind::kCrashBefore)};
  // The one after an exit would be too late.
  if (call.operation() != Operation::kExit) {
    steps.push_back(Crash(actor, Step::Kind::kCrashAfter));
  }
  return steps;
}

bool SaysNothingOfOthers(const Call& call, int error) {
  constexpr uint64_t kExclusively = O_CREAT | O_EXCL;
  switch (call.operation()) {
    case Operation::kFlock:
      if ((call.command & LOCK_UN) != 0) return false;
      break;
    case Operation::kFcntl:
      if (call.lock_type == F_UNLCK || call.command == F_GETLK ||
          call.command == F_OFD_GETLK) {
        return false;
      }
      break;
    case Operation::kOpen:
      if ((call.flags & kExclusively) != kExclusively) return false;
      break;
    case Operation::kLink:
    case Operation::kSymlink:
    case Operation::kMakeDir:
      break;
    default:
      return false;
  }
  switch (error) {
    case EBADF:
    case EDQUOT:
    case EIO:
    case EMFILE:
    case ENFILE:
    case ENOLCK:
    case ENOMEM:
    case ENOSPC:
    case ENOSYS:
    case EOPNOTSUPP:
    case EROFS:
      return true;
    default:
      return false;
  }
}

bool CanFail(const Call& call, const Step& failure) {
  if (failure.cuts()) {
    return CanBeCut(call) && failure.KeptOf(call.args[2]) < call.args[2];
  }
  const std::vector<int> errors = ErrorsOf(call);
  return std::find(errors.begin(), errors.end(), failure.error) != errors.end();
}

std::vector<Step> FailuresAt(int actor, const Call& call) {
  std::vector<Step> steps;
  for (const int error : ErrorsOf(call)) {
    steps.push_back(Failure(actor, error, Step::kAll));
  }
  if (CanBeCut(call) && call.args[2] > 1) {
    for (const int kept : {0, 1}) steps.push_back(Failure(actor, 0, kept));
    // Of two, that is one.
    if (call.args[2] > 2) {
      steps.push_back(Failure(actor, 0, Step::kAllButOne));
    }
  }
  return steps;
}

}  // namespace conformance::explorer
