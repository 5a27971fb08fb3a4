// Which searches can wait, and what is left for a second beginning.

#include "conformance/explorer/campaign/campaign.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "conformance/explorer/campaign/explorer.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/monotonic_now.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

using ::testing::ElementsAre;

TEST(WithoutCopiesTest, HasTheTimeThatIsLeftOrATenth) {
  CampaignOptions options;
  options.budget = absl::Seconds(40);
  const std::string because = "copies differ";
  const CampaignOptions soon = WithoutCopies(options, because, MonotonicNow());
  EXPECT_FALSE(soon.explorer.copies);
  EXPECT_TRUE(soon.explorer.separate_commands);
  EXPECT_EQ(soon.separate_commands_because, "copies differ");
  EXPECT_LE(soon.budget, absl::Seconds(40));
  EXPECT_GT(soon.budget, absl::Seconds(20));
  EXPECT_EQ(WithoutCopies(options, because, MonotonicNow() - absl::Seconds(39))
                .budget,
            absl::Seconds(4));
}

class ComesLaterTest : public ::testing::Test {
 protected:
  void Add(const std::string& folder, std::vector<int> cycles,
           uint64_t fingerprint = 0) {
    explorer::OngoingSearch run;
    run.search.initial.name = folder;
    run.search.cycles = std::move(cycles);
    run.searched.complete = fingerprint != 0;
    run.searched.fingerprint = fingerprint;
    runs_.push_back(std::move(run));
  }

  std::vector<std::string> Later() const {
    std::vector<std::string> later;
    for (size_t i = 0; i < runs_.size(); ++i) {
      if (ComesLater(runs_, i))
        later.push_back(absl::StrCat(absl::StrJoin(runs_[i].search.cycles, "+"),
                                     " ", runs_[i].search.initial.name));
    }
    return later;
  }

  std::vector<explorer::OngoingSearch> runs_;
};

TEST_F(ComesLaterTest, WhereASmallSearchDidTheSame) {
  Add("empty", {1, 1}, 7);
  Add("leftover", {1, 1}, 9);
  Add("stale-pid", {1, 1}, 9);
  Add("crash-1", {1, 1}, 9);
  for (const char* const folder :
       {"empty", "leftover", "stale-pid", "crash-1"}) {
    Add(folder, {2, 2});
  }
  runs_[3].search.crash = runs_[7].search.crash = {Step()};
  EXPECT_THAT(Later(), ElementsAre("2+2 stale-pid", "2+2 crash-1"));
}

TEST_F(ComesLaterTest, NotIfTheSmallOneIsNotComplete) {
  Add("empty", {1, 1}, 9);
  Add("leftover", {1, 1}, 9);
  runs_[0].searched.complete = false;
  Add("empty", {2, 2});
  Add("leftover", {2, 2});
  EXPECT_THAT(Later(), ElementsAre());
}

TEST_F(ComesLaterTest, NotIfMoreThanTheFolderDiffers) {
  Add("empty", {1, 1}, 9);
  Add("leftover", {1, 1}, 9);
  Add("empty", {2, 2});
  Add("leftover", {1, 1, 1});
  EXPECT_THAT(Later(), ElementsAre());
  runs_[3].search.cycles = {2, 2};
  EXPECT_THAT(Later(), ElementsAre("2+2 leftover"));
  runs_[3].search.waits = true;
  EXPECT_THAT(Later(), ElementsAre());
}

}  // namespace
}  // namespace conformance::explorer
