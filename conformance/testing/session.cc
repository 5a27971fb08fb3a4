// The tests in a guarded process.

#include "conformance/testing/session.h"

#include <signal.h>

#include <cstdio>
#include <iostream>

#include "absl/status/statusor.h"
#include "conformance/process/ending.h"
#include "conformance/process/guarded_process.h"
#include "gtest/gtest.h"

namespace conformance {

int RunAllTestsInOwnSession() {
  const absl::StatusOr<GuardedProcess> process = GuardedProcess::Start(
      [] {
        const int failed = RUN_ALL_TESTS();
        std::cout.flush();
        ::fflush(nullptr);
        return failed;
      },
      [] {});
  if (!process.ok()) {
    std::cerr << "without a session of their own: " << process.status() << "\n";
    return RUN_ALL_TESTS();
  }
  const Ending ending = process->Await();
  if (ending.kind == Ending::Kind::kKilled) {
    ::signal(ending.code, SIG_DFL);
    ::raise(ending.code);
  }
  return ending.code;
}

}  // namespace conformance
