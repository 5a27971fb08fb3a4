// The end of the processes that this one has started, or that have come up to
// it.

#ifndef CONFORMANCE_PROCESS_CHILDREN_H_
#define CONFORMANCE_PROCESS_CHILDREN_H_

#include <sys/types.h>

#include <vector>

namespace conformance {

// Kills and reaps every child of this process but the spared ones. In a
// subreaper (PR_SET_CHILD_SUBREAPER, prctl(2)) orphans come up one generation
// at a time, so it looks until there are none. False when one cannot be killed.
bool KillChildren(const std::vector<pid_t>& spared = {});

}  // namespace conformance

#endif  // CONFORMANCE_PROCESS_CHILDREN_H_
