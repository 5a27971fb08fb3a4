// Starting and stopping contenders, and the events of ptrace(2).

#include "conformance/explorer/tracing/tracer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/tracing/call.h"
#include "conformance/explorer/tracing/call_decoder.h"
#include "conformance/explorer/tracing/file_model.h"
#include "conformance/explorer/tracing/filter.h"
#include "conformance/explorer/tracing/pinned_processor.h"
#include "conformance/explorer/tracing/registers.h"
#include "conformance/explorer/tracing/tracee.h"
#include "conformance/history.h"
#include "conformance/process.h"
#include "conformance/protocol.h"

namespace conformance::explorer {
namespace {

constexpr size_t kKeptErrorBytes = 4096;
// How often a wait looks at the clock.
constexpr int kTickMicroseconds = 20'000;
// Of so many flock(2) whose result is foreseen, one is looked at.
constexpr int64_t kPassedLocks = 16;
// Events of a contender after which the clock is looked at.
constexpr int64_t kWaitsBetweenLooks = 64;

constexpr int kTraceOptions = PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP |
                              PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
                              PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
                              PTRACE_O_TRACEEXEC | PTRACE_O_TRACEVFORKDONE;

// A wait for a traced thread has no time limit of its own, so the interval
// timer interrupts it now and then.
void Tick(int /*signal*/) {}

void StartTicking() {
  struct sigaction action = {};
  action.sa_handler = Tick;  // without SA_RESTART
  ::sigaction(SIGALRM, &action, nullptr);
  const itimerval often = {{0, kTickMicroseconds}, {0, kTickMicroseconds}};
  ::setitimer(ITIMER_REAL, &often, nullptr);
}

void StopTicking() {
  const itimerval never = {};
  ::setitimer(ITIMER_REAL, &never, nullptr);
  ::signal(SIGALRM, SIG_DFL);
}

// LeakSanitizer stops the world by ptrace itself, and aborts where it can't.
void LetLeaksBe() {
  const char* const old = ::getenv("LSAN_OPTIONS");
  const std::string options =
      absl::StrCat(old == nullptr ? "" : old, ":detect_leaks=0");
  ::setenv("LSAN_OPTIONS", options.c_str(), 1);
}

}  // namespace

std::string Tracer::Letter(int number) {
  return LetterOf(number % Schedule::kMaxContenders);
}

absl::StatusOr<std::unique_ptr<Tracer>> Tracer::Create(
    const TracerOptions& options) {
  TracerOptions resolved = options;
  char* const real = ::realpath(options.directory.c_str(), nullptr);
  if (real == nullptr) {
    return absl::UnavailableError(
        absl::StrCat("no folder for the lock: ", options.directory, ": ",
                     ::strerror(errno)));
  }
  resolved.directory = real;
  ::free(real);
  // Of ourselves, which needs no permission but the call's.
  const uint64_t word = 1;
  if (explorer::ReadMemory(::getpid(), reinterpret_cast<uint64_t>(&word),
                           sizeof(word))
          .empty()) {
    return absl::UnavailableError(absl::StrCat(
        "process_vm_readv(2) is forbidden here: ", ::strerror(errno)));
  }
  absl::StatusOr<std::unique_ptr<PinnedProcessor>> processor =
      PinnedProcessor::Create(options.processor);
  if (!processor.ok()) return processor.status();
  auto tracer = absl::WrapUnique(new Tracer(resolved, options.directory));
  tracer->processor_ = *std::move(processor);
  PrepareFilter();
  StartTicking();
  // A contender that has ended must not kill us by a command.
  struct sigaction ignore = {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, &tracer->pipe_action_);
  tracer->ticking_ = true;
  return tracer;
}

Tracer::Tracer(const TracerOptions& options, const std::string& given_directory)
    : options_(options),
      model_(options.directory),
      decoder_(options.directory, given_directory, model_, *this) {}

Tracer::~Tracer() {
  for (auto& [number, actor] : actors_) {
    Kill(number).IgnoreError();
    CloseFd(actor.in);
    CloseFd(actor.out);
    CloseFd(actor.err);
  }
  while (!patterns_.empty()) DropPattern(patterns_.begin()->first);
  // Those whose parents died after them come up again where we are a subreaper.
  while (::waitpid(-1, nullptr, __WALL | WNOHANG) > 0) {
  }
  if (ticking_) {
    StopTicking();
    ::sigaction(SIGPIPE, &pipe_action_, nullptr);
  }
}

// --- Starting

// The child's end of everything. What it says in `report` is why it failed.
void Tracer::RunChild(const ContenderSource& source, const Plumbing& pipes,
                      pid_t parent) const {
  ::setpgid(0, 0);
  ::close(pipes.go[1]);
  // Until we are traced; the end of our parent ends the wait.
  char go = 0;
  ssize_t n = 0;
  do {
    n = ::read(pipes.go[0], &go, 1);
  } while (n < 0 && errno == EINTR);
  if (n != 1 || ::getppid() != parent) ::_exit(127);
  const auto fail = [&](int report, absl::string_view step, int error) {
    const std::string text = absl::StrCat(step, ": ", ::strerror(error));
    if (::write(report, text.data(), text.size()) < 0) ::_exit(126);
    ::_exit(127);
  };
  ::dup2(pipes.in[0], STDIN_FILENO);
  ::dup2(pipes.out[1], STDOUT_FILENO);
  ::dup2(pipes.error, STDERR_FILENO);
  int report = pipes.report[1];
  if (report != 3) {
    if (::dup3(report, 3, O_CLOEXEC) < 0) ::_exit(127);
    report = 3;
  }
  CloseDescriptorsFrom(4);
  for (int s = 1; s < NSIG; ++s) {
    if (s != SIGKILL && s != SIGSTOP) ::signal(s, SIG_DFL);
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  LetLeaksBe();
  if (options_.start.obey_permissions && !ObeyPermissions()) {
    fail(report, "giving up the right to override permissions", errno);
  }
  if (const int error = InstallFilter(); error != 0) {
    fail(report, "seccomp is forbidden here", error);
  }
  if (source.command.empty()) {
    ::close(report);
    const int status = source.main();
    ::fflush(nullptr);
    // The exit handlers belong to the program that forked us.
    ::_exit(status);
  }
  std::vector<char*> argv;
  argv.reserve(source.command.size() + 1);
  for (const std::string& argument : source.command) {
    argv.push_back(const_cast<char*>(argument.c_str()));
  }
  argv.push_back(nullptr);
  ::execvp(argv[0], argv.data());
  fail(report, argv[0], errno);
  ::_exit(127);
}

absl::StatusOr<std::string> Tracer::Start(int number,
                                          const ContenderSource& source) {
  if (actors_.count(number) != 0) {
    const absl::StatusOr<Footprint> killed = Kill(number);
    if (!killed.ok()) return killed.status();
  }
  Actor& actor = actors_[number];
  CloseFd(actor.in);
  CloseFd(actor.out);
  CloseFd(actor.err);
  actor = Actor();
  Plumbing pipes;
  const auto close_all = [&pipes] {
    for (int* ends : {pipes.in, pipes.out, pipes.go, pipes.report}) {
      CloseFd(ends[0]);
      CloseFd(ends[1]);
    }
    CloseFd(pipes.error);
  };
  pipes.error = ::memfd_create("standard error", MFD_CLOEXEC);
  if (pipes.error < 0 || ::pipe2(pipes.in, O_CLOEXEC) != 0 ||
      ::pipe2(pipes.out, O_CLOEXEC) != 0 || ::pipe2(pipes.go, O_CLOEXEC) != 0 ||
      ::pipe2(pipes.report, O_CLOEXEC | O_NONBLOCK) != 0) {
    const int error = errno;
    close_all();
    return absl::InternalError(absl::StrCat(
        "pipes for contender ", Letter(number), ": ", ::strerror(error)));
  }
  // Several processes write to it, each at its end.
  ::fcntl(pipes.error, F_SETFL, O_APPEND);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) {
    const int error = errno;
    close_all();
    return absl::InternalError(absl::StrCat("fork: ", ::strerror(error)));
  }
  if (child == 0) RunChild(source, pipes, parent);
  ::setpgid(child, child);
  actor.in = std::exchange(pipes.in[1], -1);
  actor.out = std::exchange(pipes.out[0], -1);
  actor.err = std::exchange(pipes.error, -1);
  ::fcntl(actor.out, F_SETFL, O_NONBLOCK);
  if (::ptrace(PTRACE_SEIZE, child, nullptr, kTraceOptions) != 0) {
    const int error = errno;
    close_all();  // which ends the child
    ::kill(child, SIGKILL);
    while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
    }
    return absl::UnavailableError(absl::StrCat(
        "ptrace is forbidden here, so contenders can't be traced: ",
        ::strerror(error)));
  }
  actor.lives = true;
  actor.main = child;
  actor.locking = child;
  actor.tasks = 1;
  tasks_[child] = Task();
  tasks_[child].tid = child;
  tasks_[child].process = child;
  tasks_[child].actor = number;
  processes_[child] = {number, "", 1};
  model_.Start(child, number);
  while (::write(pipes.go[1], "g", 1) < 0 && errno == EINTR) {
  }
  const int report = std::exchange(pipes.report[0], -1);
  close_all();
  absl::StatusOr<std::string> hello = Introduce(number);
  const std::string failure = ReadAvailable(report);
  ::close(report);
  if (!failure.empty()) {
    return absl::UnavailableError(absl::StrCat("cannot start ", failure));
  }
  return hello;
}

absl::StatusOr<std::string> Tracer::Introduce(int number) {
  Actor& actor = actors_[number];
  const absl::Status sent = Command(number, EncodeLine(HelloCommand()));
  // It may have ended by now, which the loop below tells better.
  if (!sent.ok() && actor.in < 0) return sent;
  for (;;) {
    absl::StatusOr<Stop> stop = RunToVisible(number);
    if (!stop.ok()) return stop.status();
    switch (stop->kind) {
      case Stop::Kind::kCall: {
        const absl::StatusOr<Performed> performed = Perform(number);
        if (!performed.ok()) return performed.status();
        break;
      }
      case Stop::Kind::kEnded:
        return absl::UnavailableError(absl::StrCat(
            "contender ", Letter(number), " ", stop->ending.ToString(),
            " before it introduced itself; standard error: ",
            Printable(StandardError(number))));
      case Stop::Kind::kAnswer: {
        const absl::StatusOr<Answer> answer = ParseAnswer(stop->answer);
        if (!answer.ok() || !answer->is(AnswerKind::kHello)) {
          return absl::UnavailableError(absl::StrCat(
              "contender ", Letter(number), " answers hello with ",
              Printable(stop->answer),
              answer.ok() ? ""
                          : absl::StrCat(": ", answer.status().message())));
        }
        const auto pid = static_cast<pid_t>(answer->introduction.pid);
        const auto found = processes_.find(pid);
        if (found == processes_.end() || found->second.actor != number) {
          return absl::UnavailableError(absl::StrCat(
              "contender ", Letter(number), " says that process ", pid,
              " locks, which is neither the one that was started, ", actor.main,
              ", nor a descendant of it"));
        }
        actor.locking = pid;
        return stop->answer;
      }
    }
  }
}

// --- What is asked about it

// Of the contenders that live, and of those whose processes these once were.
int Tracer::ContenderOf(pid_t process) {
  const auto found = processes_.find(process);
  if (found != processes_.end()) return found->second.actor;
  // A number that no contender has, nor its survivors.
  if (dead_ != 0 && process == dead_) return 2 * Schedule::kMaxContenders;
  for (const auto& [number, actor] : actors_) {
    if (actor.main == process || actor.locking == process) return number;
  }
  return -1;
}

std::string Tracer::CurrentFolder(const Caller& caller) {
  std::string& current = processes_[caller.process].directory;
  if (current.empty()) {
    current = ReadLink(absl::StrCat("/proc/", caller.process, "/cwd"));
  }
  return current;
}

std::string Tracer::FolderOf(const Caller& caller, int descriptor) {
  return ReadLink(absl::StrCat("/proc/", caller.process, "/fd/", descriptor));
}

std::string Tracer::ReadString(const Caller& caller, uint64_t address) {
  return explorer::ReadString(caller.tid, address);
}

std::string Tracer::ReadMemory(const Caller& caller, uint64_t address,
                               size_t size) {
  return explorer::ReadMemory(caller.tid, address, size);
}

std::vector<pid_t> Tracer::Threads() const {
  std::vector<pid_t> threads;
  for (const auto& [tid, task] : tasks_) threads.push_back(tid);
  for (const auto& [number, pattern] : patterns_) {
    threads.push_back(pattern.pid);
  }
  return threads;
}

void Tracer::FolderIs(const std::vector<Entry>& entries, pid_t dead) {
  dead_ = dead;
  model_.Reset(entries);
  processor_->MoveIfCrowded([this] { return Threads(); });
}

// --- What is asked of it

absl::Status Tracer::Command(int number, absl::string_view line) {
  Actor& actor = actors_[number];
  const std::string text = absl::StrCat(line, "\n");
  for (auto& [tid, task] : tasks_) {
    if (task.actor == number) task.visited = false;
  }
  ssize_t n = 0;
  do {
    n = ::write(actor.in, text.data(), text.size());
  } while (n < 0 && errno == EINTR);
  const int error = errno;
  if (n == static_cast<ssize_t>(text.size())) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("a command to contender ",
                                          Letter(number), ": ",
                                          n < 0 ? ::strerror(error) : "cut"));
}

absl::Status Tracer::EndInput(int number) {
  Actor& actor = actors_[number];
  if (actor.copied) {
    return absl::FailedPreconditionError(absl::StrCat(
        "contender ", Letter(number), " is a copy: its input can't end"));
  }
  for (auto& [tid, task] : tasks_) {
    if (task.actor == number) task.visited = false;
  }
  CloseFd(actor.in);
  actor.input_ended = true;
  return absl::OkStatus();
}

absl::StatusOr<Stop> Tracer::RunToVisible(int number) {
  const auto found = actors_.find(number);
  if (found == actors_.end()) {
    return absl::InternalError(
        absl::StrCat("contender ", Letter(number), " was never started"));
  }
  Actor& actor = found->second;
  const absl::Duration begun = MonotonicNow();
  Patience patience(options_.deadline, begun);
  bool released = false;
  for (int64_t waits = 1;; ++waits) {
    if (!broken_.empty()) return Broken();
    const auto stands = [this, &actor] {
      return !actor.lines.empty() || HasEnded(actor) || !actor.pending.empty();
    };
    if (stands() && released) Settle(number);
    if (stands() && HasHelpers(number)) {
      if (!released) Settle(number);
      // Who stood before a call may have been killed by another process.
      const absl::StatusOr<bool> died = NoticeDeaths(number, patience);
      if (!died.ok()) return died.status();
      if (*died) Settle(number);
    }
    if (stands()) {
      Stop stop;
      if (!actor.lines.empty()) {
        stop.kind = Stop::Kind::kAnswer;
        stop.answer = std::move(actor.lines.front());
        actor.lines.pop_front();
      } else if (!actor.pending.empty() && !HasEnded(actor)) {
        stop.kind = Stop::Kind::kCall;
        stop.call = tasks_[actor.pending.front()].call;
      } else {
        if (actor.tasks > 0) {
          absl::Status left = LeaveSurvivors(number);
          if (!left.ok()) return left;
        }
        stop.kind = Stop::Kind::kEnded;
        stop.ending = actor.ending;
      }
      stop.freed = std::exchange(actor.freed, Footprint());
      return stop;
    }
    if (!released) Release(number);
    released = true;
    const absl::Status waited = WaitOnce(number, patience);
    if (!waited.ok()) return waited;
    if (waits % kWaitsBetweenLooks != 0) continue;
    // One that never rests, but writes what is no answer, is never waited for.
    const absl::Duration now = MonotonicNow();
    if (now >= options_.end) return TimeIsUp();
    if (now >= begun + 2 * options_.deadline) {
      return absl::DeadlineExceededError(
          absl::StrCat("contender ", Letter(number), " has made ", waits,
                       " calls in ", absl::FormatDuration(now - begun),
                       " and neither answers nor comes to a visible call"));
    }
  }
}

absl::StatusOr<Tracer::Task*> Tracer::Front(int number) {
  const auto found = actors_.find(number);
  if (found == actors_.end() || found->second.pending.empty()) {
    return absl::InternalError(absl::StrCat("contender ", Letter(number),
                                            " stands before no visible call"));
  }
  return &tasks_[found->second.pending.front()];
}

absl::StatusOr<Performed> Tracer::Perform(int number) {
  const absl::StatusOr<Task*> task = Front(number);
  if (!task.ok()) return task.status();
  if ((*task)->call.sleeps && !naps_take_time_) return Skip(**task, 0);
  return Make(**task);
}

absl::StatusOr<Performed> Tracer::Pass(int number) {
  const absl::StatusOr<Task*> front = Front(number);
  if (!front.ok()) return front.status();
  Task& task = **front;
  Actor& actor = actors_[number];
  const bool locks = task.call.operation() == Operation::kFlock;
  // Others of its threads would go on before it is made.
  bool passes = actor.tasks == 1 && actor.lines.empty();
  if (locks) passes &= foresees_locks_ && ++passed_locks_ % kPassedLocks != 0;
  const std::optional<int64_t> foreseen =
      passes ? model_.Foresee(task.process, task.call) : std::nullopt;
  if (!foreseen.has_value()) return Perform(number);
  actor.pending.pop_front();
  task.visited = true;
  task.state = Task::State::kAtExit;  // it goes on when it is released
  return Performed{*foreseen, model_.Apply(task.process, task.call, *foreseen)};
}

absl::StatusOr<Performed> Tracer::Make(Task& task) {
  const pid_t tid = task.tid;
  const int number = task.actor;
  const Call call = task.call;
  const pid_t process = task.process;
  Actor& actor = actors_[number];
  const std::optional<int64_t> foreseen = call.operation() == Operation::kFlock
                                              ? model_.Foresee(process, call)
                                              : std::nullopt;
  actor.pending.pop_front();
  task.visited = true;
  task.to_exit = true;
  task.state = Task::State::kRunning;
  Continue(task);
  Patience patience(options_.deadline, MonotonicNow());
  Performed performed;
  for (;;) {
    if (!broken_.empty()) return Broken();
    const auto found =
        tasks_.find(call.operation() == Operation::kExec ? process : tid);
    if (found == tasks_.end()) break;  // by exit, or killed
    if (found->second.state == Task::State::kAtExit) {
      performed.result = found->second.result;
      foresees_locks_ &=
          performed.result == foreseen.value_or(performed.result);
      performed.footprint = model_.Apply(process, call, performed.result);
      if (call.operation() == Operation::kStat && performed.result == 0) {
        const FileModel::File* const file = model_.FileOf(process, call);
        if (file != nullptr && file->was_there) {
          SetTimesBack(tid, call, file->unchanged);
        }
      }
      break;
    }
    const absl::Status waited = WaitOnce(number, patience);
    if (!waited.ok()) return waited;
  }
  if (call.operation() == Operation::kKill && actors_.count(call.actor) != 0) {
    const absl::StatusOr<bool> died = NoticeDeaths(call.actor, patience);
    if (!died.ok()) return died.status();
    performed.footprint.Add(
        std::exchange(actors_[call.actor].freed, Footprint()));
  }
  performed.footprint.Add(std::exchange(actor.freed, Footprint()));
  return performed;
}

absl::StatusOr<Performed> Tracer::Skip(Task& task, int64_t result) {
  if (const int error = SkipCall(task.tid, result); error != 0) {
    if (error == ESRCH) return Make(task);  // it has been killed
    return absl::InternalError(
        absl::StrCat("contender ", Letter(task.actor),
                     ": skipping a call: ", ::strerror(error)));
  }
  actors_[task.actor].pending.pop_front();
  task.visited = true;
  task.state = Task::State::kAtExit;
  task.result = result;
  return Performed{result, model_.Apply(task.process, task.call, result)};
}

absl::StatusOr<Performed> Tracer::Fail(int number, int error, int partial) {
  const absl::StatusOr<Task*> task = Front(number);
  if (!task.ok()) return task.status();
  const pid_t tid = (*task)->tid;
  const Operation operation = (*task)->call.operation();
  if (operation == Operation::kExit) {
    return absl::FailedPreconditionError("an exit can't fail");
  }
  const bool made = operation == Operation::kClose || partial >= 0;
  if (!made) return Skip(**task, -error);
  absl::StatusOr<Performed> performed =
      partial >= 0 ? Shorten(number, static_cast<uint64_t>(partial))
                   : Make(**task);
  if (!performed.ok() || tasks_.find(tid) == tasks_.end()) return performed;
  SetResult(tid, -error);
  performed->result = -error;
  return performed;
}

absl::StatusOr<Performed> Tracer::Shorten(int number, uint64_t bytes) {
  const absl::StatusOr<Task*> task = Front(number);
  if (!task.ok()) return task.status();
  const Call& call = (*task)->call;
  if (call.type->name != "write" && call.type->name != "pwrite64") {
    return absl::FailedPreconditionError(
        absl::StrCat(call.type->name, " can't be cut short"));
  }
  const uint64_t whole = call.args[2];
  const pid_t tid = (*task)->tid;
  if (bytes >= whole) return Make(**task);
  SetArgument(tid, 2, bytes);
  absl::StatusOr<Performed> performed = Make(**task);
  if (tasks_.find(tid) != tasks_.end()) SetArgument(tid, 2, whole);
  return performed;
}

absl::StatusOr<Footprint> Tracer::Kill(int number) {
  const auto found = actors_.find(number);
  if (found == actors_.end()) return Footprint();
  Actor& actor = found->second;
  Patience patience(options_.deadline, MonotonicNow());
  const bool before = std::exchange(ending_, true);
  // Whom a dying one has just forked comes up while we wait.
  while (actor.tasks > 0) {
    for (const auto& [pid, process] : processes_) {
      if (process.actor == number) ::kill(pid, SIGKILL);
    }
    const absl::Status waited = WaitOnce(number, patience);
    if (!waited.ok()) {
      ending_ = before;
      return waited;
    }
  }
  ending_ = before;
  actor.lives = false;
  Footprint footprint = std::exchange(actor.freed, Footprint());
  footprint.Write(ProcessObject(number));
  return footprint;
}

std::vector<pid_t> Tracer::Processes(int number) const {
  const auto found = actors_.find(number);
  if (found == actors_.end()) return {};
  return {found->second.main, found->second.locking};
}

bool Tracer::Lives(int number) const {
  const auto found = actors_.find(number);
  return found != actors_.end() && found->second.lives;
}

bool Tracer::IsCopy(int number) const {
  const auto found = actors_.find(number);
  return found != actors_.end() && found->second.copied;
}

const Call* Tracer::Pending(int number) const {
  const auto found = actors_.find(number);
  if (found == actors_.end() || found->second.pending.empty()) return nullptr;
  return &tasks_.find(found->second.pending.front())->second.call;
}

bool Tracer::WouldBlock(int number) {
  const absl::StatusOr<Task*> front = Front(number);
  if (!front.ok() || !(*front)->call.blocking) return false;
  const Task& task = **front;
  const FileModel::Description* const description =
      model_.Find(task.process, task.call.fd);
  if (description == nullptr || description->answers()) return false;
  // Asking through another description would be refused because of this one's
  // own lock. Whoever else has one is known to the model.
  if (description->flock != 0) {
    return task.call.command == LOCK_EX && model_.OthersHaveFlock(*description);
  }
  return LockIsTaken(task.process, task.call);
}

bool Tracer::Converts(int number) {
  const absl::StatusOr<Task*> front = Front(number);
  if (!front.ok() || (*front)->call.operation() != Operation::kFlock) {
    return false;
  }
  const FileModel::Description* const description =
      model_.Find((*front)->process, (*front)->call.fd);
  return description != nullptr && description->flock == LOCK_SH &&
         (*front)->call.command == LOCK_EX;
}

std::string Tracer::StandardError(int number) const {
  const auto found = actors_.find(number);
  if (found == actors_.end() || found->second.err < 0) return "";
  const off_t size = ::lseek(found->second.err, 0, SEEK_END);
  const off_t kept = std::min<off_t>(size, kKeptErrorBytes);
  std::string text(static_cast<size_t>(std::max<off_t>(kept, 0)), '\0');
  const ssize_t n =
      ::pread(found->second.err, text.data(), text.size(), size - kept);
  text.resize(static_cast<size_t>(std::max<ssize_t>(n, 0)));
  return text;
}

std::string Tracer::DescribeThreads(int number) const {
  std::string text;
  for (const auto& [pid, process] : processes_) {
    if (process.actor == number) absl::StrAppend(&text, DescribeThreadsOf(pid));
  }
  return text;
}

absl::Status Tracer::TimeIsUp() {
  return absl::CancelledError("the time was up");
}

absl::Status Tracer::Broken() const { return absl::UnavailableError(broken_); }

}  // namespace conformance::explorer
