// How long the whole run takes, beside the goals: for the reference, in C++,
// and for each implementation in Python that is installed here.
//
//   tools/bazel run -c opt //conformance:run_benchmark [-- RUNS]
//
// The best of RUNS (3) runs counts: what else the machine does only adds.

#include <algorithm>
#include <cstdio>
#include <string>
#include <thread>  // NOLINT(build/c++11): for the number of processors
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/time/time.h"
#include "conformance/monotonic_now.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/runner.h"
#include "conformance/verdict.h"

namespace {

struct Subject {
  const char* name;
  std::vector<std::string> command;
  absl::Duration goal;
};

// Zero when it is not here.
absl::Duration TimeOfRun(const conformance::RunOptions& options) {
  if (conformance::Meet(options).verdict.outcome !=
      conformance::Outcome::kPass) {
    return absl::ZeroDuration();
  }
  const absl::Duration began = conformance::MonotonicNow();
  conformance::RunRequirements(conformance::Catalogue(), options);
  return conformance::MonotonicNow() - began;
}

}  // namespace

int main(int argc, char** argv) {
  conformance::InitializeRunner();
  int runs = 3;
  if (argc > 1 && (!absl::SimpleAtoi(argv[1], &runs) || runs < 1)) {
    std::fprintf(stderr, "usage: run_benchmark [RUNS]\n");
    return 2;
  }
  const std::string contenders = "conformance/contenders/";
  const std::vector<Subject> subjects = {
      {"lockfile (C++)", {contenders + "lockfile/contender"}, absl::Seconds(5)},
      {"zc.lockfile (Python)",
       {contenders + "zc_lockfile/contender.py"},
       absl::Seconds(25)},
      {"filelock (Python)",
       {contenders + "filelock/contender.py"},
       absl::Seconds(25)},
  };
  const unsigned jobs = std::max(1U, std::thread::hardware_concurrency());
  std::printf("%zu requirements, %u at once, the best of %d\n\n%-22s %8s %8s\n",
              conformance::Catalogue().size(), jobs, runs, "", "seconds",
              "goal");
  for (const Subject& subject : subjects) {
    conformance::RunOptions options;
    options.source.command = subject.command;
    options.jobs = static_cast<int>(jobs);
    absl::Duration best = absl::InfiniteDuration();
    for (int i = 0; i < runs; ++i) best = std::min(best, TimeOfRun(options));
    if (best == absl::ZeroDuration()) {
      std::printf("%-22s %8s %8.0f\n", subject.name, "not here",
                  absl::ToDoubleSeconds(subject.goal));
    } else {
      std::printf("%-22s %8.2f %8.0f\n", subject.name,
                  absl::ToDoubleSeconds(best),
                  absl::ToDoubleSeconds(subject.goal));
    }
    std::fflush(stdout);
  }
  return 0;
}
