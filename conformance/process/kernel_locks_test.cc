// The kernel's locks of this process itself.

#include "conformance/process/kernel_locks.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

class KernelLocksTest : public testing::Test {
 protected:
  void SetUp() override {
    path_ = testing::TempDir() + "/kernel_locks.XXXXXX";
    fd_ = ::mkstemp(path_.data());
    ASSERT_GE(fd_, 0);
    char* real = ::realpath(path_.c_str(), nullptr);
    path_ = real;
    ::free(real);
  }
  void TearDown() override {
    ::close(fd_);
    ::unlink(path_.c_str());
  }
  KernelLock Mine(const std::string& kind) const {
    return {kind, path_, ::getpid()};
  }

  std::string path_;
  int fd_ = -1;
};

TEST_F(KernelLocksTest, NoneIsToldOfAnOpenFile) {
  EXPECT_THAT(KernelLocksOf({::getpid()}), testing::IsEmpty());
}

TEST_F(KernelLocksTest, FlockIsToldWithItsFile) {
  ASSERT_EQ(::flock(fd_, LOCK_EX), 0);
  EXPECT_THAT(KernelLocksOf({::getpid()}), testing::ElementsAre(Mine("FLOCK")));
}

TEST_F(KernelLocksTest, RecordLocksAreToldApart) {
  struct flock request = {};
  request.l_type = F_WRLCK;
  request.l_whence = SEEK_SET;
  ASSERT_EQ(::fcntl(fd_, F_SETLK, &request), 0);
  EXPECT_THAT(KernelLocksOf({::getpid()}), testing::ElementsAre(Mine("POSIX")));
  request.l_type = F_UNLCK;
  ASSERT_EQ(::fcntl(fd_, F_SETLK, &request), 0);
  request.l_type = F_WRLCK;
  ASSERT_EQ(::fcntl(fd_, F_OFD_SETLK, &request), 0);
  EXPECT_THAT(KernelLocksOf({::getpid()}),
              testing::ElementsAre(Mine("OFDLCK")));
}

TEST_F(KernelLocksTest, LockOfARemovedFileIsTold) {
  ASSERT_EQ(::flock(fd_, LOCK_EX), 0);
  ASSERT_EQ(::unlink(path_.c_str()), 0);
  EXPECT_THAT(KernelLocksOf({::getpid()}),
              testing::ElementsAre(testing::Field(
                  &KernelLock::path, testing::EndsWith(" (deleted)"))));
}

TEST_F(KernelLocksTest, OthersLocksAreNotTold) {
  ASSERT_EQ(::flock(fd_, LOCK_EX), 0);
  EXPECT_THAT(KernelLocksOf({}), testing::IsEmpty());
}

}  // namespace
}  // namespace conformance
