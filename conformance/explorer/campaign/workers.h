// One campaign by several processes, one to a processor.

#ifndef CONFORMANCE_EXPLORER_CAMPAIGN_WORKERS_H_
#define CONFORMANCE_EXPLORER_CAMPAIGN_WORKERS_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "conformance/explorer/campaign/campaign.h"
#include "conformance/explorer/campaign/search.h"

namespace conformance::explorer {

// How far all of them are, together.
struct CampaignProgress {
  int64_t search = 0, searches = 0;  // the first that isn't done, of how many
  int64_t schedules = 0, pruned = 0, steps = 0;
  int64_t depth = 0;
  double remaining = -1;  // schedules of the present search; < 0: unknown
  absl::Duration since;   // the start
};

struct WorkersOptions {
  CampaignOptions campaign;  // its directory is made here
  int jobs = 1;              // at most SharedWork::kMaxWorkers
  std::string scratch;       // where folders are made; "": TMPDIR or /tmp
  // Ten times a second.
  std::function<void(const CampaignProgress&)> on_progress;
};

// Their findings together: the same, whoever made them, unless the time was up.
// Each is a WorkerProcess, so nothing is left of them, be they killed, or this
// process.
//
// Errors as of Explorer, and of a WorkerProcess: Internal, when one of them
// died.
absl::StatusOr<Exploration> RunWorkers(const WorkersOptions& options);

// Runs in a process of its own with a new folder, like a worker. Gives what
// `body` printed, or how it ended instead.
absl::StatusOr<std::string> RunInWorker(
    const std::string& scratch,
    const std::function<std::string(const std::string& directory)>& body);

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_CAMPAIGN_WORKERS_H_
