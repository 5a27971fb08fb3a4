// The programs that people download run where there is nothing else.

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "conformance/testing/program.h"
#include "conformance/testing/temp_folder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

namespace fs = std::filesystem;

// A folder with the two programs and nothing else, as the root of all files.
class StaticTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* program : {"lockcheck", "withlock"}) {
      fs::copy_file(Runfile(absl::StrCat("tools/", program, "_static")),
                    folder_.path() + "/" + program);
    }
    // Not by the programs that are tested: where these fail, so does the test.
    const ProgramResult tried = Run("/usr/sbin/chroot / true");
    if (tried.status != 0) {
      GTEST_SKIP() << "no root folder can be set here: " << tried.err;
    }
  }

  // Runs a command line there, after `before` outside of it.
  ProgramResult Inside(const std::string& command,
                       const std::string& before = "true") const {
    return Run(absl::StrCat(before, " && exec /usr/sbin/chroot . ", command));
  }

  // Runs a line of shell in the folder, with mounts and processes of its own.
  ProgramResult Run(const std::string& line) const {
    ProgramOptions options;
    options.environment = {{"BUILD_WORKING_DIRECTORY", ""}, {"TMPDIR", ""}};
    return RunProgram(
        {"unshare", "--map-root-user", "--mount", "--pid", "--fork", "sh", "-c",
         absl::StrCat("cd ", folder_.path(), " && ", line)},
        options);
  }

  const TempFolder folder_;
};

TEST_F(StaticTest, TellsOfItself) {
  const ProgramResult version = Inside("/lockcheck --version");
  EXPECT_EQ(version.status, 0) << version.err;
  EXPECT_THAT(version.out, StartsWith("lockcheck "));
  EXPECT_EQ(Inside("/lockcheck docs protocol").out,
            ReadWholeFile(Runfile("docs/protocol.md")));
  EXPECT_EQ(Inside("/lockcheck list").status, 0);
  EXPECT_THAT(Inside("/withlock --help").out, StartsWith("Usage: withlock"));
}

TEST_F(StaticTest, SaysWhatItMisses) {
  const ProgramResult no_folder = Inside("/lockcheck run");
  EXPECT_EQ(no_folder.status, 2) << no_folder.out;
  EXPECT_THAT(no_folder.err, HasSubstr("is TMPDIR a folder to write in"));
  fs::create_directory(folder_.path() + "/tmp");
  const ProgramResult no_proc = Inside("/lockcheck run");
  EXPECT_EQ(no_proc.status, 2) << no_proc.out;
  EXPECT_THAT(no_proc.err, HasSubstr("mount the proc file system at /proc"));
}

TEST_F(StaticTest, JudgesWhereThereAreProcessesAndAFolder) {
  fs::create_directory(folder_.path() + "/tmp");
  fs::create_directory(folder_.path() + "/proc");
  const std::string mount = "mount -t proc proc proc";
  if (const ProgramResult tried = Run(mount); tried.status != 0) {
    GTEST_SKIP() << "/proc can't be mounted here: " << tried.err;
  }
  const ProgramResult ran =
      Inside("/lockcheck run --filter=Exclusion.*:Reacquisition.*", mount);
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  EXPECT_THAT(ran.out,
              AllOf(HasSubstr("  pass        SecondProcessIsRefused\n"),
                    Not(HasSubstr("harness"))));
  const ProgramResult explored = Inside(
      "/lockcheck explore --cycles=1 --nocrash --noerrors --budget=1m", mount);
  EXPECT_THAT(explored.out, HasSubstr("no violation"));
}

}  // namespace
}  // namespace conformance
