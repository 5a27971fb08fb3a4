// Waiters of small locks, and a release after each of their calls.

#include "conformance/explorer/execution/waits_in_vain.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/contender_main.h"
#include "conformance/explorer/testing/test_locks.h"
#include "conformance/implementation.h"
#include "conformance/testing/temp_folder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

WaitsInVain See(const ContenderSource& source) {
  const TempFolder folder;
  WaitsInVainOptions options;
  options.source = source;
  options.tracing.directory = folder.path();
  options.asleep = absl::Milliseconds(100);
  const absl::StatusOr<WaitsInVain> all = SeeWaitsInVain(options);
  EXPECT_TRUE(all.ok()) << all.status();
  return all.ok() ? *all : WaitsInVain();
}

struct Made : HeldLock {
  explicit Made(std::string path) : path(std::move(path)) {}
  std::string Release() override {
    return ::unlink(path.c_str()) == 0 ? "" : "unlink";
  }
  const std::string path;
};

// A file made with O_EXCL, in a folder that is watched from `first` on, or from
// the first refusal on.
class Watching : public Implementation {
 public:
  explicit Watching(bool first) : first_(first) {}

  Introduction Describe() const override {
    return {"watching", "1", 0, {"forever"}};
  }

  Attempt Acquire(const std::string& path, absl::Duration /*wait*/) override {
    const std::string folder = path.substr(0, path.rfind('/'));
    const int watch = ::inotify_init1(IN_CLOEXEC);
    if (first_) ::inotify_add_watch(watch, folder.c_str(), IN_DELETE);
    for (;;) {
      const int fd = ::open(path.c_str(), O_CREAT | O_EXCL | O_CLOEXEC, 0666);
      if (fd >= 0) {
        ::close(fd);
        ::close(watch);
        return Attempt::Acquired(std::make_unique<Made>(path));
      }
      if (!first_) ::inotify_add_watch(watch, folder.c_str(), IN_DELETE);
      pollfd one = {watch, POLLIN, 0};
      ::poll(&one, 1, -1);
    }
  }

 private:
  const bool first_;
};

ContenderSource WatchingLock(bool first) {
  ContenderSource source;
  source.main = [first] {
    Watching implementation(first);
    return ContenderMain(implementation);
  };
  return source;
}

TEST(WaitsInVainTest, FindsAReleaseBetweenLookAndWatch) {
  const WaitsInVain all = See(WatchingLock(false));
  EXPECT_EQ(all.stopped, "");
  EXPECT_THAT(all.after, testing::HasSubstr("EEXIST"));
  EXPECT_THAT(all.waits, testing::HasSubstr("in poll("));
  EXPECT_EQ(all.releases, 1);
}

TEST(WaitsInVainTest, AccusesNoWatchThatComesFirst) {
  const WaitsInVain all = See(WatchingLock(true));
  EXPECT_EQ(all.stopped, "");
  EXPECT_EQ(all.waits, "");
  EXPECT_GE(all.releases, 2);
}

TEST(WaitsInVainTest, AccusesNoQueueOfTheKernelAndNoPolling) {
  for (const ContenderSource& source :
       {BlockingLock(), BlockingRecordLock(), PollingLock()}) {
    const WaitsInVain all = See(source);
    EXPECT_EQ(all.stopped, "");
    EXPECT_EQ(all.waits, "");
    EXPECT_GE(all.releases, 2);
  }
}

TEST(WaitsInVainTest, SaysWhyItStops) {
  EXPECT_EQ(See(DyingLock()).stopped, "contender a exited with status 3");
  EXPECT_THAT(See(PlainLock()).stopped,
              testing::HasSubstr("is asked to wait, and answers busy"));
}

}  // namespace
}  // namespace conformance::explorer
