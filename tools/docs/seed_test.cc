// Each page that names the seed says what it is, so that nobody takes it for
// the random number of --seed.

#include <filesystem>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "conformance/testing/program.h"
#include "gtest/gtest.h"

namespace {

bool NamesTheSeed(const std::string& text) {
  return absl::StrContains(text, "the seed") ||
         absl::StrContains(text, "The seed") ||
         absl::StrContains(text, "seed's") || absl::StrContains(text, "`seed`");
}

TEST(SeedTest, EachPageThatNamesItSaysWhatItIs) {
  int naming = 0;
  const auto check = [&naming](const std::string& path) {
    const std::string text =
        absl::StrReplaceAll(conformance::ReadWholeFile(path), {{"\n", " "}});
    if (!NamesTheSeed(text)) return;
    ++naming;
    EXPECT_TRUE(absl::StrContains(
        text, "document of requirements that this project started from"))
        << path;
  };
  check(conformance::Runfile("README.md"));
  for (const auto& entry :
       std::filesystem::directory_iterator(conformance::Runfile("docs"))) {
    if (entry.path().extension() == ".md") check(entry.path().string());
  }
  EXPECT_GE(naming, 5);
}

}  // namespace
