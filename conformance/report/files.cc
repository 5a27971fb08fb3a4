// Writing of JSON and JUnit reports.

#include "conformance/report/files.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/protocol.h"
#include "conformance/report/console.h"
#include "conformance/requirement.h"
#include "conformance/utf8.h"
#include "conformance/verdict.h"
#include "conformance/verdict_json.h"
#include "nlohmann/json.hpp"

namespace conformance {
namespace {

using Json = nlohmann::ordered_json;

// XML 1.0, section 2.2.
bool IsXmlCharacter(uint32_t code) {
  return (code >= 0x20 || code == '\t' || code == '\n' || code == '\r') &&
         code != 0xFFFE && code != 0xFFFF;
}

// Characters that a terminal obeys stand in strings only, and JSON has another
// way to write them there.
std::string TameJson(absl::string_view json) {
  std::string text;
  while (!json.empty()) {
    const Utf8Character character = FirstCharacter(json);
    const absl::string_view part =
        json.substr(0, std::max<size_t>(1, character.length));
    if (character.code >= 0x7F && IsObeyedByTerminals(character.code)) {
      absl::StrAppendFormat(&text, "\\u%04x", character.code);
    } else {
      absl::StrAppend(&text, part);
    }
    json.remove_prefix(part.size());
  }
  return text;
}

// As XML's text or an attribute's value. Characters that XML has no way to
// write are escaped as in C.
std::string Xml(absl::string_view text) {
  const auto shown = [](uint32_t code) {
    return IsXmlCharacter(code) && (code < 0x7F || !IsObeyedByTerminals(code));
  };
  return absl::StrReplaceAll(EscapeUnless(text, shown), {{"&", "&amp;"},
                                                         {"<", "&lt;"},
                                                         {">", "&gt;"},
                                                         {"\"", "&quot;"},
                                                         {"\t", "&#9;"},
                                                         {"\n", "&#10;"},
                                                         {"\r", "&#13;"}});
}

bool IsSkipped(Outcome outcome) {
  return outcome == Outcome::kUnsupported || outcome == Outcome::kNotAsked ||
         outcome == Outcome::kNotJudged || outcome == Outcome::kNotRun;
}

// Each suite has them, since a reader may show one suite without the others.
std::string Properties(const RunFacts& facts) {
  std::string xml = "    <properties>\n";
  const auto add = [&xml](absl::string_view name, absl::string_view value) {
    absl::StrAppend(&xml, "      <property name=\"", name, "\" value=\"",
                    Xml(value), "\"/>\n");
  };
  add("command", facts.command);
  add("profile", facts.profile.ToString());
  add("random-seed", absl::StrCat(facts.seed));
  add("suite-version", facts.version);
  return absl::StrCat(xml, "    </properties>\n");
}

std::string TestCase(const RunFacts& facts, const Result& result) {
  const Verdict& verdict = result.verdict;
  const absl::string_view id = result.requirement.id;
  std::string xml = absl::StrFormat(
      "    <testcase classname=\"%s\" name=\"%s\" time=\"%.3f\"",
      Xml(ChapterOf(id)), Xml(id.substr(id.find('.') + 1)),
      absl::ToDoubleSeconds(verdict.took));
  std::string inside;
  const std::string what =
      absl::StrCat(OutcomeName(verdict.outcome), ": ", verdict.happened);
  if (!result.judgement.ok) {
    const std::string again = facts.again ? facts.again(id) : "";
    inside = absl::StrCat(
        "      <failure message=\"", Xml(what), "\">",
        Xml(absl::StrCat("promise: ", result.requirement.promise,
                         "\nexpected: ", verdict.expected, "\nhappened: ",
                         verdict.happened, "\njudged: ", result.judgement.why,
                         again.empty() ? "" : "\nagain: ", again, "\n",
                         verdict.details, "\n", verdict.history.ToString())),
        "</failure>\n");
  } else if (IsSkipped(verdict.outcome)) {
    inside = absl::StrCat("      <skipped message=\"", Xml(what), "\"/>\n");
  } else if (verdict.outcome != Outcome::kPass) {
    inside = absl::StrCat(
        "      <system-out>",
        Xml(absl::StrCat(
            what, "\n",
            result.expected != nullptr
                ? absl::StrCat("expected: ", result.expected->reason)
                : std::string("tolerated: a SHOULD"))),
        "</system-out>\n");
  }
  return inside.empty() ? absl::StrCat(xml, "/>\n")
                        : absl::StrCat(xml, ">\n", inside, "    </testcase>\n");
}

}  // namespace

std::string JsonReport(const RunFacts& facts,
                       const std::vector<Result>& results) {
  Json can = Json::array();
  for (const std::string& capability : facts.introduction.can) {
    can.push_back(capability);
  }
  const Summary summary = Summarize(results);
  Json counts = Json::object();
  for (const auto& [outcome, count] : summary.count) {
    counts[std::string(OutcomeName(outcome))] = count;
  }
  Json verdicts = Json::array();
  for (const Result& result : results) {
    Json verdict = VerdictToJson(result.verdict);
    verdict["level"] = std::string(LevelName(result.requirement.level));
    verdict["promise"] = std::string(result.requirement.promise);
    verdict["ok"] = result.judgement.ok;
    verdict["expected_failure"] =
        result.expected == nullptr ? Json() : Json(result.expected->reason);
    verdicts.push_back(std::move(verdict));
  }
  const Json report = {
      {"format", "lockcheck-report/1"},
      {"implementation",
       {{"name", facts.introduction.name},
        {"version", facts.introduction.version},
        {"can", std::move(can)},
        {"command", facts.command}}},
      {"profile",
       {{"family", std::string(FamilyName(facts.profile.family))},
        {"claimed", facts.profile.claimed},
        {"at", facts.profile.at},
        {"text", facts.profile.ToString()}}},
      {"seed", facts.seed},
      {"milliseconds", absl::ToDoubleMilliseconds(facts.took)},
      {"complete", facts.complete},
      {"ok", facts.complete && summary.not_ok == 0 && summary.executed > 0},
      {"counts", std::move(counts)},
      {"verdicts", std::move(verdicts)}};
  return absl::StrCat(
      TameJson(report.dump(2, ' ', false, Json::error_handler_t::replace)),
      "\n");
}

std::string JunitReport(const RunFacts& facts,
                        const std::vector<Result>& results) {
  const Summary summary = Summarize(results);
  std::string xml = absl::StrCat(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"",
      Xml(facts.introduction.name), "\" tests=\"", results.size(),
      "\" failures=\"", summary.not_ok, "\">\n");
  for (size_t i = 0; i < results.size();) {
    const absl::string_view chapter = ChapterOf(results[i].requirement.id);
    std::string cases;
    size_t tests = 0;
    size_t failures = 0;
    size_t skipped = 0;
    absl::Duration took;
    for (;
         i < results.size() && ChapterOf(results[i].requirement.id) == chapter;
         ++i) {
      const Outcome outcome = results[i].verdict.outcome;
      const bool ok = results[i].judgement.ok;
      ++tests;
      failures += ok ? 0 : 1;
      skipped += ok && IsSkipped(outcome) ? 1 : 0;
      took += results[i].verdict.took;
      cases += TestCase(facts, results[i]);
    }
    absl::StrAppend(
        &xml, "  <testsuite name=\"", Xml(chapter), "\" tests=\"", tests,
        "\" failures=\"", failures, "\" skipped=\"", skipped,
        absl::StrFormat("\" time=\"%.3f\" timestamp=\"",
                        absl::ToDoubleSeconds(took)),
        // The JUnit schema has no time zone here.
        absl::FormatTime("%Y-%m-%dT%H:%M:%S", facts.began, absl::UTCTimeZone()),
        "\">\n", Properties(facts), cases, "  </testsuite>\n");
  }
  if (!facts.complete) {
    absl::StrAppend(&xml,
                    "  <testsuite name=\"lockcheck\" tests=\"1\" "
                    "errors=\"1\">\n    <testcase classname=\"lockcheck\" "
                    "name=\"Complete\">\n      <error message=\"the run was "
                    "ended by a signal\"/>\n    </testcase>\n"
                    "  </testsuite>\n");
  }
  return absl::StrCat(xml, "</testsuites>\n");
}

}  // namespace conformance
