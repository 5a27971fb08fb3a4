// Starting, watching and merging.

#include "conformance/explorer/campaign/workers.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <string.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "conformance/explorer/campaign/campaign.h"
#include "conformance/explorer/campaign/part.h"
#include "conformance/explorer/campaign/search.h"
#include "conformance/explorer/campaign/shared_work.h"
#include "conformance/monotonic_now.h"
#include "conformance/process/worker_process.h"

namespace conformance::explorer {
namespace {

constexpr absl::Duration kProgressEvery = absl::Milliseconds(100);
// After the time was up, and more: a process that goes on then never ends.
constexpr absl::Duration kMostAfterTheEnd = absl::Minutes(1);

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
          return PartToText(
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
      fds.push_back({worker.output(), POLLIN, 0});
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
      for (const WorkerProcess& worker : workers) worker.Stop();
    }
  }
  std::vector<Part> parts;
  absl::Status failed;
  for (const WorkerProcess& worker : workers) {
    const absl::StatusOr<std::string> text = worker.Result();
    if (!text.ok()) return text.status();
    absl::StatusOr<Part> part = PartFromText(*text);
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
  return Unite(std::move(parts), *shared_work);
}

absl::StatusOr<std::string> RunInWorker(const std::string& scratch,
                                        const WorkerProcess::Body& body) {
  absl::StatusOr<WorkerProcess> worker = WorkerProcess::Start(scratch, body);
  if (!worker.ok()) return worker.status();
  worker->ReadToEnd();
  return worker->Result();
}

}  // namespace conformance::explorer
