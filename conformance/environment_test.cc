// Machines that lack something.

#include "conformance/environment.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "conformance/testing/forbidden.h"
#include "conformance/testing/temp_folder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class EnvironmentTest : public ::testing::Test {
 protected:
  ~EnvironmentTest() override { EXPECT_TRUE(std::filesystem::is_empty(base_)); }

  std::string Check() const {
    return std::string(CheckEnvironment(base_, 1).message());
  }

  // The answer in a child after `change`; "unchanged" if that gave false.
  std::string After(const std::function<bool()>& change) const {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      const std::string text = change() ? Check() : "unchanged";
      ::_exit(::write(ends[1], text.data(), text.size()) < 0 ? 1 : 0);
    }
    ::close(ends[1]);
    std::string text;
    char c = 0;
    while (::read(ends[0], &c, 1) == 1) text += c;
    ::close(ends[0]);
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    return text;
  }

  const TempFolder folder_;
  const std::string base_ = folder_.path();
};

TEST_F(EnvironmentTest, AnOrdinaryMachineIsFit) {
  EXPECT_EQ(CheckEnvironment(base_, 2), absl::OkStatus());
  EXPECT_EQ(WhyUnfit(base_), "");
}

TEST_F(EnvironmentTest, AUmaskIsNoObstacle) {
  for (const mode_t mask : {0000, 0277, 0777}) {
    EXPECT_EQ(After([&] {
                ::umask(mask);
                return true;
              }),
              "");
  }
}

TEST_F(EnvironmentTest, NamesACallThatIsForbidden) {
  EXPECT_THAT(WhereForbidden(SYS_flock, [&] { return Check(); }),
              HasSubstr("flock(2) in the checks' folder: Operation not"));
  EXPECT_THAT(WhereForbidden(SYS_prctl, [&] { return Check(); }),
              HasSubstr("prctl(2): Operation not permitted"));
  EXPECT_THAT(WhereForbidden(SYS_pidfd_open, [&] { return Check(); }),
              HasSubstr("pidfd_open(2): Operation not permitted"));
  EXPECT_THAT(WhereForbidden(SYS_pidfd_send_signal, [&] { return Check(); }),
              HasSubstr("pidfd_send_signal(2): Operation not permitted"));
}

TEST_F(EnvironmentTest, NamesALimitThatIsTooLow) {
  const auto limit = [](auto resource, rlim_t to) {
    return [=] {
      const rlimit low = {to, to};
      return ::setrlimit(resource, &low) == 0;
    };
  };
  EXPECT_THAT(After(limit(RLIMIT_NOFILE, 40)),
              AllOf(HasSubstr("descriptors"), HasSubstr("ulimit -n")));
  EXPECT_THAT(After(limit(RLIMIT_NOFILE, 4)), HasSubstr("ulimit -n"));
  EXPECT_THAT(After(limit(RLIMIT_FSIZE, 0)), HasSubstr("ulimit -a"));
}

TEST_F(EnvironmentTest, NamesAFolderThatIsUnfit) {
  const auto in = [](const std::string& base) {
    return std::string(CheckEnvironment(base, 1).message());
  };
  // In two parts: as one, it would turn this very line around.
  const std::string right_to_left = absl::StrCat("/\xE2\x80", "\xAE");
  EXPECT_THAT(in(base_ + "/missing"),
              AllOf(HasSubstr("No such file"), HasSubstr("is TMPDIR")));
  EXPECT_THAT(in(base_ + "/a\nb"),
              AllOf(HasSubstr("control character"), HasSubstr("a\\nb"),
                    Not(HasSubstr("\n"))));
  EXPECT_THAT(in(base_ + right_to_left), HasSubstr("control character"));
  EXPECT_THAT(in(base_ + "/\xFF"), HasSubstr("no UTF-8"));
  EXPECT_THAT(in("/" + std::string(2000, 'x')), HasSubstr("1024 bytes"));
  // A link to such a folder is no way round.
  std::filesystem::create_directory(base_ + "/a\tb");
  std::filesystem::create_symlink("a\tb", base_ + "/fine");
  EXPECT_THAT(in(base_ + "/fine"), HasSubstr("control character"));
  std::filesystem::remove(base_ + "/fine");
  std::filesystem::remove(base_ + "/a\tb");
  EXPECT_THAT(WhyUnfit(base_ + "/missing"), HasSubstr("gone"));
}

TEST_F(EnvironmentTest, NamesAFileSystemWithoutRoom) {
  for (const char* const data : {"nr_inodes=10", "size=64k"}) {
    const std::string said = After([&] {
      return ::unshare(CLONE_NEWNS) == 0 &&
             ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
             ::mount("tmpfs", base_.c_str(), "tmpfs", 0, data) == 0;
    });
    if (said == "unchanged") GTEST_SKIP() << "nothing can be mounted here";
    EXPECT_THAT(said, AllOf(HasSubstr("has room for"), HasSubstr("TMPDIR")));
  }
}

TEST_F(EnvironmentTest, NamesAMachineWithoutProc) {
  const std::string said = After([&] {
    return ::unshare(CLONE_NEWNS) == 0 &&
           ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
           ::mount("tmpfs", "/proc", "tmpfs", 0, "") == 0;
  });
  if (said == "unchanged") GTEST_SKIP() << "nothing can be mounted here";
  EXPECT_THAT(said, HasSubstr("/proc"));
}

}  // namespace
}  // namespace conformance
