// The reports of lockcheck, in files, on standard output and on a terminal.

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "conformance/process/proc.h"
#include "conformance/testing/program.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tools/lockcheck_testing.h"

namespace conformance {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

// ---- Reports ----------------------------------------------------------------

TEST(ReportTest, JsonOnStandardOutputIsAlone) {
  const ProgramResult ran = Lockcheck({"run", kOne, "--json=-"});
  EXPECT_EQ(ran.status, 0);
  const nlohmann::json report =
      nlohmann::json::parse(ran.out, nullptr, /*allow_exceptions=*/false);
  ASSERT_TRUE(report.is_object()) << ran.out;
  EXPECT_EQ(report["format"], "lockcheck-report/1");
  EXPECT_EQ(report["ok"], true);
  EXPECT_EQ(report["verdicts"][0]["id"], "Exclusion.SecondProcessIsRefused");
  EXPECT_EQ(ran.err, "");
  const ProgramResult broken =
      Lockcheck({"run", kOne, "--json=-", "--", Broken()});
  EXPECT_EQ(broken.status, 1);
  EXPECT_EQ(nlohmann::json::parse(broken.out)["ok"], false);
}

TEST(ReportTest, JunitOnStandardOutputIsAlone) {
  const ProgramResult ran = Lockcheck({"run", kOne, "--junit=-"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_THAT(ran.out, StartsWith("<?xml "));
  EXPECT_THAT(ran.out, testing::EndsWith("</testsuites>\n"));
}

TEST(ReportTest, JunitTellsHowToRunAFailureAgain) {
  const std::string broken = Broken();
  const ProgramResult ran =
      Lockcheck({"run", kOne, "--seed=5", "--junit=-", "--", broken});
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(
      ran.out,
      AllOf(HasSubstr(absl::StrCat("&#10;again: ", Program(), " run ", kOne,
                                   " --seed=5 -- ", broken, "&#10;")),
            HasSubstr("name=\"random-seed\" value=\"5\""),
            HasSubstr(absl::StrCat("name=\"command\" value=\"", broken, "\"")),
            // The year, not that of the epoch.
            HasSubstr("timestamp=\"20")));
}

TEST(ReportTest, ThatCannotBeWrittenIsTwo) {
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{
           {"run", kOne, "--json=/no/such/folder/report"},
           {"run", kOne, "--junit=/no/such/folder/report"},
           {"explore", "--json=/no/such/folder/report"}}) {
    const ProgramResult ran = Lockcheck(command);
    EXPECT_EQ(ran.status, 2);
    EXPECT_EQ(ran.out, "") << "before the work, not after it";
    EXPECT_THAT(ran.err,
                HasSubstr("cannot write /no/such/folder/report: No such file"));
  }
}

TEST(ReportTest, ToAFullDiskIsTwo) {
  for (const char* what : {"run", "run --json=-", "list", "list --markdown",
                           "explain Exclusion.SecondProcessIsRefused"}) {
    const ProgramResult ran = RunProgram(
        {"sh", "-c",
         absl::StrCat(Program(), " ", what,
                      absl::StartsWith(what, "run") ? absl::StrCat(" ", kOne)
                                                    : std::string(),
                      " >/dev/full")},
        Outside());
    EXPECT_EQ(ran.status, 2) << what;
    EXPECT_THAT(ran.err, HasSubstr("cannot write to standard output"));
  }
}

TEST(ReportTest, WithoutAFolderForChecksIsTwo) {
  ProgramOptions options = Outside();
  options.environment["TMPDIR"] = "/no/such/folder";
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"run", kOne},
                                             {"doctor", "--", "true"}}) {
    const ProgramResult ran = Lockcheck(arguments, options);
    EXPECT_EQ(ran.status, 2);
    EXPECT_THAT(ran.err, HasSubstr("is TMPDIR"));
  }
}

// Under `bazel run`, paths mean the folder in which the person typed.
TEST(ReportTest, RelativePathsMeanTheFolderInWhichOneTypes) {
  const std::filesystem::path folder =
      std::filesystem::path(Broken()).parent_path() / "typed here";
  std::filesystem::create_directory(folder);
  std::filesystem::copy_file(Broken(), folder / "mine.sh");
  ProgramOptions options = Outside();
  options.environment["BUILD_WORKING_DIRECTORY"] = folder.string();
  options.environment["BUILD_WORKSPACE_DIRECTORY"] = "/somewhere";
  options.directory = "/";
  const ProgramResult ran = Lockcheck(
      {"run", kOne, "--json=report.json", "--junit=report.xml",
       "--expect=expected.txt", "--update-expected", "--", "./mine.sh"},
      options);
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(ran.out,
              HasSubstr("tools/bazel run //tools:lockcheck -- run --filter="));
  for (const char* name : {"report.json", "report.xml", "expected.txt"}) {
    EXPECT_TRUE(std::filesystem::exists(folder / name)) << name;
  }
  options.environment["BUILD_WORKING_DIRECTORY"] = "/no/such/folder";
  EXPECT_EQ(Lockcheck({"list"}, options).status, 2);
}

TEST(ReportTest, NoColorsInAPipe) {
  for (const char* when : {"--color=auto", "--color=never"}) {
    EXPECT_THAT(Lockcheck({"run", kOne, when}).out, Not(HasSubstr("\x1b")));
  }
  const ProgramResult always = Lockcheck({"run", kOne, "--color=always"});
  EXPECT_THAT(always.out, HasSubstr("\x1b[32m"));
  // But nothing is drawn over where there is no terminal.
  EXPECT_THAT(always.out, Not(HasSubstr("\r")));
}

TEST(ReportTest, ContenderPaintsNoTerminal) {
  const std::string hostile = Contender(
      "hostile.sh", {{"name=sh", "name=%1B%5B31mred%07%E2%80%AEder"},
                     {"*) answer", "*) printf '\\033]0;x\\007' >&2; answer"},
                     {"answer acquired", "exit 4; answer acquired"}});
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"run", kOne, "--", hostile},
                                             {"doctor", "--", hostile}}) {
    const ProgramResult ran = Lockcheck(arguments);
    EXPECT_EQ(ran.status, 1);
    EXPECT_THAT(ran.out + ran.err,
                AllOf(Not(HasSubstr("\x1b")), Not(HasSubstr("\x07")),
                      HasSubstr("\\033[31mred\\007\\342\\200\\256der")));
  }
  // Nor does a report, when it is looked at.
  for (const char* format : {"--json=-", "--junit=-"}) {
    EXPECT_THAT(Lockcheck({"run", kOne, format, "--", hostile}).out,
                AllOf(Not(HasSubstr("\x1b")), Not(HasSubstr("\xe2\x80")),
                      HasSubstr("der")));
  }
  // Nor do arguments.
  EXPECT_THAT(Lockcheck({"explain", "\x1b[31m"}).err,
              AllOf(Not(HasSubstr("\x1b")), HasSubstr("\\033[31m")));
}

// ---- In a terminal ----------------------------------------------------------

// A terminal in which lockcheck is the foreground process group.
class Terminal {
 public:
  explicit Terminal(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), Program());
    fd_ = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    EXPECT_EQ(::grantpt(fd_), 0);
    EXPECT_EQ(::unlockpt(fd_), 0);
    const std::string name = ::ptsname(fd_);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::setsid();
      const int tty = ::open(name.c_str(), O_RDWR);  // NOLINT
      ::ioctl(tty, TIOCSCTTY, 0);
      for (const int fd : {0, 1, 2}) ::dup2(tty, fd);
      ::unsetenv("NO_COLOR");
      ::setenv("TERM", "xterm", 1);
      ::setenv("TMPDIR", ::testing::TempDir().c_str(), 1);
      std::vector<char*> argv;
      argv.reserve(arguments.size() + 1);
      for (std::string& word : arguments) argv.push_back(word.data());
      argv.push_back(nullptr);
      ::execv(argv[0], argv.data());
      ::_exit(99);
    }
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal() { ::close(fd_); }

  void Type(absl::string_view keys) const {
    EXPECT_EQ(::write(fd_, keys.data(), keys.size()),
              static_cast<ssize_t>(keys.size()));
  }
  // All that is shown up to and with `text`, or to the end.
  std::string ShownUntil(absl::string_view text) const {
    std::string shown;
    pollfd fd = {fd_, POLLIN, 0};
    char c = 0;
    while (!(absl::EndsWith(shown, text) && !text.empty()) &&
           ::poll(&fd, 1, 60'000) > 0 && ::read(fd_, &c, 1) == 1) {
      shown += c;
    }
    return shown;
  }
  int Await() const {
    int status = 0;
    EXPECT_EQ(::waitpid(pid_, &status, 0), pid_);
    return status;
  }

 private:
  int fd_ = -1;
  pid_t pid_ = 0;
};

TEST(TerminalTest, ProgressIsDrawnAndCleared) {
  const Terminal terminal({"run", kOne});
  const std::string shown = terminal.ShownUntil("");
  EXPECT_EQ(terminal.Await(), 0);
  EXPECT_THAT(shown,
              AllOf(HasSubstr("[0/1] Exclusion.SecondProcessIsRefused\r\x1b[K"),
                    HasSubstr("\x1b[32mpass")));
}

TEST(TerminalTest, InterruptLeavesACleanLineAndNoProcess) {
  // Orphans come up to us.
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  const std::string litters = MakeScript("litters.sh", R"(#!/bin/bash
while read -r word a b c; do
  case $word in
    hello) echo hello lockfile-contender/1 name=sh version=1 pid=$$ can= ;;
    *) setsid sleep 100000 & exec sleep 100000 ;;
  esac
done
)");
  const std::string json = ::testing::TempDir() + "/interrupted.json";
  const std::string junit = ::testing::TempDir() + "/interrupted.xml";
  const Terminal terminal(
      {"run", kOne, "--json=" + json, "--junit=" + junit, "--", litters});
  terminal.ShownUntil("[0/1] Exclusion.SecondProcessIsRefused");
  terminal.Type("\x03");
  const std::string rest = terminal.ShownUntil("");
  const int status = terminal.Await();
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT) << status;
  EXPECT_TRUE(absl::EndsWith(rest, "\r\x1b[K")) << rest;
  EXPECT_THAT(ChildrenOf(::getpid()), IsEmpty());
  // The results until then are in the reports, which don't pass for whole ones.
  const nlohmann::json report =
      nlohmann::json::parse(ReadWholeFile(json), nullptr, false);
  ASSERT_TRUE(report.is_object());
  EXPECT_EQ(report["implementation"]["name"], "sh");
  EXPECT_EQ(report["complete"], false);
  EXPECT_EQ(report["ok"], false);
  EXPECT_THAT(ReadWholeFile(junit), HasSubstr("the run was ended by a signal"));
}

}  // namespace
}  // namespace conformance
