// tools/bazel, the launcher: what it says of itself, and that it hands
// everything on to the Bazel that it finds. That it installs one is shown by
// every fresh machine.

#include <string>

#include "absl/strings/str_cat.h"
#include "conformance/testing/program.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// A machine with Bazelisk, which prints its arguments and exits with 7.
class LauncherTest : public ::testing::Test {
 protected:
  LauncherTest()
      : bazelisk_(MakeScript("bazelisk",
                             "#!/bin/sh\n"
                             "echo \"bazelisk: $*\"\n"
                             "exit 7\n")) {
    const std::string folder = bazelisk_.substr(0, bazelisk_.rfind('/'));
    // By which it looks whether the archives can be reached; they can't.
    MakeScript("apt-get", "#!/bin/sh\nexit 1\n");
    MakeScript("timeout", "#!/bin/sh\nexit 1\n");
    options_.environment = {
        {"PATH", absl::StrCat(folder, ":/usr/bin:/bin")},
        {"LOCKFILE_DEPS_CACHE", absl::StrCat(folder, "/cache")},
        {"LOCKFILE_DEPS", "archives"},
        {"LOCKFILE_INSTALL", ""},
        {"BAZEL_REAL", ""},
    };
  }

  ProgramResult Run(const std::vector<std::string>& arguments) {
    std::vector<std::string> command = {Runfile("tools/bazel")};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return RunProgram(command, options_);
  }

  const std::string bazelisk_;
  ProgramOptions options_;
};

TEST_F(LauncherTest, HandsArgumentsAndStatusOn) {
  const ProgramResult result = Run({"test", "//...", "--config=a b"});
  EXPECT_EQ(result.status, 7);
  EXPECT_EQ(result.out, "bazelisk: test //... --config=a b\n");
  EXPECT_THAT(result.err, IsEmpty());
}

TEST_F(LauncherTest, HelpSaysWhatItWouldDoAndDoesNothing) {
  for (const char* const option : {"--help", "-h"}) {
    const ProgramResult result = Run({option});
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_THAT(result.out, HasSubstr("LOCKFILE_INSTALL"));
    EXPECT_THAT(
        result.out,
        EndsWith(absl::StrCat("On this machine it would:\n  - run ", bazelisk_,
                              "\n  - let Bazel fetch the dependencies "
                              "that WORKSPACE and MODULE.bazel pin\n")));
    EXPECT_THAT(result.out, Not(HasSubstr("bazelisk: ")));
  }
}

TEST_F(LauncherTest, HelpIsOfTheBazelThatAWrapperNames) {
  options_.environment["BAZEL_REAL"] = bazelisk_;
  EXPECT_THAT(Run({"--help"}).out,
              HasSubstr(absl::StrCat("\n  - run ", bazelisk_, "\n")));
}

TEST_F(LauncherTest, BazelsOwnHelpIsBazels) {
  EXPECT_EQ(Run({"help", "--long"}).out, "bazelisk: help --long\n");
}

TEST_F(LauncherTest, RefusesWhatItsEnvironmentCannotSay) {
  options_.environment["LOCKFILE_DEPS"] = "mirror";
  ProgramResult result = Run({"build"});
  EXPECT_EQ(result.status, 64);
  EXPECT_EQ(result.err,
            "tools/bazel: LOCKFILE_DEPS must be archives or packages\n");

  options_.environment["LOCKFILE_DEPS"] = "archives";
  options_.environment["LOCKFILE_INSTALL"] = "maybe";
  result = Run({"build"});
  EXPECT_EQ(result.status, 64);
  EXPECT_EQ(result.err, "tools/bazel: LOCKFILE_INSTALL must be yes or no\n");
}

TEST_F(LauncherTest, RefusesACacheFolderThatIsNoAbsolutePath) {
  options_.environment["LOCKFILE_DEPS"] = "";
  options_.environment["https_proxy"] = "";
  options_.environment["HTTPS_PROXY"] = "";
  options_.environment["LOCKFILE_DEPS_CACHE"] = "cache";
  const ProgramResult result = Run({"build"});
  EXPECT_EQ(result.status, 73);
  EXPECT_THAT(result.err, HasSubstr("must be an absolute path"));
}

}  // namespace
}  // namespace conformance
