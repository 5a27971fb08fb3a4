// What lives on when the process that locks is killed: children, helpers,
// whoever had started it.

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "conformance/explorer/patience.h"
#include "conformance/explorer/schedule.h"
#include "conformance/explorer/tracee.h"
#include "conformance/explorer/tracer.h"
#include "conformance/history.h"

namespace conformance::explorer {
namespace {

// Who looks now and then whether its parent lives has so long for it.
constexpr absl::Duration kGrace = absl::Seconds(1);
// Looks, before a tick of the timer is waited for.
constexpr int kRounds = 500;

}  // namespace

bool Tracer::HasHelpers(int number) const {
  const auto found = actors_.find(number);
  if (found == actors_.end() || found->second.tasks == 1) return false;
  return std::any_of(processes_.begin(), processes_.end(),
                     [&](const auto& entry) {
                       return entry.second.actor == number &&
                              entry.first != found->second.locking;
                     });
}

absl::StatusOr<Footprint> Tracer::Crash(int number) {
  const auto found = actors_.find(number);
  if (found == actors_.end()) return Footprint();
  Actor& actor = found->second;
  const pid_t killed = actor.locking;
  const bool alone =
      std::all_of(processes_.begin(), processes_.end(), [&](const auto& entry) {
        return entry.second.actor != number || entry.first == killed;
      });
  if (alone) return Kill(number);

  const absl::StatusOr<Footprint> earlier = Kill(SurvivorsOf(number));
  if (!earlier.ok()) return earlier.status();
  Actor& left = actors_[SurvivorsOf(number)] = Actor();
  left.main = left.locking = -1;
  for (auto& [pid, process] : processes_) {
    if (process.actor == number && pid != killed)
      process.actor = SurvivorsOf(number);
  }
  for (auto& [tid, task] : tasks_) {
    if (task.actor != number || task.process == killed) continue;
    task.actor = SurvivorsOf(number);
    --actor.tasks;
    ++left.tasks;
  }
  std::deque<pid_t> pending = std::exchange(actor.pending, {});
  for (const pid_t tid : pending) {
    (tasks_[tid].actor == number ? actor : left).pending.push_back(tid);
  }
  Patience patience(options_.deadline, MonotonicNow());
  ::kill(killed, SIGKILL);
  while (actor.tasks > 0) {
    const absl::Status waited = WaitOnce(number, patience);
    if (!waited.ok()) return waited;
  }
  actor.lives = false;
  Footprint footprint = std::exchange(actor.freed, Footprint());
  footprint.Write(absl::StrCat("process:", number));
  return footprint;
}

bool Tracer::HasSurvivors(int number) const {
  const auto found = actors_.find(SurvivorsOf(number));
  return found != actors_.end() && found->second.tasks > 0;
}

// By themselves, all being asleep.
bool Tracer::SomeWillWakeUp(int number) const {
  return std::any_of(tasks_.begin(), tasks_.end(), [&](const auto& entry) {
    const Task& task = entry.second;
    return task.actor == number && SleepsForATime(task.process, task.tid);
  });
}

absl::StatusOr<Tracer::SurvivorsStop> Tracer::RunSurvivors(int number) {
  const auto found = actors_.find(SurvivorsOf(number));
  if (found == actors_.end()) return SurvivorsStop();
  number = SurvivorsOf(number);
  Actor& actor = found->second;
  Patience patience(options_.deadline, MonotonicNow());
  const absl::Duration grace_ends = MonotonicNow() + kGrace;
  int rounds = 0;
  bool rests = false;
  while (actor.tasks > 0 && actor.pending.empty() && !rests) {
    if (!broken_.empty()) return Broken();
    // Nobody waits for its answers.
    actor.lines.clear();
    Release(number);
    int status = 0;
    const pid_t tid =
        ::waitpid(-1, &status, ++rounds <= kRounds ? __WALL | WNOHANG : __WALL);
    if (tid > 0) {
      Handle(tid, status);
      rounds = 0;
    } else if (tid < 0 && errno != EINTR) {
      return absl::InternalError(
          absl::StrCat("waiting for what a crash left: ", ::strerror(errno)));
    } else if (Settled(number)) {
      rests = !SomeWillWakeUp(number) || MonotonicNow() > grace_ends;
    } else if (patience.IsOver(MonotonicNow(),
                               [&] { return RunnableTasks(number); })) {
      rests = true;  // it is busy with something else
    } else {
      ::sched_yield();
    }
  }
  if (!actor.pending.empty()) Settle(number);
  return SurvivorsStop{!actor.pending.empty(),
                       std::exchange(actor.freed, Footprint())};
}

}  // namespace conformance::explorer
