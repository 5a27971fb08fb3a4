// A red verdict on other people's work must be beyond doubt: for each expected
// failure of an implementation there is a small script that shows the defect
// without the suite. Here they are run, and must show it.
//
//   defects_test EXPECTED_FAILURES SCRIPT...

#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/monotonic_now.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/runner.h"
#include "conformance/verdict.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

std::vector<std::string>& Arguments() {
  static auto* const arguments = new std::vector<std::string>();
  return *arguments;
}

ExpectedFailures ReadExpected() {
  std::ifstream file(Arguments().front(), std::ios::binary);
  absl::StatusOr<ExpectedFailures> expected = ExpectedFailures::Parse(
      std::string(std::istreambuf_iterator<char>(file), {}), Catalogue());
  EXPECT_TRUE(expected.ok()) << expected.status();
  return expected.ok() ? *expected : ExpectedFailures();
}

// "(defects/fifo.py)" at the end of a reason.
std::string NamedScript(absl::string_view reason) {
  const size_t open = reason.rfind('(');
  if (open == absl::string_view::npos || !absl::EndsWith(reason, ")"))
    return "";
  return std::string(reason.substr(open + 1, reason.size() - open - 2));
}

TEST(DefectsTest, EveryExpectedFailureNamesAScriptAndEveryScriptIsNamed) {
  std::set<std::string> named;
  const ExpectedFailures expected = ReadExpected();
  EXPECT_FALSE(expected.all().empty());
  for (const ExpectedFailure& failure : expected.all()) {
    const std::string script = NamedScript(failure.reason);
    bool found = false;
    for (size_t i = 1; i < Arguments().size(); ++i) {
      found |= !script.empty() &&
               absl::EndsWith(Arguments()[i], absl::StrCat("/", script));
    }
    EXPECT_TRUE(found) << failure.id << " names the script \"" << script
                       << "\", which is not there";
    named.insert(script);
  }
  for (size_t i = 1; i < Arguments().size(); ++i) {
    bool is_named = false;
    for (const std::string& script : named) {
      is_named |= absl::EndsWith(Arguments()[i], absl::StrCat("/", script));
    }
    EXPECT_TRUE(is_named) << Arguments()[i] << " is not named as a reason";
  }
}

TEST(DefectsTest, EveryScriptShowsItsDefect) {
  for (size_t i = 1; i < Arguments().size(); ++i) {
    ContenderSource script;
    script.command = {Arguments()[i]};
    auto process = Contender::Start(script);
    ASSERT_TRUE(process.ok()) << process.status();
    (*process)->CloseInput();
    const Ending ending = (*process)->Reap(MonotonicNow() + absl::Seconds(60));
    EXPECT_TRUE(ending.kind == Ending::Kind::kExited && ending.code == 0)
        << Arguments()[i] << " " << ending.ToString()
        << ", so the defect does not show. Has it been mended?\n"
        << (*process)->StandardError();
  }
}

}  // namespace
}  // namespace conformance

int main(int argc, char** argv) {
  conformance::InitializeRunner();
  testing::InitGoogleTest(&argc, argv);
  conformance::Arguments().assign(argv + 1, argv + argc);
  if (conformance::Arguments().empty()) return 2;
  return RUN_ALL_TESTS();
}
