// A failure that explains another one hides no defect: locks with two that have
// nothing to do with each other are judged for both.

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"
#include "conformance/protocol.h"
#include "conformance/requirement.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/runner.h"
#include "conformance/verdict.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

// Excludes nobody, and tidies up other people's files.
class NoLockAndTidiesUp : public PlainLock {
  int Lock(int /*fd*/) override { return 0; }
  int LockUntil(int /*fd*/, absl::Duration /*deadline*/) override { return 0; }
  int Unlock(int fd, const std::string& path) override {
    ::unlink((path + ".tmp").c_str());
    return PlainLock::Unlock(fd, path);
  }
};

// Excludes nobody, and empties what a symbolic link at the path points to.
class NoLockAndEmptiesTarget : public PlainLock {
  int Open(const std::string& path) override {
    return ::open(path.c_str(),
                  O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK, 0666);
  }
  bool StillThere(int /*fd*/, const std::string& /*path*/) override {
    return true;
  }
  int Lock(int /*fd*/) override { return 0; }
  int LockUntil(int /*fd*/, absl::Duration /*deadline*/) override { return 0; }
};

// Lets its own process in, and gives waits up at once.
class RecordLockAndGivesUp : public PlainLock {
  Introduction Describe() const override {
    Introduction self = PlainLock::Describe();
    self.profile = "record-lock";
    return self;
  }
  int Lock(int fd) override {
    struct flock whole = {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    if (::fcntl(fd, F_SETLK, &whole) == 0) return 0;
    return errno == EACCES || errno == EAGAIN ? EWOULDBLOCK : errno;
  }
  int LockUntil(int fd, absl::Duration /*deadline*/) override {
    return Lock(fd);
  }
};

// Logs nothing, and follows symbolic links.
class LogsNothingAndFollowsLinks : public PlainLock {
  int Open(const std::string& path) override {
    return ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK,
                  0666);
  }
  bool StillThere(int fd, const std::string& path) override {
    struct stat ours = {};
    struct stat now = {};
    return ::fstat(fd, &ours) == 0 && ::stat(path.c_str(), &now) == 0 &&
           ours.st_dev == now.st_dev && ours.st_ino == now.st_ino;
  }
  void Log(const std::string& /*path*/, const std::string& /*pid*/) override {}
};

// Leaves the lock to a forked child, and changes the folder's other files.
class ChildKeepsCopyAndTidiesUp : public PlainLock {
  int AfterFork(int fd) override { return fd; }
  int Unlock(int fd, const std::string& path) override {
    ::unlink((path + "~").c_str());
    return ::close(fd) == 0 ? 0 : errno;
  }
};

struct TwoDefects {
  absl::string_view name;
  std::function<int()> main;
  std::vector<absl::string_view> ids;
};

class TwoDefectsTest : public testing::TestWithParam<TwoDefects> {};

TEST_P(TwoDefectsTest, BothAreJudged) {
  RunOptions options;
  options.source.main = GetParam().main;
  options.find_requirement = &FindRequirement;
  options.hold = absl::Seconds(2);
  options.jobs = 2;
  std::vector<Requirement> asked;
  for (const Requirement& requirement : Catalogue()) {
    if (!IsSystematic(requirement) && !requirement.patient) {
      asked.push_back(requirement);
    }
  }
  std::vector<std::string> failures;
  std::string shown;
  for (const Verdict& verdict : RunRequirements(asked, options)) {
    if (!IsFailure(verdict.outcome)) continue;
    failures.push_back(verdict.id);
    absl::StrAppend(&shown, verdict.id, ": ", verdict.happened, "\n");
  }
  for (const absl::string_view id : GetParam().ids) {
    EXPECT_THAT(failures, testing::Contains(id)) << shown;
  }
  // Each of the two is good for four, as with other mutants.
  EXPECT_LE(failures.size(), 8) << shown;
}

INSTANTIATE_TEST_SUITE_P(
    All, TwoDefectsTest,
    testing::ValuesIn(std::vector<TwoDefects>{
        {"no_lock_and_tidies_up",
         Serve<NoLockAndTidiesUp>(),
         {"Exclusion.SecondProcessIsRefused", "Process.LeavesOtherFiles"}},
        {"no_lock_and_empties_target",
         Serve<NoLockAndEmptiesTarget>(),
         {"Exclusion.SecondProcessIsRefused",
          "Paths.SymbolicLinkTargetUntouched"}},
        {"record_lock_and_gives_up",
         Serve<RecordLockAndGivesUp>(),
         {"Exclusion.SecondAcquireInProcessIsRefused",
          "Waiting.NotBeforeDeadline"}},
        {"logs_nothing_and_follows_links",
         Serve<LogsNothingAndFollowsLinks>(),
         {"RefusalLog.OneRecordNamesPath", "Paths.DanglingLinkCreatesNothing"}},
        {"child_keeps_copy_and_tidies_up",
         Serve<ChildKeepsCopyAndTidiesUp>(),
         {"Inheritance.ParentDeathFrees", "Process.LeavesOtherFiles"}},
    }),
    [](const testing::TestParamInfo<TwoDefects>& info) {
      return std::string(info.param.name);
    });

}  // namespace
}  // namespace conformance

int main(int argc, char** argv) {
  conformance::InitializeRunner();
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
