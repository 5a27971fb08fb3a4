// The program that lockfile_conformance_test runs, run in odd ways.

#include <filesystem>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "conformance/requirement.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/testing/program.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kOne[] = "--only=Exclusion.SecondProcessIsRefused";

ProgramOptions Plain() {
  ProgramOptions options;
  // Bazel's variables are for this test, not for the one that it runs.
  for (const char* name :
       {"GTEST_SHARD_INDEX", "GTEST_SHARD_STATUS_FILE", "GTEST_TOTAL_SHARDS",
        "TESTBRIDGE_TEST_ONLY", "TEST_PREMATURE_EXIT_FILE", "XML_OUTPUT_FILE",
        "GTEST_OUTPUT", "GTEST_FILTER"}) {
    options.environment[name] = "";
  }
  options.environment["TEST_TMPDIR"] = ::testing::TempDir();
  return options;
}

ProgramResult Conformance(std::vector<std::string> arguments,
                          const ProgramOptions& options = Plain()) {
  arguments.insert(arguments.begin(),
                   Runfile("conformance/bare_conformance_test"));
  return RunProgram(arguments, options);
}

std::string Reference() {
  return Runfile("conformance/contenders/lockfile/contender");
}

// Gives everybody the lock.
std::string Broken() {
  return MakeScript("broken.sh",
                    "#!/bin/sh\n"
                    "while read word a b; do case $word in\n"
                    "hello) echo hello $a name=broken pid=$$ ;;\n"
                    "acquire) echo acquired $a ;;\n"
                    "release) echo released $a ;;\n"
                    "*) echo unsupported ;;\n"
                    "esac; done\n");
}

std::string NotHere() {
  return MakeScript("not_here.sh",
                    "#!/bin/sh\necho no lock here >&2\nexit 69\n");
}

// The value of an attribute of an element of XML.
std::string Attribute(absl::string_view element, absl::string_view name) {
  const std::string before = absl::StrCat(" ", name, "=\"");
  const size_t at = element.find(before);
  if (at == absl::string_view::npos) return "";
  element.remove_prefix(at + before.size());
  return std::string(element.substr(0, element.find('"')));
}

// The ids in a test.xml.
std::set<std::string> Ids(const std::string& xml) {
  std::set<std::string> ids;
  for (const absl::string_view line : absl::StrSplit(xml, '\n')) {
    if (!absl::StrContains(line, "<testcase ")) continue;
    EXPECT_TRUE(ids.insert(absl::StrCat(Attribute(line, "classname"), ".",
                                        Attribute(line, "name")))
                    .second);
  }
  return ids;
}

std::set<std::string> Selected(absl::string_view filter) {
  std::set<std::string> ids;
  const std::vector<Requirement> selected = Select(filter).value();
  for (const Requirement& requirement : selected) {
    ids.emplace(requirement.id);
  }
  return ids;
}

TEST(GtestMainTest, EachRequirementIsATestOfItsId) {
  ProgramOptions options = Plain();
  const std::string xml = ::testing::TempDir() + "/chapter.xml";
  options.environment["XML_OUTPUT_FILE"] = xml;
  const ProgramResult ran = Conformance(
      {"--only=Persistence.*:Inheritance.*", "--", Reference()}, options);
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  EXPECT_EQ(Ids(ReadWholeFile(xml)), Selected("Persistence.*:Inheritance.*"));
  EXPECT_THAT(ReadWholeFile(xml), HasSubstr("name=\"verdict\" value=\"pass\""));
}

TEST(GtestMainTest, EachIsListed) {
  const ProgramResult ran =
      Conformance({"--gtest_list_tests", "--", Reference()});
  EXPECT_EQ(ran.status, 0) << ran.err;
  for (const Requirement& requirement : Catalogue()) {
    const absl::string_view chapter = ChapterOf(requirement.id);
    EXPECT_THAT(
        ran.out,
        AllOf(HasSubstr(absl::StrCat(chapter, ".\n")),
              HasSubstr(absl::StrCat(
                  "  ", requirement.id.substr(chapter.size() + 1), "\n"))));
  }
}

TEST(GtestMainTest, FailureIsExplained) {
  const ProgramResult ran = Conformance({kOne, "--", Broken()});
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(
      ran.out,
      AllOf(HasSubstr("violation: Exclusion.SecondProcessIsRefused (MUST)\n"),
            HasSubstr("  promise: "), HasSubstr("  because: "),
            HasSubstr("  expected: B is refused (busy)"),
            HasSubstr("  happened: B answered acquired\n"),
            HasSubstr("  judged: unexpected violation\n"),
            HasSubstr("B  < acquired a")));
}

TEST(GtestMainTest, ExpectedFailurePassesAndStaleOneFails) {
  const std::string expect =
      "--expect=" + MakeScript("expected.txt",
                               "Exclusion.SecondProcessIsRefused violation It "
                               "locks nothing.\n",
                               false);
  const ProgramResult expected = Conformance({kOne, expect, "--", Broken()});
  EXPECT_EQ(expected.status, 0) << expected.out;
  EXPECT_THAT(expected.out,
              HasSubstr("violation, expected: It locks nothing."));
  const ProgramResult stale = Conformance({kOne, expect, "--", Reference()});
  EXPECT_EQ(stale.status, 1);
  EXPECT_THAT(stale.out, HasSubstr("stale: line 1 expects a violation, but it "
                                   "passes; remove the line"));
}

TEST(GtestMainTest, WhatMakesNoSenseIsTwo) {
  const std::string unknown =
      "--expect=" + MakeScript("unknown.txt", "No.Such violation x\n", false);
  for (const auto& [arguments, why] :
       std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{}, "give the contender's command after --"},
           {{"--"}, "give the contender's command after --"},
           {{"contender"}, "what is contender? The contender's command comes"},
           {{"--only=No.Such", "--", Reference()}, "no requirement matches"},
           {{"--expect=/no/such", "--", Reference()}, "cannot read /no/such"},
           {{unknown, "--", Reference()}, "line 1: there is no requirement"}}) {
    const ProgramResult ran = Conformance(arguments);
    EXPECT_EQ(ran.status, 2);
    EXPECT_THAT(ran.err, HasSubstr(why));
  }
}

TEST(GtestMainTest, OptionsOfTheContenderAreItsOwn) {
  for (const char* option : {"--help", "-h", "--gtest_filter=-*", "--only=x"}) {
    // The reference takes it for the owner's record.
    const ProgramResult ran = Conformance({kOne, "--", Reference(), option});
    EXPECT_EQ(ran.status, 0);
    EXPECT_THAT(ran.out, HasSubstr("[  PASSED  ] 1 test.")) << option;
  }
}

// //:my_contender is "my_contender" in runfiles.
TEST(GtestMainTest, ContenderInTheRootFolderIsFound) {
  ProgramOptions options = Plain();
  options.directory = std::filesystem::path(Broken()).parent_path();
  const ProgramResult ran = Conformance({kOne, "--", "broken.sh"}, options);
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.out, HasSubstr("B answered acquired"));
}

// ---- Selecting --------------------------------------------------------------

TEST(FilterTest, IsBazels) {
  ProgramOptions options = Plain();
  options.environment["TESTBRIDGE_TEST_ONLY"] = "Exclusion.Second*";
  const ProgramResult ran = Conformance({"--", Reference()}, options);
  EXPECT_EQ(ran.status, 0) << ran.out;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("OK ] Exclusion.SecondProcessIsRefused"),
                             Not(HasSubstr("Persistence"))));
}

TEST(FilterTest, ThatMatchesNothingIsNoSuccess) {
  ProgramOptions options = Plain();
  options.environment["TESTBRIDGE_TEST_ONLY"] = "No.Such";
  const ProgramResult ran = Conformance({"--", Reference()}, options);
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.err, HasSubstr("nothing was executed"));
}

TEST(ShardTest, TogetherRunEverythingOnce) {
  const std::string status = ::testing::TempDir() + "/shard_status";
  std::set<std::string> all;
  size_t count = 0;
  for (const char* index : {"0", "1", "2"}) {
    ProgramOptions options = Plain();
    const std::string xml = ::testing::TempDir() + "/shard.xml";
    options.environment["XML_OUTPUT_FILE"] = xml;
    options.environment["GTEST_TOTAL_SHARDS"] = "3";
    options.environment["GTEST_SHARD_INDEX"] = index;
    options.environment["GTEST_SHARD_STATUS_FILE"] = status;
    std::filesystem::remove(status);
    const ProgramResult ran =
        Conformance({"--only=Persistence.*", "--", Reference()}, options);
    EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
    EXPECT_TRUE(std::filesystem::exists(status));
    const std::set<std::string> ids = Ids(ReadWholeFile(xml));
    EXPECT_FALSE(ids.empty());
    count += ids.size();
    all.insert(ids.begin(), ids.end());
  }
  EXPECT_EQ(all, Selected("Persistence.*"));
  EXPECT_EQ(count, all.size());
}

// GoogleTest would have the first shard do all of it.
TEST(ShardTest, EachHasAShareOfASystematicSearch) {
  ProgramOptions options = Plain();
  options.environment["GTEST_TOTAL_SHARDS"] = "2";
  options.environment["GTEST_SHARD_INDEX"] = "1";
  const ProgramResult ran = Conformance(
      {"--only=Systematic.FailureAtAnyCallIsHonest", "--", Reference()},
      options);
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  EXPECT_THAT(ran.out,
              AllOf(HasSubstr("OK ] Systematic.FailureAtAnyCallIsHonest"),
                    HasSubstr("searches complete in shard 2 of 2\n"),
                    HasSubstr("[  PASSED  ] 1 test.")));
}

// More shards than requirements.
TEST(ShardTest, OneThatGetsNothingPasses) {
  ProgramOptions options = Plain();
  options.environment["GTEST_TOTAL_SHARDS"] = "5";
  options.environment["GTEST_SHARD_INDEX"] = "4";
  EXPECT_EQ(Conformance({kOne, "--", Reference()}, options).status, 0);
}

// ---- Nothing executed -------------------------------------------------------

TEST(NothingExecutedTest, IsNoSuccess) {
  const ProgramResult not_here = Conformance({kOne, "--", NotHere()});
  EXPECT_EQ(not_here.status, 2);
  EXPECT_THAT(not_here.out, HasSubstr("no lock here"));
  EXPECT_THAT(not_here.err, HasSubstr("nothing was executed"));
  const ProgramResult unsupported =
      Conformance({"--only=OwnerRecord.RecordNamesHolder", "--", Reference()});
  EXPECT_EQ(unsupported.status, 2);
  EXPECT_THAT(unsupported.out, HasSubstr("does not claim owner-pid"));
}

TEST(NothingExecutedTest, IsNoSuccessInAShardEither) {
  ProgramOptions options = Plain();
  options.environment["GTEST_TOTAL_SHARDS"] = "2";
  options.environment["GTEST_SHARD_INDEX"] = "1";
  EXPECT_EQ(Conformance({kOne, "--", NotHere()}, options).status, 2);
  // One that is here may be unlucky in its shard.
  EXPECT_EQ(Conformance({"--only=OwnerRecord.Re*", "--", Reference()}, options)
                .status,
            0);
}

TEST(NothingExecutedTest, ContenderThatCannotBeStartedFails) {
  const ProgramResult ran = Conformance({kOne, "--", "./no-such-contender"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.out, HasSubstr("cannot start ./no-such-contender"));
}

}  // namespace
}  // namespace conformance
