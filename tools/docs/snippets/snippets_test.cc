// The examples of the documentation compile as C++17 without a warning, which
// is so when this has been built; they do what they say; and none is left out.

#include "tools/docs/snippets/snippets.h"

#include <dirent.h>

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "conformance/testing/program.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lockfile/lock_file.h"
#include "lockfile/testing/file_testing.h"

namespace {

int appended = 0;

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(SnippetsTest, ThatOfTheReadmeAppendsUnderTheLock) {
  const lockfile::ScopedWorkingDirectory directory;
  appended = 0;
  EXPECT_TRUE(OfReadme().ok());
  EXPECT_TRUE(OfLockFile().ok());
  EXPECT_EQ(appended, 2);
}

TEST(SnippetsTest, ThatOfCancellationIsCalledOff) {
  const lockfile::ScopedWorkingDirectory directory;
  const absl::StatusOr<lockfile::LockFile> lock =
      lockfile::LockFile::Acquire("ledger.lock");
  ASSERT_TRUE(lock.ok());
  EXPECT_EQ(OfCancellation().code(), absl::StatusCode::kCancelled);
}

// BUILD.bazel has a `snippet` of each of these pages.
TEST(SnippetsTest, AllPagesWithExamplesAreCompiled) {
  const std::string docs = conformance::Runfile("docs");
  std::map<std::string, std::string> pages = {
      {"README.md", conformance::Runfile("README.md")}};
  DIR* const folder = ::opendir(docs.c_str());
  ASSERT_NE(folder, nullptr);
  while (const dirent* entry = ::readdir(folder)) {
    if (absl::EndsWith(entry->d_name, ".md")) {
      pages[entry->d_name] = absl::StrCat(docs, "/", entry->d_name);
    }
  }
  ::closedir(folder);
  EXPECT_GT(pages.size(), 10);
  std::map<std::string, int> examples;
  for (const auto& [name, path] : pages) {
    const std::string text = conformance::ReadWholeFile(path);
    for (const absl::string_view line : absl::StrSplit(text, '\n')) {
      if (line != "```cmake" &&
          (absl::StartsWith(line, "```c") || absl::StartsWith(line, "```C"))) {
        EXPECT_EQ(line, "```cpp") << name;
        ++examples[name];
      }
    }
  }
  EXPECT_THAT(examples, ElementsAre(Pair("README.md", 1),
                                    Pair("writing_a_contender.md", 1)));
}

}  // namespace

absl::Status TryAgainLater() { return absl::UnavailableError("later"); }
void AppendToLedger() { ++appended; }
void AwaitShutdown() {}
