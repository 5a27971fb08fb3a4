// Verdicts to JSON and back.

#include "conformance/verdict_json.h"

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/history.h"
#include "conformance/verdict.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace conformance {
namespace {

Verdict Example() {
  Verdict verdict;
  verdict.id = "Exclusion.SecondProcessIsRefused";
  verdict.outcome = Outcome::kViolation;
  verdict.expected = "B is refused (busy)";
  verdict.happened = "B answered \"acquired\"\n\xc3\xa9";
  verdict.details = "standard error";
  verdict.took = absl::Milliseconds(12.5);
  verdict.history.AddRecorded({absl::Milliseconds(0.25),
                               1,
                               Event::Kind::kAsked,
                               {"acquire", "a", "", "0"}});
  verdict.history.AddRecorded(
      {absl::Milliseconds(3), Event::kRunner, Event::Kind::kNote, {"note"}});
  return verdict;
}

TEST(VerdictJsonTest, ComesBack) {
  const Verdict verdict = Example();
  const absl::StatusOr<Verdict> back =
      VerdictFromJson(VerdictToJson(verdict).dump());
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(back->id, verdict.id);
  EXPECT_EQ(back->outcome, verdict.outcome);
  EXPECT_EQ(back->expected, verdict.expected);
  EXPECT_EQ(back->happened, verdict.happened);
  EXPECT_EQ(back->details, verdict.details);
  EXPECT_EQ(back->took, verdict.took);
  ASSERT_EQ(back->history.events().size(), 2);
  for (size_t i = 0; i < 2; ++i) {
    const Event& event = back->history.events()[i];
    const Event& original = verdict.history.events()[i];
    EXPECT_EQ(event.at, original.at);
    EXPECT_EQ(event.contender, original.contender);
    EXPECT_EQ(event.kind, original.kind);
    EXPECT_EQ(event.fields, original.fields);
  }
}

TEST(VerdictJsonTest, EveryOutcomeComesBack) {
  for (const Outcome outcome :
       {Outcome::kPass, Outcome::kViolation, Outcome::kCrash, Outcome::kHang,
        Outcome::kProtocol, Outcome::kUnsupported, Outcome::kNotRun,
        Outcome::kHarness}) {
    Verdict verdict;
    verdict.outcome = outcome;
    const absl::StatusOr<Verdict> back =
        VerdictFromJson(VerdictToJson(verdict).dump());
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(back->outcome, outcome);
  }
}

// dump() throws on what is no UTF-8, unless it was seen to.
TEST(VerdictJsonTest, BytesThatAreNoUtf8AreShownAsInC) {
  Verdict verdict = Example();
  verdict.happened = "lone \xff byte";
  verdict.details = std::string("\xc3(\0", 3);
  verdict.history.AddRecorded(
      {{}, 0, Event::Kind::kAnswered, {"cut \xe2\x82", "\x01"}});
  const std::string text = VerdictToJson(verdict).dump();
  const absl::StatusOr<Verdict> back = VerdictFromJson(text);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(back->happened, "lone \\377 byte");
  EXPECT_EQ(back->details, std::string("\\303(\0", 6));
  EXPECT_THAT(back->history.events().back().fields,
              testing::ElementsAre("cut \\342\\202", "\x01"));
}

TEST(VerdictJsonTest, AnythingElseIsRefused) {
  const nlohmann::ordered_json good = VerdictToJson(Example());
  const auto refused = [](const std::string& text) {
    return VerdictFromJson(text).status().code() ==
           absl::StatusCode::kInvalidArgument;
  };
  EXPECT_FALSE(refused(good.dump()));
  for (const char* text : {"", "{", "[]", "null", "3", "{}"}) {
    EXPECT_TRUE(refused(text)) << text;
  }
  const std::string whole = good.dump();
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_TRUE(refused(whole.substr(0, size)));
  }
  for (const auto& [key, value] : good.items()) {
    nlohmann::ordered_json bad = good;
    bad.erase(key);
    EXPECT_TRUE(refused(bad.dump())) << "without " << key;
    bad = good;
    bad[key] = nullptr;
    EXPECT_TRUE(refused(bad.dump())) << "null " << key;
  }
  for (const auto& [key, value] : good["history"][0].items()) {
    nlohmann::ordered_json bad = good;
    bad["history"][0].erase(key);
    EXPECT_TRUE(refused(bad.dump())) << "event without " << key;
    bad = good;
    bad["history"][0][key] = nlohmann::ordered_json::object();
    EXPECT_TRUE(refused(bad.dump())) << "odd event's " << key;
  }
  nlohmann::ordered_json bad = good;
  bad["history"][0]["fields"][0] = 5;
  EXPECT_TRUE(refused(bad.dump()));
  bad = good;
  bad["verdict"] = "splendid";
  EXPECT_TRUE(refused(bad.dump()));
  bad = good;
  bad["history"][0] = 5;
  EXPECT_TRUE(refused(bad.dump()));
}

}  // namespace
}  // namespace conformance
