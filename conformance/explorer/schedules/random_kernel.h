// Random small programs of the model, small enough for brute force.

#ifndef CONFORMANCE_EXPLORER_SCHEDULES_RANDOM_KERNEL_H_
#define CONFORMANCE_EXPLORER_SCHEDULES_RANDOM_KERNEL_H_

#include <random>

#include "absl/functional/function_ref.h"
#include "conformance/explorer/schedules/model_kernel.h"

namespace conformance::explorer {

// Two actors of up to five steps, or three of up to three, so that brute force
// is quick. Every call is drawn, the blocking lock among them.
// If they poll, some of those that try for a lock do so until they have it. If
// they close, they free what they have locked at their end.
ModelKernel RandomKernel(std::mt19937_64& random, bool poll = false,
                         bool close_all = false);

inline constexpr int kPrograms = 300;

// The same kPrograms each time.
void ForEachRandomKernel(absl::FunctionRef<void(int, ModelKernel&)> test);

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_SCHEDULES_RANDOM_KERNEL_H_
