// A folder of a test's own.

#ifndef CONFORMANCE_TESTING_TEMP_FOLDER_H_
#define CONFORMANCE_TESTING_TEMP_FOLDER_H_

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <filesystem>
#include <string>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace conformance {

// New and empty, and removed with all that is in it by then. As a member of a
// fixture it comes first, so that it outlives what uses it; where it can't be
// made, the fixture's tests fail and don't run.
class TempFolder {
 public:
  TempFolder() { Make(); }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
    EXPECT_FALSE(error) << path_ << ": " << error.message();
  }

  const std::string& path() const { return path_; }

 private:
  // No part of the constructor, in which nothing can be asserted.
  void Make() {
    const char* const made = ::mkdtemp(path_.data());
    const int error = errno;
    ASSERT_NE(made, nullptr)
        << path_ << " can't be made: " << ::strerror(error);
  }

  std::string path_ = absl::StrCat(testing::TempDir(), "/test.XXXXXX");
};

}  // namespace conformance

#endif  // CONFORMANCE_TESTING_TEMP_FOLDER_H_
