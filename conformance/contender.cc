// Starting, speaking to, and ending one contender process.

#include "conformance/contender.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/contender_child.h"
#include "conformance/contender_main.h"
#include "conformance/implementation.h"
#include "conformance/monotonic_now.h"
#include "conformance/process/ending.h"
#include "conformance/process/proc.h"
#include "conformance/protocol.h"
#include "conformance/utf8.h"

namespace conformance {
namespace {

constexpr size_t kKeptErrorBytes = 4096;
constexpr size_t kMaxChunks = 64;  // that are read of a pipe at a time

struct Pipe {
  int read_end = -1;
  int write_end = -1;
};

bool OpenPipe(Pipe& pipe) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return false;
  pipe = {ends[0], ends[1]};
  return true;
}

void CloseFd(int& fd) {
  // close(2) is never retried: on Linux the descriptor is free even after an
  // error.
  if (fd >= 0) ::close(fd);
  fd = -1;
}

// The child's words on its start: none, once it runs the contender.
std::string ReadAll(int fd) {
  std::string text;
  std::array<char, 512> chunk;
  for (;;) {
    const ssize_t n = ::read(fd, chunk.data(), chunk.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return text;
    text.append(chunk.data(), static_cast<size_t>(n));
  }
}

}  // namespace

ContenderSource ContenderSource::LinkedIn(
    std::function<std::unique_ptr<Implementation>()> make) {
  ContenderSource source;
  source.main = [make = std::move(make)] {
    const std::unique_ptr<Implementation> implementation = make();
    return ContenderMain(*implementation);
  };
  return source;
}

std::string ContenderSource::ToString() const {
  if (command.empty()) return "(linked in)";
  return absl::StrJoin(
      command, " ", [](std::string* out, const std::string& a) {
        const bool plain =
            !a.empty() && std::all_of(a.begin(), a.end(), [](char c) {
              return absl::StrContains("._~/:+,@%=-", c) ||
                     (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                     (c >= 'A' && c <= 'Z');
            });
        if (plain) {
          absl::StrAppend(out, a);
          return;
        }
        // Characters that a terminal obeys, and bytes that are no UTF-8, are
        // shown as Bash writes them.
        const auto shown = [](uint32_t code) {
          return !IsObeyedByTerminals(code);
        };
        if (EscapeUnless(a, shown) != a) {
          const auto plain = [&](uint32_t code) {
            return shown(code) && code != '\'' && code != '\\';
          };
          absl::StrAppend(out, "$'", EscapeUnless(a, plain), "'");
          return;
        }
        absl::StrAppend(out, "'");
        for (const char c : a) {
          absl::StrAppend(out, c == '\'' ? "'\\''" : std::string(1, c));
        }
        absl::StrAppend(out, "'");
      });
}

absl::StatusOr<std::unique_ptr<Contender>> Contender::Start(
    const ContenderSource& source, const StartOptions& options) {
  Pipe in;
  Pipe out;
  Pipe err;
  Pipe report;
  const auto close_all = [&] {
    for (Pipe* pipe : {&in, &out, &err, &report}) {
      CloseFd(pipe->read_end);
      CloseFd(pipe->write_end);
    }
  };
  if (!OpenPipe(in) || !OpenPipe(out) || !OpenPipe(err) || !OpenPipe(report)) {
    const int error = errno;
    close_all();
    return absl::ResourceExhaustedError(
        absl::StrCat("no pipe for a contender: ", ::strerror(error)));
  }
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) {
    const int error = errno;
    close_all();
    return absl::ResourceExhaustedError(
        absl::StrCat("no process for a contender: ", ::strerror(error)));
  }
  if (pid == 0) {
    RunContender(source, options,
                 {in.read_end, out.write_end, err.write_end, report.write_end},
                 parent);
  }
  // Also here, so that the group exists whoever runs first.
  ::setpgid(pid, pid);
  CloseFd(report.write_end);
  const std::string failure = ReadAll(report.read_end);
  CloseFd(in.read_end);
  CloseFd(out.write_end);
  CloseFd(err.write_end);
  CloseFd(report.read_end);
  auto contender = absl::WrapUnique(
      new Contender(pid, in.write_end, out.read_end, err.read_end));
  if (!failure.empty()) {
    const std::string why = absl::StrCat("cannot start ", failure.substr(1));
    return failure[0] == kCannotExecute ? absl::UnavailableError(why)
           : failure[0] == kExhausted   ? absl::ResourceExhaustedError(why)
                                        : absl::FailedPreconditionError(why);
  }
  return contender;
}

Contender::Contender(pid_t pid, int in, int out, int err)
    : pid_(pid), locking_pid_(pid), in_(in), out_(out), err_(err) {
  for (const int fd : {in_, out_, err_}) {
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  }
  pidfd_ = OpenPidfd(pid);
}

Contender::~Contender() {
  KillGroup();
  CloseFd(in_);
  CloseFd(out_);
  CloseFd(err_);
  CloseFd(pidfd_);
}

void Contender::SetLockingPid(pid_t pid) {
  if (pid == locking_pid_) return;
  locking_pid_ = pid;
  CloseFd(pidfd_);
  pidfd_ = OpenPidfd(pid);
}

bool Contender::Send(absl::string_view line) {
  const std::string text = absl::StrCat(line, "\n");
  // A contender that has ended must not kill us; the runner ignores SIGPIPE.
  for (size_t written = 0; written < text.size();) {
    const ssize_t n =
        ::write(in_, text.data() + written, text.size() - written);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) {
      pollfd full = {in_, POLLOUT, 0};
      if (::poll(&full, 1, 10'000) <= 0) return false;
      continue;
    }
    if (n < 0) return false;
    written += static_cast<size_t>(n);
  }
  return true;
}

bool Contender::HasReadEverything() const {
  int unread = 0;
  return in_ >= 0 && ::ioctl(in_, FIONREAD, &unread) == 0 && unread == 0;
}

void Contender::CloseInput() { CloseFd(in_); }

void Contender::ReadInto(int& fd, std::string& buffer, size_t keep_last) {
  // More waits in the pipe until these lines are taken out.
  if (keep_last == 0 && buffer.size() > 2 * kMaxLineBytes) return;
  std::array<char, 16384> chunk;
  // Not for ever: some write faster than we read, and deadlines must pass.
  for (size_t i = 0; i < kMaxChunks && fd >= 0; ++i) {
    const ssize_t n = ::read(fd, chunk.data(), chunk.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) {
      CloseFd(fd);
      return;
    }
    buffer.append(chunk.data(), static_cast<size_t>(n));
    if (keep_last > 0 && buffer.size() > keep_last) {
      buffer.erase(0, buffer.size() - keep_last);
    }
    if (keep_last == 0 && buffer.size() > 2 * kMaxLineBytes) return;
  }
}

void Contender::Pump() {
  ReadInto(out_, buffer_, 0);
  ReadInto(err_, error_tail_, kKeptErrorBytes);
}

bool Contender::Ended() {
  if (pidfd_ < 0) return true;
  pollfd fd = {pidfd_, POLLIN, 0};
  return ::poll(&fd, 1, 0) > 0;
}

std::vector<int> Contender::PollFds() const {
  std::vector<int> fds;
  for (const int fd : {out_, err_, pidfd_}) {
    if (fd >= 0) fds.push_back(fd);
  }
  return fds;
}

Contender::Line Contender::Await(absl::Duration deadline) {
  for (;;) {
    // Asked before reading, so that nothing written before the end is missed.
    const bool ended = Ended();
    Pump();
    const size_t newline = buffer_.find('\n');
    if (newline <= kMaxLineBytes) {  // npos is beyond
      Line line = {Line::Kind::kLine, buffer_.substr(0, newline)};
      buffer_.erase(0, newline + 1);
      return line;
    }
    if (buffer_.size() > kMaxLineBytes) {
      return {Line::Kind::kTooLong, buffer_.substr(0, 200)};
    }
    if (ended) return {Line::Kind::kEnd, buffer_};
    if (out_ < 0) {
      // The output closes a moment before the process can be waited for.
      const absl::Duration soon =
          std::min(deadline, MonotonicNow() + absl::Seconds(2));
      if (AwaitEnd(locking_pid_, soon)) return {Line::Kind::kEnd, buffer_};
      return {Line::Kind::kClosed, buffer_};
    }
    const absl::Duration left = deadline - MonotonicNow();
    if (left <= absl::ZeroDuration()) return {Line::Kind::kTimeout, buffer_};
    std::vector<pollfd> fds;
    for (const int fd : PollFds()) fds.push_back({fd, POLLIN, 0});
    ::poll(fds.data(), fds.size(),
           static_cast<int>(
               absl::ToInt64Milliseconds(std::min(left, absl::Seconds(1000)))) +
               1);
  }
}

bool Contender::Signal(int signal) const {
  // By pidfd, since the number may be another's by now: a wrapper reaps the
  // process that locks without our knowing.
  return ::syscall(SYS_pidfd_send_signal, pidfd_, signal, nullptr, 0) == 0;
}

Ending Contender::Reap(absl::Duration deadline) {
  if (ending_.has_value()) return *ending_;
  for (;;) {
    int status = 0;
    const pid_t reaped = ::waitpid(pid_, &status, WNOHANG);
    if (reaped == pid_) {
      ending_ = Ending::FromWaitStatus(status);
      Pump();
      return *ending_;
    }
    if (reaped < 0 && errno != EINTR) {
      ending_ = Ending{Ending::Kind::kExited, -1};
      return *ending_;
    }
    // So that it cannot hang on a full pipe. Nobody asks any more for lines
    // that are so many.
    if (buffer_.size() > 2 * kMaxLineBytes) buffer_.resize(kMaxLineBytes + 1);
    Pump();
    if (MonotonicNow() >= deadline) return {Ending::Kind::kLives, 0};
    AwaitEnd(pid_, std::min(deadline, MonotonicNow() + absl::Milliseconds(50)));
  }
}

void Contender::KillGroup() {
  // The group's number stays taken as long as any member lives, so this cannot
  // hit a stranger before the leader is reaped, which comes after.
  if (!ending_.has_value()) {
    ::kill(-pid_, SIGKILL);
    ::kill(pid_, SIGKILL);
    Reap(MonotonicNow() + absl::Seconds(10));
  }
}

std::string Contender::StandardError() {
  Pump();
  return error_tail_;
}

std::string Contender::DescribeThreads() const {
  std::string text;
  for (const pid_t pid : AllProcesses()) {
    if (GroupOf(pid) != pid_) continue;
    absl::StrAppend(&text, DescribeThreadsOf(pid));
  }
  return text;
}

}  // namespace conformance
