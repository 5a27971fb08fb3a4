// The catalogue: every requirement, chapter by chapter.

#ifndef CONFORMANCE_REQUIREMENTS_CATALOGUE_H_
#define CONFORMANCE_REQUIREMENTS_CATALOGUE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "conformance/requirement.h"

namespace conformance {

// In the order of every report.
const std::vector<Requirement>& Catalogue();

// Null when there is no requirement with this id.
const Requirement* FindRequirement(absl::string_view id);
// The only one whose id ends with this after its dot; nullptr: none, or
// several.
const Requirement* FindByLastPart(absl::string_view part);

// The requirements that a filter selects: patterns separated by colons, where
// `*` stands for any text and `?` for one character; those after a `-` are
// taken away, as in GoogleTest. NotFound when nothing is selected.
absl::StatusOr<std::vector<Requirement>> Select(absl::string_view filter);

// Whether it is of the chapter that takes much longer than all others, and so
// has to be asked for.
bool IsSystematic(const Requirement& requirement);
// The filter, and nothing of that chapter.
std::string WithoutSystematic(absl::string_view filter);

// The chapters, one file each.
std::vector<Requirement> ProtocolChapter();
std::vector<Requirement> ExclusionChapter();
std::vector<Requirement> PersistenceChapter();
std::vector<Requirement> ReacquisitionChapter();
std::vector<Requirement> RefusalLogChapter();
std::vector<Requirement> OwnerRecordChapter();
std::vector<Requirement> CrashChapter();
std::vector<Requirement> Takeovers();  // of that chapter
std::vector<Requirement> InheritanceChapter();
std::vector<Requirement> PathsChapter();
std::vector<Requirement> ThingsAtPaths();     // of that chapter
std::vector<Requirement> OddNames();          // of that chapter
std::vector<Requirement> ForbiddenPaths();    // of that chapter
std::vector<Requirement> PathsWithoutRoom();  // of that chapter
std::vector<Requirement> WaitingChapter();
std::vector<Requirement> DisturbedWaits();     // of that chapter
std::vector<Requirement> CrowdedWaits();       // of that chapter
std::vector<Requirement> LongWaits();          // of that chapter
std::vector<Requirement> UnlimitedWaits();     // of that chapter
std::vector<Requirement> WokenWaits();         // of that chapter
std::vector<Requirement> CancelledWaits();     // of that chapter
std::vector<Requirement> MoreOfExclusion();    // of that chapter
std::vector<Requirement> ClocksOfExclusion();  // of that chapter
std::vector<Requirement> ExistenceChapter();
std::vector<Requirement> UsersChapter();
std::vector<Requirement> ErrorsChapter();
std::vector<Requirement> ProcessChapter();
std::vector<Requirement> SystematicChapter();

// The requirements without a meaning for a lock of Windows, and why: patterns
// of ids, as in Select, each with half a sentence.
absl::Span<const std::pair<absl::string_view, absl::string_view>>
NotOnWindows();

}  // namespace conformance

#endif  // CONFORMANCE_REQUIREMENTS_CATALOGUE_H_
