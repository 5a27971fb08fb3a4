// Names of verdicts; reading, writing and judging of expected failures.

#include "conformance/verdict.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "conformance/protocol.h"
#include "conformance/requirement.h"

namespace conformance {
namespace {

constexpr std::array<std::pair<Outcome, absl::string_view>, 10> kNames = {{
    {Outcome::kPass, "pass"},
    {Outcome::kViolation, "violation"},
    {Outcome::kCrash, "crash"},
    {Outcome::kHang, "hang"},
    {Outcome::kProtocol, "protocol"},
    {Outcome::kNotJudged, "not judged"},
    {Outcome::kNotAsked, "not asked"},
    {Outcome::kUnsupported, "unsupported"},
    {Outcome::kNotRun, "not run"},
    {Outcome::kHarness, "harness"},
}};

// The first word of `text`, and the rest without the blanks between.
std::pair<absl::string_view, absl::string_view> FirstWord(
    absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  const size_t end = text.find_first_of(" \t");
  if (end == absl::string_view::npos) return {text, ""};
  return {text.substr(0, end), absl::StripAsciiWhitespace(text.substr(end))};
}

bool IsComment(absl::string_view line) {
  line = absl::StripAsciiWhitespace(line);
  return line.empty() || line.front() == '#';
}

std::string OneLine(absl::string_view text) {
  std::string line(text);
  std::replace_if(
      line.begin(), line.end(),
      [](char c) { return absl::ascii_iscntrl(static_cast<unsigned char>(c)); },
      ' ');
  return line;
}

std::string FormatLine(const Verdict& verdict, absl::string_view reason) {
  const std::string line = OneLine(reason);
  return absl::StrCat(verdict.id, " ", OutcomeName(verdict.outcome), " ",
                      absl::StripAsciiWhitespace(line).empty() ? "?" : line,
                      "\n");
}

}  // namespace

absl::string_view OutcomeName(Outcome outcome) {
  for (const auto& [known, name] : kNames) {
    if (known == outcome) return name;
  }
  return "harness";
}

std::optional<Outcome> OutcomeFromName(absl::string_view name) {
  for (const auto& [outcome, known] : kNames) {
    if (known == name) return outcome;
  }
  return std::nullopt;
}

bool IsFailure(Outcome outcome) {
  return outcome == Outcome::kViolation || outcome == Outcome::kCrash ||
         outcome == Outcome::kHang || outcome == Outcome::kProtocol;
}

absl::StatusOr<ExpectedFailures> ExpectedFailures::Parse(
    absl::string_view text, const std::vector<Requirement>& catalogue) {
  ExpectedFailures expected;
  expected.text_ = std::string(text);
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    if (IsComment(line)) continue;
    const auto error = [&](absl::string_view why) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", number, ": ", why));
    };
    const auto [id, rest] = FirstWord(line);
    const auto [verdict, reason] = FirstWord(rest);
    if (std::none_of(catalogue.begin(), catalogue.end(),
                     [id = id](const Requirement& r) { return r.id == id; })) {
      return error(absl::StrCat("there is no requirement ", Printable(id),
                                "; `lockcheck list` shows them"));
    }
    const std::optional<Outcome> outcome = OutcomeFromName(verdict);
    if (!outcome.has_value() || !IsFailure(*outcome)) {
      return error(absl::StrCat(Printable(verdict),
                                " cannot be expected; a line is ID VERDICT "
                                "REASON, where VERDICT is violation, crash, "
                                "hang or protocol"));
    }
    if (reason.empty()) {
      return error(absl::StrCat("say after the verdict why ", id, " fails"));
    }
    if (expected.Find(id) != nullptr) {
      return error(absl::StrCat(id, " stands on an earlier line too"));
    }
    expected.all_.push_back(
        {std::string(id), *outcome, std::string(reason), number});
  }
  return expected;
}

const ExpectedFailure* ExpectedFailures::Find(absl::string_view id) const {
  for (const ExpectedFailure& failure : all_) {
    if (failure.id == id) return &failure;
  }
  return nullptr;
}

std::string ExpectedFailures::Update(
    const std::vector<Verdict>& verdicts) const {
  const auto verdict_of = [&](absl::string_view id) -> const Verdict* {
    for (const Verdict& verdict : verdicts) {
      if (verdict.id == id) return &verdict;
    }
    return nullptr;
  };
  std::string updated;
  absl::string_view text = text_;
  absl::ConsumeSuffix(&text, "\n");
  if (!text_.empty()) {
    for (absl::string_view line : absl::StrSplit(text, '\n')) {
      const absl::string_view id = FirstWord(line).first;
      const Verdict* verdict = IsComment(line) ? nullptr : verdict_of(id);
      const bool judged = verdict != nullptr &&
                          verdict->outcome != Outcome::kNotRun &&
                          verdict->outcome != Outcome::kHarness;
      if (!judged) {
        absl::StrAppend(&updated, line, "\n");
      } else if (IsFailure(verdict->outcome)) {
        const ExpectedFailure* old = Find(id);
        const bool same = old != nullptr && old->outcome == verdict->outcome;
        absl::StrAppend(&updated,
                        same ? absl::StrCat(line, "\n")
                             : FormatLine(*verdict, verdict->happened));
      }
    }
  }
  for (const Verdict& verdict : verdicts) {
    if (IsFailure(verdict.outcome) && Find(verdict.id) == nullptr) {
      updated += FormatLine(verdict, verdict.happened);
    }
  }
  return updated;
}

Judgement Judge(const Requirement& requirement, const Verdict& verdict,
                const ExpectedFailures& expected, bool strict) {
  const ExpectedFailure* failure = expected.Find(verdict.id);
  switch (verdict.outcome) {
    case Outcome::kHarness:
      return {false, "the suite itself failed; please report it"};
    case Outcome::kNotJudged:
    case Outcome::kNotAsked:
      if (failure == nullptr) return {};
      return {false,
              absl::StrCat("stale: line ", failure->line, " expects a ",
                           OutcomeName(failure->outcome), ", but it is ",
                           OutcomeName(verdict.outcome), " (",
                           OneLine(verdict.happened), "); remove the line")};
    case Outcome::kUnsupported:
      if (failure == nullptr) return {};
      return {false, absl::StrCat("stale: line ", failure->line, " expects a ",
                                  OutcomeName(failure->outcome),
                                  ", but the contender does not claim what the "
                                  "check needs; remove the line")};
    case Outcome::kNotRun:
      return {};
    case Outcome::kPass:
      if (failure == nullptr) return {};
      return {false, absl::StrCat("stale: line ", failure->line, " expects a ",
                                  OutcomeName(failure->outcome),
                                  ", but it passes; remove the line")};
    case Outcome::kViolation:
    case Outcome::kCrash:
    case Outcome::kHang:
    case Outcome::kProtocol:
      break;
  }
  if (failure != nullptr) {
    if (failure->outcome == verdict.outcome) return {};
    return {false, absl::StrCat("line ", failure->line, " expects a ",
                                OutcomeName(failure->outcome), ", not a ",
                                OutcomeName(verdict.outcome))};
  }
  if (verdict.outcome == Outcome::kViolation &&
      requirement.level == Level::kShould && !strict) {
    return {};
  }
  return {false, absl::StrCat("unexpected ", OutcomeName(verdict.outcome))};
}

}  // namespace conformance
