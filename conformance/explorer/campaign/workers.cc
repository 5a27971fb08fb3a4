// Starting, watching and merging.

#include "conformance/explorer/campaign/workers.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/explorer/campaign/campaign.h"
#include "conformance/explorer/campaign/explored_json.h"
#include "conformance/explorer/campaign/search.h"
#include "conformance/explorer/campaign/shared_work.h"
#include "conformance/guarded_process.h"
#include "conformance/history.h"
#include "conformance/scratch.h"

namespace conformance::explorer {
namespace {

constexpr absl::Duration kProgressEvery = absl::Milliseconds(100);
constexpr int kMostRemovals = 100;
constexpr absl::Duration kBetweenRemovals = absl::Milliseconds(20);
// After the time was up, and more: a process that goes on then never ends.
constexpr absl::Duration kMostAfterTheEnd = absl::Minutes(1);

// A process with a folder of its own, whose output is collected.
class WorkerProcess {
 public:
  using Body = std::function<std::string(const std::string& directory)>;

  static absl::StatusOr<WorkerProcess> Start(const std::string& scratch,
                                             const Body& body) {
    WorkerProcess started;
    const std::string directory = MakeScratch(scratch);
    int ends[2];
    if (directory.empty() || ::pipe2(ends, O_CLOEXEC) != 0) {
      return absl::InternalError(
          absl::StrCat("no folder or pipe for a search: ", ::strerror(errno),
                       "; is TMPDIR a folder to write in?"));
    }
    ::fflush(nullptr);
    const absl::StatusOr<GuardedProcess> process = GuardedProcess::Start(
        [&] { return Write(ends[1], body(directory)) ? 0 : 1; },
        [directory] { RemoveScratch(directory); });
    ::close(ends[1]);
    if (!process.ok()) {
      ::close(ends[0]);
      RemoveScratch(directory);
      return process.status();
    }
    started.process_ = *process;
    started.result_ = ends[0];
    started.directory_ = directory;
    return started;
  }

  int result() const { return result_; }
  bool ended() const { return result_ < 0; }

  // Reads what there is; at the end of it, waits for the process.
  void Read() {
    char chunk[65536];
    const ssize_t n = ::read(result_, chunk, sizeof(chunk));
    if (n > 0) text_.append(chunk, static_cast<size_t>(n));
    if (n > 0 || (n < 0 && errno == EINTR)) return;
    ::close(std::exchange(result_, -1));
    ending_ = process_->Await();
    // Where the guard was killed, nobody has cleaned up; and what dies with it
    // takes a moment.
    for (int i = 0; i < kMostRemovals; ++i) {
      if (::access(directory_.c_str(), F_OK) != 0) break;
      if (i > 0) absl::SleepFor(kBetweenRemovals);
      RemoveScratch(directory_);
    }
  }

  void Stop() const { process_->Stop(); }

  absl::StatusOr<std::string> Result() && {
    if (ending_.kind != Ending::Kind::kExited || ending_.code != 0) {
      return absl::InternalError(
          absl::StrCat("a process of the search ", ending_.ToString()));
    }
    return std::move(text_);
  }

 private:
  static bool Write(int fd, const std::string& text) {
    for (size_t written = 0; written < text.size();) {
      const ssize_t n =
          ::write(fd, text.data() + written, text.size() - written);
      if (n < 0 && errno != EINTR) return false;
      if (n > 0) written += static_cast<size_t>(n);
    }
    return true;
  }

  std::optional<GuardedProcess> process_;
  std::string directory_;
  int result_ = -1;
  std::string text_;
  Ending ending_;
};

// The processors that we may use, one after another. -1: there are more of them
// than workers, and each may look for one that nobody else wants.
int ProcessorFor(int worker, int workers) {
  cpu_set_t allowed;
  if (::sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return -1;
  if (workers < CPU_COUNT(&allowed)) return -1;
  int nth = worker % std::max(1, CPU_COUNT(&allowed));
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &allowed) && nth-- == 0) return cpu;
  }
  return -1;
}

// A worker's message to its parent: a word, a space, and what belongs to it.
constexpr absl::string_view kDone = "done";            // its report
constexpr absl::string_view kAgain = "again";          // why
constexpr absl::string_view kDisagrees = "disagrees";  // nothing
constexpr absl::string_view kNotBegun = "not-begun";   // nothing
constexpr absl::string_view kError = "error";          // code, space, message

std::string PartText(const absl::StatusOr<Part>& part) {
  if (!part.ok()) {
    return absl::StrCat(kError, " ", static_cast<int>(part.status().code()),
                        " ", part.status().message());
  }
  switch (part->ended) {
    case Part::Ended::kDone:
      return absl::StrCat(kDone, " ", ExploredToJson(part->explored).dump());
    case Part::Ended::kAgain:
      return absl::StrCat(kAgain, " ", part->because);
    case Part::Ended::kNotBegun:
      return absl::StrCat(kNotBegun, " ");
    case Part::Ended::kDisagrees:
      break;
  }
  return absl::StrCat(kDisagrees, " ");
}

absl::StatusOr<Part> ParsePart(absl::string_view text) {
  const std::pair<absl::string_view, absl::string_view> said =
      absl::StrSplit(text, absl::MaxSplits(' ', 1));
  Part part;
  if (said.first == kDone) {
    absl::StatusOr<Exploration> explored = ExploredFromJson(said.second);
    if (!explored.ok()) return explored.status();
    part.explored = *std::move(explored);
    return part;
  }
  if (said.first == kAgain) {
    part.ended = Part::Ended::kAgain;
    part.because = std::string(said.second);
    return part;
  }
  if (said.first == kDisagrees || said.first == kNotBegun) {
    part.ended = said.first == kDisagrees ? Part::Ended::kDisagrees
                                          : Part::Ended::kNotBegun;
    return part;
  }
  const std::pair<absl::string_view, absl::string_view> error =
      absl::StrSplit(said.second, absl::MaxSplits(' ', 1));
  int code = 0;
  if (said.first != kError || !absl::SimpleAtoi(error.first, &code)) {
    return absl::InternalError(text);
  }
  return absl::Status(static_cast<absl::StatusCode>(code), error.second);
}

CampaignProgress Sum(SharedWork& shared_work, int jobs, absl::Duration begun) {
  CampaignProgress sum;
  for (int worker = 0; worker < jobs; ++worker) {
    const SharedWork::Progress& one = shared_work.progress(worker);
    if (one.searches == 0) continue;
    sum.search = sum.searches == 0 ? one.search.load()
                                   : std::min(sum.search, one.search.load());
    sum.searches = one.searches;
    sum.schedules += one.schedules;
    sum.pruned += one.pruned;
    sum.steps += one.steps;
    sum.depth = std::max(sum.depth, one.depth.load());
    if (one.remaining >= 0) {
      sum.remaining = std::max(sum.remaining, 0.0) + one.remaining;
    }
  }
  sum.since = MonotonicNow() - begun;
  return sum;
}

}  // namespace

absl::StatusOr<Exploration> RunWorkers(const WorkersOptions& options) {
  const int jobs = std::clamp(options.jobs, 1, SharedWork::kMaxWorkers);
  SharedWork* const shared_work = SharedWork::Create();
  if (shared_work == nullptr) {
    return absl::ResourceExhaustedError(
        absl::StrCat("mmap: ", ::strerror(errno)));
  }
  const absl::Duration begun = MonotonicNow();
  std::vector<WorkerProcess> workers;
  for (int worker = 0; worker < jobs; ++worker) {
    CampaignOptions campaign = options.campaign;
    campaign.explorer.tracing.processor = ProcessorFor(worker, jobs);
    absl::StatusOr<WorkerProcess> started = WorkerProcess::Start(
        options.scratch, [&](const std::string& directory) {
          campaign.explorer.tracing.directory = directory;
          return PartText(
              RunPartOfCampaign(campaign, *shared_work, worker, jobs));
        });
    if (!started.ok()) return started.status();
    workers.push_back(*std::move(started));
  }
  while (true) {
    std::vector<pollfd> fds;
    fds.reserve(workers.size());
    for (const WorkerProcess& worker : workers) {
      // Without a descriptor, none is waited for (poll(2)).
      fds.push_back({worker.result(), POLLIN, 0});
    }
    if (std::all_of(
            workers.begin(), workers.end(),
            [](const WorkerProcess& worker) { return worker.ended(); })) {
      break;
    }
    ::poll(fds.data(), fds.size(),
           static_cast<int>(absl::ToInt64Milliseconds(kProgressEvery)));
    for (size_t i = 0; i < fds.size(); ++i) {
      if (fds[i].revents != 0) workers[i].Read();
    }
    if (options.on_progress)
      options.on_progress(Sum(*shared_work, jobs, begun));
    if (MonotonicNow() > begun + options.campaign.budget + kMostAfterTheEnd) {
      for (const WorkerProcess& worker : workers) {
        if (!worker.ended()) worker.Stop();
      }
    }
  }
  std::vector<Part> parts;
  absl::Status failed;
  for (WorkerProcess& worker : workers) {
    const absl::StatusOr<std::string> text = std::move(worker).Result();
    if (!text.ok()) return text.status();
    absl::StatusOr<Part> part = ParsePart(*text);
    if (part.ok()) {
      parts.push_back(*std::move(part));
    } else if (failed.ok()) {
      failed = part.status();
    }
  }
  // The first that wants to begin again knows why.
  const auto again =
      std::find_if(parts.begin(), parts.end(), [](const Part& part) {
        return part.ended == Part::Ended::kAgain && !part.because.empty();
      });
  if (again != parts.end() && !options.campaign.explorer.copies) {
    return absl::InternalError(
        absl::StrCat("it was to begin again twice: ", again->because));
  }
  if (again != parts.end()) {
    WorkersOptions without = options;
    without.campaign = WithoutCopies(options.campaign, again->because, begun);
    return RunWorkers(without);
  }
  if (!failed.ok()) return failed;
  std::optional<Exploration> together;
  for (Part& part : parts) {
    // The part of one that disagrees is done by those that came before it, and
    // of one that hasn't begun by the others, if they have.
    if (part.ended != Part::Ended::kDone) continue;
    if (!together.has_value()) {
      together = std::move(part.explored);
    } else if (!together->Merge(part.explored)) {
      return absl::InternalError("processes that share searches had others");
    }
  }
  return std::move(together).value_or(Exploration());
}

absl::StatusOr<std::string> RunInWorker(const std::string& scratch,
                                        const WorkerProcess::Body& body) {
  absl::StatusOr<WorkerProcess> worker = WorkerProcess::Start(scratch, body);
  if (!worker.ok()) return worker.status();
  while (!worker->ended()) worker->Read();
  return std::move(*worker).Result();
}

}  // namespace conformance::explorer
