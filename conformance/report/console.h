// The report on a terminal or in a pipe: progress, verdicts by chapter, and
// whatever is needed to understand a failure.

#ifndef CONFORMANCE_REPORT_CONSOLE_H_
#define CONFORMANCE_REPORT_CONSOLE_H_

#include <cstddef>
#include <functional>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/protocol.h"
#include "conformance/report/paint.h"
#include "conformance/requirement.h"
#include "conformance/verdict.h"

namespace conformance {

// A verdict with all that is to be said of it.
struct Result {
  Requirement requirement;
  Verdict verdict;
  Judgement judgement;
  const ExpectedFailure* expected = nullptr;  // null: a failure is unexpected
};

struct Summary {
  std::map<Outcome, size_t> count;
  size_t expected_failures = 0;  // failures that were expected
  size_t tolerated = 0;          // violations of a SHOULD
  size_t not_ok = 0;
  // Verdicts that tell something of the implementation.
  size_t executed = 0;
};
Summary Summarize(const std::vector<Result>& results);

class Console {
 public:
  struct Style {
    bool colors = false;
    bool progress = false;  // a line that is drawn over and over
    size_t width = 80;
    bool verbose = false;  // each unsupported requirement has a line of its own
  };

  Console(std::ostream& out, Style style,
          const std::vector<Requirement>& requirements)
      : out_(out),
        style_(style),
        paint_(style.colors),
        requirements_(requirements) {}

  // `profile`: Profile::ToString.
  void Introduce(const Introduction& introduction, absl::string_view profile,
                 absl::string_view command, absl::string_view settings);
  void Progress(const std::vector<absl::string_view>& running);
  // Prints a chapter as soon as all of its verdicts, and those of the chapters
  // before it, are there.
  void Add(Result result);
  // `again` gives the command that runs one requirement again.
  void Finish(const std::function<std::string(absl::string_view id)>& again,
              absl::Duration took);

  const std::vector<Result>& results() const { return results_; }

 private:
  void ClearProgress();
  void PrintReadyChapters();
  void PrintLine(const Result& result);
  // One line for all that a chapter has.
  void PrintUnsupported(const std::vector<const Result*>& results);
  void PrintFailure(const Result& result, const std::string& again);
  const Result* Find(absl::string_view id) const;

  std::ostream& out_;
  const Style style_;
  const Paint paint_;
  const std::vector<Requirement>& requirements_;
  std::vector<Result> results_;
  size_t printed_ = 0;  // of requirements_
  bool drawn_ = false;
};

// `text` as shown to people, with every line after the first indented.
std::string Indent(absl::string_view text, size_t spaces);

}  // namespace conformance

#endif  // CONFORMANCE_REPORT_CONSOLE_H_
