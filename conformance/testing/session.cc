// The tests in a guarded process.

#include "conformance/testing/session.h"

#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "absl/status/statusor.h"
#include "conformance/contender.h"
#include "conformance/guarded_process.h"
#include "gtest/gtest.h"

namespace conformance {

int RunAllTestsInOwnSession() {
  const absl::StatusOr<GuardedProcess> process = GuardedProcess::Start(
      [] {
        if (::getsid(0) != ::getpid()) {
          std::cerr << "the tests have no session of their own\n";
          return 1;
        }
        const int failed = RUN_ALL_TESTS();
        std::cout.flush();
        ::fflush(nullptr);
        return failed;
      },
      [] {});
  // Where no process can be watched, without.
  if (!process.ok()) return RUN_ALL_TESTS();
  const Ending ending = process->Await();
  if (ending.kind == Ending::Kind::kKilled) {
    ::signal(ending.code, SIG_DFL);
    ::raise(ending.code);
  }
  return ending.code;
}

}  // namespace conformance
