// What is taken from a forked child, and set, before it becomes a contender:
// descriptors, environment, user, permissions, signals and system calls.

#include "conformance/contender_child.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "conformance/contender.h"
#include "conformance/process/proc.h"

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

void SetSignals(bool hostile) {
  sigset_t blocked;
  ::sigemptyset(&blocked);
  for (int s = 1; s < NSIG; ++s) {
    if (s != SIGKILL && s != SIGSTOP) ::signal(s, SIG_DFL);
  }
  if (hostile) {
    ::signal(SIGCHLD, SIG_IGN);
    ::signal(SIGPIPE, SIG_IGN);
    for (const int s : {SIGALRM, SIGUSR1, SIGCHLD, SIGTERM}) {
      ::sigaddset(&blocked, s);
    }
  }
  ::sigprocmask(SIG_SETMASK, &blocked, nullptr);
}

}  // namespace

// Programs executed later would get it back from the bounding set
// (capabilities(7)).
bool ObeyPermissions() {
  constexpr std::array<int, 3> kOverrides = {CAP_DAC_OVERRIDE,
                                             CAP_DAC_READ_SEARCH, CAP_FOWNER};
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> data = {};
  if (::syscall(SYS_capget, &header, data.data()) != 0) return false;
  const bool may_drop = (data[0].effective & (1U << CAP_SETPCAP)) != 0;
  for (const int capability : kOverrides) {
    if (may_drop && ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) {
      return false;
    }
    const uint32_t mask = ~(1U << static_cast<unsigned>(capability));
    data[0].effective &= mask;
    data[0].permitted &= mask;
    data[0].inheritable &= mask;
  }
  return ::syscall(SYS_capset, &header, data.data()) == 0;
}

void RunContender(const ContenderSource& source, const StartOptions& options,
                  ChildEnds ends, pid_t parent) {
  // Its first character says whose fault it is.
  const auto say = [&](char whose, const char* step) {
    const int error = errno;
    ::dprintf(ends.report, "%c%s: %s", IsExhaustion(error) ? kExhausted : whose,
              step, ::strerror(error));
    ::_exit(127);
  };
  const auto fail = [&](const char* step) { say(kUnfit, step); };
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The parent may have died before the line above.
  if (::getppid() != parent) ::_exit(127);
  ::dup2(ends.in, STDIN_FILENO);
  ::dup2(ends.out, STDOUT_FILENO);
  ::dup2(ends.err, STDERR_FILENO);
  if (ends.report != 3) {
    if (::dup3(ends.report, 3, O_CLOEXEC) < 0) ::_exit(127);
    ends.report = 3;
  }
  // Everything else belongs to the runner. An implementation linked in would
  // otherwise keep the pipes of the other contenders open.
  CloseDescriptorsFrom(4);
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
  SetSignals(options.hostile_signals);
  if (!options.failing_calls.empty() && !LetCallsFail(options.failing_calls)) {
    fail("seccomp");
  }
  if (source.command.empty()) {
    ::close(ends.report);
    // What the program that forked us has freed and still keeps would hide a
    // leak of the implementation's: it would be used up first.
    ::malloc_trim(0);
    const int status = source.main();
    ::fflush(nullptr);
    // The exit handlers belong to the program that forked us.
    ::_exit(status);
  }
  std::vector<char*> argv;
  argv.reserve(source.command.size() + 1);
  for (const std::string& arg : source.command) {
    argv.push_back(const_cast<char*>(arg.c_str()));
  }
  argv.push_back(nullptr);
  ::execvp(argv[0], argv.data());
  say(kCannotExecute, argv[0]);
  ::_exit(127);
}

}  // namespace conformance
