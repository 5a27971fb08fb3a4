// Reports for other programs: JSON, and JUnit's XML.

#ifndef CONFORMANCE_REPORT_FILES_H_
#define CONFORMANCE_REPORT_FILES_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
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
  std::string version;  // of the suite
  absl::Time began = absl::UnixEpoch();
  absl::Duration took;
  // The command that runs one requirement again; may be empty.
  std::function<std::string(absl::string_view id)> again;
  // Whether all requirements that were selected are there. A run that was
  // killed tells what it had.
  bool complete = true;
};

// docs/report_format.md describes it.
std::string JsonReport(const RunFacts& facts,
                       const std::vector<Result>& results);

// One testsuite a chapter, with the properties of the run. A test that is
// unsupported, not asked, not judged or not run is `skipped`; a failure that
// was expected is no failure, and says so in `system-out`.
std::string JunitReport(const RunFacts& facts,
                        const std::vector<Result>& results);

}  // namespace conformance

#endif  // CONFORMANCE_REPORT_FILES_H_
