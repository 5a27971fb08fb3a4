// Builds the filter's program from the table of calls (bpf(4), seccomp(2)).

#include "conformance/explorer/tracing/filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>

#include <cstdint>
#include <vector>

#include "conformance/explorer/tracing/call.h"

namespace conformance::explorer {
namespace {

#if defined(__x86_64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#endif

sock_filter Statement(uint16_t code, uint32_t value) {
  return BPF_STMT(code, value);
}

// Goes on after `skip` instructions unless the accumulator is `value`.
sock_filter UnlessEqual(uint32_t value, uint8_t skip) {
  return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip);
}

// Our processors are little-endian; the arguments looked at are small.
uint32_t ArgumentOffset(int index) {
  return static_cast<uint32_t>(offsetof(seccomp_data, args)) +
         8U * static_cast<uint32_t>(index);
}

std::vector<sock_filter> Build() {
  constexpr uint16_t kLoad = BPF_LD | BPF_W | BPF_ABS;
  constexpr uint16_t kReturn = BPF_RET | BPF_K;
  constexpr uint32_t kStop = SECCOMP_RET_TRACE | kKnownCall;
  std::vector<sock_filter> program = {
      Statement(kLoad, offsetof(seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0),
      Statement(kReturn, SECCOMP_RET_TRACE | kForeignCall),
      Statement(kLoad, offsetof(seccomp_data, nr)),
  };
  for (const CallType& type : CallTypes()) {
    const auto number = static_cast<uint32_t>(type.number);
    const auto look_at = [&](int argument, bool stop_at_zero) {
      program.push_back(UnlessEqual(number, 4));
      program.push_back(Statement(kLoad, ArgumentOffset(argument)));
      program.push_back(UnlessEqual(0, 1));
      const uint32_t other = SECCOMP_RET_ALLOW;
      program.push_back(Statement(kReturn, stop_at_zero ? kStop : other));
      program.push_back(Statement(kReturn, stop_at_zero ? other : kStop));
    };
    switch (type.when) {
      case StopWhen::kAlways:
        program.push_back(UnlessEqual(number, 1));
        program.push_back(Statement(kReturn, kStop));
        break;
      case StopWhen::kNever:
        program.push_back(UnlessEqual(number, 1));
        program.push_back(
            Statement(kReturn, SECCOMP_RET_ERRNO | uint32_t{ENOSYS}));
        break;
      case StopWhen::kFirstIsNotZero:
        look_at(0, false);
        break;
      case StopWhen::kFirstIsZero:
        look_at(0, true);
        break;
      case StopWhen::kSecondIsZero:
        look_at(1, true);
        break;
    }
  }
  program.push_back(Statement(kReturn, SECCOMP_RET_ALLOW));
  return program;
}

std::vector<sock_filter>& Program() {
  static auto* const program = new std::vector<sock_filter>(Build());
  return *program;
}

}  // namespace

void PrepareFilter() { Program(); }

int InstallFilter() {
  std::vector<sock_filter>& program = Program();
  const sock_fprog filter = {static_cast<uint16_t>(program.size()),
                             program.data()};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
  if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) return errno;
  return 0;
}

}  // namespace conformance::explorer
