// The catalogue as data: its ids, sentences and needs, and selecting from it.

#include "conformance/requirements/catalogue.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "conformance/protocol.h"
#include "conformance/requirement.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

bool IsCamelCase(absl::string_view word) {
  return !word.empty() &&
         absl::ascii_isupper(static_cast<unsigned char>(word[0])) &&
         std::all_of(word.begin(), word.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c));
         });
}

std::vector<std::string> Ids(absl::string_view filter) {
  const absl::StatusOr<std::vector<Requirement>> selected = Select(filter);
  EXPECT_TRUE(selected.ok()) << selected.status();
  std::vector<std::string> ids;
  if (selected.ok()) {
    for (const Requirement& requirement : *selected) {
      ids.emplace_back(requirement.id);
    }
  }
  return ids;
}

TEST(CatalogueTest, IdsAreUniqueAndOfOneForm) {
  std::set<absl::string_view> ids;
  std::set<std::string> lower;
  for (const Requirement& requirement : Catalogue()) {
    const absl::string_view id = requirement.id;
    EXPECT_TRUE(ids.insert(id).second) << id << " stands there twice";
    // They are anchors in documents, where case doesn't count.
    EXPECT_TRUE(lower.insert(absl::AsciiStrToLower(id)).second) << id;
    EXPECT_TRUE(IsCamelCase(ChapterOf(id))) << id;
    EXPECT_TRUE(IsCamelCase(id.substr(ChapterOf(id).size() + 1))) << id;
    EXPECT_EQ(FindRequirement(id), &requirement);
  }
  EXPECT_EQ(FindRequirement("No.Such"), nullptr);
  EXPECT_EQ(FindRequirement(""), nullptr);
}

TEST(CatalogueTest, ChaptersAreWhole) {
  std::set<absl::string_view> seen;
  absl::string_view now;
  for (const Requirement& requirement : Catalogue()) {
    const absl::string_view chapter = ChapterOf(requirement.id);
    if (chapter == now) continue;
    EXPECT_TRUE(seen.insert(chapter).second) << chapter << " is in two parts";
    now = chapter;
  }
}

TEST(CatalogueTest, EachSaysWhatItPromisesAndWhy) {
  for (const Requirement& requirement : Catalogue()) {
    const absl::string_view promise = requirement.promise;
    EXPECT_TRUE(absl::EndsWith(promise, ".")) << requirement.id;
    EXPECT_FALSE(absl::StrContains(promise, ". "))
        << requirement.id << ": one sentence";
    EXPECT_FALSE(absl::StrContains(promise, '\n')) << requirement.id;
    ASSERT_FALSE(promise.empty()) << requirement.id;
    EXPECT_FALSE(absl::ascii_islower(static_cast<unsigned char>(promise[0])))
        << requirement.id;
    EXPECT_TRUE(absl::EndsWith(requirement.reason, ".")) << requirement.id;
    EXPECT_NE(requirement.check, nullptr) << requirement.id;
  }
}

TEST(CatalogueTest, NeedsAreKnownCapabilities) {
  const std::set<absl::string_view> known(AllCapabilities().begin(),
                                          AllCapabilities().end());
  for (const Requirement& requirement : Catalogue()) {
    std::set<absl::string_view> needs;
    for (const absl::string_view need : requirement.needs) {
      EXPECT_EQ(known.count(need), 1) << requirement.id << " needs " << need;
      EXPECT_TRUE(needs.insert(need).second) << requirement.id;
    }
  }
}

TEST(CatalogueTest, WhatHasNoMeaningOnWindowsIsThereAndSaysWhy) {
  for (const auto& [pattern, reason] : NotOnWindows()) {
    EXPECT_THAT(Ids(pattern), Not(IsEmpty())) << pattern;
    // Half a sentence.
    EXPECT_FALSE(reason.empty() || absl::EndsWith(reason, ".")) << reason;
  }
  EXPECT_EQ(FindRequirement("Exclusion.SecondProcessIsRefused")->not_on_windows,
            "");
  EXPECT_THAT(std::string(FindRequirement("Paths.Fifo")->not_on_windows),
              HasSubstr("no FIFOs"));
}

TEST(SelectTest, TakesPatternsAndTakesAway) {
  EXPECT_EQ(Ids("*").size(), Catalogue().size());
  EXPECT_EQ(Ids("").size(), Catalogue().size());
  EXPECT_THAT(Ids("Exclusion.SecondProcessIsRefused"),
              ElementsAre("Exclusion.SecondProcessIsRefused"));
  EXPECT_THAT(Ids("Exclusion.SecondProcessIs?efused"),
              ElementsAre("Exclusion.SecondProcessIsRefused"));
  const std::vector<std::string> both = Ids("Crash.*:Exclusion.*");
  EXPECT_EQ(both.size(), Ids("Crash.*").size() + Ids("Exclusion.*").size());
  // The catalogue's order, not the filter's.
  EXPECT_TRUE(absl::StartsWith(both.front(), "Exclusion."));
  EXPECT_EQ(Ids("-Crash.*").size(), Catalogue().size() - Ids("Crash.*").size());
  EXPECT_EQ(Ids("Exclusion.*-Exclusion.SecondProcessIsRefused").size(),
            Ids("Exclusion.*").size() - 1);
  EXPECT_EQ(Ids("*-Crash.*:Exclusion.*").size(),
            Catalogue().size() - both.size());
}

TEST(SelectTest, NothingSelectedIsAnError) {
  for (const absl::string_view filter :
       {"No.Such", "exclusion.*", "Exclusion", "-*", "Crash.*-Crash.*", ":"}) {
    const absl::Status status = Select(filter).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kNotFound) << filter;
    EXPECT_THAT(std::string(status.message()), HasSubstr("lockcheck list"));
  }
}

}  // namespace
}  // namespace conformance
