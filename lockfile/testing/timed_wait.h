// The common part of the tests of waits with a limit: a waiter in a process of
// its own, and the calls that are forbidden to it.

#ifndef LOCKFILE_TESTING_TIMED_WAIT_H_
#define LOCKFILE_TESTING_TIMED_WAIT_H_

#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "lockfile/lock_file.h"
#include "lockfile/testing/child.h"
#include "lockfile/testing/file_testing.h"

namespace lockfile {

// The mechanism that ends a wait in a process with one thread; see
// internal/waiter.h.
enum class Mechanism { kAlarm, kHelper };

// From now on, in this process. A helper is used where the application has
// handlers for all signals that an alarm could do with. (With ThreadSanitizer
// there is no alarm.)
void UseMechanism(Mechanism mechanism);

std::string NameOf(const testing::TestParamInfo<Mechanism>& info);

// From now on the system call fails with EPERM in this process, as in many a
// container.
void Forbid(int system_call);

absl::StatusOr<LockFile> AcquireWithin(absl::Duration wait);
bool IsRefusedWithin(absl::Duration wait);

// Until somebody waits in the kernel for the file named lock.
void AwaitKernelWaiter();

// A child that waits for an hour for the file named lock, says "held" or what
// went wrong, and lives on. `prepare` runs in it before that.
std::unique_ptr<Child> StartWaiter(
    Mechanism mechanism, absl::FunctionRef<void()> prepare = [] {});

// In a directory of its own.
class TimedWaitTest : public ::testing::Test {
 private:
  ScopedWorkingDirectory directory_;
};

}  // namespace lockfile

#endif  // LOCKFILE_TESTING_TIMED_WAIT_H_
