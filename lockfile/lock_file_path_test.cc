// Things at a path that are no lock file: each is a clear error, at once, and
// left as it was.

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/log/check.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lockfile/lock_file.h"
#include "lockfile/testing/child.h"
#include "lockfile/testing/file_testing.h"
#include "lockfile/testing/log_capture.h"

namespace lockfile {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class PathTest : public ::testing::Test {
 protected:
  // Acquire must fail with `code`, without logging or leaking anything.
  static void ExpectError(const std::string& path, absl::StatusCode code,
                          const std::string& message) {
    LogCapture log;
    const int descriptors = CountDescriptors();
    LockFileOptions options;
    options.owner_record = "{pid}\n";
    const absl::Status status = LockFile::Acquire(path, options).status();
    EXPECT_EQ(status.code(), code) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(message));
    EXPECT_THAT(log.Records(), IsEmpty());
    EXPECT_EQ(CountDescriptors(), descriptors);
    EXPECT_TRUE(LockFile::Acquire("afterwards").ok());
  }

  ScopedWorkingDirectory directory_;
};

TEST_F(PathTest, Directory) {
  ASSERT_EQ(::mkdir("directory", 0777), 0);
  ExpectError("directory", absl::StatusCode::kFailedPrecondition,
              "it is a directory");
  ExpectError("directory/", absl::StatusCode::kFailedPrecondition,
              "it is a directory");
  ExpectError("/", absl::StatusCode::kFailedPrecondition, "it is a directory");
}

// py-filelock 549: it blocked for ever. And a reader who waits for a writer
// isn't woken up, either.
TEST_F(PathTest, Fifo) {
  ASSERT_EQ(::mkfifo("fifo", 0666), 0);
  ExpectError("fifo", absl::StatusCode::kFailedPrecondition, "it is a FIFO");
  const int reader = ::open("fifo", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  ASSERT_NE(reader, -1);
  ExpectError("fifo", absl::StatusCode::kFailedPrecondition, "it is a FIFO");
  struct pollfd event = {reader, POLLIN, 0};
  EXPECT_EQ(::poll(&event, 1, 0), 0) << "something was at the other end";
  ::close(reader);
}

TEST_F(PathTest, Socket) {
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_NE(descriptor, -1);
  struct sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  address.sun_path[0] = 's';
  ASSERT_EQ(::bind(descriptor, reinterpret_cast<struct sockaddr*>(&address),
                   sizeof(address)),
            0);
  ExpectError("s", absl::StatusCode::kFailedPrecondition, "it is a socket");
  ::close(descriptor);
}

TEST_F(PathTest, Device) {
  ExpectError("/dev/null", absl::StatusCode::kFailedPrecondition,
              "it is a device");
  ExpectError("/dev/tty", absl::StatusCode::kFailedPrecondition,
              "it is a device");
}

// CVE-2025-68146, CVE-2026-22701: the link's target was emptied.
TEST_F(PathTest, SymbolicLink) {
  WriteFile("target", "precious");
  ASSERT_EQ(::symlink("target", "link"), 0);
  ExpectError("link", absl::StatusCode::kFailedPrecondition,
              "it is a symbolic link");
  EXPECT_EQ(ReadFile("target"), "precious");
  EXPECT_FALSE(IsLocked("target"));
}

TEST_F(PathTest, DanglingSymbolicLink) {
  ASSERT_EQ(::symlink("nowhere", "link"), 0);
  ExpectError("link", absl::StatusCode::kFailedPrecondition,
              "it is a symbolic link");
  EXPECT_FALSE(Exists("nowhere"));
}

TEST_F(PathTest, LoopOfSymbolicLinksOnTheWay) {
  ASSERT_EQ(::symlink("loop", "loop"), 0);
  ExpectError("loop/lock", absl::StatusCode::kFailedPrecondition,
              "Too many levels of symbolic links");
}

TEST_F(PathTest, MissingDirectory) {
  ExpectError("missing/lock", absl::StatusCode::kNotFound,
              "create missing/lock: No such file or directory");
  EXPECT_FALSE(Exists("missing"));
}

TEST_F(PathTest, FileOnTheWay) {
  WriteFile("file", "");
  ExpectError("file/lock", absl::StatusCode::kFailedPrecondition,
              "Not a directory");
}

TEST_F(PathTest, LongNames) {
  const std::string longest(NAME_MAX, 'x');
  EXPECT_TRUE(LockFile::Acquire(longest).ok());
  ExpectError(longest + "x", absl::StatusCode::kInvalidArgument,
              "File name too long");
  std::string deep;
  while (deep.size() <= PATH_MAX) deep += "./";
  ExpectError(deep + "lock", absl::StatusCode::kInvalidArgument,
              "File name too long");
  EXPECT_FALSE(Exists("lock"));
}

// The tests may run as root, whom no permissions stop.
int AsOrdinaryUser(int (*body)()) {
  Child child([body](Channel&) {
    if (::getuid() == 0) {
      constexpr uid_t kNobody = 65534;
      PCHECK(::setresgid(kNobody, kNobody, kNobody) == 0);
      PCHECK(::setresuid(kNobody, kNobody, kNobody) == 0);
    }
    return body();
  });
  return ExitStatus(child.Await());
}

// Whether an ordinary user gets to the working directory at all.
bool IsReachable() {
  return AsOrdinaryUser([] { return ::access(".", W_OK) == 0 ? 0 : 1; }) == 0;
}

TEST_F(PathTest, NoPermission) {
  WriteFile("readable", "content");
  ASSERT_EQ(::chmod("readable", 0444), 0);
  ASSERT_EQ(::mkdir("closed", 0700), 0);
  ASSERT_EQ(::mkdir("unwritable", 0755), 0);
  if (::getuid() != 0) {
    ASSERT_EQ(::chmod("closed", 0), 0);
    ASSERT_EQ(::chmod("unwritable", 0555), 0);
  }
  if (!IsReachable()) GTEST_SKIP() << "not reachable for an ordinary user";
  for (int (*const body)() :
       {+[] {
          return static_cast<int>(
              LockFile::Acquire("readable").status().code());
        },
        +[] {
          return static_cast<int>(
              LockFile::Acquire("closed/lock").status().code());
        },
        +[] {
          return static_cast<int>(
              LockFile::Acquire("unwritable/lock").status().code());
        }}) {
    EXPECT_EQ(AsOrdinaryUser(body),
              static_cast<int>(absl::StatusCode::kPermissionDenied));
  }
  EXPECT_EQ(ReadFile("readable"), "content");
  EXPECT_FALSE(Exists("unwritable/lock"));
  ASSERT_EQ(::chmod("closed", 0700), 0);
}

// proc_sys_fs(5), protected_regular: in a sticky directory not even root may
// open another user's file with O_CREAT.
TEST_F(PathTest, AnotherUsersFileInAStickyDirectory) {
  if (::getuid() != 0) GTEST_SKIP() << "needs two users";
  ASSERT_EQ(::mkdir("sticky", 0777), 0);
  ASSERT_EQ(::chmod("sticky", 01777), 0);
  WriteFile("sticky/lock", "");
  ASSERT_EQ(::chmod("sticky/lock", 0666), 0);
  if (!IsReachable()) GTEST_SKIP() << "not reachable for an ordinary user";
  EXPECT_EQ(AsOrdinaryUser(
                [] { return LockFile::Acquire("sticky/lock").ok() ? 0 : 1; }),
            0);
}

TEST_F(PathTest, NoDescriptorsLeft) {
  Child child([](Channel&) {
    struct rlimit limit = {64, 64};
    PCHECK(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
    std::vector<int> taken;
    while (true) {
      const int descriptor = ::fcntl(0, F_DUPFD_CLOEXEC, 0);
      if (descriptor == -1) break;
      taken.push_back(descriptor);
    }
    CHECK_EQ(errno, EMFILE);
    const absl::Status status = LockFile::Acquire("lock").status();
    if (status.code() != absl::StatusCode::kResourceExhausted) return 1;
    if (Exists("lock")) return 2;
    ::close(taken.back());
    return LockFile::Acquire("lock").ok() ? 0 : 3;
  });
  EXPECT_EQ(ExitStatus(child.Await()), 0);
}

TEST_F(PathTest, FullFileSystem) {
  Child child([](Channel&) {
    // No file may grow: EFBIG, with SIGXFSZ ignored, is as near to a full file
    // system as one gets without mounting one.
    PCHECK(::signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    struct rlimit limit = {0, 0};
    PCHECK(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
    LockFileOptions options;
    options.owner_record = "{pid}\n";
    const absl::Status status = LockFile::Acquire("lock", options).status();
    if (status.code() != absl::StatusCode::kOutOfRange) return 1;
    if (IsLocked("lock")) return 2;
    return LockFile::Acquire("lock").ok() ? 0 : 3;
  });
  EXPECT_EQ(ExitStatus(child.Await()), 0);
  EXPECT_EQ(ReadFile("lock"), "");
}

}  // namespace
}  // namespace lockfile
