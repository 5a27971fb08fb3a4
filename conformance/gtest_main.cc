// Runs the catalogue as GoogleTest tests, one test a requirement: what
// lockfile_conformance_test (defs.bzl) links. --gtest_filter, sharding and
// test.xml work as always; but each shard has a share of each systematic
// search, where GoogleTest would give one whole search to one of them.
//
//   PROGRAM [--expect=FILE] [--strict] [--only=FILTER] [--deadline=D]
//           -- COMMAND ARG...

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/environment.h"
#include "conformance/report/console.h"
#include "conformance/requirement.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/runner.h"
#include "conformance/shard.h"
#include "conformance/verdict.h"
#include "gtest/gtest.h"

ABSL_FLAG(std::string, expect, "", "file of expected failures");
ABSL_FLAG(bool, strict, false, "a violation of a SHOULD fails, too");
ABSL_FLAG(std::string, only, "*", "requirements to register");
ABSL_FLAG(std::string, profile, "", "of the lock, if not as it claims");
ABSL_FLAG(absl::Duration, hold, absl::Milliseconds(6300),
          "how long a lock is held by checks that need it");
ABSL_FLAG(absl::Duration, deadline, absl::Seconds(10), "of each exchange");

namespace {

using ::conformance::ExpectedFailures;
using ::conformance::Judge;
using ::conformance::Judgement;
using ::conformance::Outcome;
using ::conformance::Requirement;
using ::conformance::RunOptions;
using ::conformance::Shard;
using ::conformance::Verdict;

struct Session {
  RunOptions options;
  ExpectedFailures expected;
  bool strict = false;
  conformance::KnownVerdicts known;    // of what others rest on
  conformance::KnownVerdicts patient;  // of those that mostly wait
  std::vector<Requirement> registered;
  int executed = 0;  // tests that told something of the implementation
};
Session& TheSession() {
  static auto* const session = new Session();
  return *session;
}

// Whether GoogleTest runs it, by its filter and as a shard.
bool IsToRun(const Requirement& requirement) {
  const testing::UnitTest& all = *testing::UnitTest::GetInstance();
  for (int i = 0; i < all.total_test_suite_count(); ++i) {
    const testing::TestSuite& suite = *all.GetTestSuite(i);
    for (int j = 0; j < suite.total_test_count(); ++j) {
      const testing::TestInfo& test = *suite.GetTestInfo(j);
      if (absl::StrCat(suite.name(), ".", test.name()) == requirement.id) {
        return test.should_run() && !test.is_in_another_shard();
      }
    }
  }
  return false;
}

// Those that mostly wait are run all at once, when the first is wanted.
Verdict VerdictOf(const Requirement& requirement) {
  Session& session = TheSession();
  if (!requirement.patient) {
    return conformance::RunRequirements({requirement}, session.options,
                                        &session.known)
        .front();
  }
  if (session.patient.empty()) {
    std::vector<Requirement> all;
    for (const Requirement& one : session.registered) {
      if (one.patient && IsToRun(one)) all.push_back(one);
    }
    for (Verdict& verdict :
         conformance::RunRequirements(all, session.options, &session.known)) {
      const std::string id = verdict.id;
      session.patient.emplace(id, std::move(verdict));
    }
  }
  return session.patient.at(std::string(requirement.id));
}

std::string Describe(const Requirement& requirement, const Verdict& verdict,
                     const Judgement& judgement) {
  const auto row = [](absl::string_view label, absl::string_view text) {
    return text.empty() ? ""
                        : absl::StrCat("  ", label, ": ",
                                       conformance::Indent(text, 4), "\n");
  };
  return absl::StrCat(
      conformance::OutcomeName(verdict.outcome), ": ", requirement.id, " (",
      conformance::LevelName(requirement.level), ")\n",
      row("promise", requirement.promise), row("because", requirement.reason),
      row("expected", verdict.expected), row("happened", verdict.happened),
      row("judged", judgement.why), row("details", verdict.details),
      row("history", absl::StrCat("\n", verdict.history.ToString())));
}

class RequirementTest : public testing::Test {
 public:
  explicit RequirementTest(const Requirement* requirement)
      : requirement_(requirement) {}

  void TestBody() override {
    Session& session = TheSession();
    if (!session.options.profile.has_value()) {
      session.options.profile = conformance::LookAt(session.options).profile;
      std::cout << session.options.profile->ToString() << "\n";
    }
    const Verdict verdict = VerdictOf(*requirement_);
    const Judgement judgement =
        Judge(*requirement_, verdict, session.expected, session.strict);
    RecordProperty("verdict",
                   std::string(conformance::OutcomeName(verdict.outcome)));
    const std::string text = Describe(*requirement_, verdict, judgement);
    const bool skipped = verdict.outcome == Outcome::kUnsupported ||
                         verdict.outcome == Outcome::kNotAsked ||
                         verdict.outcome == Outcome::kNotJudged ||
                         verdict.outcome == Outcome::kNotRun;
    if (!skipped && verdict.outcome != Outcome::kHarness) ++session.executed;
    if (!judgement.ok) {
      ADD_FAILURE() << text;
    } else if (skipped) {
      GTEST_SKIP() << conformance::OutcomeName(verdict.outcome) << ": "
                   << verdict.happened;
    } else if (verdict.outcome == Outcome::kPass) {
      // A systematic search says how far it went.
      if (!verdict.happened.empty()) std::cout << verdict.happened << "\n";
    } else {
      const auto* expected = session.expected.Find(requirement_->id);
      std::cout << conformance::OutcomeName(verdict.outcome) << ", "
                << (expected != nullptr
                        ? absl::StrCat("expected: ", expected->reason)
                        : "tolerated, since it is a SHOULD")
                << "\n  " << verdict.happened << "\n";
    }
  }

 private:
  const Requirement* const requirement_;
};

int Fail(absl::string_view message) {
  std::cerr << message << "\n";
  return 2;
}

// Takes the contender's command, and the -- before it, away from the arguments:
// GoogleTest and Abseil would take its options for theirs.
std::vector<std::string> TakeContender(int& argc, char** argv) {
  const auto* const separator =
      std::find_if(argv, argv + argc,
                   [](absl::string_view argument) { return argument == "--"; });
  const int before = static_cast<int>(separator - argv);
  if (before == argc) return {};
  std::vector<std::string> command(argv + before + 1, argv + argc);
  argc = before;
  argv[argc] = nullptr;
  // Bazel gives a program of the workspace's root folder a name without a
  // slash, which execvp(3) would search for in PATH.
  if (!command.empty() && !absl::StrContains(command.front(), '/') &&
      ::access(command.front().c_str(), X_OK) == 0) {
    command.front().insert(0, "./");
  }
  return command;
}

void Register(const Requirement* requirement) {
  const std::string chapter(conformance::ChapterOf(requirement->id));
  const std::string name(requirement->id.substr(chapter.size() + 1));
  testing::RegisterTest(chapter.c_str(), name.c_str(), nullptr, nullptr,
                        __FILE__, __LINE__, [requirement]() -> testing::Test* {
                          return new RequirementTest(requirement);
                        });
}

// Takes the share that GoogleTest would take: it counts from 0.
Shard TakeShard() {
  Shard shard;
  const char* const count = ::getenv("GTEST_TOTAL_SHARDS");
  const char* const index = ::getenv("GTEST_SHARD_INDEX");
  if (count == nullptr || index == nullptr) return shard;
  int number = 0;
  int of = 0;
  // GoogleTest says what is wrong with others, and divides more by itself.
  if (!absl::SimpleAtoi(index, &number) || !absl::SimpleAtoi(count, &of) ||
      number < 0 || number >= of || of > Shard::kMostShards) {
    return shard;
  }
  shard.number = number + 1;
  shard.count = of;
  ::unsetenv("GTEST_TOTAL_SHARDS");
  ::unsetenv("GTEST_SHARD_INDEX");
  return shard;
}

bool IsShard(const Shard& shard) {
  const char* const count = ::getenv("GTEST_TOTAL_SHARDS");
  return !shard.is_whole() || (count != nullptr && std::string(count) != "1");
}

}  // namespace

int main(int argc, char** argv) {
  conformance::InitializeRunner();
  Session& session = TheSession();
  session.options.source.command = TakeContender(argc, argv);
  session.options.shard = TakeShard();
  testing::InitGoogleTest(&argc, argv);
  if (const std::vector<char*> rest = absl::ParseCommandLine(argc, argv);
      rest.size() > 1) {
    return Fail(absl::StrCat("what is ", rest[1],
                             "? The contender's command comes after --"));
  }
  session.options.deadline = absl::GetFlag(FLAGS_deadline);
  session.strict = absl::GetFlag(FLAGS_strict);
  session.options.claim = absl::GetFlag(FLAGS_profile);
  session.options.hold = absl::GetFlag(FLAGS_hold);
  session.options.find_requirement = &conformance::FindRequirement;
  if (session.options.source.command.empty()) {
    return Fail("give the contender's command after --");
  }
  if (const char* tmpdir = ::getenv("TEST_TMPDIR")) {
    session.options.scratch = tmpdir;
  }
  if (const absl::Status fit =
          conformance::CheckEnvironment(session.options.scratch, 1);
      !fit.ok()) {
    return Fail(fit.message());
  }
  const std::string expect = absl::GetFlag(FLAGS_expect);
  if (!expect.empty()) {
    std::ifstream file(expect, std::ios::binary);
    if (!file.is_open()) return Fail(absl::StrCat("cannot read ", expect));
    absl::StatusOr<ExpectedFailures> expected = ExpectedFailures::Parse(
        std::string(std::istreambuf_iterator<char>(file), {}),
        conformance::Catalogue());
    if (!expected.ok()) {
      return Fail(absl::StrCat(expect, ": ", expected.status().message()));
    }
    session.expected = *std::move(expected);
  }
  const absl::StatusOr<std::vector<Requirement>> selected =
      conformance::Select(absl::GetFlag(FLAGS_only));
  if (!selected.ok()) return Fail(selected.status().message());
  const Shard& shard = session.options.shard;
  int ordinary = 0;
  for (const Requirement& requirement : *selected) {
    if (!conformance::IsSystematic(requirement) &&
        ordinary++ % shard.count != shard.number - 1) {
      continue;
    }
    session.registered.push_back(requirement);
    Register(conformance::FindRequirement(requirement.id));
  }
  const int status = RUN_ALL_TESTS();
  if (status != 0 || session.executed > 0 || GTEST_FLAG_GET(list_tests)) {
    return status;
  }
  // One shard of many may have got nothing, or nothing that can be run here.
  if (IsShard(shard) &&
      conformance::Meet(session.options).verdict.outcome == Outcome::kPass) {
    return status;
  }
  return Fail(
      "nothing was executed, so nothing is known of this implementation");
}
