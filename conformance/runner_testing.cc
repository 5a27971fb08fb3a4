// The simple lock, and looking for what is left.

#include "conformance/runner_testing.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/implementation.h"
#include "conformance/process/proc.h"
#include "conformance/requirement.h"
#include "conformance/trial.h"
#include "conformance/verdict.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

using ::testing::IsEmpty;

class Held : public HeldLock {
 public:
  explicit Held(int fd) : fd_(fd) {}
  ~Held() override { Close(); }
  std::string Release() override {
    Close();
    return "";
  }

 private:
  void Close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  int fd_;
};

}  // namespace

Introduction SimpleLock::Describe() const {
  return {"simple", "1.0", 0, {"fork"}};
}

Attempt SimpleLock::Acquire(const std::string& path, absl::Duration /*wait*/) {
  const int fd =
      ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (fd < 0) return Attempt::Error("open");
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) {
    return Attempt::Acquired(std::make_unique<Held>(fd));
  }
  ::close(fd);
  return Attempt::Busy();
}

Requirement MakeRequirement(absl::string_view id, void (*check)(Trial&),
                            std::vector<absl::string_view> needs) {
  Requirement requirement;
  requirement.id = id;
  requirement.needs = std::move(needs);
  requirement.check = check;
  return requirement;
}

void Dies(Trial& t) {
  t.MustAcquire(t.Start());
  ::raise(SIGKILL);
}

void Litters(Trial& t) {
  const int a = t.Start();
  t.MustAcquire(a);
  t.Fork(a, "a", "exec");
  t.Fork(a, "a", "idle");
}

std::vector<pid_t> Descendants() { return DescendantsOf(::getpid()); }

void RunnerTest::SetUp() {
  options_.source = Source<SimpleLock>();
  options_.scratch = scratch_;
}

void RunnerTest::TearDown() {
  EXPECT_TRUE(std::filesystem::is_empty(scratch_));
  EXPECT_THAT(Descendants(), IsEmpty());
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(CountDescriptors(::getpid()), descriptors_);
}

Verdict RunnerTest::Run(void (*check)(Trial&),
                        std::vector<absl::string_view> needs) {
  return RunRequirements(
             {MakeRequirement("Test.Check", check, std::move(needs))}, options_)
      .front();
}

}  // namespace conformance
