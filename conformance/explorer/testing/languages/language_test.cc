// The runtimes of other languages do things by themselves, which are no part of
// a schedule: searches of these contenders are whole, and the same each time.
//
//   language_test go|node|java
//
// Tests of one language have its name; the others' targets leave them out.

#include "conformance/explorer/testing/languages/language.h"

#include <cstdint>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/explorer/campaign/explorer.h"
#include "conformance/explorer/campaign/search.h"
#include "conformance/explorer/execution/execution.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/testing/session.h"
#include "conformance/testing/temp_folder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

using ::testing::IsEmpty;

std::string language;  // NOLINT: set once, by main

// How often a thing is done to see that it is no luck.
constexpr int kTimes = 3;

class LanguageTest : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(folder_ + "/lock");
    const absl::StatusOr<ContenderSource> source =
        ContenderIn(language, folder_);
    ASSERT_TRUE(source.ok()) << source.status();
    source_ = *source;
  }

  std::unique_ptr<Explorer> Explore() {
    ExplorerOptions options;
    options.source = source_;
    options.tracing.directory = folder_ + "/lock";
    // Two of these runtimes start on one crowded processor.
    options.tracing.deadline = absl::Seconds(60);
    absl::StatusOr<std::unique_ptr<Explorer>> created =
        Explorer::Create(options);
    EXPECT_TRUE(created.ok()) << created.status();
    return created.ok() ? *std::move(created) : nullptr;
  }

  static SearchResult Run(Explorer& explorer, const Search& search) {
    conformance::explorer::OngoingSearch run = Explorer::Begin(search, {});
    const absl::StatusOr<Onward> onward =
        explorer.Continue(run, absl::InfiniteDuration());
    EXPECT_TRUE(onward.ok()) << onward.status();
    EXPECT_TRUE(!onward.ok() || *onward == Onward::kOn)
        << explorer.again_because();
    return std::move(run.searched);
  }

  static Search With(std::vector<int> cycles, Search::Faults faults) {
    Search search;
    search.cycles = std::move(cycles);
    search.faults = faults;
    if (faults != Search::Faults::kNone) search.max_preemptions = 1;
    return search;
  }

  const TempFolder temp_folder_;
  const std::string& folder_ = temp_folder_.path();
  ContenderSource source_;
};

std::vector<std::string> Violations(const SearchResult& searched) {
  std::vector<std::string> all;
  for (const Finding& finding : searched.findings) {
    all.push_back(finding.violation);
  }
  return all;
}

TEST_F(LanguageTest, InterleavingsAreSearchedWholeAndTheSameEachTime) {
  SearchResult first;
  for (int i = 0; i < kTimes; ++i) {
    const std::unique_ptr<Explorer> explorer = Explore();
    ASSERT_NE(explorer, nullptr);
    for (const auto& cycles :
         std::vector<std::vector<int>>{{2, 2}, {1, 1, 1}}) {
      const SearchResult searched =
          Run(*explorer, With(cycles, Search::Faults::kNone));
      EXPECT_TRUE(searched.complete) << searched.why;
      EXPECT_THAT(Violations(searched), IsEmpty());
      if (cycles.size() == 3) continue;
      if (i == 0) first = searched;
      EXPECT_EQ(searched.fingerprint, first.fingerprint);
      EXPECT_EQ(searched.statistics.schedules, first.statistics.schedules);
      EXPECT_EQ(searched.statistics.pruned, first.statistics.pruned);
    }
  }
  EXPECT_GT(first.statistics.schedules, 20);
}

TEST_F(LanguageTest, AreKilledAtEveryCall) {
  const std::unique_ptr<Explorer> explorer = Explore();
  ASSERT_NE(explorer, nullptr);
  Search search = With({1, 1}, Search::Faults::kCrashes);
  search.max_preemptions = 0;
  const SearchResult searched = Run(*explorer, search);
  EXPECT_GT(searched.statistics.schedules, 10);
  if (language == "node") {
    // The file of a dead one stays.
    EXPECT_THAT(Violations(searched), testing::Contains("nobody can acquire"));
    return;
  }
  EXPECT_TRUE(searched.complete) << searched.why;
  EXPECT_THAT(Violations(searched), IsEmpty());
}

TEST_F(LanguageTest, EveryCallOfOneAloneFails) {
  const std::unique_ptr<Explorer> explorer = Explore();
  ASSERT_NE(explorer, nullptr);
  Search search = With({1}, Search::Faults::kFailures);
  search.fresh = true;
  const SearchResult searched = Run(*explorer, search);
  EXPECT_GT(searched.statistics.schedules, 10);
  EXPECT_TRUE(searched.complete) << searched.why;
  EXPECT_THAT(Violations(searched), IsEmpty());
}

// FileChannel.tryLock of OpenJDK 17 looks for a lock that it doesn't get, and
// takes an interrupted request for one that it does.
TEST_F(LanguageTest, JavaTakesAnInterruptionForTheLock) {
  const std::unique_ptr<Explorer> explorer = Explore();
  ASSERT_NE(explorer, nullptr);
  const absl::StatusOr<Schedule> schedule = Schedule::Parse(
      "v1 contenders=2 cycles=1,1 initial=empty steps=a3 b2 b?EINTR");
  ASSERT_TRUE(schedule.ok()) << schedule.status();
  for (int i = 0; i < kTimes; ++i) {
    const absl::StatusOr<ReplayResult> replayed = explorer->Play(*schedule);
    ASSERT_TRUE(replayed.ok()) << replayed.status();
    EXPECT_EQ(replayed->divergence, "");
    EXPECT_EQ(replayed->outcome.violation, Violation::kTwoHold)
        << replayed->timeline;
  }
}

}  // namespace
}  // namespace conformance::explorer

int main(int argc, char** argv) {
  testing::InitGoogleMock(&argc, argv);
  if (argc != 2) {
    std::cerr << "usage: language_test go|node|java\n";
    return 2;
  }
  conformance::explorer::language = argv[1];
  return conformance::RunAllTestsInOwnSession();
}
