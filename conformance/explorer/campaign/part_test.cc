// Parts as text, and what several are together.

#include "conformance/explorer/campaign/part.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "conformance/explorer/campaign/exploration_testing.h"
#include "conformance/explorer/campaign/explored_json.h"
#include "conformance/explorer/campaign/search.h"
#include "conformance/explorer/campaign/shared_work.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

using ::testing::HasSubstr;

Part Done() {
  Part part;
  part.explored = ExampleExploration();
  return part;
}

Part Ended(Part::Ended ended) {
  Part part;
  part.ended = ended;
  return part;
}

TEST(PartTest, SurvivesTheWayToTextAndBack) {
  const absl::StatusOr<Part> done = PartFromText(PartToText(Done()));
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_EQ(done->ended, Part::Ended::kDone);
  EXPECT_EQ(ExploredToJson(done->explored).dump(),
            ExploredToJson(ExampleExploration()).dump());

  Part again = Ended(Part::Ended::kAgain);
  for (const char* because : {"", "copies differ\nby two words"}) {
    again.because = because;
    const absl::StatusOr<Part> back = PartFromText(PartToText(again));
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(back->ended, Part::Ended::kAgain);
    EXPECT_EQ(back->because, because);
  }

  for (const Part::Ended ended :
       {Part::Ended::kDisagrees, Part::Ended::kNotBegun}) {
    const absl::StatusOr<Part> back = PartFromText(PartToText(Ended(ended)));
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(back->ended, ended);
  }

  for (const char* message : {"", "no such program: x"}) {
    const absl::Status error = absl::UnavailableError(message);
    EXPECT_EQ(PartFromText(PartToText(error)).status(), error);
  }
}

TEST(PartTest, OtherTextIsAnError) {
  for (const char* text : {"", "doneness", "done", "done {}", "error", "error ",
                           "error many things", "nonsense 1 2"}) {
    EXPECT_EQ(PartFromText(text).status().code(), absl::StatusCode::kInternal)
        << text;
  }
}

TEST(UniteTest, WhoHasNotDoneTheirPartLeavesItToTheOthers) {
  SharedWork* const shared_work = SharedWork::Create();
  ASSERT_NE(shared_work, nullptr);
  for (const Part::Ended ended :
       {Part::Ended::kDisagrees, Part::Ended::kNotBegun}) {
    const absl::StatusOr<Exploration> together =
        Unite({Ended(ended), Done(), Done()}, *shared_work);
    ASSERT_TRUE(together.ok()) << together.status();
    EXPECT_EQ(together->jobs, 2);
    EXPECT_TRUE(together->searched[0].complete);
  }
}

TEST(UniteTest, ASearchWithPartsThatNobodyCouldTakeIsNotComplete) {
  SharedWork* const shared_work = SharedWork::Create();
  ASSERT_NE(shared_work, nullptr);
  shared_work->Take(0, SharedWork::kMaxParts, 0, 2);
  const absl::StatusOr<Exploration> both =
      Unite({Done(), Done()}, *shared_work);
  ASSERT_TRUE(both.ok()) << both.status();
  EXPECT_TRUE(both->searched[0].complete);
  for (const Part::Ended ended :
       {Part::Ended::kDisagrees, Part::Ended::kNotBegun}) {
    const absl::StatusOr<Exploration> one =
        Unite({Done(), Ended(ended)}, *shared_work);
    ASSERT_TRUE(one.ok()) << one.status();
    EXPECT_FALSE(one->searched[0].complete);
    EXPECT_THAT(one->searched[0].why, HasSubstr("had planned other searches"));
    // An earlier reason for not being complete stays.
    EXPECT_EQ(one->searched[1].why, "the time was up");
  }
}

TEST(UniteTest, DifferentSearchesCantBeUnited) {
  SharedWork* const shared_work = SharedWork::Create();
  ASSERT_NE(shared_work, nullptr);
  Part other = Done();
  other.explored.searches.pop_back();
  EXPECT_EQ(Unite({Done(), other}, *shared_work).status().code(),
            absl::StatusCode::kInternal);
}

TEST(UniteTest, NothingIsFoundWhereNobodyHasBegun) {
  SharedWork* const shared_work = SharedWork::Create();
  ASSERT_NE(shared_work, nullptr);
  const absl::StatusOr<Exploration> nothing =
      Unite({Ended(Part::Ended::kNotBegun)}, *shared_work);
  ASSERT_TRUE(nothing.ok()) << nothing.status();
  EXPECT_TRUE(nothing->searched.empty());
}

}  // namespace
}  // namespace conformance::explorer
