// The calls of a contender that another could notice.
//
// Visible are calls on a path in the folder, or on a descriptor that was opened
// by one; sleeps, once a contender has made a visible call for its command, or
// has been killed and a child of it goes on, or its input has ended; calls by
// which the end of a process, or an exec, closes such descriptors, and the ends
// of the main processes of one whose input has ended; and kill(2), and looking
// into /proc, where they are about another contender. Invisible are memory
// maps, futexes, sockets, and everything outside of the folder. Pure.

#ifndef CONFORMANCE_EXPLORER_TRACING_VISIBILITY_H_
#define CONFORMANCE_EXPLORER_TRACING_VISIBILITY_H_

#include "conformance/explorer/tracing/file_model.h"
#include "conformance/explorer/tracing/process_table.h"

namespace conformance::explorer {

// Whether the call that this thread is about to make is visible. `target`: what
// its descriptor stands for in the model, if anything.
bool IsVisible(const Task& task, const FileModel::Description* target,
               const ProcessTable& table, const FileModel& model);

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_TRACING_VISIBILITY_H_
