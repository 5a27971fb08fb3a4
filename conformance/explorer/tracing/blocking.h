// Calls that wait for others, before they are made.

#ifndef CONFORMANCE_EXPLORER_TRACING_BLOCKING_H_
#define CONFORMANCE_EXPLORER_TRACING_BLOCKING_H_

#include "conformance/explorer/tracing/file_model.h"
#include "conformance/explorer/tracing/process_table.h"

namespace conformance::explorer {

// Whether the call that this thread stands before would wait: asked of the
// kernel. Nobody may run.
bool WouldBlock(const Task& task, const FileModel& model);

// Whether that call would turn a shared lock of flock(2) into an exclusive one.
// It drops the one before it waits for the other (flock(2)), which isn't
// followed here.
bool Converts(const Task& task, const FileModel& model);

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_TRACING_BLOCKING_H_
