// The crashes, errors and short writes that a schedule may put at a call. Pure.

#ifndef CONFORMANCE_EXPLORER_EXECUTION_FAULTS_H_
#define CONFORMANCE_EXPLORER_EXECUTION_FAULTS_H_

#include <vector>

#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/tracing/call.h"

namespace conformance::explorer {

// The errors of the call's manual page that a correct program can meet, and
// that it can't be expected to prevent.
std::vector<int> ErrorsOf(const Call& call);

// Whether the call is one by which locks are taken, and fails with an error
// that can't mean that another has it. Not EINTR, which may be the end of a
// wait; nor EACCES and EPERM, by which some mean another user's.
bool SaysNothingOfOthers(const Call& call, int error);

// SIGKILL before and after the call.
std::vector<Step> CrashesAt(int actor, const Call& call);
// Each of ErrorsOf, and a write cut to nothing, to one byte, and by one byte.
std::vector<Step> FailuresAt(int actor, const Call& call);
// Whether the call can fail like this step: as one of FailuresAt, or cut short
// by any number of bytes.
bool CanFail(const Call& call, const Step& failure);

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_EXECUTION_FAULTS_H_
