// Folder, pipe and guard, and the order in which they go.

#include "conformance/process/worker_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "conformance/monotonic_now.h"
#include "conformance/process/ending.h"
#include "conformance/process/guarded_process.h"
#include "conformance/process/scratch.h"

namespace conformance {
namespace {

constexpr int kMostRemovals = 100;
constexpr absl::Duration kBetweenRemovals = absl::Milliseconds(20);
constexpr absl::Duration kLongestPoll = absl::Seconds(1000);

bool Write(int fd, absl::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno != EINTR) return false;
    if (n > 0) text.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

}  // namespace

absl::StatusOr<WorkerProcess> WorkerProcess::Start(const std::string& scratch,
                                                   const Body& body) {
  const std::string directory = MakeScratch(scratch);
  if (directory.empty()) {
    const int error = errno;
    return absl::FailedPreconditionError(
        absl::StrCat("cannot make a folder in ", ScratchBase(scratch), ": ",
                     ::strerror(error),
                     "; is TMPDIR a folder to write in, with room in it?"));
  }
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    const int error = errno;
    RemoveScratch(directory);
    return absl::ResourceExhaustedError(
        absl::StrCat("pipe(2): ", ::strerror(error),
                     "; ulimit -n 1024, or more, allows more descriptors"));
  }
  // Buffered output would be written by the child once more.
  ::fflush(nullptr);
  absl::StatusOr<GuardedProcess> process = GuardedProcess::Start(
      [&] { return Write(ends[1], body(directory)) ? 0 : 1; },
      [&] { RemoveScratch(directory); });
  ::close(ends[1]);
  if (!process.ok()) {
    ::close(ends[0]);
    RemoveScratch(directory);
    return process.status();
  }
  return WorkerProcess(*process, directory, ends[0]);
}

WorkerProcess::WorkerProcess(GuardedProcess process, std::string directory,
                             int output)
    : process_(process), directory_(std::move(directory)), output_(output) {}

WorkerProcess::WorkerProcess(WorkerProcess&& other) noexcept
    : process_(other.process_),
      directory_(std::move(other.directory_)),
      output_(std::exchange(other.output_, -1)),
      text_(std::move(other.text_)),
      ending_(other.ending_) {}

WorkerProcess& WorkerProcess::operator=(WorkerProcess&& other) noexcept {
  if (this == &other) return *this;
  End();
  process_ = other.process_;
  directory_ = std::move(other.directory_);
  output_ = std::exchange(other.output_, -1);
  text_ = std::move(other.text_);
  ending_ = other.ending_;
  return *this;
}

void WorkerProcess::Read() {
  if (ended()) return;
  char chunk[65536];
  const ssize_t n = ::read(output_, chunk, sizeof(chunk));
  if (n > 0) text_.append(chunk, static_cast<size_t>(n));
  if (n == 0 || (n < 0 && errno != EINTR)) AwaitGuard();
}

bool WorkerProcess::ReadToEnd(absl::Duration deadline) {
  while (!ended()) {
    const absl::Duration left = deadline - MonotonicNow();
    if (left <= absl::ZeroDuration()) return false;
    pollfd ready = {output_, POLLIN, 0};
    if (::poll(&ready, 1,
               static_cast<int>(
                   absl::ToInt64Milliseconds(std::min(left, kLongestPoll))) +
                   1) > 0) {
      Read();
    }
  }
  return true;
}

void WorkerProcess::Stop() const {
  if (!ended()) process_.Stop();
}

void WorkerProcess::End() {
  if (ended()) return;
  Stop();
  AwaitGuard();
}

void WorkerProcess::AwaitGuard() {
  ending_ = process_.Await();
  ::close(std::exchange(output_, -1));
  // Where the guard was killed, nobody has cleaned up; and what dies with it
  // takes a moment.
  for (int i = 0; i < kMostRemovals; ++i) {
    if (::access(directory_.c_str(), F_OK) != 0) break;
    if (i > 0) absl::SleepFor(kBetweenRemovals);
    RemoveFolder();
  }
}

absl::StatusOr<std::string> WorkerProcess::Result() const {
  const bool exited = ending_.kind == Ending::Kind::kExited;
  if (exited && ending_.code == 0) return text_;
  if (exited && ending_.code == kNoProcessStatus && text_.empty()) {
    return absl::ResourceExhaustedError(
        "there was no process to be had for a worker");
  }
  return absl::InternalError(
      absl::StrCat("a worker process ", ending_.ToString()));
}

void WorkerProcess::RemoveFolder() const { RemoveScratch(directory_); }

}  // namespace conformance
