// Tests of the tracer with small locks, driven by hand: which calls are seen,
// in what order, and what can be done to each.

#include "conformance/explorer/tracer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/explorer/call.h"
#include "conformance/explorer/step.h"
#include "conformance/explorer/test_locks.h"
#include "conformance/history.h"
#include "conformance/process.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Show(const Footprint& footprint) {
  return absl::StrJoin(
      footprint.accesses, " ", [](std::string* out, const Access& access) {
        absl::StrAppend(out, access.object, access.write ? "!" : "");
      });
}

class TracerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = absl::StrCat(::testing::TempDir(), "/tracer.XXXXXX");
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    directory_ = name;
    lock_ = directory_ + "/lock";
    Trace(absl::Seconds(10));
  }

  void TearDown() override {
    tracer_.reset();
    // Whatever the test did: nobody is left.
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
    ::unlink(lock_.c_str());
    ::rmdir(directory_.c_str());
  }

  void Trace(absl::Duration deadline) {
    tracer_.reset();
    TracerOptions options;
    options.directory = directory_;
    options.deadline = deadline;
    absl::StatusOr<std::unique_ptr<Tracer>> tracer = Tracer::Create(options);
    ASSERT_TRUE(tracer.ok()) << tracer.status();
    tracer_ = *std::move(tracer);
    tracer_->FolderIs({});
  }

  void Start(int actor, const ContenderSource& source) {
    const absl::StatusOr<std::string> hello = tracer_->Start(actor, source);
    ASSERT_TRUE(hello.ok()) << hello.status();
  }

  Stop Run(int actor) {
    absl::StatusOr<Stop> stop = tracer_->RunToVisible(actor);
    EXPECT_TRUE(stop.ok()) << stop.status();
    return stop.ok() ? *std::move(stop) : Stop();
  }

  void Command(int actor, absl::string_view verb) {
    const std::string line = verb == "acquire"
                                 ? absl::StrCat("acquire a ", lock_, " 0")
                                 : "release a";
    ASSERT_TRUE(tracer_->Command(actor, line).ok());
  }

  // "openat(lock, O_RDWR) = 3 name:lock!" for the call that it stands before.
  std::string Step(int actor) {
    const Stop stop = Run(actor);
    if (stop.kind == Stop::Kind::kAnswer) return stop.answer;
    if (stop.kind == Stop::Kind::kEnded) return stop.ending.ToString();
    const absl::StatusOr<Performed> performed = tracer_->Perform(actor);
    EXPECT_TRUE(performed.ok()) << performed.status();
    if (!performed.ok()) return "";
    return Line(stop.call, *performed);
  }

  std::string Line(const Call& call, const Performed& performed) const {
    const std::string line =
        absl::StrCat(FormatCall(call), " = ", FormatResult(performed.result),
                     " [", Show(performed.footprint), "]");
    return absl::StrReplaceAll(line, {{directory_ + "/", ""}});
  }

  // All steps up to the answer, and the answer.
  std::vector<std::string> RunCommand(int actor, absl::string_view verb) {
    Command(actor, verb);
    std::vector<std::string> lines;
    do {
      lines.push_back(Step(actor));
    } while (absl::StrContains(lines.back(), '('));
    return lines;
  }

  // Lets it run to the visible call of this name.
  Stop RunTo(int actor, absl::string_view name) {
    for (;;) {
      Stop stop = Run(actor);
      if (stop.kind != Stop::Kind::kCall || stop.call.type->name == name) {
        return stop;
      }
      EXPECT_TRUE(tracer_->Perform(actor).ok());
    }
  }

  std::string directory_, lock_;
  std::unique_ptr<Tracer> tracer_;
};

TEST_F(TracerTest, SeesEachCallOfAPlainLock) {
  Start(0, PlainLock());
  EXPECT_THAT(
      RunCommand(0, "acquire"),
      ElementsAre("openat(\"lock\", O_RDWR|O_CREAT|O_CLOEXEC) = 3 "
                  "[folder name:lock!]",
                  "flock(3, LOCK_EX|LOCK_NB) = 0 [lock:a1!]", "acquired a"));
  EXPECT_THAT(RunCommand(0, "release"),
              ElementsAre("close(3) = 0 [lock:a1!]", "released a"));
}

TEST_F(TracerTest, SeesARefusal) {
  Start(0, PlainLock());
  Start(1, PlainLock());
  RunCommand(0, "acquire");
  EXPECT_THAT(RunCommand(1, "acquire"),
              ElementsAre("openat(\"lock\", O_RDWR|O_CREAT|O_CLOEXEC) = 3 "
                          "[mode:a1 name:lock]",
                          "flock(3, LOCK_EX|LOCK_NB) = -1 EAGAIN [lock:a1]",
                          "close(3) = 0 []", "busy a"));
}

TEST_F(TracerTest, MeasuresItsSpeed) {
  Start(0, PlainLock());
  constexpr int kRounds = 2'000;
  int64_t steps = 0;
  const absl::Duration start = MonotonicNow();
  for (int i = 0; i < kRounds; ++i) {
    for (const char* verb : {"acquire", "release"}) {
      Command(0, verb);
      while (Run(0).kind == Stop::Kind::kCall) {
        ASSERT_TRUE(tracer_->Perform(0).ok());
        ++steps;
      }
    }
  }
  const double seconds = absl::ToDoubleSeconds(MonotonicNow() - start);
  std::printf("%.0f steps a second, %.0f cycles a second, %.1f us a stop\n",
              static_cast<double>(steps) / seconds, kRounds / seconds,
              seconds * 1e6 / static_cast<double>(tracer_->stops()));
}

}  // namespace
}  // namespace conformance::explorer
