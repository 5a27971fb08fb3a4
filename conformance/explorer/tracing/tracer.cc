// Contenders between two visible calls, and at one.

#include "conformance/explorer/tracing/tracer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/tracing/actor_id.h"
#include "conformance/explorer/tracing/file_model.h"
#include "conformance/explorer/tracing/filter.h"
#include "conformance/explorer/tracing/hang_limit.h"
#include "conformance/explorer/tracing/pinned_processor.h"
#include "conformance/explorer/tracing/process_table.h"
#include "conformance/explorer/tracing/stop.h"
#include "conformance/explorer/tracing/tracee.h"
#include "conformance/explorer/tracing/wait_result.h"
#include "conformance/monotonic_now.h"

namespace conformance::explorer {
namespace {

// Events of a contender after which the clock is looked at.
constexpr int64_t kWaitsBetweenLooks = 64;
// Of standard error.
constexpr size_t kKeptErrorBytes = 4096;

Stop InVain(WaitResult wait) {
  Stop stop;
  stop.kind = Stop::Kind::kInVain;
  stop.wait = std::move(wait);
  return stop;
}

}  // namespace

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
  PrepareFilter();
  return absl::WrapUnique(
      new Tracer(resolved, options.directory, *std::move(processor)));
}

Tracer::Tracer(const TracerOptions& options, const std::string& given_directory,
               std::unique_ptr<PinnedProcessor> processor)
    : options_(options),
      model_(options.directory),
      callers_(table_),
      decoder_(options.directory, given_directory, model_, callers_),
      events_(table_, model_, decoder_, options.deadline, options.end),
      calls_(table_, model_, events_, options.deadline),
      deaths_(table_, events_, options.deadline, options.kill),
      processor_(std::move(processor)) {}

Tracer::~Tracer() {
  for (const ActorId id : table_.Actors()) Kill(id).IgnoreError();
  patterns_.clear();
  // Those whose parents died after them come up again where we are a subreaper.
  while (::waitpid(-1, nullptr, __WALL | WNOHANG) > 0) {
  }
}

void Tracer::FolderIs(const std::vector<Entry>& entries, pid_t dead) {
  callers_.FolderIsOf(dead);
  model_.Reset(entries);
  processor_->MoveIfCrowded([this] {
    std::vector<pid_t> threads = table_.Threads();
    for (const auto& [id, pattern] : patterns_) {
      threads.push_back(pattern->process());
    }
    return threads;
  });
}

// --- Requests

absl::Status Tracer::Command(ActorId id, absl::string_view line) {
  const Actor* const actor = table_.Find(id);
  const int in = actor == nullptr ? -1 : actor->in;
  const std::string text = absl::StrCat(line, "\n");
  table_.BeginCommand(id);
  ssize_t n = 0;
  do {
    n = ::write(in, text.data(), text.size());
  } while (n < 0 && errno == EINTR);
  const int error = errno;
  if (n == static_cast<ssize_t>(text.size())) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("a command to contender ",
                                          LetterOf(id.contender), ": ",
                                          n < 0 ? ::strerror(error) : "cut"));
}

absl::Status Tracer::EndInput(ActorId id) {
  if (table_.IsCopy(id)) {
    return absl::FailedPreconditionError(
        absl::StrCat("contender ", LetterOf(id.contender),
                     " is a copy: its input can't end"));
  }
  table_.BeginCommand(id);
  if (Actor* const actor = table_.Find(id); actor != nullptr) {
    CloseFd(actor->in);
    actor->input_ended = true;
  }
  return absl::OkStatus();
}

absl::StatusOr<Stop> Tracer::RunToVisible(ActorId id, absl::Duration deadline) {
  Actor* const found = table_.Find(id);
  if (found == nullptr) {
    return absl::InternalError(absl::StrCat(
        "contender ", LetterOf(id.contender), " was never started"));
  }
  Actor& actor = *found;
  const absl::Duration begun = MonotonicNow();
  HangLimit hang_limit(deadline, begun);
  bool released = false;
  for (int64_t waits = 1;; ++waits) {
    if (absl::Status status = events_.status(); !status.ok()) return status;
    const auto stands = [this, &actor] {
      return !actor.answers.empty() || table_.HasEnded(actor) ||
             !actor.pending.empty();
    };
    if (stands() && released) events_.Settle(id);
    if (stands() && table_.HasHelpers(id)) {
      if (!released) events_.Settle(id);
      // One that stood before a call may have been killed by another process.
      absl::StatusOr<TraceEvents::Noticed> died =
          events_.NoticeDeaths(id, hang_limit);
      if (!died.ok()) return died.status();
      if (died->wait.in_vain()) return InVain(std::move(died->wait));
      if (died->any) events_.Settle(id);
    }
    if (stands()) {
      Stop stop;
      if (!actor.answers.empty()) {
        stop.kind = Stop::Kind::kAnswer;
        stop.answer = actor.answers.Fetch();
      } else if (!actor.pending.empty() && !table_.HasEnded(actor)) {
        stop.kind = Stop::Kind::kCall;
        stop.call = table_.FindTask(actor.pending.front())->call;
      } else {
        if (actor.tasks > 0) {
          absl::StatusOr<WaitResult> left = deaths_.LeaveSurvivors(id);
          if (!left.ok()) return left.status();
          if (left->in_vain()) return InVain(*std::move(left));
        }
        stop.kind = Stop::Kind::kEnded;
        stop.ending = actor.ending;
      }
      stop.freed = std::exchange(actor.freed, Footprint());
      return stop;
    }
    if (!released) events_.Release(id);
    released = true;
    absl::StatusOr<WaitResult> waited = events_.Wait(id, hang_limit);
    if (!waited.ok()) return waited.status();
    if (waited->in_vain()) return InVain(*std::move(waited));
    if (waits % kWaitsBetweenLooks != 0) continue;
    // One that never rests, but writes what is no answer, is never waited for.
    const absl::Duration now = MonotonicNow();
    if (now >= options_.end) return InVain(WaitResult::TimeIsUp());
    if (now >= begun + 2 * deadline) {
      return InVain(WaitResult::Hangs(
          absl::StrCat("contender ", LetterOf(id.contender), " has made ",
                       waits, " calls in ", absl::FormatDuration(now - begun),
                       " and neither answers nor comes to a visible call")));
    }
  }
}

std::string Tracer::StandardError(ActorId id) const {
  const Actor* const actor = table_.Find(id);
  if (actor == nullptr || actor->err < 0) return "";
  const off_t size = ::lseek(actor->err, 0, SEEK_END);
  const off_t kept = std::min<off_t>(size, kKeptErrorBytes);
  std::string text(static_cast<size_t>(std::max<off_t>(kept, 0)), '\0');
  const ssize_t n = ::pread(actor->err, text.data(), text.size(), size - kept);
  text.resize(static_cast<size_t>(std::max<ssize_t>(n, 0)));
  return text;
}

}  // namespace conformance::explorer
