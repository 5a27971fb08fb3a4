// Explorations that are written can be read again.

#include "conformance/explorer/campaign/explored_json.h"

#include <string>

#include "absl/status/statusor.h"
#include "conformance/explorer/campaign/exploration_testing.h"
#include "conformance/explorer/campaign/search.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

TEST(ExploredJsonTest, SurvivesTheWayToJsonAndBack) {
  const std::string text = ExploredToJson(ExampleExploration()).dump();
  const absl::StatusOr<Exploration> back = ExploredFromJson(text);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(ExploredToJson(*back).dump(), text);
  EXPECT_EQ(back->searched[0].fingerprint, 0xfedcba9876543210);
  EXPECT_EQ(back->searched[1].findings.front().schedule,
            ExampleExploration().searched[1].findings.front().schedule);
  EXPECT_FALSE(ExploredFromJson("").ok());
  EXPECT_FALSE(ExploredFromJson("{}").ok());
  EXPECT_FALSE(ExploredFromJson(text.substr(0, text.size() / 2)).ok());
}

}  // namespace
}  // namespace conformance::explorer
