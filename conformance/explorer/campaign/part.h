// One process's part of a campaign that several do together: how it tells the
// others, and what all parts are together.

#ifndef CONFORMANCE_EXPLORER_CAMPAIGN_PART_H_
#define CONFORMANCE_EXPLORER_CAMPAIGN_PART_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "conformance/explorer/campaign/search.h"
#include "conformance/explorer/campaign/shared_work.h"

namespace conformance::explorer {

// The work of one process on a campaign that several do together.
struct Part {
  enum class Ended {
    kDone,
    // All should begin again without copies, with new shared work.
    kAgain,
    // The others have planned other searches, because crashes leave one thing
    // at one time and another at another; they go on without this one.
    kDisagrees,
    kNotBegun,  // the time was up before
  };
  Ended ended = Ended::kDone;
  Exploration explored;  // if it is done
  std::string because;   // of kAgain; empty where another knows it
};

// As text for a pipe: a word, a space, and what belongs to it. An error of the
// whole is kept with its code.
std::string PartToText(const absl::StatusOr<Part>& part);
// The error that was written, or Internal where it isn't such text.
absl::StatusOr<Part> PartFromText(absl::string_view text);

// The findings of those that are done; nothing is in it if none is. A
// search isn't complete where a part of it belonged to one that isn't done
// (SharedWork::HasBoundParts).
//
// Internal: they have searched different things.
absl::StatusOr<Exploration> Unite(std::vector<Part> parts,
                                  const SharedWork& shared_work);

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_CAMPAIGN_PART_H_
