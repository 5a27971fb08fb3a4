// One processor for us and for all contenders: a stop costs a seventh of what
// it costs across two.

#ifndef CONFORMANCE_EXPLORER_TRACING_PINNED_PROCESSOR_H_
#define CONFORMANCE_EXPLORER_TRACING_PINNED_PROCESSOR_H_

#include <sched.h>
#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "conformance/explorer/tracing/tracee.h"

namespace conformance::explorer {

class PinnedProcessor {
 public:
  // Pins the calling thread, which must be the only one, to this processor; -1:
  // to the one that it is on, and to another when it turns out that somebody
  // else wants that, too. Unavailable when that is forbidden
  // (sched_setaffinity(2)).
  static absl::StatusOr<std::unique_ptr<PinnedProcessor>> Create(int processor);

  PinnedProcessor(const PinnedProcessor&) = delete;
  PinnedProcessor& operator=(const PinnedProcessor&) = delete;
  // Gives the processors back.
  ~PinnedProcessor();

  // To be called often, between executions: now and then looks whether somebody
  // else wants the processor, and moves on, with these threads.
  void MoveIfCrowded(absl::FunctionRef<std::vector<pid_t>()> threads);

 private:
  PinnedProcessor() = default;
  bool PinTo(int processor);

  cpu_set_t before_ = {};  // the processors, before we were pinned
  int processor_ = 0;
  bool stays_ = false;
  int64_t calls_ = 0;
  // When it was last looked whether it is crowded, and what it was then.
  absl::Duration looked_;
  TimeOnProcessor spent_;
  // Chance, for nothing that is part of an execution.
  std::minstd_rand lot_{std::random_device{}()};
};

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_TRACING_PINNED_PROCESSOR_H_
