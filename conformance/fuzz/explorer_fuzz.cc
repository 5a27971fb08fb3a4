// The explorer, with contenders that answer as they like.
//
// The first byte, which says what they claim, says as well whether there is
// enough time for what is endless to grow.

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "conformance/explorer/campaign/explored_json.h"
#include "conformance/explorer/campaign/search.h"
#include "conformance/explorer/campaign/workers.h"
#include "conformance/fuzz/hostile_contender.h"
#include "conformance/runner.h"
#include "tools/fuzz/check.h"

namespace conformance {
namespace {

using ::fuzz::Check;

void Explore(const std::string& script, bool patient,
             const std::string& scratch) {
  explorer::WorkersOptions options;
  options.scratch = scratch;
  explorer::CampaignOptions& campaign = options.campaign;
  campaign.explorer.source = HostileContender(script);
  campaign.explorer.tracing.deadline =
      patient ? absl::Seconds(3) : absl::Milliseconds(100);
  campaign.budget = patient ? absl::Seconds(4) : absl::Milliseconds(300);
  campaign.plan.cycles = {1, 1};
  campaign.plan.failures = false;
  campaign.plan.crash_states = false;
  campaign.plan.planted = explorer::Plan::Planted::kNothing;
  const absl::StatusOr<explorer::Exploration> explored =
      explorer::RunWorkers(options);
  if (!explored.ok()) {
    Check(!absl::IsInternal(explored.status()) &&
              !absl::IsUnknown(explored.status()),
          std::string(explored.status().message()).c_str());
    Check(explored.status().message().size() < 1U << 20U,
          "what is said is of a bounded size");
    return;
  }
  const std::string json = explorer::ExploredToJson(*explored).dump();
  Check(json.size() < size_t{16} << 20, "what is found is of a bounded size");
  Check(explorer::ExploredFromJson(json).ok(),
        "what is found can be passed on");
}

}  // namespace
}  // namespace conformance

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const bool kInitialized = (conformance::InitializeRunner(), true);
  if (size == 0 || size > 200 || !kInitialized) return 0;
  const std::string script(reinterpret_cast<const char*>(data), size);
  conformance::CheckNothingIsLeft([&](const std::string& scratch) {
    conformance::Explore(script, data[0] / 64 == 1, scratch);
  });
  return 0;
}
