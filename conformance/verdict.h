// Verdicts, and the failures that are expected of an implementation.

#ifndef CONFORMANCE_VERDICT_H_
#define CONFORMANCE_VERDICT_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/history.h"
#include "conformance/requirement.h"

namespace conformance {

enum class Outcome {
  kPass,
  kViolation,    // the implementation broke the promise
  kCrash,        // a contender died that had no business to
  kHang,         // a deadline passed
  kProtocol,     // the contender spoke nonsense
  kNotJudged,    // a requirement that this one rests on is broken
  kNotAsked,     // locks of this family are made otherwise, by design
  kUnsupported,  // the contender does not claim what the check needs
  kNotRun,       // this machine lacks what the check needs
  kHarness,      // our own fault; never blamed on the implementation
};

// "pass", "violation", "crash", "hang", "protocol", "not judged", "not asked",
// "unsupported", "not run", "harness".
absl::string_view OutcomeName(Outcome outcome);
std::optional<Outcome> OutcomeFromName(absl::string_view name);
// Whether it is the implementation, or its contender, that is to blame.
bool IsFailure(Outcome outcome);

// The outcome of one requirement for one implementation.
struct Verdict {
  std::string id;
  Outcome outcome = Outcome::kPass;
  std::string expected;  // what was expected, and after what
  std::string happened;  // what happened instead; the reason of a not run
  std::string details;   // standard error, threads of a hung contender...
  History history;
  absl::Duration took;
  // If this is a failure: a requirement that, if it is broken, explains this.
  std::string explained_by;
};

struct ExpectedFailure {
  std::string id;
  Outcome outcome = Outcome::kViolation;
  std::string reason;
  int line = 0;
};

// An expected-failures file. A line is `ID VERDICT REASON...`; `#` begins a
// comment line. VERDICT is violation, crash, hang or protocol.
class ExpectedFailures {
 public:
  // InvalidArgument names the line and what to write instead: a malformed
  // line, an unknown requirement, a verdict that cannot be expected, a missing
  // reason, a second line for one requirement.
  static absl::StatusOr<ExpectedFailures> Parse(
      absl::string_view text, const std::vector<Requirement>& catalogue);

  const ExpectedFailure* Find(absl::string_view id) const;
  const std::vector<ExpectedFailure>& all() const { return all_; }

  // The text of a file that expects exactly what `verdicts` say. Requirements
  // that have no verdict there keep their line; so do comments, and the reasons
  // of failures that were expected already.
  std::string Update(const std::vector<Verdict>& verdicts) const;

 private:
  std::string text_;
  std::vector<ExpectedFailure> all_;
};

// Whether a verdict is what was expected.
struct Judgement {
  bool ok = true;
  std::string why;  // not ok: one sentence that says what to do
};

// `strict`: a violation of a SHOULD counts as one of a MUST.
Judgement Judge(const Requirement& requirement, const Verdict& verdict,
                const ExpectedFailures& expected, bool strict);

}  // namespace conformance

#endif  // CONFORMANCE_VERDICT_H_
