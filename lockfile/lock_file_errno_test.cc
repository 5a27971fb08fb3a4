// Every errno at every system call: whatever fails, the caller has the whole
// lock or none, knows which, and can go on.

#include <errno.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "lockfile/internal/errno_status.h"
#include "lockfile/internal/known_paths.h"
#include "lockfile/internal/owner_record.h"
#include "lockfile/internal/system.h"
#include "lockfile/lock_file.h"
#include "lockfile/testing/file_testing.h"
#include "lockfile/testing/scoped_system.h"

namespace lockfile {
namespace {

// Linux's highest errno, EHWPOISON.
constexpr int kLastErrno = 133;

// Fails one call, by its place among all calls, or that call and every later
// one of its kind. Records what was called.
class FaultySystem : public internal::System {
 public:
  FaultySystem() = default;
  FaultySystem(int place, int error, bool persistent)
      : place_(place), error_(error), persistent_(persistent) {}

  const std::vector<std::string>& calls() const { return calls_; }
  // Which call failed; empty if none.
  const std::string& failed() const { return failed_; }

 protected:
  int DoLstat(const char* path, struct stat* result) override {
    return Fails("lstat") ? -1 : System::DoLstat(path, result);
  }
  int DoFstat(int descriptor, struct stat* result) override {
    return Fails("fstat") ? -1 : System::DoFstat(descriptor, result);
  }
  int DoOpen(const char* path, int flags, unsigned mode) override {
    return Fails("open") ? -1 : System::DoOpen(path, flags, mode);
  }
  // As on Linux, the descriptor is gone, whatever the answer.
  int DoClose(int descriptor) override {
    const bool fails = Fails("close");
    const int result = System::DoClose(descriptor);
    if (!fails) return result;
    errno = error_;
    return -1;
  }
  int DoFlock(int descriptor, int operation) override {
    const char* const name = (operation & LOCK_UN) != 0   ? "unlock"
                             : (operation & LOCK_NB) != 0 ? "trylock"
                                                          : "lock";
    return Fails(name) ? -1 : System::DoFlock(descriptor, operation);
  }
  int64_t DoPread(int descriptor, char* data, size_t size,
                  int64_t offset) override {
    return Fails("pread") ? -1
                          : System::DoPread(descriptor, data, size, offset);
  }
  int64_t DoPwrite(int descriptor, const char* data, size_t size,
                   int64_t offset) override {
    return Fails("pwrite") ? -1
                           : System::DoPwrite(descriptor, data, size, offset);
  }
  int DoFtruncate(int descriptor, int64_t size) override {
    return Fails("ftruncate") ? -1 : System::DoFtruncate(descriptor, size);
  }
  int64_t DoGetpgid(int64_t pid) override {
    return Fails("getpgid") ? -1 : System::DoGetpgid(pid);
  }
  int DoKill(int64_t pid, int signal) override {
    return Fails("kill") ? -1 : System::DoKill(pid, signal);
  }
  // So that it unlocks, too.
  bool DoIsSingleThreaded() override { return false; }
  int DoStartFlockHelper(internal::FlockHelperBlock* block) override {
    return Fails("helper") ? errno : System::DoStartFlockHelper(block);
  }
  int DoGethostname(char* name, size_t size) override {
    return Fails("gethostname") ? -1 : System::DoGethostname(name, size);
  }

 private:
  bool Fails(const char* call) {
    const bool here = static_cast<int>(calls_.size()) == place_;
    calls_.emplace_back(call);
    if (here) failed_ = call;
    // An interrupted call is repeated, so it must not fail for ever.
    const bool again = persistent_ && error_ != EINTR && failed_ == call;
    if (!here && !again) return false;
    errno = error_;
    return true;
  }

  int place_ = -1;
  int error_ = 0;
  bool persistent_ = false;
  std::vector<std::string> calls_;
  std::string failed_;
};

struct Scenario {
  std::string name;
  std::optional<std::string> content;  // None: there is no file.
  bool held_by_another = false;
  std::string owner_record;
  absl::Duration wait;
  bool known = false;  // See known_paths.h.
};

void PrintTo(const Scenario& scenario, std::ostream* os) {
  *os << scenario.name;
}

using internal::KnownPaths;

class ErrnoTest : public ::testing::TestWithParam<Scenario> {
 protected:
  // Runs the scenario with `system` in force. Leaves the lock free.
  void Run(FaultySystem& system, int error) {
    const Scenario& scenario = GetParam();
    ::unlink("lock");
    if (scenario.content.has_value()) WriteFile("lock", *scenario.content);
    std::optional<absl::StatusOr<LockFile>> another;
    if (scenario.held_by_another) another = LockFile::Acquire("lock");
    LockFileOptions options;
    options.owner_record = scenario.owner_record;
    options.wait = scenario.wait;
    const KnownPaths::Hash path = KnownPaths::HashOf("lock");
    scenario.known ? KnownPaths::Add(path) : KnownPaths::Remove(path);
    const int descriptors = CountDescriptors();
    {
      const ScopedSystemForTesting scope(&system);
      absl::StatusOr<LockFile> lock = LockFile::Acquire("lock", options);
      CheckAcquired(lock.status(), system, error);
      if (lock.ok()) {
        EXPECT_TRUE(lock->IsHeld());
        EXPECT_TRUE(IsLocked("lock"));
        CheckClosed(lock->Close(), system, error);
        EXPECT_FALSE(lock->IsHeld());
        EXPECT_TRUE(lock->Close().ok());
      }
    }
    EXPECT_EQ(CountDescriptors(), descriptors);
    if (Exists("lock")) {
      EXPECT_EQ(IsLocked("lock"), scenario.held_by_another);
    }
    CheckContent();
    another.reset();
    // A helper that couldn't be killed has the lock for a moment.
    options.wait =
        system.failed() == "kill" ? absl::Minutes(1) : absl::ZeroDuration();
    EXPECT_TRUE(LockFile::Acquire("lock", options).ok());
  }

 private:
  void CheckAcquired(const absl::Status& status, const FaultySystem& system,
                     int error) {
    const bool contended =
        GetParam().held_by_another ||
        (system.failed() == "trylock" && error == EWOULDBLOCK);
    if (status.ok()) {
      EXPECT_FALSE(GetParam().held_by_another);
      return;
    }
    if (IsRefused(status)) {
      EXPECT_TRUE(contended) << status;
      return;
    }
    EXPECT_FALSE(system.failed().empty()) << status;
    // O_CREAT's EEXIST and the absence of a file are no errors but events;
    // if they never end, the file is replaced for ever.
    if (status.code() != absl::StatusCode::kAborted) {
      EXPECT_EQ(status.code(), internal::ErrnoToStatusCode(error)) << status;
    }
  }

  static void CheckClosed(const absl::Status& status,
                          const FaultySystem& system, int error) {
    if (status.ok()) return;
    EXPECT_FALSE(IsRefused(status));
    EXPECT_TRUE(system.failed() == "unlock" || system.failed() == "close")
        << status;
    EXPECT_EQ(status.code(), internal::ErrnoToStatusCode(error)) << status;
  }

  // The content is as it was, or a record of this process, or names nobody.
  static void CheckContent() {
    if (!Exists("lock")) return;
    const std::string content = ReadFile("lock");
    if (content == GetParam().content.value_or("")) return;
    EXPECT_FALSE(GetParam().owner_record.empty()) << content;
    const auto record = internal::ParseOwnerRecord(content);
    if (record.has_value()) {
      EXPECT_EQ(record->pid, ::getpid()) << content;
    }
  }

  ScopedWorkingDirectory directory_;
};

TEST_P(ErrnoTest, EveryErrnoAtEveryCall) {
  FaultySystem faultless;
  Run(faultless, 0);
  const int calls = static_cast<int>(faultless.calls().size());
  ASSERT_GT(calls, 4);
  for (int place = 0; place < calls; ++place) {
    for (int error = 1; error <= kLastErrno; ++error) {
      for (const bool persistent : {false, true}) {
        FaultySystem system(place, error, persistent);
        Run(system, error);
        ASSERT_FALSE(HasFailure())
            << "errno " << error << " from call " << place << ", "
            << faultless.calls()[static_cast<size_t>(place)]
            << (persistent ? ", and from then on" : "");
      }
    }
  }
}

// Interrupted calls are repeated, except for close(2); without a helper, there
// is another way to wait.
TEST_P(ErrnoTest, InterruptionsGoUnnoticed) {
  FaultySystem faultless;
  Run(faultless, 0);
  for (size_t place = 0; place < faultless.calls().size(); ++place) {
    if (faultless.calls()[place] == "helper") continue;
    FaultySystem system(static_cast<int>(place), EINTR, false);
    Run(system, EINTR);
    const size_t repeated = faultless.calls()[place] == "close" ? 0 : 1;
    EXPECT_EQ(system.calls().size(), faultless.calls().size() + repeated);
  }
}

std::vector<Scenario> Scenarios() {
  const std::string self = absl::StrCat(::getpid(), "\n");
  const absl::Duration never = absl::ZeroDuration();
  const absl::Duration brief = absl::Nanoseconds(1);
  const absl::Duration forever = absl::InfiniteDuration();
  return {
      {"NewFile", std::nullopt, false, "", never},
      {"OldFile", "content", false, "", never},
      {"NewRecord", std::nullopt, false, "{pid} {hostname}\n", never},
      {"SameRecord", self, false, "{pid}\n", never},
      {"ShorterRecord", "99999999999999\n", false, "{pid}\n", never},
      {"HeldByAnother", "", true, "", never},
      {"HeldByRecordedOwner", self, true, "{pid}\n", never},
      {"HeldByForeignOwner", absl::StrCat(::getpid(), " x\n"), true, "", never},
      {"FreeWithWait", "", false, "", brief},
      {"FreeWithInfiniteWait", "", false, "", forever},
      {"HeldByAnotherWithWait", "", true, "", brief},
      {"NewFileAtKnownPath", std::nullopt, false, "", never, true},
      {"OldFileAtKnownPath", "content", false, "", never, true},
      {"HeldAtKnownPath", self, true, "{pid}\n", never, true},
  };
}

INSTANTIATE_TEST_SUITE_P(All, ErrnoTest, ::testing::ValuesIn(Scenarios()),
                         [](const auto& info) { return info.param.name; });

// Writes `limit` bytes at a time, and fails from the call on that is number
// `failing`, with `error`, or with 0 bytes if that is 0.
class ShortWrites : public internal::System {
 public:
  ShortWrites(size_t limit, int failing, int error)
      : limit_(limit), failing_(failing), error_(error) {}

 protected:
  int64_t DoPwrite(int descriptor, const char* data, size_t size,
                   int64_t offset) override {
    if (calls_++ < failing_) {
      return System::DoPwrite(descriptor, data, size < limit_ ? size : limit_,
                              offset);
    }
    if (error_ == 0) return 0;
    errno = error_;
    return -1;
  }

 private:
  size_t limit_;
  int failing_;
  int error_;
  int calls_ = 0;
};

class ShortWriteTest : public ::testing::Test {
 protected:
  ScopedWorkingDirectory directory_;
  LockFileOptions options_ = {absl::ZeroDuration(), "{pid}\n"};
};

TEST_F(ShortWriteTest, IsCompleted) {
  WriteFile("lock", "12345678901234567890\n");
  ShortWrites system(1, 100, ENOSPC);
  const ScopedSystemForTesting scope(&system);
  const absl::StatusOr<LockFile> lock = LockFile::Acquire("lock", options_);
  ASSERT_TRUE(lock.ok()) << lock.status();
  EXPECT_EQ(ReadFile("lock"), absl::StrCat(::getpid(), "\n"));
}

// py-filelock 601: a short write gave two holders.
TEST_F(ShortWriteTest, ThatThenFailsLeavesNeitherLockNorHalfARecord) {
  for (const int error : {ENOSPC, EDQUOT, EIO, EFBIG, 0}) {
    WriteFile("lock", "99\n");
    ShortWrites system(1, 1, error);
    const ScopedSystemForTesting scope(&system);
    const absl::Status status = LockFile::Acquire("lock", options_).status();
    EXPECT_EQ(status.code(),
              internal::ErrnoToStatusCode(error == 0 ? EIO : error));
    EXPECT_FALSE(IsLocked("lock"));
    EXPECT_EQ(ReadFile("lock"), "");
  }
}

}  // namespace
}  // namespace lockfile
