// Kills, and waits for survivors.

#include "conformance/explorer/tracing/deaths.h"

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
#include "conformance/explorer/tracing/hang_limit.h"
#include "conformance/explorer/tracing/process_table.h"
#include "conformance/explorer/tracing/stop.h"
#include "conformance/explorer/tracing/trace_events.h"
#include "conformance/explorer/tracing/tracee.h"
#include "conformance/history.h"

namespace conformance::explorer {
namespace {

// One that looks now and then whether its parent lives has so long for it.
constexpr absl::Duration kGrace = absl::Seconds(1);
// The same where no call tells when it looks: a timer of its own may wake it.
constexpr absl::Duration kGraceForTimers = absl::Milliseconds(200);
// Looks, before a tick of the timer is waited for.
constexpr int kRounds = 500;

// Whether it is about to sleep for longer than it may.
bool NapsLong(const Task& task) {
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
  const std::string bytes = ReadMemory(task.tid, value, sizeof(time));
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

}  // namespace

absl::StatusOr<Footprint> Deaths::Kill(ActorId id) {
  Actor* const found = table_.Find(id);
  if (found == nullptr) return Footprint();
  Actor& actor = *found;
  HangLimit hang_limit(deadline_, MonotonicNow());
  // Whom a dying one has just forked comes up while we wait.
  while (actor.tasks > 0) {
    for (const pid_t pid : table_.ProcessesOf(id)) ::kill(pid, SIGKILL);
    const absl::Status waited = events_.WaitForDeath(id, hang_limit);
    if (!waited.ok()) return waited;
  }
  actor.lives = false;
  Footprint footprint = std::exchange(actor.freed, Footprint());
  footprint.Write(Object::Process(id.ToString()));
  return footprint;
}

// After an end or a crash, in the place of those that earlier ones left.
absl::Status Deaths::LeaveSurvivors(ActorId id) {
  const absl::StatusOr<Footprint> earlier = Kill(ActorId::SurvivorsOf(id));
  if (!earlier.ok()) return earlier.status();
  table_.LeaveSurvivors(id);
  return absl::OkStatus();
}

absl::StatusOr<Footprint> Deaths::Crash(ActorId id) {
  Actor* const found = table_.Find(id);
  if (found == nullptr) return Footprint();
  if (!table_.HasHelpers(id)) return Kill(id);

  const absl::Status set_apart = LeaveSurvivors(id);
  if (!set_apart.ok()) return set_apart;
  Actor& actor = *found;
  Actor& left = *table_.Find(ActorId::SurvivorsOf(id));
  HangLimit hang_limit(deadline_, MonotonicNow());
  ::kill(actor.locking, SIGKILL);
  while (actor.tasks > 0) {
    const absl::Status waited = events_.Wait(id, hang_limit);
    if (!waited.ok()) return waited;
    // Another of its threads may just have made a child.
    table_.SetSurvivorsApart(id);
  }
  actor.lives = false;
  // Some may be killed by its death (PR_SET_PDEATHSIG, prctl(2)).
  const absl::StatusOr<bool> died =
      events_.NoticeDeaths(ActorId::SurvivorsOf(id), hang_limit);
  if (!died.ok()) return died.status();
  Footprint footprint = std::exchange(actor.freed, Footprint());
  footprint.Add(std::exchange(left.freed, Footprint()));
  footprint.Write(Object::Process(id.ToString()));
  return footprint;
}

// Whether one of them stands before a call that is to be made. It is then the
// first, and the same each time.
bool Deaths::Stand(ActorId survivors) {
  std::deque<pid_t>& pending = table_.Find(survivors)->pending;
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

absl::StatusOr<SurvivorsStop> Deaths::RunSurvivors(ActorId id) {
  id = ActorId::SurvivorsOf(id);
  Actor* const found = table_.Find(id);
  if (found == nullptr) return SurvivorsStop();
  Actor& actor = *found;
  HangLimit hang_limit(deadline_, MonotonicNow());
  const absl::Duration start = MonotonicNow();
  int rounds = 0;
  bool rests = false;
  while (actor.tasks > 0 && !rests) {
    if (absl::Status status = events_.status(); !status.ok()) return status;
    if (Stand(id)) {
      events_.Settle(id);
      const absl::StatusOr<bool> died = events_.NoticeDeaths(id, hang_limit);
      if (!died.ok()) return died.status();
      if (Stand(id)) break;
    }
    // Nobody waits for its answers.
    actor.answers.Drop();
    events_.Release(id);
    const pid_t tid = events_.Take(++rounds <= kRounds ? WNOHANG : 0);
    if (tid > 0) {
      rounds = 0;
    } else if (tid < 0 && errno != EINTR) {
      return absl::InternalError(
          absl::StrCat("waiting for what a crash left: ", ::strerror(errno)));
    } else if (events_.IsSettled(id)) {
      rests = MonotonicNow() >
              start + (events_.SomeWillWakeUp(id) ? kGrace : kGraceForTimers);
    } else if (hang_limit.IsOver(MonotonicNow(),
                                 [&] { return events_.RunnableTasks(id); })) {
      rests = true;  // it is busy with something else
    } else {
      ::sched_yield();
    }
  }
  return SurvivorsStop{actor.tasks > 0 && !rests,
                       std::exchange(actor.freed, Footprint())};
}

}  // namespace conformance::explorer
