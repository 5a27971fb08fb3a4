// Starting and stopping contenders, and the events of ptrace(2).

#include "conformance/explorer/tracer.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
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
#include "conformance/explorer/call.h"
#include "conformance/explorer/file_model.h"
#include "conformance/explorer/filter.h"
#include "conformance/explorer/registers.h"
#include "conformance/explorer/step.h"
#include "conformance/explorer/tracee.h"
#include "conformance/history.h"
#include "conformance/process.h"
#include "conformance/protocol.h"

namespace conformance::explorer {
namespace {

constexpr size_t kKeptErrorBytes = 4096;
// How often a wait looks at the clock.
constexpr int kTickMicroseconds = 20'000;
// Rounds in which a contender's other threads may come to rest, each of them
// long enough for all that are ready to run.
constexpr int kSettlingRounds = 500;

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

void CloseFd(int& fd) {
  if (fd >= 0) ::close(fd);
  fd = -1;
}

std::string ReadAvailable(int fd) {
  std::string text;
  std::array<char, 4096> chunk;
  for (;;) {
    const ssize_t n = ::read(fd, chunk.data(), chunk.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return text;
    text.append(chunk.data(), static_cast<size_t>(n));
  }
}

void Merge(Footprint& into, const Footprint& from) {
  for (const Access& access : from.accesses) {
    if (access.write) {
      into.Write(access.object);
    } else {
      into.Read(access.object);
    }
  }
}

// LeakSanitizer stops the world by ptrace itself, and aborts where it can't.
void LetLeaksBe() {
  const char* const old = ::getenv("LSAN_OPTIONS");
  const std::string options =
      absl::StrCat(old == nullptr ? "" : old, ":detect_leaks=0");
  ::setenv("LSAN_OPTIONS", options.c_str(), 1);
}

}  // namespace

std::string Tracer::Letter(int actor) {
  return std::string(1, static_cast<char>('a' + actor));
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
  auto tracer = absl::WrapUnique(new Tracer(resolved));
  tracer->given_directory_ = options.directory;
  if (::sched_getaffinity(0, sizeof(cpu_set_t), &tracer->processors_) != 0) {
    return absl::InternalError(
        absl::StrCat("sched_getaffinity: ", ::strerror(errno)));
  }
  cpu_set_t one;
  CPU_ZERO(&one);
  const int here =
      options.processor >= 0 ? options.processor : ::sched_getcpu();
  CPU_SET(static_cast<size_t>(here), &one);
  if (::sched_setaffinity(0, sizeof(one), &one) != 0) {
    return absl::UnavailableError(absl::StrCat("can't be pinned to processor ",
                                               here, ": ", ::strerror(errno)));
  }
  PrepareFilter();
  StartTicking();
  tracer->ticking_ = true;
  return tracer;
}

Tracer::Tracer(const TracerOptions& options)
    : options_(options), model_(options.directory) {}

Tracer::~Tracer() {
  for (auto& [number, actor] : actors_) {
    Kill(number).IgnoreError();
    CloseFd(actor.in);
    CloseFd(actor.out);
    CloseFd(actor.err);
  }
  if (ticking_) {
    StopTicking();
    ::sched_setaffinity(0, sizeof(processors_), &processors_);
  }
}

// --- Starting
// -----------------------------------------------------------------

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
  if (::chdir(options_.directory.c_str()) != 0) fail(report, "chdir", errno);
  for (int s = 1; s < NSIG; ++s) {
    if (s != SIGKILL && s != SIGSTOP) ::signal(s, SIG_DFL);
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  LetLeaksBe();
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
          return absl::UnavailableError(
              absl::StrCat("contender ", Letter(number), " answers hello with ",
                           Printable(stop->answer)));
        }
        const auto pid = static_cast<pid_t>(answer->introduction.pid);
        const auto found = processes_.find(pid);
        if (found != processes_.end() && found->second.actor == number) {
          actor.locking = pid;
        }
        return stop->answer;
      }
    }
  }
}

// --- What is asked of it
// --------------------------------------------------------

absl::Status Tracer::Command(int number, absl::string_view line) {
  Actor& actor = actors_[number];
  const std::string text = absl::StrCat(line, "\n");
  for (auto& [tid, task] : tasks_) {
    if (task.actor == number) task.visited = false;
  }
  // A contender that has ended must not kill us.
  struct sigaction old = {};
  struct sigaction ignore = {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, &old);
  ssize_t n = 0;
  do {
    n = ::write(actor.in, text.data(), text.size());
  } while (n < 0 && errno == EINTR);
  const int error = errno;
  ::sigaction(SIGPIPE, &old, nullptr);
  if (n == static_cast<ssize_t>(text.size())) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("a command to contender ",
                                          Letter(number), ": ",
                                          n < 0 ? ::strerror(error) : "cut"));
}

absl::StatusOr<Stop> Tracer::RunToVisible(int number) {
  const auto found = actors_.find(number);
  if (found == actors_.end()) {
    return absl::InternalError(
        absl::StrCat("contender ", Letter(number), " was never started"));
  }
  Actor& actor = found->second;
  const absl::Duration deadline = MonotonicNow() + options_.deadline;
  bool released = false;
  for (;;) {
    if (!broken_.empty()) return Broken();
    if (!actor.lines.empty() || !actor.pending.empty() || !actor.lives) {
      if (released) Settle(number);
      Stop stop;
      if (!actor.lines.empty()) {
        stop.kind = Stop::Kind::kAnswer;
        stop.answer = std::move(actor.lines.front());
        actor.lines.pop_front();
      } else if (!actor.pending.empty()) {
        stop.kind = Stop::Kind::kCall;
        stop.call = tasks_[actor.pending.front()].call;
      } else {
        stop.kind = Stop::Kind::kEnded;
        stop.ending = actor.ending;
      }
      return stop;
    }
    if (!released) Release(number);
    released = true;
    const absl::Status waited = WaitOnce(number, deadline);
    if (!waited.ok()) return waited;
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
  if ((*task)->call.sleeps) return Skip(**task, 0);
  return Make(**task);
}

absl::StatusOr<Performed> Tracer::Make(Task& task) {
  const pid_t tid = task.tid;
  const int number = task.actor;
  const Call call = task.call;
  const pid_t process = task.process;
  Actor& actor = actors_[number];
  actor.pending.pop_front();
  task.visited = true;
  task.to_exit = true;
  task.state = Task::State::kRunning;
  Continue(task);
  const absl::Duration deadline = MonotonicNow() + options_.deadline;
  Performed performed;
  for (;;) {
    if (!broken_.empty()) return Broken();
    const auto found =
        tasks_.find(call.operation() == Operation::kExec ? process : tid);
    if (found == tasks_.end()) break;  // by exit, or killed
    if (found->second.state == Task::State::kAtExit) {
      performed.result = found->second.result;
      performed.footprint = model_.Apply(process, call, performed.result);
      break;
    }
    const absl::Status waited = WaitOnce(number, deadline);
    if (!waited.ok()) return waited;
  }
  Merge(performed.footprint, std::exchange(actor.freed, Footprint()));
  return performed;
}

absl::StatusOr<Performed> Tracer::Skip(Task& task, int64_t result) {
  if (const int error = SkipCall(task.tid, result); error != 0) {
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
  const absl::Duration deadline = MonotonicNow() + options_.deadline;
  // Whom a dying one has just forked comes up while we wait.
  while (actor.tasks > 0) {
    for (const auto& [pid, process] : processes_) {
      if (process.actor == number) ::kill(pid, SIGKILL);
    }
    const absl::Status waited = WaitOnce(number, deadline);
    if (!waited.ok()) return waited;
  }
  actor.lives = false;
  Footprint footprint = std::exchange(actor.freed, Footprint());
  footprint.Write(absl::StrCat("process:", number));
  return footprint;
}

bool Tracer::Lives(int number) const {
  const auto found = actors_.find(number);
  return found != actors_.end() && found->second.lives;
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
  // A description that has the lock already gets it again, and asking through
  // another one would be refused because of it.
  if (description->flock != 0) return false;
  return LockIsTaken(task.process, task.call);
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

absl::Status Tracer::Broken() const { return absl::UnavailableError(broken_); }

// --- Waiting
// --------------------------------------------------------------------

absl::Status Tracer::WaitOnce(int number, absl::Duration deadline) {
  const Actor& actor = actors_[number];
  // The only thread that can come to a stop is asked for alone, so that a wait
  // takes in nothing of the others. A killed process isn't told of before its
  // threads are.
  const pid_t only = actor.tasks == 1 ? OnlyTask(number) : -1;
  for (;;) {
    int status = 0;
    const pid_t tid = ::waitpid(only, &status, __WALL);
    if (tid > 0) {
      Handle(tid, status);
      return absl::OkStatus();
    }
    if (errno != EINTR) {
      return absl::InternalError(absl::StrCat(
          "waiting for contender ", Letter(number), ": ", ::strerror(errno)));
    }
    PumpOutput(number);
    if (!actor.lines.empty()) return absl::OkStatus();
    if (MonotonicNow() >= deadline) {
      return absl::DeadlineExceededError(absl::StrCat(
          "contender ", Letter(number), " neither answers nor comes to a ",
          "visible call within ", absl::FormatDuration(options_.deadline),
          ":\n", DescribeThreads(number)));
    }
  }
}

pid_t Tracer::OnlyTask(int number) const {
  // Nearly always its main process.
  const pid_t main = actors_.find(number)->second.main;
  if (tasks_.find(main) != tasks_.end()) return main;
  for (const auto& [tid, task] : tasks_) {
    if (task.actor == number) return tid;
  }
  return -1;
}

// For answers that didn't go through a write that we could read.
void Tracer::PumpOutput(int number) {
  Actor& actor = actors_[number];
  const std::string bytes = ReadAvailable(actor.out);
  if (!bytes.empty()) TakeOutput(actor, bytes);
}

void Tracer::TakeOutput(Actor& actor, absl::string_view bytes) {
  absl::StrAppend(&actor.output, bytes);
  for (;;) {
    const size_t end = actor.output.find('\n');
    if (end == std::string::npos) return;
    // Log events come before an answer, and are none.
    if (!absl::StartsWith(actor.output, "log ")) {
      actor.lines.push_back(actor.output.substr(0, end));
    }
    actor.output.erase(0, end + 1);
  }
}

// Has those of its threads that stand behind something go on.
void Tracer::Release(int number) {
  const auto release = [this](Task& task) {
    if (task.state != Task::State::kAtExit &&
        task.state != Task::State::kAtAnswer) {
      return;
    }
    task.state = Task::State::kRunning;
    Continue(task);
  };
  Actor& actor = actors_[number];
  if (actor.tasks == 1) {
    release(tasks_[OnlyTask(number)]);
    return;
  }
  for (auto& [tid, task] : tasks_) {
    if (task.actor == number) release(task);
  }
}

bool Tracer::Settled(int number) const {
  return std::all_of(tasks_.begin(), tasks_.end(), [&](const auto& entry) {
    const Task& task = entry.second;
    return task.actor != number || task.state != Task::State::kRunning ||
           task.spawning || TaskIsAsleep(task.process, task.tid);
  });
}

// Threads that go on while one stands are given time to come to rest, so that
// what they do doesn't depend on what other contenders do meanwhile. Where one
// never rests, there is no such point.
void Tracer::Settle(int number) {
  if (actors_[number].tasks <= 1) return;
  for (int i = 0; i < kSettlingRounds; ++i) {
    int status = 0;
    const pid_t tid = ::waitpid(-1, &status, __WALL | WNOHANG);
    if (tid > 0) {
      Handle(tid, status);
      continue;
    }
    if (Settled(number)) return;
    ::sched_yield();
  }
}

void Tracer::Continue(Task& task, int signal) {
  // ESRCH: it has been killed, and the next wait tells.
  ::ptrace(task.to_exit ? PTRACE_SYSCALL : PTRACE_CONT, task.tid, nullptr,
           signal);
}

// --- Events
// ---------------------------------------------------------------------

void Tracer::Handle(pid_t tid, int status) {
  ++stops_;
  auto found = tasks_.find(tid);
  if (WIFEXITED(status) || WIFSIGNALED(status)) {
    if (found != tasks_.end()) Remove(tid, status);
    return;
  }
  if (found == tasks_.end()) {
    if (Adopt(tid) == nullptr) {
      // Nobody's: it can't go on untraced, with a filter that stops it.
      ::kill(tid, SIGKILL);
      return;
    }
    found = tasks_.find(tid);
  }
  Task& task = found->second;
  const int signal = WSTOPSIG(status);
  unsigned long message = 0;
  switch (status >> 16) {
    case PTRACE_EVENT_SECCOMP:
      HandleCall(task);
      return;
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
    case PTRACE_EVENT_CLONE:
      if (::ptrace(PTRACE_GETEVENTMSG, tid, nullptr, &message) == 0) {
        const auto child = static_cast<pid_t>(message);
        if (tasks_.find(child) == tasks_.end()) Adopt(child);
      }
      task.spawning = (status >> 16) == PTRACE_EVENT_VFORK;
      Continue(task);
      return;
    case PTRACE_EVENT_VFORK_DONE:
      task.spawning = false;
      Continue(task);
      return;
    case PTRACE_EVENT_EXEC:
      HandleExec(tid);
      return;
    case PTRACE_EVENT_STOP:
      if (signal == SIGTRAP) {
        Continue(task);  // the first stop of a new thread
      } else {
        ::ptrace(PTRACE_LISTEN, tid, nullptr, nullptr);  // stopped by a signal
      }
      return;
    default:
      break;
  }
  if (signal == (SIGTRAP | 0x80)) {
    HandleExit(task);
  } else {
    Continue(task, signal);
  }
}

// A thread or child that we meet for the first time; nullptr when it is of no
// contender.
Tracer::Task* Tracer::Adopt(pid_t tid) {
  const pid_t process = ThreadGroupOf(tid);
  if (process == 0) return nullptr;
  auto found = processes_.find(process);
  if (found == processes_.end()) {
    const pid_t parent = ParentOf(process);
    auto known = processes_.find(parent);
    if (known == processes_.end()) {
      // The parent has ended meanwhile.
      known = processes_.find(GroupOf(process));
      if (known == processes_.end()) return nullptr;
    }
    model_.Fork(known->first, process);
    found = processes_
                .emplace(process, Process{known->second.actor,
                                          known->second.directory, 0})
                .first;
  }
  ++found->second.tasks;
  ++actors_[found->second.actor].tasks;
  Task& task = tasks_[tid];
  task.tid = tid;
  task.process = process;
  task.actor = found->second.actor;
  return &task;
}

void Tracer::Remove(pid_t tid, int status) {
  const Task task = tasks_[tid];
  tasks_.erase(tid);
  Actor& actor = actors_[task.actor];
  --actor.tasks;
  const auto pending =
      std::find(actor.pending.begin(), actor.pending.end(), tid);
  if (pending != actor.pending.end()) actor.pending.erase(pending);
  const auto process = processes_.find(task.process);
  if (--process->second.tasks > 0) return;
  processes_.erase(process);
  Merge(actor.freed, model_.End(task.process));
  if (task.process == actor.main || task.process == actor.locking) {
    actor.lives = false;
    actor.ending = Ending::FromWaitStatus(status);
  }
}

// The thread that executed is the process's only one from now on, and has the
// process's number (ptrace(2), "execve(2) under ptrace").
void Tracer::HandleExec(pid_t tid) {
  unsigned long message = 0;
  ::ptrace(PTRACE_GETEVENTMSG, tid, nullptr, &message);
  const auto former = static_cast<pid_t>(message);
  Task task = tasks_[former != 0 && tasks_.count(former) != 0 ? former : tid];
  Actor& actor = actors_[task.actor];
  for (auto at = tasks_.begin(); at != tasks_.end();) {
    if (at->second.process != tid) {
      ++at;
      continue;
    }
    const auto pending =
        std::find(actor.pending.begin(), actor.pending.end(), at->first);
    if (pending != actor.pending.end()) actor.pending.erase(pending);
    --actor.tasks;
    at = tasks_.erase(at);
  }
  processes_[tid].tasks = 1;
  ++actor.tasks;
  task.tid = tid;
  Task& now = tasks_[tid] = task;
  // Where others may notice, the call is visible, and its result tells.
  if (!now.to_exit) model_.Exec(tid);
  Continue(now);
}

void Tracer::HandleExit(Task& task) {
  __ptrace_syscall_info info = {};
  ::ptrace(PTRACE_GET_SYSCALL_INFO, task.tid, sizeof(info), &info);
  if (info.op != PTRACE_SYSCALL_INFO_EXIT || !task.to_exit) {
    Continue(task);
    return;
  }
  task.to_exit = false;
  task.result = info.exit.rval;
  if (task.quiet) {
    task.quiet = false;
    model_.Apply(task.process, task.call, task.result);
    Continue(task);
    return;
  }
  task.state = Task::State::kAtExit;
}

void Tracer::HandleCall(Task& task) {
  __ptrace_syscall_info info = {};
  if (::ptrace(PTRACE_GET_SYSCALL_INFO, task.tid, sizeof(info), &info) <= 0) {
    if (errno != ESRCH) {
      broken_ = absl::StrCat("PTRACE_GET_SYSCALL_INFO (Linux 5.3): ",
                             ::strerror(errno));
    }
    return;
  }
  if (info.op != PTRACE_SYSCALL_INFO_SECCOMP ||
      info.seccomp.ret_data != kKnownCall) {
    broken_ = absl::StrCat(
        "contender ", Letter(task.actor),
        " is a program of another kind (32 bits?), which can't be traced");
    return;
  }
  Call& call = task.call;
  call = Call();
  call.type = FindCallType(info.seccomp.nr);
  if (call.type == nullptr) {
    Continue(task);
    return;
  }
  std::copy(std::begin(info.seccomp.args), std::end(info.seccomp.args),
            call.args.begin());
  Decode(task);
  const FileModel::Description* const target =
      call.fd >= 0 ? model_.Find(task.process, call.fd) : nullptr;
  const bool answers = target != nullptr && target->answers();
  if (call.operation() == Operation::kWrite && answers) {
    HandleWrite(task);
    return;
  }
  if (IsVisible(task, target)) {
    task.state = Task::State::kAtCall;
    actors_[task.actor].pending.push_back(task.tid);
    return;
  }
  switch (call.operation()) {
    case Operation::kChangeDir:
      processes_[task.process].directory.clear();
      break;
    case Operation::kClose:
      if (answers) model_.Apply(task.process, call, 0);
      break;
    case Operation::kCloseRange:
      model_.Apply(task.process, call, 0);
      break;
    case Operation::kDup:
    case Operation::kFcntl:
      // Nobody else can notice, but we must know.
      if (call.fd >= 0 || call.fd2 >= 0) {
        task.to_exit = true;
        task.quiet = true;
      }
      break;
    default:
      break;
  }
  Continue(task);
}

// An answer, or a part of one, which is taken here and written nowhere.
void Tracer::HandleWrite(Task& task) {
  const Call& call = task.call;
  std::string bytes;
  if (call.type->name == "write") {
    bytes = ReadMemory(task.tid, call.args[1], call.args[2]);
    if (bytes.size() != call.args[2]) bytes.clear();
  } else if (call.type->name == "writev") {
    bytes = ReadVector(task.tid, call.args[1], call.args[2]);
  }
  Actor& actor = actors_[task.actor];
  if (bytes.empty() || bytes.size() > kMaxLineBytes ||
      SkipCall(task.tid, static_cast<int64_t>(bytes.size())) != 0) {
    Continue(task);  // comes out of the pipe
    return;
  }
  const size_t before = actor.lines.size();
  TakeOutput(actor, bytes);
  if (actor.lines.size() > before) {
    task.state = Task::State::kAtAnswer;
  } else {
    Continue(task);
  }
}

bool Tracer::IsVisible(const Task& task,
                       const FileModel::Description* target) const {
  const Call& call = task.call;
  switch (call.operation()) {
    case Operation::kSleep:
      return task.visited;
    case Operation::kKill:
      return call.actor >= 0;
    case Operation::kExec:
      return model_.HasDescriptors(task.process);
    case Operation::kExit:
      return (call.type->name == "exit_group" ||
              processes_.find(task.process)->second.tasks == 1) &&
             model_.HasDescriptors(task.process);
    case Operation::kCloseRange:
      return call.args[2] == 0 &&
             model_.HasInRange(task.process, call.args[0], call.args[1]);
    case Operation::kDup: {
      // One that is replaced is closed.
      const auto closed = static_cast<uint64_t>(call.fd2);
      return call.fd2 >= 0 && model_.HasInRange(task.process, closed, closed);
    }
    case Operation::kFcntl:
      switch (call.command) {
        case F_GETLK:
        case F_SETLK:
        case F_SETLKW:
        case F_OFD_GETLK:
        case F_OFD_SETLK:
        case F_OFD_SETLKW:
          return target != nullptr && !target->answers();
        default:
          return false;
      }
    case Operation::kChangeDir:
    case Operation::kNone:
      return false;
    default:
      break;
  }
  if (target != nullptr && !target->answers()) return true;
  return !call.name.empty() || !call.name2.empty() || call.fd2 >= 0 ||
         call.actor >= 0;
}

// --- Arguments
// ------------------------------------------------------------------

// `name` is where the path is in the folder.
void Tracer::DecodePath(Task& task, int descriptor, uint64_t address,
                        std::string& path, std::string& name) {
  path = ReadString(task.tid, address);
  if (path.empty()) return;
  if (absl::StartsWith(path, "/proc/")) DecodeProc(task, path, name);
  if (absl::StartsWith(path, "/")) {
    if (name.empty()) name = NameIn(options_.directory, path);
    if (name.empty() && given_directory_ != options_.directory) {
      name = NameIn(given_directory_, path);
    }
    return;
  }
  if (descriptor != AT_FDCWD) {
    const FileModel::Description* const folder =
        model_.Find(task.process, descriptor);
    const std::string base =
        folder != nullptr && !folder->answers()
            ? absl::StrCat(options_.directory, "/", folder->name)
            : ReadLink(
                  absl::StrCat("/proc/", task.process, "/fd/", descriptor));
    name = NameIn(options_.directory, absl::StrCat(base, "/", path));
    return;
  }
  std::string& current = processes_[task.process].directory;
  if (current.empty()) {
    current = ReadLink(absl::StrCat("/proc/", task.process, "/cwd"));
  }
  name = NameIn(options_.directory, absl::StrCat(current, "/", path));
}

// /proc/PID of another contender tells whether it lives; /proc/self/fd/N is
// another name of what is open there (proc(5)).
void Tracer::DecodeProc(Task& task, const std::string& path,
                        std::string& name) {
  const absl::string_view rest = absl::string_view(path).substr(6);
  const absl::string_view whose = rest.substr(0, rest.find('/'));
  int number = 0;
  pid_t pid = task.process;
  if (absl::SimpleAtoi(whose, &number)) {
    pid = number;
  } else if (whose != "self" && whose != "thread-self") {
    return;
  }
  const auto found = processes_.find(pid);
  if (pid != task.process) {
    if (found != processes_.end()) {
      task.call.actor = found->second.actor;
    } else {
      task.call.actor = ActorThatWas(pid);
    }
    if (task.call.actor == task.actor) task.call.actor = -1;
    return;
  }
  const size_t last = path.rfind('/');
  if (!absl::StrContains(path, "/fd/") ||
      !absl::SimpleAtoi(absl::string_view(path).substr(last + 1), &number)) {
    return;
  }
  const FileModel::Description* const open = model_.Find(task.process, number);
  if (open != nullptr && !open->answers()) name = open->name;
}

int Tracer::ActorThatWas(pid_t pid) const {
  for (const auto& [number, actor] : actors_) {
    if (actor.main == pid || actor.locking == pid) return number;
  }
  return -1;
}

void Tracer::Decode(Task& task) {
  Call& call = task.call;
  const auto& args = call.args;
  const auto descriptor = [&args](int index) {
    return static_cast<int>(args[static_cast<size_t>(index)]);
  };
  const auto watched = [&](int fd) {
    return model_.Find(task.process, fd) != nullptr ? fd : -1;
  };
  switch (call.type->shape) {
    case Shape::kNothing:
      break;
    case Shape::kPath:
      DecodePath(task, AT_FDCWD, args[0], call.path, call.name);
      break;
    case Shape::kAtPath:
      DecodePath(task, descriptor(0), args[1], call.path, call.name);
      // AT_EMPTY_PATH, or no path at all: the descriptor itself is meant.
      if (call.path.empty()) call.fd = watched(descriptor(0));
      break;
    case Shape::kPathPath:
      DecodePath(task, AT_FDCWD, args[0], call.path, call.name);
      DecodePath(task, AT_FDCWD, args[1], call.path2, call.name2);
      break;
    case Shape::kAtPathAtPath:
      DecodePath(task, descriptor(0), args[1], call.path, call.name);
      if (call.path.empty()) call.fd = watched(descriptor(0));
      DecodePath(task, descriptor(2), args[3], call.path2, call.name2);
      break;
    case Shape::kTextPath:
      call.path = ReadString(task.tid, args[0]);
      DecodePath(task, AT_FDCWD, args[1], call.path2, call.name);
      break;
    case Shape::kTextAtPath:
      call.path = ReadString(task.tid, args[0]);
      DecodePath(task, descriptor(1), args[2], call.path2, call.name);
      break;
    case Shape::kFd:
      call.fd = watched(descriptor(0));
      break;
    case Shape::kSendfile:
      call.fd = watched(descriptor(0));
      call.fd2 = watched(descriptor(1));
      break;
  }
  switch (call.operation()) {
    case Operation::kOpen:
      DecodeOpen(task);
      break;
    case Operation::kFlock:
      call.command = descriptor(1);
      call.blocking =
          (call.command & LOCK_NB) == 0 && (call.command & LOCK_UN) == 0;
      break;
    case Operation::kFcntl:
      call.command = descriptor(1);
      if (call.fd >= 0) DecodeFcntl(task);
      break;
    case Operation::kDup:
      if (call.type->name != "dup") call.fd2 = watched(descriptor(1));
      break;
    case Operation::kUnlink:
      if (call.type->name == "unlinkat" && (args[2] & AT_REMOVEDIR) != 0) {
        call.removes_folder = true;
      }
      break;
    case Operation::kKill: {
      call.command = descriptor(1);
      const auto found = processes_.find(descriptor(0));
      call.actor = found != processes_.end() ? found->second.actor
                                             : ActorThatWas(descriptor(0));
      if (call.actor == task.actor) call.actor = -1;
      break;
    }
    case Operation::kSleep:
      call.sleeps = true;
      break;
    default:
      break;
  }
}

void Tracer::DecodeOpen(Task& task) {
  Call& call = task.call;
  if (call.type->name == "open") {
    call.flags = call.args[1];
  } else if (call.type->name == "creat") {
    call.flags = O_CREAT | O_WRONLY | O_TRUNC;
  } else if (call.type->name == "openat") {
    call.flags = call.args[2];
  } else {
    // struct open_how begins with the flags (openat2(2)).
    const std::string how = ReadMemory(task.tid, call.args[2], 8);
    if (how.size() == 8) ::memcpy(&call.flags, how.data(), 8);
  }
}

void Tracer::DecodeFcntl(Task& task) {
  Call& call = task.call;
  switch (call.command) {
    case F_GETLK:
    case F_SETLK:
    case F_SETLKW:
    case F_OFD_GETLK:
    case F_OFD_SETLK:
    case F_OFD_SETLKW:
      break;
    default:
      return;
  }
  struct flock lock = {};
  const std::string bytes = ReadMemory(task.tid, call.args[2], sizeof(lock));
  if (bytes.size() != sizeof(lock)) return;
  ::memcpy(&lock, bytes.data(), sizeof(lock));
  call.lock_type = lock.l_type;
  call.lock_start = lock.l_start;
  call.lock_length = lock.l_len;
  call.lock_whence = lock.l_whence;
  call.blocking = (call.command == F_SETLKW || call.command == F_OFD_SETLKW) &&
                  lock.l_type != F_UNLCK;
}

}  // namespace conformance::explorer
