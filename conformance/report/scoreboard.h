// docs/results.md: which implementations break what. Made from the expected
// failures, which are true because the conformance tests fail when they aren't.

#ifndef CONFORMANCE_REPORT_SCOREBOARD_H_
#define CONFORMANCE_REPORT_SCOREBOARD_H_

#include <string>
#include <vector>

#include "conformance/requirement.h"
#include "conformance/verdict.h"

namespace conformance {

struct Judged {
  std::string name;
  std::string folder;  // of its contender, below conformance/contenders
  ExpectedFailures failures;
};

// Markdown: a matrix of what is broken, then the reasons.
std::string Scoreboard(const std::vector<Requirement>& catalogue,
                       const std::vector<Judged>& judged);

}  // namespace conformance

#endif  // CONFORMANCE_REPORT_SCOREBOARD_H_
