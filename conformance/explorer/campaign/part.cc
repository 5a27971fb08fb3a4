// Text, and the sum of the parts.

#include "conformance/explorer/campaign/part.h"

#include <cstddef>
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
#include "conformance/explorer/campaign/explored_json.h"
#include "conformance/explorer/campaign/search.h"
#include "conformance/explorer/campaign/shared_work.h"

namespace conformance::explorer {
namespace {

// The words, and what follows each.
constexpr absl::string_view kDone = "done";            // its report
constexpr absl::string_view kAgain = "again";          // why
constexpr absl::string_view kDisagrees = "disagrees";  // nothing
constexpr absl::string_view kNotBegun = "not-begun";   // nothing
constexpr absl::string_view kError = "error";          // code, space, message

}  // namespace

std::string PartToText(const absl::StatusOr<Part>& part) {
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

absl::StatusOr<Part> PartFromText(absl::string_view text) {
  const std::pair<absl::string_view, absl::string_view> said =
      absl::StrSplit(text, absl::MaxSplits(' ', 1));
  Part part;
  if (said.first == kDone) {
    absl::StatusOr<Exploration> explored = ExploredFromJson(said.second);
    if (!explored.ok()) {
      return absl::InternalError(explored.status().message());
    }
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

absl::StatusOr<Exploration> Unite(std::vector<Part> parts,
                                  const SharedWork& shared_work) {
  std::optional<Exploration> together;
  bool missing = false;
  for (Part& part : parts) {
    if (part.ended != Part::Ended::kDone) {
      missing = true;
    } else if (!together.has_value()) {
      together = std::move(part.explored);
    } else if (!together->Merge(part.explored)) {
      return absl::InternalError("processes that share searches had others");
    }
  }
  if (!together.has_value()) return Exploration();
  for (size_t i = 0; missing && i < together->searched.size(); ++i) {
    SearchResult& searched = together->searched[i];
    if (!searched.complete || !shared_work.HasBoundParts(i)) continue;
    searched.complete = false;
    searched.why =
        "a process to which parts of it belonged had planned other searches, "
        "or hadn't begun in the time";
  }
  return *std::move(together);
}

}  // namespace conformance::explorer
