// Errors that are exhaustion, and others.

#include "conformance/process/exhaustion.h"

#include <errno.h>

#include "gtest/gtest.h"

namespace conformance {
namespace {

TEST(ExhaustionTest, IsOfSpaceDescriptorsProcessesOrMemory) {
  for (const int error : {ENOSPC, EDQUOT, EMFILE, ENFILE, EAGAIN, ENOMEM}) {
    EXPECT_TRUE(IsExhaustion(error)) << error;
  }
  for (const int error : {0, ENOENT, EACCES, EPERM, EIO, EINTR}) {
    EXPECT_FALSE(IsExhaustion(error)) << error;
  }
}

}  // namespace
}  // namespace conformance
