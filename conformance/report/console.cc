// Printing of reports.

#include "conformance/report/console.h"

#include <algorithm>
#include <functional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "conformance/protocol.h"
#include "conformance/report/paint.h"
#include "conformance/requirement.h"
#include "conformance/verdict.h"
#include "conformance/wrap.h"

namespace conformance {
namespace {

constexpr size_t kNameColumn = 14;  // where names of requirements begin

// Of the implementation, or our own.
bool Failed(Outcome outcome) {
  return IsFailure(outcome) || outcome == Outcome::kHarness;
}

}  // namespace

std::string Indent(absl::string_view text, size_t spaces) {
  return absl::StrReplaceAll(PrintableText(absl::StripSuffix(text, "\n")),
                             {{"\n", "\n" + std::string(spaces, ' ')}});
}

Summary Summarize(const std::vector<Result>& results) {
  Summary summary;
  for (const Result& result : results) {
    const Outcome outcome = result.verdict.outcome;
    ++summary.count[outcome];
    if (!result.judgement.ok) ++summary.not_ok;
    if (outcome == Outcome::kPass ||
        (Failed(outcome) && outcome != Outcome::kHarness)) {
      ++summary.executed;
    }
    if (Failed(outcome) && result.judgement.ok) {
      ++(result.expected != nullptr ? summary.expected_failures
                                    : summary.tolerated);
    }
  }
  return summary;
}

void Console::Introduce(const Introduction& introduction,
                        absl::string_view profile, absl::string_view command,
                        absl::string_view settings) {
  out_ << paint_(PrintableText(absl::StrCat(introduction.name, " ",
                                            introduction.version)),
                 kBold)
       << "  " << command << "\n"
       << "claims: "
       << (introduction.can.empty()
               ? "nothing"
               : Wrap(absl::StrJoin(introduction.can, " "), 8))
       << "\n"
       << "profile: " << Wrap(profile, 9) << "\n"
       << settings << "\n";
  out_.flush();
}

void Console::ClearProgress() {
  if (drawn_) out_ << kClearLine;
  drawn_ = false;
}

void Console::Progress(const std::vector<absl::string_view>& running) {
  if (!style_.progress) return;
  ClearProgress();
  if (running.empty()) {
    out_.flush();
    return;
  }
  std::string line =
      absl::StrFormat("[%d/%d] %s", results_.size(), requirements_.size(),
                      absl::StrJoin(running, ", "));
  if (line.size() >= style_.width) line.resize(style_.width - 1);
  out_ << line;
  out_.flush();
  drawn_ = true;
}

const Result* Console::Find(absl::string_view id) const {
  for (const Result& result : results_) {
    if (result.requirement.id == id) return &result;
  }
  return nullptr;
}

void Console::Add(Result result) {
  results_.push_back(std::move(result));
  PrintReadyChapters();
}

void Console::PrintReadyChapters() {
  while (printed_ < requirements_.size()) {
    const absl::string_view chapter = ChapterOf(requirements_[printed_].id);
    size_t end = printed_;
    while (end < requirements_.size() &&
           ChapterOf(requirements_[end].id) == chapter) {
      if (Find(requirements_[end].id) == nullptr) return;
      ++end;
    }
    ClearProgress();
    out_ << "\n" << paint_(chapter, kBold) << "\n";
    std::vector<const Result*> unsupported;
    for (; printed_ < end; ++printed_) {
      const Result& result = *Find(requirements_[printed_].id);
      if (!style_.verbose && result.judgement.ok &&
          result.verdict.outcome == Outcome::kUnsupported) {
        unsupported.push_back(&result);
      } else {
        PrintLine(result);
      }
    }
    PrintUnsupported(unsupported);
    out_.flush();
  }
}

void Console::PrintLine(const Result& result) {
  const Outcome outcome = result.verdict.outcome;
  const absl::string_view color = !result.judgement.ok        ? kRed
                                  : outcome == Outcome::kPass ? kGreen
                                                              : kYellow;
  const absl::string_view name =
      result.requirement.id.substr(result.requirement.id.find('.') + 1);
  std::string line = absl::StrCat(
      "  ", paint_(absl::StrFormat("%-12s", OutcomeName(outcome)), color),
      name);
  const auto say = [&](absl::string_view text, absl::string_view in) {
    absl::StrAppend(&line, "  ",
                    paint_(WrapFrom(kNameColumn + name.size() + 2,
                                    PrintableText(text), kNameColumn),
                           in));
  };
  if (Failed(outcome)) {
    if (!result.judgement.ok) {
      absl::StrAppend(&line, "  ", LevelName(result.requirement.level));
    } else if (result.expected != nullptr) {
      say(absl::StrCat("expected: ", result.expected->reason), kDim);
    } else {
      say(absl::StrCat("SHOULD: ", result.verdict.happened), kDim);
    }
  } else if (!result.judgement.ok) {
    say(result.judgement.why, kRed);
  } else if (!result.verdict.happened.empty()) {
    say(result.verdict.happened, kDim);
  }
  out_ << line << "\n";
}

void Console::PrintUnsupported(const std::vector<const Result*>& results) {
  if (results.empty()) return;
  if (results.size() == 1) return PrintLine(*results.front());
  // "the contender does not claim fork" and "... thread" are said together.
  constexpr absl::string_view kClaim = "the contender does not claim ";
  std::vector<std::string> claims;
  std::vector<std::string> reasons;
  for (const Result* result : results) {
    absl::string_view reason = result->verdict.happened;
    std::vector<std::string>& to =
        absl::ConsumePrefix(&reason, kClaim) ? claims : reasons;
    std::string text = PrintableText(reason);
    if (std::find(to.begin(), to.end(), text) == to.end()) {
      to.push_back(std::move(text));
    }
  }
  if (!claims.empty()) {
    reasons.insert(reasons.begin(),
                   absl::StrCat(kClaim, absl::StrJoin(claims, ", ")));
  }
  const std::string count = absl::StrCat(results.size(), " requirements: ");
  out_ << "  "
       << paint_(absl::StrFormat("%-12s", OutcomeName(Outcome::kUnsupported)),
                 kYellow)
       << count
       << paint_(WrapFrom(kNameColumn + count.size(),
                          absl::StrJoin(reasons, "; "), kNameColumn),
                 kDim)
       << "\n";
}

void Console::PrintFailure(const Result& result, const std::string& again) {
  const Requirement& requirement = result.requirement;
  const Verdict& verdict = result.verdict;
  out_ << "\n"
       << paint_(absl::AsciiStrToUpper(OutcomeName(verdict.outcome)), kRed)
       << "  " << paint_(requirement.id, kBold) << "  ("
       << LevelName(requirement.level) << ")\n";
  const auto row = [&](absl::string_view label, absl::string_view text) {
    if (!text.empty()) {
      out_ << absl::StrFormat("  %-10s %s\n", label, Indent(text, 13));
    }
  };
  const auto wrapped = [&](absl::string_view label, absl::string_view text) {
    if (!text.empty()) {
      out_ << absl::StrFormat("  %-10s %s\n", label,
                              Wrap(PrintableText(text), 13));
    }
  };
  wrapped("promise:", requirement.promise);
  wrapped("because:", requirement.reason);
  wrapped("expected:", verdict.expected);
  wrapped("happened:", verdict.happened);
  wrapped("judged:", result.judgement.why);
  row("details:", verdict.details);
  if (!verdict.history.events().empty()) {
    out_ << "  history:\n    " << Indent(verdict.history.ToString(), 4) << "\n";
  }
  row("again:", again);
}

void Console::Finish(
    const std::function<std::string(absl::string_view id)>& again,
    absl::Duration took) {
  ClearProgress();
  for (const Requirement& requirement : requirements_) {
    const Result* result = Find(requirement.id);
    if (result != nullptr && !result->judgement.ok) {
      PrintFailure(*result, again(requirement.id));
    } else if (result != nullptr && result->verdict.outcome == Outcome::kPass &&
               !result->verdict.details.empty()) {
      // The details of a pass tell what it covered.
      out_ << "\n"
           << paint_(requirement.id, kBold) << " was shown by\n"
           << Indent(result->verdict.details, 0) << "\n";
    }
  }
  const Summary summary = Summarize(results_);
  std::vector<std::string> parts;
  for (const auto& [outcome, count] : summary.count) {
    parts.push_back(absl::StrCat(count, " ", OutcomeName(outcome)));
  }
  std::string line =
      absl::StrCat(results_.size(),
                   results_.size() == 1 ? " requirement: " : " requirements: ",
                   absl::StrJoin(parts, ", "));
  if (summary.expected_failures > 0) {
    absl::StrAppend(
        &line, "; ", summary.expected_failures,
        summary.expected_failures == 1 ? " failure was" : " failures were",
        " expected");
  }
  if (summary.tolerated > 0) {
    absl::StrAppend(&line, "; ", summary.tolerated,
                    " of a SHOULD, which fails the run only with --strict");
  }
  line = Wrap(line, 0);
  const std::string time =
      absl::StrFormat("(%.1f s)", absl::ToDoubleSeconds(took));
  const size_t last = line.size() - (line.rfind('\n') + 1);
  out_ << "\n"
       << paint_(line, summary.not_ok == 0 ? kGreen : kRed)
       << (last + 2 + time.size() > kLineWidth ? "\n" : "  ") << time << "\n";
  if (const auto it = summary.count.find(Outcome::kNotRun);
      it != summary.count.end()) {
    out_ << paint_(absl::StrCat("Not run on this machine: ", it->second,
                                ". They say nothing of the implementation."),
                   kYellow)
         << "\n";
  }
  if (summary.not_ok > 0) {
    out_ << paint_(absl::StrCat(summary.not_ok, " not as expected."), kRed)
         << "\n";
  }
  out_.flush();
}

}  // namespace conformance
