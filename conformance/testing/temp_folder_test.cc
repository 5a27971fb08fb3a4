// Folders that come and go.

#include "conformance/testing/temp_folder.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "gtest/gtest-spi.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

namespace fs = std::filesystem;

TEST(TempFolderTest, EachIsNewAndEmpty) {
  const TempFolder one;
  const TempFolder two;
  EXPECT_NE(one.path(), two.path());
  EXPECT_TRUE(fs::is_directory(one.path()));
  EXPECT_TRUE(fs::is_empty(one.path()));
}

TEST(TempFolderTest, GoesWithAllThatIsInItAndNothingElse) {
  const TempFolder other;
  std::ofstream(other.path() + "/file") << "text";
  std::string path;
  {
    const TempFolder folder;
    path = folder.path();
    fs::create_directories(path + "/some/folders");
    std::ofstream(path + "/some/folders/file") << "text";
    fs::create_directory_symlink(other.path(), path + "/link");
  }
  EXPECT_FALSE(fs::exists(fs::symlink_status(path)));
  EXPECT_TRUE(fs::exists(other.path() + "/file"));
}

TEST(TempFolderTest, MayHaveBeenRemoved) {
  const TempFolder folder;
  fs::remove(folder.path());
}

TEST(TempFolderTest, FailsTheTestWhereItCannotBeMade) {
  const std::string before = testing::TempDir();
  ::setenv("TEST_TMPDIR", "/nowhere", 1);
  EXPECT_FATAL_FAILURE(TempFolder(), "can't be made: No such file");
  ::setenv("TEST_TMPDIR", before.c_str(), 1);
}

}  // namespace
}  // namespace conformance
