// Files of expected failures: read, and written anew.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "conformance/fuzz/printable.h"
#include "conformance/requirement.h"
#include "conformance/verdict.h"
#include "tools/fuzz/check.h"

namespace conformance {
namespace {

using ::fuzz::Check;

const std::vector<Requirement>& Catalogue() {
  static const auto* const kCatalogue = new std::vector<Requirement>{
      {"A.One", Level::kMust, "a promise", "a reason", {}},
      {"A.Two", Level::kShould, "a promise", "a reason", {}},
      {"B.One", Level::kMust, "a promise", "a reason", {}}};
  return *kCatalogue;
}

// Verdicts that differ with the input, and may say anything.
std::vector<Verdict> VerdictsFor(absl::string_view text) {
  size_t seed = text.size();
  for (const char c : text) seed = seed * 31 + static_cast<unsigned char>(c);
  std::vector<Verdict> verdicts;
  for (const Requirement& requirement : Catalogue()) {
    Verdict verdict;
    verdict.id = std::string(requirement.id);
    verdict.outcome = static_cast<Outcome>(seed % 10);
    verdict.happened = std::string(text.substr(0, 40));
    verdicts.push_back(verdict);
    seed /= 10;
  }
  return verdicts;
}

void CheckUpdate(const ExpectedFailures& expected,
                 const std::vector<Verdict>& verdicts) {
  const std::string text = expected.Update(verdicts);
  const absl::StatusOr<ExpectedFailures> updated =
      ExpectedFailures::Parse(text, Catalogue());
  Check(updated.ok(), "what is written can be read");
  for (const Verdict& verdict : verdicts) {
    const ExpectedFailure* failure = updated->Find(verdict.id);
    if (IsFailure(verdict.outcome)) {
      Check(failure != nullptr && failure->outcome == verdict.outcome,
            "a failure is expected afterwards");
    } else if (verdict.outcome != Outcome::kNotRun &&
               verdict.outcome != Outcome::kHarness) {
      Check(failure == nullptr, "a pass is not expected to fail");
    } else {
      Check((failure == nullptr) == (expected.Find(verdict.id) == nullptr),
            "what was not judged keeps its line");
    }
  }
  for (size_t i = 0; i < verdicts.size(); ++i) {
    const bool unknown = verdicts[i].outcome == Outcome::kHarness;
    Check(Judge(Catalogue()[i], verdicts[i], *updated, true).ok != unknown,
          "what was just written is what is expected");
  }
  Check(updated->Update(verdicts) == text, "what is written stays as it is");
}

}  // namespace
}  // namespace conformance

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using fuzz::Check;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<conformance::ExpectedFailures> expected =
      conformance::ExpectedFailures::Parse(text, conformance::Catalogue());
  if (!expected.ok()) {
    Check(absl::IsInvalidArgument(expected.status()),
          "a refusal is an invalid argument");
    Check(absl::StartsWith(expected.status().message(), "line "),
          "a refusal names the line");
    Check(conformance::IsHarmless(expected.status().message()),
          "a refusal is harmless to a terminal");
    return 0;
  }
  Check(expected->all().size() <= conformance::Catalogue().size(),
        "each is expected to fail once");
  int line = 0;
  for (const conformance::ExpectedFailure& failure : expected->all()) {
    Check(failure.line > line && !failure.reason.empty() &&
              conformance::IsFailure(failure.outcome),
          "an expectation has a line, a failure and a reason");
    line = failure.line;
  }
  conformance::CheckUpdate(*expected, {});
  conformance::CheckUpdate(*expected, conformance::VerdictsFor(text));
  return 0;
}
