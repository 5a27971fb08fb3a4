// Random small programs of the model, small enough for brute force.

#ifndef CONFORMANCE_EXPLORER_SCHEDULES_RANDOM_KERNEL_H_
#define CONFORMANCE_EXPLORER_SCHEDULES_RANDOM_KERNEL_H_

#include <cstdint>
#include <random>

#include "absl/functional/function_ref.h"
#include "conformance/explorer/schedules/model_kernel.h"

namespace conformance::explorer {

struct RandomProgramOptions {
  // Two of up to five steps, or three of up to three, by lot; four have two.
  // So brute force is quick.
  enum class Actors { kTwoOrThree, kFour } actors = Actors::kTwoOrThree;
  // Some of those that try for a lock do so until they have it.
  bool polls = false;
  // Somebody waits, and all free at their end what they have locked.
  bool closes = false;
  // All do the same.
  bool symmetric = false;
};

// Every call is drawn, the blocking lock among them.
ModelKernel RandomKernel(std::mt19937_64& random,
                         const RandomProgramOptions& options = {});

// How many programs a test is to try: 300, the same each time; or as many as
// the environment's LOCKFILE_RANDOM_PROGRAMS says, by its LOCKFILE_RANDOM_SEED.
int RandomPrograms();
// `number`: of the test, so that each has other programs.
std::mt19937_64 RandomOfTest(uint64_t number);

// So many, of two or three actors.
void ForEachRandomKernel(absl::FunctionRef<void(int, ModelKernel&)> test);

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_SCHEDULES_RANDOM_KERNEL_H_
