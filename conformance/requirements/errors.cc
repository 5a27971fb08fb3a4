// Chapter Errors: the calls that locks are made of fail, from the start on and
// for good, as they do on file systems that can't lock and under filters. (That
// each fails once, at any place, is the chapter Systematic's business.)

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/profile.h"
#include "conformance/protocol.h"
#include "conformance/requirement.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/trial.h"

namespace conformance {
namespace {

struct Failure {
  std::string name;
  std::vector<StartOptions::FailingCall> calls;
};

// Those that a lock of such a family can be made of; all, where it isn't known.
std::vector<Failure> FailuresFor(Family family) {
  const auto is = [&](Family one) {
    return family == one || family == Family::kUnknown ||
           (one == Family::kKernelLock && family == Family::kSeed);
  };
  std::vector<Failure> failures;
  const auto add = [&](absl::string_view call, int error,
                       const std::vector<std::pair<int64_t, int64_t>>& calls) {
    Failure failure;
    failure.name = absl::StrCat(call, " fails with ", ::strerror(error));
    for (const auto& [number, argument] : calls) {
      failure.calls.push_back({number, error, argument});
    }
    failures.push_back(std::move(failure));
  };
  if (is(Family::kKernelLock)) {
    for (const int error : {ENOSYS, EOPNOTSUPP, ENOLCK, EIO}) {
      add("flock(2)", error, {{SYS_flock, -1}});
    }
    for (const int error : {EINVAL, ENOLCK}) {
      add("F_OFD_SETLK of fcntl(2)", error,
          {{SYS_fcntl, F_OFD_SETLK}, {SYS_fcntl, F_OFD_SETLKW}});
    }
  }
  if (is(Family::kRecordLock)) {
    for (const int error : {ENOLCK, EOPNOTSUPP, ENOSYS, EIO}) {
      add("F_SETLK of fcntl(2)", error,
          {{SYS_fcntl, F_SETLK}, {SYS_fcntl, F_SETLKW}});
    }
  }
  if (is(Family::kExistenceLock)) {
#ifdef SYS_link
    const int64_t link = SYS_link;
    const int64_t symlink = SYS_symlink;
    const int64_t mkdir = SYS_mkdir;
#else
    const int64_t link = SYS_linkat;
    const int64_t symlink = SYS_symlinkat;
    const int64_t mkdir = SYS_mkdirat;
#endif
    for (const int error : {EPERM, EOPNOTSUPP, EMLINK, EIO}) {
      add("link(2)", error, {{link, -1}, {SYS_linkat, -1}});
    }
    for (const int error : {EPERM, ENOSPC, EIO}) {
      add("symlink(2)", error, {{symlink, -1}, {SYS_symlinkat, -1}});
      add("mkdir(2)", error, {{mkdir, -1}, {SYS_mkdirat, -1}});
    }
  }
  return failures;
}

// A contender in whose world it fails; -1 where it doesn't start there.
int StartIn(Trial& t, const Failure& failure) {
  StartOptions options;
  options.failing_calls = failure.calls;
  return t.TryStart(options);
}

void FailingCallIsNoRefusal(Trial& t) {
  for (const Failure& failure : FailuresFor(t.profile().family)) {
    const int who = StartIn(t, failure);
    if (!t.going()) return;
    if (who < 0) continue;
    t.Note(absl::StrCat("nobody holds, and ", failure.name));
    const std::vector<absl::Duration> waits =
        t.Can(kWait) ? std::vector<absl::Duration>{absl::ZeroDuration(),
                                                   absl::Milliseconds(60)}
                     : std::vector<absl::Duration>{absl::ZeroDuration()};
    for (const absl::Duration wait : waits) {
      const Answer answer =
          t.Ask(who, AcquireCommand("a", t.Path("lock"), wait));
      t.Expect(
          !answer.is(AnswerKind::kBusy),
          absl::StrCat("A gets an error, or the lock: nobody holds it, and ",
                       failure.name),
          "A answered busy");
      if (answer.is(AnswerKind::kAcquired)) t.Ask(who, ReleaseCommand("a"));
    }
    t.EndInput(who);
  }
}

void FailingCallIsNoLock(Trial& t) {
  const int outside = t.Start();
  for (const Failure& failure : FailuresFor(t.profile().family)) {
    const int first = StartIn(t, failure);
    const int second = first < 0 ? -1 : StartIn(t, failure);
    if (!t.going()) return;
    if (second < 0) continue;
    t.Note(absl::StrCat("for A and B ", failure.name));
    if (t.Ask(first, AcquireCommand("a", t.Path("lock")))
            .is(AnswerKind::kAcquired)) {
      const Answer answer = t.Ask(second, AcquireCommand("a", t.Path("lock")));
      t.Expect(
          !answer.is(AnswerKind::kAcquired),
          absl::StrCat("at most one of two acquires, though ", failure.name),
          "both answered acquired");
      t.Ask(first, ReleaseCommand("a"));
    }
    // And beside somebody for whom it doesn't fail.
    if (t.Ask(outside, AcquireCommand("o", t.Path("other")))
            .is(AnswerKind::kAcquired)) {
      const Answer answer = t.Ask(second, AcquireCommand("b", t.Path("other")));
      t.Expect(!answer.is(AnswerKind::kAcquired),
               absl::StrCat("nobody acquires what another one holds, though ",
                            failure.name),
               "it answered acquired");
      t.MustRelease(outside, "o");
    }
    t.EndInput(first);
    t.EndInput(second);
  }
}

void FailingCallLeavesTheLockFree(Trial& t) {
  const int outside = t.Start();
  for (const Failure& failure : FailuresFor(t.profile().family)) {
    const int who = StartIn(t, failure);
    if (!t.going()) return;
    if (who < 0) continue;
    t.Note(absl::StrCat("A tried while ", failure.name));
    const Answer answer = t.Ask(who, AcquireCommand("a", t.Path("lock")));
    if (answer.is(AnswerKind::kAcquired)) {
      t.Ask(who, ReleaseCommand("a"));
    } else {
      t.MustAcquire(outside);
      t.MustRelease(outside);
    }
    t.EndInput(who);
  }
}

}  // namespace

std::vector<Requirement> ErrorsChapter() {
  return {
      {"Errors.FailingCallIsNoRefusal",
       Level::kMust,
       "Where the calls that lock fail for another reason than a holder, "
       "nobody is refused as if there were one.",
       "py-filelock 67: each errno of flock(2) counted as `somebody has it`, "
       "and where locking isn't supported one waited for ever.",
       {},
       &FailingCallIsNoRefusal,
       {"Exclusion.SecondProcessIsRefused"}},
      {"Errors.FailingCallIsNoLock",
       Level::kMust,
       "Where the calls that lock fail, nobody goes on as if he held.",
       "cargo 4116: where the file system can't lock, each took itself for the "
       "holder.",
       {},
       &FailingCallIsNoLock,
       {"Exclusion.SecondProcessIsRefused"}},
      {"Errors.FailingCallLeavesTheLockFree",
       Level::kMust,
       "An attempt that failed leaves nothing that keeps others out.",
       "What was made before the failure must be taken back after it.",
       {},
       &FailingCallLeavesTheLockFree,
       {"Exclusion.SecondProcessIsRefused"}},
  };
}

}  // namespace conformance
