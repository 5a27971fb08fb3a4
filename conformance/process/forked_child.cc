// From the fork to the program.

#include "conformance/process/forked_child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace conformance {
namespace {

// The report's number from TakeEnds to RunProgram.
constexpr int kReport = 3;
constexpr int kNotStartedStatus = 127;

}  // namespace

void CloseDescriptorsFrom(int first) {
#ifdef SYS_close_range
  if (::syscall(SYS_close_range, first, ~0U, 0) == 0) return;
#endif
  const int most = static_cast<int>(::sysconf(_SC_OPEN_MAX));
  for (int fd = first; fd < most; ++fd) ::close(fd);
}

void TakeEnds(const ChildEnds& ends) {
  ::dup2(ends.in, STDIN_FILENO);
  ::dup2(ends.out, STDOUT_FILENO);
  ::dup2(ends.err, STDERR_FILENO);
  if (ends.report != kReport && ::dup3(ends.report, kReport, O_CLOEXEC) < 0) {
    ::_exit(kNotStartedStatus);
  }
  CloseDescriptorsFrom(kReport + 1);
}

void FailToStart(absl::string_view step, int error) {
  const std::string text = absl::StrCat(step, ": ", ::strerror(error));
  // A parent that doesn't read any more needn't know.
  (void)!::write(kReport, text.data(), text.size());
  ::_exit(kNotStartedStatus);
}

void ResetSignals() {
  for (int s = 1; s < NSIG; ++s) {
    if (s != SIGKILL && s != SIGSTOP) ::signal(s, SIG_DFL);
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

bool ObeyPermissions() {
  constexpr std::array<int, 3> kOverrides = {CAP_DAC_OVERRIDE,
                                             CAP_DAC_READ_SEARCH, CAP_FOWNER};
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> data = {};
  if (::syscall(SYS_capget, &header, data.data()) != 0) return false;
  const bool may_drop = (data[0].effective & (1U << CAP_SETPCAP)) != 0;
  for (const int capability : kOverrides) {
    // Programs executed later would get it back from the bounding set
    // (capabilities(7)).
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

int RunProgram(const std::vector<std::string>& command,
               const std::function<int()>& main) {
  if (command.empty()) {
    ::close(kReport);
    const int status = main();
    ::fflush(nullptr);
    ::_exit(status);
  }
  std::vector<char*> argv;
  argv.reserve(command.size() + 1);
  for (const std::string& argument : command) {
    argv.push_back(const_cast<char*>(argument.c_str()));
  }
  argv.push_back(nullptr);
  ::execvp(argv[0], argv.data());
  return errno;
}

}  // namespace conformance
