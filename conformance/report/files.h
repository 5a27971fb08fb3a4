// Reports for other programs: JSON, and JUnit's XML.

#ifndef CONFORMANCE_REPORT_FILES_H_
#define CONFORMANCE_REPORT_FILES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "conformance/profile.h"
#include "conformance/protocol.h"
#include "conformance/report/console.h"

namespace conformance {

struct RunFacts {
  Introduction introduction;
  Profile profile;
  std::string command;
  uint64_t seed = 0;
  absl::Duration took;
  // Whether all requirements that were selected are there. A run that was
  // killed tells what it had.
  bool complete = true;
};

// docs/report_format.md describes it.
std::string JsonReport(const RunFacts& facts,
                       const std::vector<Result>& results);

// One testsuite a chapter. A test that is unsupported, not asked, not judged or
// not run is `skipped`; a failure that was expected is no failure, and says so
// in `system-out`.
std::string JunitReport(const RunFacts& facts,
                        const std::vector<Result>& results);

}  // namespace conformance

#endif  // CONFORMANCE_REPORT_FILES_H_
