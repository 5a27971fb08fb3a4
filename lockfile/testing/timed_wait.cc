// The waiter, and what is forbidden to it.

#include "lockfile/testing/timed_wait.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>

#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/log/check.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "lockfile/lock_file.h"
#include "lockfile/testing/child.h"
#include "lockfile/testing/file_testing.h"

namespace lockfile {

void UseMechanism(Mechanism mechanism) {
  for (const int signal : {SIGURG, SIGWINCH}) {
    struct sigaction action = {};
    action.sa_handler = SIG_DFL;
    if (mechanism == Mechanism::kHelper) action.sa_handler = [](int) {};
    PCHECK(::sigaction(signal, &action, nullptr) == 0);
  }
}

std::string NameOf(const testing::TestParamInfo<Mechanism>& info) {
  return info.param == Mechanism::kAlarm ? "Alarm" : "Helper";
}

void Forbid(int system_call) {
  struct sock_filter instructions[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(system_call), 0,
               1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const struct sock_fprog program = {
      sizeof(instructions) / sizeof(instructions[0]), instructions};
  PCHECK(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
  PCHECK(::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

absl::StatusOr<LockFile> AcquireWithin(absl::Duration wait) {
  LockFileOptions options;
  options.wait = wait;
  return LockFile::Acquire("lock", options);
}

bool IsRefusedWithin(absl::Duration wait) {
  return IsRefused(AcquireWithin(wait).status());
}

void AwaitKernelWaiter() {
  AwaitThat([] { return CountKernelWaiters("lock") == 1; });
}

std::unique_ptr<Child> StartWaiter(Mechanism mechanism,
                                   absl::FunctionRef<void()> prepare) {
  return std::make_unique<Child>([mechanism, prepare](Channel& channel) {
    UseMechanism(mechanism);
    prepare();
    const absl::StatusOr<LockFile> lock = AcquireWithin(absl::Hours(1));
    channel.Send(lock.ok() ? "held" : lock.status().message());
    channel.Receive();
    return 0;
  });
}

}  // namespace lockfile
