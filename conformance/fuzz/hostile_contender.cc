// By hand, since it is to speak wrongly.

#include "conformance/fuzz/hostile_contender.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <system_error>  // NOLINT(build/c++11): std::filesystem's errors
#include <utility>
#include <vector>

#include "absl/base/config.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/monotonic_now.h"
#include "conformance/process/proc.h"
#include "conformance/process/scratch.h"
#include "conformance/protocol.h"
#include "tools/fuzz/check.h"

namespace conformance {
namespace {

using ::fuzz::Check;

constexpr absl::Duration kLongest = absl::Minutes(1);
#if defined(ABSL_HAVE_ADDRESS_SANITIZER)
constexpr int64_t kMostMemory = int64_t{1} << 30;
#else
constexpr int64_t kMostMemory = int64_t{48} << 20;
#endif

// The most that this process, or one that has been waited for, has had.
int64_t MostMemory(int whose) {
  rusage used = {};
  ::getrusage(whose, &used);
  return int64_t{used.ru_maxrss} << 10;
}

void Write(absl::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(STDOUT_FILENO, text.data(), text.size());
    if (n <= 0) return;
    text.remove_prefix(static_cast<size_t>(n));
  }
}

[[noreturn]] void Sleep() {
  for (;;) ::pause();
}

class Hostile {
 public:
  explicit Hostile(std::string script) : script_(std::move(script)) {}

  int Run() {
    // Where nobody reads it is ended, as is usual.
    claims_ = Next(0);
    const unsigned before = Next(0);
    if (before % 4 == 3) {
      const std::string text = Bytes();
      Write(text);
      if (before % 8 == 7) Write("\n");
    }
    std::string line;
    char byte = 0;
    while (::read(STDIN_FILENO, &byte, 1) == 1) {
      if (byte != '\n') {
        line += byte;
        continue;
      }
      const absl::StatusOr<std::vector<std::string>> command = DecodeLine(line);
      if (command.ok()) Serve(*command);
      line.clear();
    }
    return 0;
  }

 private:
  // The next byte of the script; `otherwise` behind its end.
  unsigned Next(unsigned otherwise) {
    if (at_ >= script_.size()) return otherwise;
    return static_cast<unsigned char>(script_[at_++]);
  }
  // Some of it: as many as the next byte says.
  std::string Bytes() {
    const size_t size = Next(0) % 32;
    std::string bytes = script_.substr(std::min(at_, script_.size()), size);
    at_ += bytes.size();
    return bytes;
  }

  std::string Hello() const {
    constexpr absl::string_view kClaims[] = {
        "", "fork,touch", "wait,forever,cancel", "log,fork,exit,chdir,catch"};
    const int64_t pid = claims_ % 64 == 61   ? ::getppid()
                        : claims_ % 64 == 62 ? 1
                        : claims_ % 64 == 63 ? INT32_MAX
                                             : ::getpid();
    return absl::StrCat("hello ", kProtocol,
                        " name=hostile version=1 pid=", pid,
                        " can=", kClaims[claims_ % 4], "\n");
  }

  // As a plain lock would.
  std::string Honest(const std::vector<std::string>& command) {
    const std::string& word = command[0];
    const std::string handle =
        command.size() > 1 ? EncodeField(command[1]) : "";
    if (word == "hello") return Hello();
    if (word == "acquire" && command.size() > 2) {
      const int fd =
          ::open(command[2].c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
      if (fd >= 0 && ::flock(fd, LOCK_EX | LOCK_NB) == 0) {
        held_[command[1]] = fd;
        return absl::StrCat("acquired ", handle, "\n");
      }
      ::close(fd);
      return absl::StrCat(fd < 0 ? "error " : "busy ", handle,
                          fd < 0 ? " no\n" : "\n");
    }
    if (word == "release") {
      const auto held = held_.find(handle);
      if (held == held_.end()) return absl::StrCat("error ", handle, " no\n");
      ::close(held->second);
      held_.erase(held);
      return absl::StrCat("released ", handle, "\n");
    }
    if (word == "touch") return "touched\n";
    if (word == "cancel") return absl::StrCat("cancelling ", handle, "\n");
    if (word == "exit") ::_exit(0);
    return "unsupported\n";
  }

  // A child that keeps standard output open, in a session of its own.
  static void LeaveChild() {
    if (::fork() == 0) {
      ::setsid();
      Sleep();
    }
  }

  void Serve(const std::vector<std::string>& command) {
    const std::string handle =
        command.size() > 1 ? EncodeField(command[1]) : "a";
    switch (Next(0) % 26) {
      case 1:
        return Write(absl::StrCat("acquired ", handle, "\n"));
      case 2:
        return Write(absl::StrCat("busy ", handle, "\n"));
      case 3:
        return Write(absl::StrCat("error ", handle, " %1B%5B2J%0A\n"));
      case 4:
        return Write("acquired another\n");
      case 5: {
        const std::string answer = Honest(command);
        return Write(answer + answer);
      }
      case 6: {
        std::string answer = Honest(command);
        answer.pop_back();
        return Write(answer);
      }
      case 7:
        return Write(absl::StrCat(Bytes(), "\n"));
      case 8:
        return Write(Bytes());
      case 9:
        // It ends with the one who reads, or is killed. In large pieces, since
        // nothing can grow faster than it writes.
        for (const std::string much(1U << 16U, 'x');;) Write(much);
      case 10:
        for (const std::string line = absl::StrCat("busy ", handle, "\n");;) {
          Write(line);
        }
      case 11:
        for (;;) Write("log ERROR x\n");
      case 12:
        ::close(STDOUT_FILENO);
        Sleep();
      case 13:
        ::close(STDOUT_FILENO);
        return;
      case 14:
        ::_exit(static_cast<int>(Next(0)));
      case 15:
        ::raise(SIGKILL);
        return;
      case 16:
        ::raise(SIGSEGV);
        return;
      case 17:
        return;  // no answer
      case 18:
        LeaveChild();
        return Write(Honest(command));
      case 19:
        LeaveChild();
        ::_exit(0);
      case 20:
        for (volatile unsigned spin = 0;; spin = spin + 1) {
        }
      case 21:
        ::close(STDIN_FILENO);
        Sleep();
      case 22: {
        const std::string much(1U << 20U, '\x1b');
        if (::write(STDERR_FILENO, much.data(), much.size()) < 0) return;
        return Write(Honest(command));
      }
      case 23:
        ::raise(SIGSTOP);
        return Write(Honest(command));
      case 24:
        // Answers of a length that a line can just not have.
        return Write(absl::StrCat("error ", handle, " ",
                                  std::string(kMaxLineBytes, 'y'), "\n"));
      case 25: {
        // One byte at a time, with a log event before.
        for (const char c : absl::StrCat("log INFO a\n", Honest(command))) {
          Write(absl::string_view(&c, 1));
        }
        return;
      }
      default:
        return Write(Honest(command));
    }
  }

  const std::string script_;
  size_t at_ = 0;
  unsigned claims_ = 0;
  std::map<std::string, int> held_;
};

}  // namespace

ContenderSource HostileContender(std::string script) {
  ContenderSource source;
  source.main = [script = std::move(script)] { return Hostile(script).Run(); };
  return source;
}

void CheckNothingIsLeft(
    const std::function<void(const std::string& scratch)>& body) {
  const std::optional<size_t> descriptors = CountDescriptors(::getpid());
  const std::string scratch = MakeScratch("");
  Check(!scratch.empty(), "a folder can be made");
  const int64_t before = MostMemory(RUSAGE_SELF);
  const absl::Duration begun = MonotonicNow();
  body(scratch);
  Check(MonotonicNow() - begun < kLongest, "it ends in time");
  Check(ChildrenOf(::getpid()).empty(), "no process is left");
  Check(CountDescriptors(::getpid()) == descriptors, "no descriptor is left");
  std::error_code error;
  Check(std::filesystem::is_empty(scratch, error) && !error,
        "no folder is left");
  RemoveScratch(scratch);
  Check(MostMemory(RUSAGE_CHILDREN) < kMostMemory, "no process grows");
  Check(MostMemory(RUSAGE_SELF) - before < kMostMemory / 2,
        "this process doesn't grow");
}

}  // namespace conformance
