// lockcheck run, list and explain.

#include <algorithm>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "conformance/again.h"
#include "conformance/cli/commands.h"
#include "conformance/cli/files.h"
#include "conformance/cli/version.h"
#include "conformance/environment.h"
#include "conformance/monotonic_now.h"
#include "conformance/profile.h"
#include "conformance/protocol.h"
#include "conformance/report/console.h"
#include "conformance/report/files.h"
#include "conformance/report/specification.h"
#include "conformance/requirement.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/runner.h"
#include "conformance/verdict.h"
#include "conformance/wrap.h"

namespace conformance {
namespace {

// The verdicts of a contender that could not even introduce itself.
std::vector<Verdict> SameForAll(const std::vector<Requirement>& requirements,
                                const Verdict& meeting) {
  std::vector<Verdict> verdicts;
  for (const Requirement& requirement : requirements) {
    verdicts.push_back(meeting);
    verdicts.back().id = std::string(requirement.id);
  }
  return verdicts;
}

// An error names the filter as it was typed.
absl::StatusOr<std::vector<Requirement>> SelectToRun(const std::string& filter,
                                                     bool without_systematic) {
  absl::StatusOr<std::vector<Requirement>> typed = Select(filter);
  if (!typed.ok() || !without_systematic) return typed;
  absl::StatusOr<std::vector<Requirement>> rest =
      Select(WithoutSystematic(filter));
  if (rest.ok()) return rest;
  return absl::NotFoundError(
      absl::StrCat("\"", filter,
                   "\" matches the chapter Systematic alone, which takes "
                   "longer, and is run with --systematic"));
}

struct Expectations {
  ExpectedFailures failures;
  bool ok = true;
};

Expectations ReadExpectations(const RunCommand& command, std::ostream& err) {
  Expectations expectations;
  if (command.expected_path.empty()) return expectations;
  absl::StatusOr<std::string> text = ReadFile(command.expected_path);
  if (!text.ok()) {
    if (command.update_expected) return expectations;
    err << "lockcheck: " << text.status().message()
        << "; --update-expected writes it\n";
    expectations.ok = false;
    return expectations;
  }
  absl::StatusOr<ExpectedFailures> parsed =
      ExpectedFailures::Parse(*text, Catalogue());
  if (!parsed.ok()) {
    err << "lockcheck: " << PrintableText(command.expected_path) << ": "
        << PrintableText(parsed.status().message()) << "\n";
    expectations.ok = false;
    return expectations;
  }
  expectations.failures = *std::move(parsed);
  return expectations;
}

// In the catalogue's order, whatever the order of ending.
std::vector<Result> InOrder(const std::vector<Requirement>& requirements,
                            const std::vector<Result>& results) {
  std::vector<Result> ordered;
  for (const Requirement& requirement : requirements) {
    const auto it =
        std::find_if(results.begin(), results.end(), [&](const Result& result) {
          return result.requirement.id == requirement.id;
        });
    if (it != results.end()) ordered.push_back(*it);
  }
  return ordered;
}

int ExitStatus(const std::vector<Result>& results, std::ostream& err) {
  const Summary summary = Summarize(results);
  if (summary.count.count(Outcome::kHarness) > 0) {
    err << "lockcheck: the suite itself failed\n";
    return kExitUsage;
  }
  if (summary.executed == 0) {
    err << "lockcheck: nothing was executed, so nothing is known of this "
           "implementation\n";
    return kExitUsage;
  }
  return summary.not_ok == 0 ? kExitAsExpected : kExitNotAsExpected;
}

bool NamesTheSeed(const Requirement& requirement) {
  return absl::StrContains(
      absl::AsciiStrToLower(absl::StrCat(
          requirement.id, " ", requirement.promise, " ", requirement.reason,
          " ", absl::StrJoin(requirement.needs, " "), " ",
          requirement.scope == Scope::kAll ? ""
                                           : ScopeText(requirement.scope))),
      "seed");
}

}  // namespace

int RunRun(const RunCommand& command, std::ostream& out, std::ostream& err) {
  const bool left_out =
      !command.systematic && !absl::StrContains(command.filter, "Systematic");
  const absl::StatusOr<std::vector<Requirement>> selected =
      SelectToRun(command.filter, left_out);
  if (!selected.ok()) {
    err << "lockcheck: " << PrintableText(selected.status().message()) << "\n";
    return kExitUsage;
  }
  const Expectations expectations = ReadExpectations(command, err);
  if (!expectations.ok || !CanWriteReport(command.json_path, err) ||
      !CanWriteReport(command.junit_path, err)) {
    return kExitUsage;
  }

  if (const absl::Status fit = CheckEnvironment("", command.jobs); !fit.ok()) {
    err << "lockcheck: " << PrintableText(fit.message()) << "\n";
    return kExitUsage;
  }

  RunOptions options;
  options.source = command.source;
  options.deadline = command.deadline;
  options.seed = command.seed;
  options.jobs = command.jobs;
  options.hold = command.hold;
  options.claim = command.profile;
  options.find_requirement = &FindRequirement;
  const absl::Time began_at = absl::Now();
  const absl::Duration began = MonotonicNow();
  const auto again = [&command](absl::string_view id) {
    return CommandToRun(command.invocation, command.source, id, command.seed);
  };
  Meeting meeting;
  std::vector<Result> results;
  // False when that isn't possible, and then it has been said.
  const auto write_reports = [&](bool complete) {
    RunFacts facts;
    facts.introduction = meeting.introduction;
    if (options.profile.has_value()) facts.profile = *options.profile;
    facts.command = command.source.ToString();
    facts.seed = command.seed;
    facts.version = std::string(kVersion);
    facts.began = began_at;
    facts.took = MonotonicNow() - began;
    facts.again = again;
    facts.complete = complete;
    const std::vector<Result> ordered = InOrder(*selected, results);
    return WriteReport(command.json_path, JsonReport(facts, ordered), out,
                       err) &&
           WriteReport(command.junit_path, JunitReport(facts, ordered), out,
                       err);
  };
  if (!command.json_path.empty() || !command.junit_path.empty()) {
    options.on_interrupt = [&] {
      write_reports(/*complete=*/false);
      out.flush();
    };
  }
  meeting = Meet(options);
  if (meeting.verdict.outcome == Outcome::kHarness) {
    err << "lockcheck: the suite itself failed: " << meeting.verdict.happened
        << "\n";
    return kExitUsage;
  }
  const bool met = meeting.verdict.outcome == Outcome::kPass;
  if (!met) {
    err << "lockcheck: the contender did not introduce itself: "
        << PrintableText(meeting.verdict.happened) << "\n";
    if (!meeting.verdict.details.empty()) {
      err << Indent(meeting.verdict.details, 0) << "\n";
    }
    err << "lockcheck: `"
        << CommandToExamine(command.invocation, command.source)
        << "` looks into it\n";
    if (meeting.verdict.outcome == Outcome::kCrash &&
        absl::StartsWith(meeting.verdict.happened, "cannot start")) {
      return kExitUsage;
    }
  }

  Console console(
      out, {command.colors, command.progress, command.width, command.verbose},
      *selected);
  const bool quiet = command.json_path == "-" || command.junit_path == "-";
  if (met) options.profile = LookAt(options).profile;
  if (met && !quiet) {
    console.Introduce(
        meeting.introduction, options.profile->ToString(),
        command.source.ToString(),
        absl::StrCat("random seed ", command.seed, ", ", command.jobs,
                     command.jobs == 1 ? " job" : " jobs"));
  }
  const auto add = [&](const Verdict& verdict) {
    Result result;
    result.requirement = *FindRequirement(verdict.id);
    result.verdict = verdict;
    result.judgement = Judge(result.requirement, verdict, expectations.failures,
                             command.strict);
    result.expected = expectations.failures.Find(verdict.id);
    if (!quiet && met) console.Add(result);
    results.push_back(std::move(result));
  };
  std::vector<Verdict> verdicts;
  if (met) {
    if (!quiet) {
      options.on_progress = [&](const std::vector<absl::string_view>& running) {
        console.Progress(running);
      };
    }
    options.on_verdict = add;
    verdicts = RunRequirements(*selected, options);
  } else {
    verdicts = SameForAll(*selected, meeting.verdict);
    for (const Verdict& verdict : verdicts) add(verdict);
  }
  const absl::Duration took = MonotonicNow() - began;
  const bool broken =
      std::any_of(verdicts.begin(), verdicts.end(), [](const Verdict& v) {
        return v.id == "Exclusion.SecondProcessIsRefused" &&
               (v.outcome == Outcome::kCrash || v.outcome == Outcome::kHang ||
                v.outcome == Outcome::kProtocol);
      });
  if (!quiet && met) {
    console.Finish(again, took);
    if (left_out && !broken) {
      out << "\nAll interleavings, crashes and failing calls, which take "
             "longer: "
             "--systematic\n";
    }
  }

  if (met && broken && !quiet && !command.source.command.empty()) {
    out << "\nThe contender itself seems to be broken. What the doctor "
           "says:\n\n";
    DoctorCommand doctor;
    doctor.source = command.source;
    doctor.colors = command.colors;
    RunDoctor(doctor, out, err);
  }
  if (!write_reports(/*complete=*/true)) return kExitUsage;
  const int status = StatusIfWritten(ExitStatus(results, err), out, err);
  if (command.update_expected && status != kExitUsage) {
    if (!WriteReport(command.expected_path,
                     expectations.failures.Update(verdicts), out, err)) {
      return kExitUsage;
    }
    err << "lockcheck: wrote " << PrintableText(command.expected_path)
        << "; say in each new line why it fails\n";
    return kExitAsExpected;
  }
  return status;
}

int RunList(const ListCommand& command, std::ostream& out, std::ostream& err) {
  const absl::StatusOr<std::vector<Requirement>> selected =
      Select(command.filter);
  if (!selected.ok()) {
    err << "lockcheck: " << PrintableText(selected.status().message()) << "\n";
    return kExitUsage;
  }
  if (command.markdown) {
    out << Specification(*selected);
    return StatusIfWritten(kExitAsExpected, out, err);
  }
  for (const Requirement& requirement : *selected) {
    out << absl::StrFormat("%-50s %s\n    ", requirement.id,
                           LevelName(requirement.level))
        << Wrap(absl::StrCat(
                    requirement.promise,
                    requirement.needs.empty()
                        ? ""
                        : absl::StrCat(" [needs ",
                                       absl::StrJoin(requirement.needs, ", "),
                                       "]")),
                4)
        << "\n";
  }
  return StatusIfWritten(kExitAsExpected, out, err);
}

int RunExplain(const ExplainCommand& command, std::ostream& out,
               std::ostream& err) {
  const Requirement* requirement = FindRequirement(command.id);
  if (requirement == nullptr) requirement = FindByLastPart(command.id);
  if (requirement == nullptr) {
    err << "lockcheck: there is no requirement \"" << PrintableText(command.id)
        << "\"; `lockcheck list` shows them\n";
    return kExitUsage;
  }
  const auto paragraph = [&out](absl::string_view text) {
    out << "\n" << Wrap(text, 0) << "\n";
  };
  out << requirement->id << "  (" << LevelName(requirement->level) << ")\n";
  paragraph(requirement->promise);
  paragraph(absl::StrCat("Why: ", requirement->reason));
  if (!requirement->needs.empty()) {
    paragraph(absl::StrCat("Needs a contender that claims: ",
                           absl::StrJoin(requirement->needs, ", ")));
  }
  if (requirement->scope != Scope::kAll) {
    paragraph(absl::StrCat("Asked of locks of the profiles: ",
                           ScopeText(requirement->scope)));
  }
  if (!requirement->not_on_windows.empty()) {
    paragraph(absl::StrCat("Not asked of locks of the profile windows: ",
                           requirement->not_on_windows, "."));
  }
  if (!requirement->rests_on.empty()) {
    paragraph(absl::StrCat("Not judged where one of these is broken: ",
                           absl::StrJoin(requirement->rests_on, ", ")));
  }
  if (NamesTheSeed(*requirement)) {
    paragraph(
        "The seed is the document of requirements that this project started "
        "from. The random number of --seed is another thing.");
  }
  // To be typed, so a line that is broken says so.
  const std::string typed =
      absl::StrCat("  lockcheck run --filter=", requirement->id);
  constexpr absl::string_view kContender = "-- COMMAND ARG...";
  out << "\nRun it alone:\n"
      << typed
      << (typed.size() + 1 + kContender.size() > kLineWidth ? " \\\n      "
                                                            : " ")
      << kContender << "\n";
  return StatusIfWritten(kExitAsExpected, out, err);
}

}  // namespace conformance
