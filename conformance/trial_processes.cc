// Trial: what happens to contenders' processes and to their children: signals,
// ends, stops, forks, and time that passes.

#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/history.h"
#include "conformance/monotonic_now.h"
#include "conformance/process/proc.h"
#include "conformance/protocol.h"
#include "conformance/trial.h"
#include "conformance/turned_clock.h"
#include "conformance/verdict.h"

namespace conformance {

void Trial::Signal(int who, int signal) {
  if (!Alive(who)) return;
  disturbed_ = true;
  verdict_.history.Add(who, Event::Kind::kSignalled,
                       {"signal", ::strsignal(signal)});
  SendSignal(who, signal);
}

void Trial::Kill(int who, int signal) {
  if (!Alive(who)) return;
  disturbed_ = true;
  verdict_.history.Add(who, Event::Kind::kSignalled,
                       {"fatal", ::strsignal(signal)});
  SendSignal(who, signal);
  if (going()) RecordEnd(who);
}

void Trial::KillUntilDead(int who, int signal) {
  constexpr int kTimes = 3;
  for (int i = 1; Alive(who) && i < kTimes; ++i) {
    disturbed_ = true;
    verdict_.history.Add(who, Event::Kind::kSignalled,
                         {"fatal", ::strsignal(signal)});
    SendSignal(who, signal);
    if (!going()) return;
    if (AwaitEnd(pid(who), MonotonicNow() + absl::Milliseconds(400))) {
      RecordEnd(who);
      return;
    }
  }
  Kill(who, signal);
}

void Trial::SendSignal(int who, int signal) {
  if (player(who).contender->Signal(signal)) return;
  if (!Own(errno == ESRCH, "sending a signal")) return;
  const std::string label = ContenderLabel(who);
  Decide(Outcome::kCrash, absl::StrCat(label, " lives", AfterNote()),
         absl::StrCat(label, " has ended by itself"));
  verdict_.details = player(who).contender->StandardError();
}

void Trial::EndInput(int who) {
  if (!Alive(who)) return;
  disturbed_ = true;
  verdict_.history.Add(who, Event::Kind::kSignalled, {"fatal", "end of input"});
  player(who).contender->CloseInput();
  RecordEnd(who);
}

void Trial::AskToExit(int who) {
  if (!Alive(who)) return;
  disturbed_ = true;
  verdict_.history.Add(who, Event::Kind::kSignalled, {"fatal", "exit"});
  player(who).contender->Send(EncodeLine(ExitCommand()));
  RecordEnd(who);
}

void Trial::RecordEnd(int who) {
  Player& p = player(who);
  const absl::Duration deadline = MonotonicNow() + options_.deadline;
  // Of the process that locks, first: a wrapper may take its time to notice,
  // and may not notice at all.
  if (!AwaitEnd(p.contender->locking_pid(), deadline)) {
    Decide(Outcome::kHang, absl::StrCat(ContenderLabel(who), " ends"),
           absl::StrCat(ContenderLabel(who), " had not ended after ",
                        absl::FormatDuration(options_.deadline)));
    verdict_.details = p.contender->DescribeThreads();
    return;
  }
  p.ended = true;
  p.asked.reset();
  const bool wrapped = p.contender->locking_pid() != p.contender->pid();
  verdict_.history.Add(
      who, Event::Kind::kEnded,
      {wrapped ? "has ended" : p.contender->Reap(deadline).ToString()});
}

void Trial::Stop(int who) {
  if (!Alive(who)) return;
  Signal(who, SIGSTOP);
  Own(AwaitState(pid(who), "T", MonotonicNow() + options_.deadline),
      "waiting for the contender to stop");
}

bool Trial::TurnClock(int who, absl::Duration by) {
  if (!Alive(who)) return false;
  Player& p = player(who);
  if (!p.clock.has_value()) {
    absl::StatusOr<TurnedClock> clock = TurnedClock::Of(pid(who));
    if (!clock.ok()) {
      NotRun(clock.status().message());
      return false;
    }
    p.clock = *std::move(clock);
  }
  if (const absl::Status status = p.clock->TurnBy(by); !status.ok()) {
    NotRun(status.message());
    return false;
  }
  Did(absl::StrCat("the check has set ", ContenderLabel(who), "'s wall clock ",
                   absl::FormatDuration(absl::AbsDuration(by)),
                   by < absl::ZeroDuration() ? " back" : " on"));
  return going();
}

pid_t Trial::Fork(int who, absl::string_view handle, absl::string_view mode) {
  return static_cast<pid_t>(ForkAnswer(who, handle, mode).child);
}

Answer Trial::ForkAnswer(int who, absl::string_view handle,
                         absl::string_view mode) {
  Answer answer = Ask(who, ForkCommand(handle, mode));
  if (answer.is(AnswerKind::kUnsupported)) {
    Unsupported(
        absl::StrCat("the contender does not support fork in mode ", mode));
  }
  // A pid is sent signals, so it must not be a stranger's. One that has ended
  // can have been reaped already.
  const auto child = static_cast<pid_t>(answer.child);
  if (answer.is(AnswerKind::kForked) && ProcessState(child) != '\0' &&
      (child == player(who).contender->pid() ||
       !DescendsFrom(child, ::getpid()))) {
    Decide(Outcome::kProtocol,
           "forked PID is a child of the contender, as seen from here",
           absl::StrCat(ContenderLabel(who), " said forked ", child,
                        ", which is no child of its"));
    return {};
  }
  return answer;
}

void Trial::KillChild(pid_t child) {
  if (!going()) return;
  verdict_.history.Add(Event::kRunner, Event::Kind::kSignalled,
                       {"kill child", absl::StrCat(child)});
  if (::kill(child, SIGKILL) != 0 && Own(errno == ESRCH, "kill")) {
    Decide(Outcome::kCrash, "the forked child lives",
           absl::StrCat("child ", child, " has ended by itself"));
  }
  AwaitChildEnd(child);
}

void Trial::AwaitChildEnd(pid_t child) {
  if (!going()) return;
  if (!AwaitEnd(child, MonotonicNow() + options_.deadline)) {
    Decide(Outcome::kHang, "the forked child ends",
           absl::StrCat("child ", child, " had not ended after ",
                        absl::FormatDuration(options_.deadline)));
    verdict_.details = DescribeThreadsOf(child);
  }
}

void Trial::Pause(absl::Duration duration) const {
  PauseUntil(MonotonicNow() + duration);
}

void Trial::PauseUntil(absl::Duration monotonic_time) const {
  const timespec at = absl::ToTimespec(monotonic_time);
  while (going() && ::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at,
                                      nullptr) == EINTR) {
  }
}

}  // namespace conformance
