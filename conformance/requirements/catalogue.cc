// Puts the chapters together, and selects from them.

#include "conformance/requirements/catalogue.h"

#include <fnmatch.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "conformance/requirement.h"

namespace conformance {
namespace {

bool MatchesAny(absl::string_view id, absl::string_view patterns) {
  const std::vector<std::string> all =
      absl::StrSplit(patterns, ':', absl::SkipEmpty());
  return std::any_of(all.begin(), all.end(), [&](const std::string& pattern) {
    return ::fnmatch(pattern.c_str(), std::string(id).c_str(), 0) == 0;
  });
}

}  // namespace

const std::vector<Requirement>& Catalogue() {
  static const auto* const kCatalogue = [] {
    auto* all = new std::vector<Requirement>();
    for (std::vector<Requirement> chapter :
         {ProtocolChapter(), ExclusionChapter(), PersistenceChapter(),
          ReacquisitionChapter(), RefusalLogChapter(), OwnerRecordChapter(),
          CrashChapter(), InheritanceChapter(), PathsChapter(),
          ExistenceChapter(), UsersChapter(), ErrorsChapter(), ProcessChapter(),
          WaitingChapter(), SystematicChapter()}) {
      all->insert(all->end(), std::make_move_iterator(chapter.begin()),
                  std::make_move_iterator(chapter.end()));
    }
    for (const auto& [pattern, reason] : NotOnWindows()) {
      for (Requirement& requirement : *all) {
        if (MatchesAny(requirement.id, pattern)) {
          requirement.not_on_windows = reason;
        }
      }
    }
    return all;
  }();
  return *kCatalogue;
}

bool IsSystematic(const Requirement& requirement) {
  return ChapterOf(requirement.id) == "Systematic";
}

std::string WithoutSystematic(absl::string_view filter) {
  return absl::StrCat(filter.empty() ? "*" : filter,
                      absl::StrContains(filter, '-') ? ":" : "-",
                      "Systematic.*");
}

const Requirement* FindRequirement(absl::string_view id) {
  for (const Requirement& requirement : Catalogue()) {
    if (requirement.id == id) return &requirement;
  }
  return nullptr;
}

const Requirement* FindByLastPart(absl::string_view part) {
  const Requirement* found = nullptr;
  for (const Requirement& requirement : Catalogue()) {
    if (!absl::EndsWith(requirement.id, absl::StrCat(".", part))) continue;
    if (found != nullptr) return nullptr;
    found = &requirement;
  }
  return found;
}

absl::StatusOr<std::vector<Requirement>> Select(absl::string_view filter) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(filter, absl::MaxSplits('-', 1));
  const absl::string_view wanted = parts.first.empty() ? "*" : parts.first;
  std::vector<Requirement> selected;
  for (const Requirement& requirement : Catalogue()) {
    if (MatchesAny(requirement.id, wanted) &&
        !MatchesAny(requirement.id, parts.second)) {
      selected.push_back(requirement);
    }
  }
  if (selected.empty()) {
    return absl::NotFoundError(
        absl::StrCat("no requirement matches \"", filter,
                     "\"; `lockcheck list` shows them all, and a filter is "
                     "like Exclusion.*:Crash.*-Crash.AbortFrees"));
  }
  return selected;
}

}  // namespace conformance
