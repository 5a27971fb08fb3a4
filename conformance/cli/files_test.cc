// Reports are written to files, pipes and devices, and nothing else is harmed.

#include "conformance/cli/files.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "conformance/testing/temp_folder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class FilesTest : public testing::Test {
 protected:
  std::string Path(absl::string_view name) const {
    return absl::StrCat(folder_, "/", name);
  }
  void Put(absl::string_view name, absl::string_view text) const {
    std::ofstream(Path(name)) << text;
  }
  std::string Get(absl::string_view name) const {
    std::ifstream file(Path(name));
    return std::string(std::istreambuf_iterator<char>(file), {});
  }
  bool Write(absl::string_view name, const std::string& text) {
    err_.str("");
    return WriteReport(Path(name), text, out_, err_);
  }
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }

  const TempFolder temp_;
  const std::string folder_ = temp_.path();
  std::ostringstream out_, err_;
};

TEST_F(FilesTest, MakesOrReplacesAFile) {
  EXPECT_TRUE(Write("report", "one"));
  EXPECT_EQ(Get("report"), "one");
  ASSERT_EQ(::chmod(Path("report").c_str(), 0640), 0);
  EXPECT_TRUE(Write("report", "two"));
  EXPECT_EQ(Get("report"), "two");
  struct stat st;
  ASSERT_EQ(::stat(Path("report").c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 07777, 0640U);
  EXPECT_THAT(Names(), ElementsAre("report"));
}

TEST_F(FilesTest, OldNameBesideIsNotTouched) {
  Put("treasure", "precious");
  ASSERT_EQ(::symlink("treasure", Path("report.new").c_str()), 0);
  EXPECT_TRUE(Write("report", "text"));
  EXPECT_EQ(Get("treasure"), "precious");
  EXPECT_EQ(Get("report"), "text");
  EXPECT_THAT(Names(),
              UnorderedElementsAre("report", "report.new", "treasure"));
}

TEST_F(FilesTest, FollowsALinkAndLeavesIt) {
  Put("target", "old");
  ASSERT_EQ(::symlink("target", Path("link").c_str()), 0);
  EXPECT_TRUE(Write("link", "new"));
  EXPECT_EQ(Get("target"), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(Path("link")));
  ASSERT_EQ(::symlink("nowhere", Path("dangling").c_str()), 0);
  EXPECT_FALSE(Write("dangling", "new"));
  EXPECT_THAT(err_.str(), HasSubstr("a symbolic link that leads nowhere"));
  EXPECT_FALSE(std::filesystem::exists(Path("nowhere")));
}

TEST_F(FilesTest, DeviceStaysADevice) {
  EXPECT_TRUE(WriteReport("/dev/null", "text", out_, err_));
  struct stat st;
  ASSERT_EQ(::stat("/dev/null", &st), 0);
  EXPECT_TRUE(S_ISCHR(st.st_mode));
  EXPECT_FALSE(WriteReport("/dev/full", "text", out_, err_));
  EXPECT_THAT(err_.str(), HasSubstr("No space left on device"));
  ASSERT_EQ(::stat("/dev/full", &st), 0);
  EXPECT_TRUE(S_ISCHR(st.st_mode));
}

TEST_F(FilesTest, FifoIsWrittenTo) {
  ASSERT_EQ(::mkfifo(Path("fifo").c_str(), 0600), 0);
  const int reader =
      ::open(Path("fifo").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  EXPECT_TRUE(Write("fifo", "text"));
  char text[16] = {};
  EXPECT_EQ(::read(reader, text, sizeof(text)), 4);
  EXPECT_EQ(absl::string_view(text), "text");
  ::close(reader);
  EXPECT_TRUE(std::filesystem::is_fifo(Path("fifo")));
}

TEST_F(FilesTest, ReadOnlyFileIsLeftAlone) {
  Put("report", "old");
  ASSERT_EQ(::chmod(Path("report").c_str(), 0444), 0);
  EXPECT_FALSE(Write("report", "new"));
  EXPECT_THAT(err_.str(), HasSubstr("it is read-only"));
  EXPECT_EQ(Get("report"), "old");
}

TEST_F(FilesTest, FolderIsNoFile) {
  EXPECT_FALSE(WriteReport(folder_, "text", out_, err_));
  EXPECT_THAT(err_.str(), HasSubstr("it is a folder"));
  EXPECT_FALSE(Write("missing/report", "text"));
  EXPECT_THAT(err_.str(), HasSubstr("No such file or directory"));
}

TEST_F(FilesTest, WhatCannotBeWrittenIsKnownBefore) {
  Put("read only", "old");
  ASSERT_EQ(::chmod(Path("read only").c_str(), 0444), 0);
  ASSERT_EQ(::symlink("nowhere", Path("dangling").c_str()), 0);
  for (const absl::string_view name :
       {"read only", "dangling", "missing/report", "."}) {
    err_.str("");
    EXPECT_FALSE(CanWriteReport(Path(name), err_)) << name;
    const std::string before = err_.str();
    EXPECT_FALSE(Write(name, "new")) << name;
    EXPECT_EQ(before, err_.str()) << name;
  }
}

TEST_F(FilesTest, TryingChangesNothing) {
  Put("old", "old");
  ASSERT_EQ(::mkfifo(Path("fifo").c_str(), 0600), 0);
  const std::vector<std::string> names = Names();
  for (const absl::string_view name : {"old", "new", "fifo"}) {
    EXPECT_TRUE(CanWriteReport(Path(name), err_)) << name << err_.str();
  }
  EXPECT_TRUE(CanWriteReport("/dev/null", err_));
  EXPECT_TRUE(CanWriteReport("-", err_));
  EXPECT_TRUE(CanWriteReport("", err_));
  EXPECT_THAT(Names(), testing::UnorderedElementsAreArray(names));
  EXPECT_EQ(Get("old"), "old");
}

TEST_F(FilesTest, ManyWritersLeaveOneWholeReport) {
  std::vector<pid_t> writers;
  for (char c = 'a'; c < 'i'; ++c) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      std::ostringstream out;
      std::ostringstream err;
      bool ok = true;
      for (int i = 0; i < 20; ++i) {
        ok &= WriteReport(Path("report"), std::string(100'000, c), out, err);
      }
      ::_exit(ok ? 0 : 1);
    }
    writers.push_back(pid);
  }
  for (const pid_t pid : writers) {
    int status = 0;
    ASSERT_EQ(::waitpid(pid, &status, 0), pid);
    EXPECT_EQ(status, 0);
  }
  const std::string text = Get("report");
  ASSERT_EQ(text.size(), 100'000U);
  EXPECT_EQ(text, std::string(100'000, text[0]));
  EXPECT_THAT(Names(), ElementsAre("report"));
}

TEST_F(FilesTest, WhatIsReadHasABound) {
  Put("file", "text");
  EXPECT_EQ(*ReadFile(Path("file")), "text");
  EXPECT_THAT(std::string(ReadFile("/dev/zero").status().message()),
              HasSubstr("/dev/zero: it has more than 16 MiB"));
  EXPECT_THAT(std::string(ReadFile(Path("none")).status().message()),
              HasSubstr("No such file or directory"));
  EXPECT_THAT(std::string(ReadFile(folder_).status().message()),
              HasSubstr("is a folder"));
}

}  // namespace
}  // namespace conformance
