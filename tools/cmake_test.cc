// CMakeLists.txt builds what Bazel builds: the same sources, of the same
// version.

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "conformance/testing/program.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

using ::testing::ContainsRegex;
using ::testing::ElementsAreArray;
using ::testing::SizeIs;

std::vector<std::string> WordsOf(const std::string& path) {
  return absl::StrSplit(ReadWholeFile(Runfile(path)), absl::ByAnyChar(" \n()"),
                        absl::SkipEmpty());
}

std::set<std::string> SourcesIn(const std::vector<std::string>& words) {
  std::set<std::string> sources;
  for (const std::string& word : words) {
    if (absl::StartsWith(word, "lockfile/") && absl::EndsWith(word, ".cc")) {
      sources.insert(word);
    }
  }
  return sources;
}

// The labels of all source files that //lockfile is built from, as paths.
std::set<std::string> SourcesOfBazel() {
  std::vector<std::string> paths;
  for (absl::string_view label : WordsOf("tools/library_sources")) {
    while (absl::ConsumePrefix(&label, "@")) {
    }
    absl::ConsumePrefix(&label, "//");
    std::string path(label);
    const size_t colon = path.find(':');
    if (colon != std::string::npos) path[colon] = '/';
    paths.push_back(path);
  }
  return SourcesIn(paths);
}

TEST(CMakeTest, BuildsTheSourcesThatBazelBuilds) {
  const std::set<std::string> bazel = SourcesOfBazel();
  EXPECT_THAT(SourcesIn(WordsOf("CMakeLists.txt")), ElementsAreArray(bazel));
  // As many as the README says, on each system.
  const auto windows =
      std::count_if(bazel.begin(), bazel.end(), [](const std::string& source) {
        return absl::EndsWith(source, "_windows.cc");
      });
  EXPECT_EQ(windows, 5);
  EXPECT_THAT(bazel, SizeIs(13 + windows));
}

// The number that comes after `before` in the file.
std::string VersionAfter(const std::string& path, absl::string_view before) {
  const std::string text = ReadWholeFile(Runfile(path));
  const size_t at = text.find(std::string(before));
  if (at == std::string::npos) return "no version in " + path;
  absl::string_view rest = text;
  rest.remove_prefix(at + before.size());
  size_t length = 0;
  while (length < rest.size() &&
         (absl::ascii_isdigit(rest[length]) || rest[length] == '.')) {
    ++length;
  }
  return std::string(rest.substr(0, length));
}

TEST(CMakeTest, HasTheVersionOfTheModule) {
  const std::string module =
      VersionAfter("MODULE.bazel", "name = \"lockfile\",\n    version = \"");
  EXPECT_THAT(module, ContainsRegex("^[0-9]+[.][0-9]+[.][0-9]+$"));
  EXPECT_EQ(VersionAfter("CMakeLists.txt", "\n  lockfile\n  VERSION "), module);
}

}  // namespace
}  // namespace conformance
