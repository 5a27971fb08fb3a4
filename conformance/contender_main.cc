// Serves the contender protocol on file descriptors 0 and 1.

#include "conformance/contender_main.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>  // NOLINT(build/c++11): `thread` means a thread of the system
#include <utility>
#include <vector>

#include "absl/base/const_init.h"
#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "conformance/cancel_request.h"
#include "conformance/command_input.h"
#include "conformance/implementation.h"
#include "conformance/protocol.h"

namespace conformance {
namespace {

// Standard output is written with write(2), whole lines at a time, so that
// nothing is left in a buffer that a forked child could flush again.
ABSL_CONST_INIT absl::Mutex output_mutex(absl::kConstInit);
bool serving ABSL_GUARDED_BY(output_mutex) = false;

void WriteLineLocked(const std::vector<std::string>& fields)
    ABSL_EXCLUSIVE_LOCKS_REQUIRED(output_mutex) {
  const std::string line = absl::StrCat(EncodeLine(fields), "\n");
  for (size_t written = 0; written < line.size();) {
    const ssize_t n =
        ::write(STDOUT_FILENO, line.data() + written, line.size() - written);
    if (n < 0 && errno == EINTR) continue;
    // The runner has gone; so has every reason to go on.
    if (n < 0) ::_exit(1);
    written += static_cast<size_t>(n);
  }
}

void WriteLine(const std::vector<std::string>& fields) {
  absl::MutexLock lock(&output_mutex);
  WriteLineLocked(fields);
}

struct Handle {
  std::string path;
  std::unique_ptr<HeldLock> lock;  // null: the last attempt did not succeed
};

class Server {
 public:
  explicit Server(Implementation& implementation)
      : implementation_(implementation), self_(implementation.Describe()) {}

  void Serve() {
    while (std::optional<std::string> line = input_.Next()) {
      const std::vector<std::string> command = Decode(*line);
      if (!command.empty()) Execute(command);
    }
  }

 private:
  // Empty, and answered, when it makes no sense.
  static std::vector<std::string> Decode(absl::string_view line) {
    absl::StatusOr<std::vector<std::string>> command = DecodeLine(line);
    if (command.ok()) return *std::move(command);
    std::fprintf(stderr, "contender: %s\n",
                 std::string(command.status().message()).c_str());
    WriteLine({"unsupported"});
    return {};
  }

  bool Can(absl::string_view capability) const {
    return self_.can.find(capability) != self_.can.end();
  }

  void Execute(const std::vector<std::string>& command) {
    const std::string& word = command.front();
    const size_t fields = command.size();
    if (word == "hello" && fields == 2) {
      Hello();
    } else if (word == "acquire" && fields == 4) {
      Acquire(command[1], command[2], command[3], /*in_thread=*/false);
    } else if (word == "thread" && fields == 4 && Can(kThread)) {
      Acquire(command[1], command[2], command[3], /*in_thread=*/true);
    } else if (word == "release" && fields == 2) {
      Release(command[1]);
    } else if (word == "touch" && fields == 2 && Can(kTouch)) {
      Touch(command[1]);
    } else if (word == "chdir" && fields == 2 && Can(kChdir)) {
      WriteLine(::chdir(command[1].c_str()) == 0
                    ? std::vector<std::string>{"changed"}
                    : std::vector<std::string>{"unsupported"});
    } else if (word == "fork" && fields == 3 && Can(kFork)) {
      Fork(command[1], command[2]);
    } else if (word == "catch" && fields == 1 && Can(kCatch)) {
      CatchSignal();
    } else if (word == "setenv" && (fields == 2 || fields == 3) &&
               Can(kSetenv)) {
      const int failed = fields == 3
                             ? ::setenv(command[1].c_str(), command[2].c_str(),
                                        /*overwrite=*/1)
                             : ::unsetenv(command[1].c_str());
      WriteLine({failed == 0 ? "set" : "unsupported"});
    } else if (word == "become" && fields == 3 && Can(kBecome)) {
      Become(command[1], command[2]);
    } else if (word == "cancel" && fields == 2 && Can(kCancel)) {
      WriteLine({"error", command[1], "no such wait is under way"});
    } else if (word == "exit" && fields == 1 && Can(kExit)) {
      ::_exit(0);
    } else {
      WriteLine({"unsupported"});
    }
  }

  void Hello() {
    std::string can;
    for (const std::string& capability : self_.can) {
      absl::StrAppend(&can, can.empty() ? "" : ",", capability);
    }
    std::vector<std::string> line = {"hello",
                                     std::string(kProtocol),
                                     absl::StrCat("name=", self_.name),
                                     absl::StrCat("version=", self_.version),
                                     absl::StrCat("pid=", ::getpid()),
                                     absl::StrCat("can=", can)};
    for (const auto& [key, value] :
         {std::pair("profile=", self_.profile), std::pair("at=", self_.at),
          std::pair("stale=", self_.stale), std::pair("user=", self_.user)}) {
      if (!value.empty()) line.push_back(absl::StrCat(key, value));
    }
    WriteLine(line);
  }

  void Acquire(const std::string& name, const std::string& path,
               const std::string& wait_text, bool in_thread) {
    const absl::StatusOr<absl::Duration> wait = ParseWait(wait_text);
    if (!wait.ok() || (*wait == absl::InfiniteDuration() && !Can(kForever)) ||
        (*wait != absl::InfiniteDuration() && *wait != absl::ZeroDuration() &&
         !Can(kWait))) {
      WriteLine({"unsupported"});
      return;
    }
    Attempt attempt;
    const auto acquire = [&] {
      attempt = implementation_.Acquire(path, *wait);
    };
    SetServing(true);
    if (in_thread) {
      std::thread(acquire).join();
    } else if (*wait != absl::ZeroDuration() && Can(kCancel)) {
      attempt = AcquireUnlessCancelled(name, path, *wait);
    } else {
      acquire();
    }
    SetServing(false);
    Handle& handle = handles_[name];
    handle.path = path;
    handle.lock = std::move(attempt.lock);
    if (attempt.kind == AnswerKind::kError) {
      WriteLine({"error", name, attempt.message});
    } else {
      WriteLine({std::string(AnswerKindName(attempt.kind)), name});
    }
  }

  // Meanwhile the input is read by another thread. It has ended before the
  // acquisition is answered; so a `cancel` is answered before that, or finds
  // nothing under way.
  Attempt AcquireUnlessCancelled(const std::string& name,
                                 const std::string& path, absl::Duration wait) {
    CancelRequest request;
    const CommandInput::Listener listener(
        input_, [&](const std::optional<std::string>& line) {
          // Nobody wants the lock any more.
          if (!line.has_value()) {
            request.Make();
            return;
          }
          const std::vector<std::string> command = Decode(*line);
          if (command.empty()) return;
          if (command.size() != 2 || command[0] != "cancel") {
            WriteLine({"unsupported"});
          } else if (command[1] != name) {
            WriteLine({"error", command[1], "no such wait is under way"});
          } else {
            WriteLine({"cancelling", name});
            request.Make();
          }
        });
    return implementation_.AcquireUnlessCancelled(path, wait, request);
  }

  void Release(const std::string& name) {
    const auto it = handles_.find(name);
    std::string error = "there is nothing to release";
    if (it != handles_.end() && it->second.lock != nullptr) {
      SetServing(true);
      error = it->second.lock->Release();
      SetServing(false);
    }
    if (error.empty()) {
      WriteLine({"released", name});
    } else {
      WriteLine({"error", name, error});
    }
  }

  void Touch(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) {
      WriteLine({"error", path, ::strerror(errno)});
      return;
    }
    ::close(fd);
    WriteLine({"touched"});
  }

  // The order matters: a user who isn't root can't change the rest. And a
  // process that has changed its user isn't dumpable, so that nobody could look
  // at it (prctl(2)).
  static void Become(const std::string& user, const std::string& group) {
    uint32_t uid = 0;
    uint32_t gid = 0;
    if (!absl::SimpleAtoi(user, &uid) || !absl::SimpleAtoi(group, &gid)) {
      WriteLine({"unsupported"});
    } else if (::setgroups(0, nullptr) != 0 || ::setgid(gid) != 0 ||
               ::setuid(uid) != 0) {
      WriteLine({"error", user, ::strerror(errno)});
    } else {
      ::prctl(PR_SET_DUMPABLE, 1);
      WriteLine({"became"});
    }
  }

  // Without SA_RESTART, so that calls are interrupted (signal(7)).
  static void CatchSignal() {
    struct sigaction action = {};
    action.sa_handler = [](int /*signal*/) {};
    WriteLine({::sigaction(SIGUSR1, &action, nullptr) == 0 ? "catching"
                                                           : "unsupported"});
  }

  // The answer is sent when the child has done what it was asked: it says so
  // through a pipe, which closes by itself when it exits or execs.
  void Fork(const std::string& name, const std::string& mode) {
    int ends[2];
    const auto it = handles_.find(name);
    if (it == handles_.end() || it->second.lock == nullptr ||
        (mode != "idle" && mode != "release" && mode != "exit" &&
         mode != "exec" && mode != "acquire") ||
        ::pipe2(ends, O_CLOEXEC) != 0) {
      WriteLine({"unsupported"});
      return;
    }
    const pid_t child = ::fork();
    if (child < 0) {
      WriteLine({"unsupported"});
    } else if (child == 0) {
      ::close(ends[0]);
      Child(it->second, mode, ends[1]);
    } else {
      ::close(ends[1]);
      std::string said;
      char c;
      for (;;) {
        const ssize_t n = ::read(ends[0], &c, 1);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) break;
        said += c;
      }
      ::close(ends[0]);
      std::vector<std::string> answer = {"forked", absl::StrCat(child)};
      if (!said.empty()) answer.push_back(said);
      WriteLine(answer);
    }
  }

  [[noreturn]] void Child(Handle& handle, const std::string& mode, int done) {
    // The child must not keep the contender's pipes open: the runner takes
    // their end for the contender's.
    int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    // In an empty root folder there is none; a file in memory is as good.
    if (null < 0) null = ::memfd_create("null", MFD_CLOEXEC);
    ::dup2(null, STDIN_FILENO);
    ::dup2(null, STDOUT_FILENO);
    ::close(null);
    if (mode == "exit") {
      // As a C++ program normally ends: what it still has is destroyed. The
      // handlers of exit() belong to whoever forked us and are not run.
      handles_.clear();
      ::_exit(0);
    }
    if (mode == "exec") {
      ::execlp("sleep", "sleep", "1000000", nullptr);
      ::_exit(127);
    }
    if (mode == "release") handle.lock->Release();
    if (mode == "acquire") {
      Attempt attempt = implementation_.Acquire(handle.path, {});
      const absl::string_view word = AnswerKindName(attempt.kind);
      if (::write(done, word.data(), word.size()) < 0) ::_exit(1);
      kept_ = std::move(attempt.lock);
    }
    ::close(done);
    for (;;) ::pause();
  }

  static void SetServing(bool on) {
    absl::MutexLock lock(&output_mutex);
    serving = on;
  }

  Implementation& implementation_;
  const Introduction self_;
  CommandInput input_;
  std::map<std::string, Handle> handles_;
  std::unique_ptr<HeldLock> kept_;  // what a child in mode acquire got
};

}  // namespace

void EmitLog(absl::string_view severity, absl::string_view message) {
  absl::MutexLock lock(&output_mutex);
  if (!serving) return;
  WriteLineLocked({"log", std::string(severity), std::string(message)});
}

int ContenderMain(Implementation& implementation) {
  // Leaked on purpose: at end of input nothing is released by hand, so the
  // destructors of locks still held must not run either.
  static auto* const server = new Server(implementation);
  server->Serve();
  return 0;
}

}  // namespace conformance
