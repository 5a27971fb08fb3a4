// The public headers tell a compiler of an older standard what they need,
// before anything else fails. Abseil isn't found here, so that each compilation
// fails; what counts is the first error.

#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "conformance/testing/program.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace {

constexpr absl::string_view kNeed =
    "lockfile needs C++17: compile with -std=c++17";

std::string FirstError(absl::string_view header,
                       const std::vector<std::string>& flags) {
  const char* const compiler = std::getenv("CC");
  std::vector<std::string> command = {compiler == nullptr ? "cc" : compiler,
                                      "-fsyntax-only", "-x", "c++"};
  command.insert(command.end(), flags.begin(), flags.end());
  command.push_back(conformance::Runfile(header));
  conformance::ProgramOptions options;
  options.environment["LC_ALL"] = "C";
  const conformance::ProgramResult result =
      conformance::RunProgram(command, options);
  for (const absl::string_view line : absl::StrSplit(result.err, '\n')) {
    if (absl::StrContains(line, "error:")) return std::string(line);
  }
  return "";
}

TEST(OldStandardTest, IsNamedByThePublicHeaders) {
  for (const absl::string_view header :
       {"lockfile/cancellation.h", "lockfile/lock_file.h"}) {
    for (const std::vector<std::string>& flags :
         std::vector<std::vector<std::string>>{
             {"-std=c++11"},
             {"-std=c++14"},
             {"-std=c++14", "-D_MSVC_LANG=201402L"}}) {
      EXPECT_THAT(FirstError(header, flags),
                  testing::HasSubstr(std::string(kNeed)))
          << header;
    }
    for (const std::vector<std::string>& flags :
         std::vector<std::vector<std::string>>{
             {"-std=c++17"},
             {"-std=c++20"},
             {"-std=c++14", "-D_MSVC_LANG=201703L"}}) {
      EXPECT_THAT(FirstError(header, flags),
                  testing::Not(testing::HasSubstr(std::string(kNeed))))
          << header;
    }
  }
}

}  // namespace
