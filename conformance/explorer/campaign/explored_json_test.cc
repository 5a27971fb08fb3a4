// Explorations that are written can be read again.

#include "conformance/explorer/campaign/explored_json.h"

#include <string>

#include "absl/status/statusor.h"
#include "conformance/explorer/campaign/exploration_testing.h"
#include "conformance/explorer/campaign/search.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

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

TEST(ExploredJsonTest, SaysWhichShardOfWhatItIs) {
  Exploration explored = ExampleExploration();
  explored.shards = {2, 3};
  explored.shard_count = 4;
  explored.command = {"./mine", "a b", "\xff"};
  explored.options = " --ordinary-user";
  nlohmann::ordered_json json = ExploredToJson(explored);
  const absl::StatusOr<Exploration> back = ExploredFromJson(json.dump());
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(back->shards, explored.shards);
  EXPECT_EQ(back->shard_count, 4);
  EXPECT_EQ(back->command[1], "a b");
  EXPECT_EQ(back->options, explored.options);
  for (const char* shards : {"[]", "[0]", "[5]", "[1.5]", "7"}) {
    json["shards"] = nlohmann::ordered_json::parse(shards);
    EXPECT_FALSE(ExploredFromJson(json.dump()).ok()) << shards;
  }
  json["shards"] = {2, 3};
  for (const char* wrong :
       {R"({"format": "other/9"})", R"({"jobs": 2147483647})",
        R"({"searches": null})", R"({"shard_count": 1})"}) {
    nlohmann::ordered_json other = json;
    other.update(nlohmann::ordered_json::parse(wrong));
    EXPECT_FALSE(ExploredFromJson(other.dump()).ok()) << wrong;
  }
  for (const char* wrong :
       {R"({"schedules": -1})", R"({"steps": 9223372036854775807})",
        R"({"findings": null})"}) {
    nlohmann::ordered_json other = json;
    other["searches"][0].update(nlohmann::ordered_json::parse(wrong));
    EXPECT_FALSE(ExploredFromJson(other.dump()).ok()) << wrong;
  }
  for (const char* wrong : {R"({"schedule": "1x"})", R"({"found": "?"})"}) {
    nlohmann::ordered_json other = json;
    other["searches"][1]["findings"][0].update(
        nlohmann::ordered_json::parse(wrong));
    EXPECT_FALSE(ExploredFromJson(other.dump()).ok()) << wrong;
  }
  // Reports of before there were shards.
  for (const char* field : {"shards", "shard_count", "command", "options"}) {
    json.erase(field);
  }
  const absl::StatusOr<Exploration> old = ExploredFromJson(json.dump());
  ASSERT_TRUE(old.ok()) << old.status();
  EXPECT_TRUE(old->missing_shards().empty());
}

}  // namespace
}  // namespace conformance::explorer
