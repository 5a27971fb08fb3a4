// The seccomp filter (seccomp(2)) under which a contender runs: it stops at the
// calls that can concern files, and lets all others go at full speed.

#ifndef CONFORMANCE_EXPLORER_TRACING_FILTER_H_
#define CONFORMANCE_EXPLORER_TRACING_FILTER_H_

namespace conformance::explorer {

// Stops by this filter carry it (PTRACE_GETEVENTMSG): a call of call.h, or one
// of another processor's mode (a program of 32 bits), which we can't read.
inline constexpr unsigned kKnownCall = 1;
inline constexpr unsigned kForeignCall = 2;

// Puts the calling thread, and all that it will start, under the filter, for
// good. The caller must be traced by then: without a tracer those calls fail
// with ENOSYS. Gives 0 or an errno. Programs that are executed later gain no
// rights by set-user-ID (PR_SET_NO_NEW_PRIVS, prctl(2)). Allocates nothing
// after a fork, once PrepareFilter has been called before it.
void PrepareFilter();
int InstallFilter();

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_TRACING_FILTER_H_
