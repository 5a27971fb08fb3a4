// Verdicts and explorations as JSON, read back from a process that may have
// been killed.

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "conformance/explorer/campaign/explored_json.h"
#include "conformance/explorer/campaign/search.h"
#include "conformance/verdict.h"
#include "conformance/verdict_json.h"
#include "tools/fuzz/check.h"

namespace conformance {
namespace {

using ::fuzz::Check;

void CheckVerdict(absl::string_view text) {
  const absl::StatusOr<Verdict> verdict = VerdictFromJson(text);
  if (!verdict.ok()) {
    Check(absl::IsInvalidArgument(verdict.status()),
          "a refusal is an invalid argument");
    return;
  }
  const std::string written = VerdictToJson(*verdict).dump();
  const absl::StatusOr<Verdict> again = VerdictFromJson(written);
  Check(again.ok(), "a verdict that is written can be read");
  Check(again->id == verdict->id && again->outcome == verdict->outcome &&
            again->history.events().size() == verdict->history.events().size(),
        "a verdict is read as it was written");
  Check(VerdictToJson(*again).dump() == written,
        "a verdict is written as it was read");
}

void CheckExploration(absl::string_view text) {
  using explorer::Exploration;
  const absl::StatusOr<Exploration> explored = explorer::ExploredFromJson(text);
  if (!explored.ok()) {
    Check(absl::IsInvalidArgument(explored.status()),
          "a refusal is an invalid argument");
    return;
  }
  Check(explored->searched.size() == explored->searches.size() &&
            explored->searched.size() == explored->folders.size(),
        "each search has a name and a folder");
  const std::string written = explorer::ExploredToJson(*explored).dump();
  const absl::StatusOr<Exploration> again = explorer::ExploredFromJson(written);
  Check(again.ok(), "an exploration that is written can be read");
  Check(explorer::ExploredToJson(*again).dump() == written,
        "an exploration is written as it was read");
}

}  // namespace
}  // namespace conformance

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  conformance::CheckVerdict(text);
  conformance::CheckExploration(text);
  return 0;
}
