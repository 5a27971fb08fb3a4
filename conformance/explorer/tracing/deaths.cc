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
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/tracing/actor_id.h"
#include "conformance/explorer/tracing/hang_limit.h"
#include "conformance/explorer/tracing/process_table.h"
#include "conformance/explorer/tracing/stop.h"
#include "conformance/explorer/tracing/trace_events.h"
#include "conformance/explorer/tracing/tracee.h"
#include "conformance/explorer/tracing/wait_result.h"
#include "conformance/monotonic_now.h"

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

// The same wait, where it is for the end of one that was killed. SIGKILL can't
// be caught, so a hang is the system's then, and no fault of the contender.
WaitResult Deaths::OfKilled(ActorId id, WaitResult wait) const {
  if (wait.end != WaitResult::End::kHangs) return wait;
  return WaitResult::Unkillable(absl::StrCat(
      "contender ", LetterOf(id.contender), " was killed and hasn't ended in ",
      absl::FormatDuration(deadline_),
      ": it waits in the kernel, e.g. for a file system that doesn't answer"));
}

absl::StatusOr<Death> Deaths::Kill(ActorId id) {
  Death death;
  Actor* const found = table_.Find(id);
  if (found == nullptr) return death;
  Actor& actor = *found;
  HangLimit hang_limit(deadline_, MonotonicNow());
  // A child that a dying one has just forked comes up while we wait.
  while (actor.tasks > 0) {
    // Nobody waits for its answers.
    actor.answers.Drop();
    for (const pid_t pid : table_.ProcessesOf(id)) kill_(pid, SIGKILL);
    absl::StatusOr<WaitResult> waited = events_.WaitForDeath(id, hang_limit);
    if (!waited.ok()) return waited.status();
    death.wait = OfKilled(id, *std::move(waited));
    if (death.wait.in_vain()) return death;
  }
  actor.lives = false;
  death.freed = std::exchange(actor.freed, Footprint());
  death.freed.Write(Object::Process(id.ToString()));
  return death;
}

// After an end or a crash, in the place of those that earlier ones left.
absl::StatusOr<WaitResult> Deaths::LeaveSurvivors(ActorId id) {
  absl::StatusOr<Death> earlier = Kill(ActorId::SurvivorsOf(id));
  if (!earlier.ok()) return earlier.status();
  if (!earlier->wait.in_vain()) table_.LeaveSurvivors(id);
  return std::move(earlier->wait);
}

absl::StatusOr<Death> Deaths::Crash(ActorId id) {
  Death death;
  Actor* const found = table_.Find(id);
  if (found == nullptr) return death;
  if (!table_.HasHelpers(id)) return Kill(id);

  absl::StatusOr<WaitResult> waited = LeaveSurvivors(id);
  if (!waited.ok()) return waited.status();
  death.wait = *std::move(waited);
  if (death.wait.in_vain()) return death;
  Actor& actor = *found;
  Actor& left = *table_.Find(ActorId::SurvivorsOf(id));
  HangLimit hang_limit(deadline_, MonotonicNow());
  kill_(actor.locking, SIGKILL);
  while (actor.tasks > 0) {
    waited = events_.Wait(id, hang_limit);
    if (!waited.ok()) return waited.status();
    death.wait = OfKilled(id, *std::move(waited));
    if (death.wait.in_vain()) return death;
    // Another of its threads may just have made a child.
    table_.SetSurvivorsApart(id);
  }
  actor.lives = false;
  // Some may be killed by its death (PR_SET_PDEATHSIG, prctl(2)).
  absl::StatusOr<TraceEvents::Noticed> died =
      events_.NoticeDeaths(ActorId::SurvivorsOf(id), hang_limit);
  if (!died.ok()) return died.status();
  death.wait = OfKilled(id, std::move(died->wait));
  if (death.wait.in_vain()) return death;
  death.freed = std::exchange(actor.freed, Footprint());
  death.freed.Add(std::exchange(left.freed, Footprint()));
  death.freed.Write(Object::Process(id.ToString()));
  return death;
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
  SurvivorsStop stop;
  if (found == nullptr) return stop;
  Actor& actor = *found;
  HangLimit hang_limit(deadline_, MonotonicNow());
  const absl::Duration start = MonotonicNow();
  int rounds = 0;
  bool rests = false;
  while (actor.tasks > 0 && !rests) {
    if (absl::Status status = events_.status(); !status.ok()) return status;
    if (Stand(id)) {
      events_.Settle(id);
      absl::StatusOr<TraceEvents::Noticed> died =
          events_.NoticeDeaths(id, hang_limit);
      if (!died.ok()) return died.status();
      stop.wait = OfKilled(id, std::move(died->wait));
      if (stop.wait.in_vain()) return stop;
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
  stop.call = actor.tasks > 0 && !rests;
  stop.freed = std::exchange(actor.freed, Footprint());
  return stop;
}

}  // namespace conformance::explorer
