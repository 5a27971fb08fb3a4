// What lives on when the process that locks is killed: children, helpers,
// whoever had started it.

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/tracing/actor_id.h"
#include "conformance/explorer/tracing/file_model.h"
#include "conformance/explorer/tracing/hang_limit.h"
#include "conformance/explorer/tracing/tracee.h"
#include "conformance/explorer/tracing/tracer.h"
#include "conformance/history.h"

namespace conformance::explorer {
namespace {

// One that looks now and then whether its parent lives has so long for it.
constexpr absl::Duration kGrace = absl::Seconds(1);
// The same where no call tells when it looks: a timer of its own may wake it.
constexpr absl::Duration kGraceForTimers = absl::Milliseconds(200);
// Looks, before a tick of the timer is waited for.
constexpr int kRounds = 500;

}  // namespace

// Those that an end or a crash leaves, in the place of what earlier ones left.
absl::Status Tracer::LeaveSurvivors(ActorId id) {
  const absl::StatusOr<Footprint> earlier = Kill(ActorId::SurvivorsOf(id));
  if (!earlier.ok()) return earlier.status();
  table_.LeaveSurvivors(id);
  return absl::OkStatus();
}

absl::StatusOr<Footprint> Tracer::Crash(ActorId id) {
  Actor* const found = table_.Find(id);
  if (found == nullptr) return Footprint();
  if (!table_.HasHelpers(id)) return Kill(id);

  const absl::Status set_apart = LeaveSurvivors(id);
  if (!set_apart.ok()) return set_apart;
  Actor& actor = *found;
  Actor& left = *table_.Find(ActorId::SurvivorsOf(id));
  HangLimit hang_limit(options_.deadline, MonotonicNow());
  ::kill(actor.locking, SIGKILL);
  while (actor.tasks > 0) {
    const absl::Status waited = WaitOnce(id, hang_limit);
    if (!waited.ok()) return waited;
    // Another of its threads may just have made a child.
    table_.SetSurvivorsApart(id);
  }
  actor.lives = false;
  // Some may be killed by its death (PR_SET_PDEATHSIG, prctl(2)).
  const absl::StatusOr<bool> died =
      NoticeDeaths(ActorId::SurvivorsOf(id), hang_limit);
  if (!died.ok()) return died.status();
  Footprint footprint = std::exchange(actor.freed, Footprint());
  footprint.Add(std::exchange(left.freed, Footprint()));
  footprint.Write(Object::Process(id.ToString()));
  return footprint;
}

// Takes in the deaths of those that stood before a call and were killed there:
// whether there were any.
absl::StatusOr<bool> Tracer::NoticeDeaths(ActorId id, HangLimit& hang_limit) {
  const Actor* const found = table_.Find(id);
  if (found == nullptr) return false;
  bool any = false;
  const Actor& actor = *found;
  const auto stands = [this](pid_t tid) {
    const Task* const task = table_.FindTask(tid);
    return task != nullptr && TaskIsStopped(task->process, tid);
  };
  while (!std::all_of(actor.pending.begin(), actor.pending.end(), stands)) {
    any = true;
    absl::Status waited = WaitOnce(id, hang_limit);
    if (!waited.ok()) return waited;
  }
  return any;
}

// By themselves, all being asleep.
bool Tracer::SomeWillWakeUp(ActorId id) const {
  const std::vector<const Task*> tasks = table_.TasksOf(id);
  return std::any_of(tasks.begin(), tasks.end(), [](const Task* task) {
    return task->state == Task::State::kRunning &&
           SleepsForATime(task->process, task->tid);
  });
}

// Whether it is about to sleep for longer than it may.
bool Tracer::NapsLong(const Task& task) const {
  if (!task.call.sleeps) return false;
  const auto& args = task.call.args;
  const int number = task.call.type->number;
  const std::optional<WaitLimit> limit = LimitOf(number);
  if (!limit.has_value()) return true;
  const uint64_t value = args[limit->argument];
  if (!limit->is_pointer) {
    const auto milliseconds = static_cast<int32_t>(value);
    return milliseconds < 0 || absl::Milliseconds(milliseconds) > kGrace;
  }
  if (value == 0) return true;  // for ever
  int64_t time[2] = {};
  const std::string bytes = explorer::ReadMemory(task.tid, value, sizeof(time));
  if (bytes.size() != sizeof(time)) return false;  // the call will fail
  ::memcpy(time, bytes.data(), sizeof(time));
  absl::Duration lasts = absl::Seconds(time[0]);
  lasts += task.call.type->name == "select" ? absl::Microseconds(time[1])
                                            : absl::Nanoseconds(time[1]);
  if (number == SYS_clock_nanosleep && (args[1] & TIMER_ABSTIME) != 0) {
    timespec now = {};
    ::clock_gettime(static_cast<clockid_t>(args[0]), &now);
    lasts -= absl::DurationFromTimespec(now);
  }
  return lasts > kGrace;
}

// Whether one of them stands before a call that is to be made. It is then the
// first, and the same each time.
bool Tracer::SurvivorsStand(ActorId id) {
  std::deque<pid_t>& pending = table_.Find(id)->pending;
  std::vector<std::pair<bool, pid_t>> order;
  order.reserve(pending.size());
  for (const pid_t tid : pending) {
    order.emplace_back(NapsLong(*table_.FindTask(tid)), tid);
  }
  std::sort(order.begin(), order.end());
  pending.clear();
  for (const auto& [naps, tid] : order) pending.push_back(tid);
  return !order.empty() && !order.front().first;
}

absl::StatusOr<Tracer::SurvivorsStop> Tracer::RunSurvivors(ActorId id) {
  id = ActorId::SurvivorsOf(id);
  Actor* const found = table_.Find(id);
  if (found == nullptr) return SurvivorsStop();
  Actor& actor = *found;
  HangLimit hang_limit(options_.deadline, MonotonicNow());
  const absl::Duration start = MonotonicNow();
  int rounds = 0;
  bool rests = false;
  while (actor.tasks > 0 && !rests) {
    if (!broken_.empty()) return Broken();
    if (SurvivorsStand(id)) {
      Settle(id);
      const absl::StatusOr<bool> died = NoticeDeaths(id, hang_limit);
      if (!died.ok()) return died.status();
      if (SurvivorsStand(id)) break;
    }
    // Nobody waits for its answers.
    actor.answers.Drop();
    Release(id);
    int status = 0;
    const pid_t tid =
        ::waitpid(-1, &status, ++rounds <= kRounds ? __WALL | WNOHANG : __WALL);
    if (tid > 0) {
      Handle(tid, status);
      rounds = 0;
    } else if (tid < 0 && errno != EINTR) {
      return absl::InternalError(
          absl::StrCat("waiting for what a crash left: ", ::strerror(errno)));
    } else if (Settled(id)) {
      rests = MonotonicNow() >
              start + (SomeWillWakeUp(id) ? kGrace : kGraceForTimers);
    } else if (hang_limit.IsOver(MonotonicNow(),
                                 [&] { return RunnableTasks(id); })) {
      rests = true;  // it is busy with something else
    } else {
      ::sched_yield();
    }
  }
  return SurvivorsStop{actor.tasks > 0 && !rests,
                       std::exchange(actor.freed, Footprint())};
}

}  // namespace conformance::explorer
