// A forked child loses and is set these things before it becomes a contender:
// descriptors, environment, user, permissions, signals and system calls.

#include "conformance/contender_child.h"

#include <errno.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "conformance/contender.h"
#include "conformance/process/exhaustion.h"
#include "conformance/process/forked_child.h"

namespace conformance {
namespace {

// Installs a filter (seccomp(2)) under which the calls fail.
bool LetCallsFail(const std::vector<StartOptions::FailingCall>& calls) {
  const auto statement = [](unsigned code, uint32_t k) {
    return sock_filter{static_cast<uint16_t>(code), 0, 0, k};
  };
  std::vector<sock_filter> program;
  const uint32_t number = offsetof(struct seccomp_data, nr);
  const uint32_t second = offsetof(struct seccomp_data, args) + 8;
  for (const StartOptions::FailingCall& call : calls) {
    // Each jump goes to the statement behind this call's.
    const uint8_t behind = call.argument < 0 ? 1 : 3;
    program.push_back(statement(BPF_LD | BPF_W | BPF_ABS, number));
    program.push_back({BPF_JMP | BPF_JEQ | BPF_K, 0, behind,
                       static_cast<uint32_t>(call.number)});
    if (call.argument >= 0) {
      program.push_back(statement(BPF_LD | BPF_W | BPF_ABS, second));
      program.push_back({BPF_JMP | BPF_JEQ | BPF_K, 0, 1,
                         static_cast<uint32_t>(call.argument)});
    }
    program.push_back(
        statement(BPF_RET | BPF_K,
                  SECCOMP_RET_ERRNO |
                      (static_cast<uint32_t>(call.error) & SECCOMP_RET_DATA)));
  }
  program.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const sock_fprog filter = {static_cast<uint16_t>(program.size()),
                             program.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

// As a careless parent leaves them.
void SetHostileSignals() {
  ::signal(SIGCHLD, SIG_IGN);
  ::signal(SIGPIPE, SIG_IGN);
  sigset_t blocked;
  ::sigemptyset(&blocked);
  for (const int s : {SIGALRM, SIGUSR1, SIGCHLD, SIGTERM}) {
    ::sigaddset(&blocked, s);
  }
  ::sigprocmask(SIG_SETMASK, &blocked, nullptr);
}

// The report's first character says whose fault it is.
[[noreturn]] void Fail(char whose, absl::string_view step, int error) {
  if (IsExhaustion(error)) whose = kExhausted;
  FailToStart(absl::StrCat(std::string(1, whose), step), error);
}

}  // namespace

void RunContender(const ContenderSource& source, const StartOptions& options,
                  const ChildEnds& ends, pid_t parent) {
  const auto fail = [](absl::string_view step) { Fail(kUnfit, step, errno); };
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The parent may have died before the line above.
  if (::getppid() != parent) ::_exit(127);
  TakeEnds(ends);
  if (!options.directory.empty() && ::chdir(options.directory.c_str()) != 0) {
    fail("chdir");
  }
  for (const auto& [name, value] : options.environment) {
    if (value.has_value()) {
      ::setenv(name.c_str(), value->c_str(), /*overwrite=*/1);
    } else {
      ::unsetenv(name.c_str());
    }
  }
  if (options.umask >= 0) ::umask(static_cast<mode_t>(options.umask));
  if (options.user != 0 &&
      (::setgroups(0, nullptr) != 0 || ::setgid(options.user) != 0 ||
       ::setuid(options.user) != 0)) {
    fail("becoming another user");
  }
  // A process that has changed its user isn't dumpable, and so not ours to look
  // at (prctl(2)).
  if (options.user != 0) {
    ::prctl(PR_SET_DUMPABLE, 1);
    // Another user loses the one that was set before.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  }
  if (options.obey_permissions && !ObeyPermissions()) {
    fail("giving up the right to override permissions");
  }
  // A contender that dies by a signal is to leave no core file.
  const rlimit no_core = {0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  ResetSignals();
  if (options.hostile_signals) SetHostileSignals();
  if (!options.failing_calls.empty() && !LetCallsFail(options.failing_calls)) {
    fail("seccomp");
  }
  // Memory that the program that forked us has freed and still keeps would hide
  // a leak of an implementation linked in: it would be used up first.
  if (source.command.empty()) ::malloc_trim(0);
  const int error = RunProgram(source.command, source.main);
  Fail(kCannotExecute, source.command[0], error);
}

}  // namespace conformance
