// No failed call is ever taken for a refusal.

#include "lockfile/internal/errno_status.h"

#include <errno.h>

#include <string>

#include "absl/status/status.h"
#include "gtest/gtest.h"

namespace lockfile {
namespace internal {
namespace {

TEST(ErrnoStatusTest, NoErrnoIsARefusalASuccessOrTheEndOfAWait) {
  for (int error = -1; error <= 4096; ++error) {
    const absl::StatusCode code = ErrnoToStatusCode(error);
    EXPECT_NE(code, absl::StatusCode::kUnavailable) << error;
    EXPECT_NE(code, absl::StatusCode::kOk) << error;
    EXPECT_NE(code, absl::StatusCode::kDeadlineExceeded) << error;
    EXPECT_NE(code, absl::StatusCode::kCancelled) << error;
    EXPECT_EQ(ErrnoToStatus(error, "open", "lock").code(), code) << error;
  }
}

TEST(ErrnoStatusTest, CodesAreThoseOfTheHeader) {
  EXPECT_EQ(ErrnoToStatusCode(ENOENT), absl::StatusCode::kNotFound);
  EXPECT_EQ(ErrnoToStatusCode(EACCES), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(ErrnoToStatusCode(EROFS), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(ErrnoToStatusCode(ELOOP), absl::StatusCode::kFailedPrecondition);
  for (const int error : {EMFILE, ENFILE, ENOMEM, ENOSPC, EDQUOT, ENOLCK}) {
    EXPECT_EQ(ErrnoToStatusCode(error), absl::StatusCode::kResourceExhausted);
  }
  EXPECT_EQ(ErrnoToStatusCode(EOPNOTSUPP), absl::StatusCode::kUnimplemented);
  EXPECT_EQ(ErrnoToStatusCode(ENOSYS), absl::StatusCode::kUnimplemented);
  EXPECT_EQ(ErrnoToStatusCode(EIO), absl::StatusCode::kDataLoss);
}

TEST(ErrnoStatusTest, MessageSaysWhatFailedWhereAndWhy) {
  EXPECT_EQ(ErrnoToStatus(ENOENT, "open", "a\nb").message(),
            "open a\\nb: No such file or directory");
}

}  // namespace
}  // namespace internal
}  // namespace lockfile
