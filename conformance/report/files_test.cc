// Reports for programs: whatever contenders say, they are JSON and XML.

#include "conformance/report/files.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "conformance/history.h"
#include "conformance/report/console.h"
#include "conformance/requirement.h"
#include "conformance/utf8.h"
#include "conformance/verdict.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace conformance {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Every byte there is, and what XML and JSON take for their own.
std::string Hostile() {
  std::string bytes = "]]> <!-- & \"'</failure> \\u0000 \xef\xbf\xbe \xc3\xa9 ";
  for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
  return bytes;
}

const ExpectedFailure* Expected() {
  static const auto* const kExpected =
      new ExpectedFailure{"One.B", Outcome::kHang, Hostile(), 3};
  return kExpected;
}

std::vector<Result> Results() {
  std::vector<Result> results;
  const auto add = [&](absl::string_view id, Level level, Outcome outcome,
                       bool ok, const ExpectedFailure* expected = nullptr) {
    Result result;
    result.requirement.id = id;
    result.requirement.level = level;
    result.requirement.promise = "It promises <that> & this.";
    result.requirement.reason = "It matters.";
    result.verdict.id = std::string(id);
    result.verdict.outcome = outcome;
    result.verdict.took = absl::Milliseconds(1500);
    if (outcome != Outcome::kPass) {
      result.verdict.expected = "expected " + Hostile();
      result.verdict.happened = "happened " + Hostile();
      result.verdict.details = "details " + Hostile();
      result.verdict.history.AddRecorded({absl::Milliseconds(2),
                                          1,
                                          Event::Kind::kAnswered,
                                          {"busy", Hostile()}});
    }
    result.judgement.ok = ok;
    if (!ok) result.judgement.why = "unexpected";
    result.expected = expected;
    results.push_back(std::move(result));
  };
  add("One.A", Level::kMust, Outcome::kPass, true);
  add("One.B", Level::kMust, Outcome::kHang, true, Expected());
  add("One.C", Level::kShould, Outcome::kViolation, true);
  add("One.D", Level::kMust, Outcome::kUnsupported, true);
  add("Two.E", Level::kMust, Outcome::kNotRun, true);
  add("Two.F", Level::kMust, Outcome::kCrash, false);
  return results;
}

RunFacts Facts() {
  RunFacts facts;
  facts.introduction = {Hostile(), "1.0", 5, {"fork", "log"}};
  facts.command = "./contender " + Hostile();
  facts.seed = 7;
  facts.took = absl::Seconds(2);
  facts.version = "1.2.3";
  facts.began = absl::FromUnixSeconds(1'000'000'000);
  facts.again = [](absl::string_view id) {
    return absl::StrCat("lockcheck run --filter=", id);
  };
  return facts;
}

// ---- JSON -------------------------------------------------------------------

TEST(JsonReportTest, HasTheFieldsThatAreDocumented) {
  const std::string text = JsonReport(Facts(), Results());
  const nlohmann::json report =
      nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  ASSERT_TRUE(report.is_object()) << text;
  EXPECT_EQ(report.size(), 9);
  EXPECT_EQ(report["complete"], true);
  EXPECT_EQ(report["profile"]["family"], "unclaimed");
  EXPECT_EQ(report["profile"]["claimed"], false);
  EXPECT_TRUE(report["profile"]["at"].is_string());
  EXPECT_TRUE(report["profile"]["text"].is_string());
  EXPECT_EQ(report["format"], "lockcheck-report/1");
  EXPECT_EQ(report["implementation"].size(), 4);
  EXPECT_EQ(report["implementation"]["version"], "1.0");
  EXPECT_THAT(report["implementation"]["can"], ElementsAre("fork", "log"));
  EXPECT_TRUE(report["implementation"]["name"].is_string());
  EXPECT_TRUE(report["implementation"]["command"].is_string());
  EXPECT_EQ(report["seed"], 7);
  EXPECT_EQ(report["milliseconds"], 2000);
  EXPECT_EQ(report["ok"], false);
  EXPECT_EQ(report["counts"],
            nlohmann::json::parse(R"({"pass": 1, "violation": 1, "crash": 1,
                                      "hang": 1, "unsupported": 1,
                                      "not run": 1})"));
  ASSERT_EQ(report["verdicts"].size(), 6);
  const nlohmann::json& hang = report["verdicts"][1];
  EXPECT_EQ(hang.size(), 11);
  EXPECT_EQ(hang["id"], "One.B");
  EXPECT_EQ(hang["verdict"], "hang");
  EXPECT_EQ(hang["level"], "MUST");
  EXPECT_EQ(hang["promise"], "It promises <that> & this.");
  EXPECT_EQ(hang["ok"], true);
  EXPECT_TRUE(hang["expected_failure"].is_string());
  EXPECT_EQ(hang["milliseconds"], 1500);
  EXPECT_TRUE(absl::StartsWith(hang["expected"].get<std::string>(),
                               "expected ]]> <!-- & \"'</failure>"));
  EXPECT_TRUE(absl::StartsWith(hang["happened"].get<std::string>(), "happ"));
  EXPECT_TRUE(absl::StartsWith(hang["details"].get<std::string>(), "details"));
  ASSERT_EQ(hang["history"].size(), 1);
  EXPECT_EQ(hang["history"][0]["at"], 2);
  EXPECT_EQ(hang["history"][0]["contender"], 1);
  EXPECT_EQ(hang["history"][0]["kind"], "answered");
  EXPECT_EQ(hang["history"][0]["fields"][0], "busy");
  const nlohmann::json& pass = report["verdicts"][0];
  EXPECT_TRUE(pass["expected_failure"].is_null());
  EXPECT_EQ(pass["history"].size(), 0);
  EXPECT_EQ(report["verdicts"][5]["ok"], false);
}

TEST(JsonReportTest, IsOkWhenSomethingWasExecutedAndAllIsAsExpected) {
  const auto ok = [](const std::vector<Result>& results) {
    return nlohmann::json::parse(JsonReport(Facts(), results))["ok"] == true;
  };
  std::vector<Result> results = Results();
  EXPECT_FALSE(ok(results));
  results.pop_back();
  EXPECT_TRUE(ok(results));
  EXPECT_FALSE(ok({results[3], results[4]}));
  EXPECT_FALSE(ok({}));
}

// ---- JUnit ------------------------------------------------------------------

// Reads XML as far as this report has it, strictly: elements that nest,
// attributes in quotes, references that exist. Says what is wrong, or "".
class XmlChecker {
 public:
  explicit XmlChecker(absl::string_view text) : rest_(text) {}

  std::string Check() {
    if (!absl::ConsumePrefix(&rest_,
                             "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")) {
      return "no declaration";
    }
    if (!Element()) return why_;
    absl::ConsumePrefix(&rest_, "\n");
    return rest_.empty() ? "" : "something after the root";
  }
  // "name attribute=value attribute=value" of each element, values unescaped.
  const std::vector<std::string>& elements() const { return elements_; }
  const std::vector<std::string>& texts() const { return texts_; }

 private:
  bool Fail(absl::string_view why) {
    if (why_.empty()) why_ = absl::StrCat(why, " before ", rest_.substr(0, 60));
    return false;
  }

  std::string Name() {
    size_t size = 0;
    while (size < rest_.size() &&
           (absl::ascii_isalnum(static_cast<unsigned char>(rest_[size])) ||
            rest_[size] == '-')) {
      ++size;
    }
    std::string name(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return name;
  }

  // Characters up to `end`, which stays; references are resolved.
  bool Characters(char end, std::string& value) {
    while (!rest_.empty() && rest_.front() != end) {
      if (rest_.front() == '<') return Fail("a bare <");
      if (absl::StartsWith(rest_, "]]>")) return Fail("]]> in text");
      if (rest_.front() == '&') {
        bool known = false;
        for (const auto& [reference, character] :
             std::vector<std::pair<absl::string_view, char>>{{"&amp;", '&'},
                                                             {"&lt;", '<'},
                                                             {"&gt;", '>'},
                                                             {"&quot;", '"'},
                                                             {"&#9;", '\t'},
                                                             {"&#10;", '\n'},
                                                             {"&#13;", '\r'}}) {
          if (!absl::ConsumePrefix(&rest_, reference)) continue;
          value += character;
          known = true;
          break;
        }
        if (!known) return Fail("an unknown reference");
        continue;
      }
      const Utf8Character character = FirstCharacter(rest_);
      if (character.length == 0 ||
          (character.code < 0x20 && character.code != '\n') ||
          character.code == 0xFFFE || character.code == 0xFFFF) {
        return Fail("no character of XML");
      }
      absl::StrAppend(&value, rest_.substr(0, character.length));
      rest_.remove_prefix(character.length);
    }
    return rest_.empty() ? Fail("an unexpected end") : true;
  }

  bool Element() {
    if (!absl::ConsumePrefix(&rest_, "<")) return Fail("no element");
    const std::string name = Name();
    if (name.empty()) return Fail("an element without a name");
    std::string element = name;
    while (absl::ConsumePrefix(&rest_, " ")) {
      const std::string attribute = Name();
      std::string value;
      if (attribute.empty() || !absl::ConsumePrefix(&rest_, "=\"") ||
          !Characters('"', value) || !absl::ConsumePrefix(&rest_, "\"")) {
        return Fail("a broken attribute");
      }
      absl::StrAppend(&element, " ", attribute, "=", value);
    }
    elements_.push_back(element);
    if (absl::ConsumePrefix(&rest_, "/>")) return true;
    if (!absl::ConsumePrefix(&rest_, ">")) return Fail("a tag without its end");
    for (;;) {
      std::string text;
      if (!Characters('<', text)) return false;
      texts_.push_back(text);
      if (absl::ConsumePrefix(&rest_, "</")) {
        return (Name() == name && absl::ConsumePrefix(&rest_, ">")) ||
               Fail("another element's end");
      }
      if (!Element()) return false;
    }
  }

  absl::string_view rest_;
  std::string why_;
  std::vector<std::string> elements_, texts_;
};

TEST(JunitReportTest, IsXmlWhateverContendersSay) {
  const std::string xml = JunitReport(Facts(), Results());
  XmlChecker checker(xml);
  EXPECT_EQ(checker.Check(), "") << xml;
  EXPECT_EQ(XmlChecker(JunitReport({}, {})).Check(), "");
}

TEST(JunitReportTest, HasASuiteForEachChapterAndACaseForEachRequirement) {
  const std::string xml = JunitReport(Facts(), Results());
  XmlChecker checker(xml);
  ASSERT_EQ(checker.Check(), "");
  std::vector<std::string> shapes;
  for (const std::string& element : checker.elements()) {
    if (absl::StartsWith(element, "testsuite ") ||
        absl::StartsWith(element, "testcase ")) {
      shapes.push_back(element);
    } else {
      shapes.push_back(element.substr(0, element.find(' ')));
    }
  }
  EXPECT_THAT(
      shapes,
      ElementsAre("testsuites",
                  "testsuite name=One tests=4 failures=0 skipped=1 time=6.000 "
                  "timestamp=2001-09-09T01:46:40",
                  "properties", "property", "property", "property", "property",
                  "testcase classname=One name=A time=1.500",
                  "testcase classname=One name=B time=1.500", "system-out",
                  "testcase classname=One name=C time=1.500", "system-out",
                  "testcase classname=One name=D time=1.500", "skipped",
                  "testsuite name=Two tests=2 failures=1 skipped=1 time=3.000 "
                  "timestamp=2001-09-09T01:46:40",
                  "properties", "property", "property", "property", "property",
                  "testcase classname=Two name=E time=1.500", "skipped",
                  "testcase classname=Two name=F time=1.500", "failure"));
  EXPECT_THAT(checker.elements().front(),
              testing::EndsWith(" tests=6 failures=1"));
}

TEST(JunitReportTest, EachSuiteHasThePropertiesOfTheRun) {
  RunFacts facts = Facts();
  facts.command = "./contender --fast";
  const std::string xml = JunitReport(facts, Results());
  XmlChecker checker(xml);
  ASSERT_EQ(checker.Check(), "");
  std::vector<std::string> properties;
  for (const std::string& element : checker.elements()) {
    if (absl::StartsWith(element, "property ")) properties.push_back(element);
  }
  ASSERT_EQ(properties.size(), 8);
  EXPECT_EQ(
      std::vector<std::string>(properties.begin(), properties.begin() + 4),
      std::vector<std::string>(properties.begin() + 4, properties.end()));
  properties.resize(4);
  EXPECT_THAT(properties,
              ElementsAre("property name=command value=./contender --fast",
                          absl::StrCat("property name=profile value=",
                                       facts.profile.ToString()),
                          "property name=random-seed value=7",
                          "property name=suite-version value=1.2.3"));
}

TEST(JunitReportTest, FailureTellsAll) {
  const std::string xml = JunitReport(Facts(), Results());
  XmlChecker checker(xml);
  ASSERT_EQ(checker.Check(), "");
  EXPECT_THAT(checker.texts(),
              testing::Contains(testing::AllOf(
                  HasSubstr("promise: It promises <that> & this.\n"),
                  HasSubstr("expected: expected ]]> <!-- & \"'</failure>"),
                  HasSubstr("happened: happened "), HasSubstr("details "),
                  HasSubstr("judged: unexpected\n"),
                  HasSubstr("\nagain: lockcheck run --filter=Two.F\n"),
                  HasSubstr("< busy "))));
  EXPECT_THAT(checker.texts(), testing::Contains(HasSubstr("tolerated: a "
                                                           "SHOULD")));
}

}  // namespace
}  // namespace conformance
