// Small locks under a tracer that is driven by hand, for tests.

#ifndef CONFORMANCE_EXPLORER_TRACING_TRACER_TESTING_H_
#define CONFORMANCE_EXPLORER_TRACING_TRACER_TESTING_H_

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/tracing/call.h"
#include "conformance/explorer/tracing/stop.h"
#include "conformance/explorer/tracing/tracer.h"
#include "conformance/testing/temp_folder.h"
#include "gtest/gtest.h"

namespace conformance::explorer {

// Whether that which was waited for has come.
template <typename Result>
bool Came(const absl::StatusOr<Result>& result) {
  return result.ok() && !result->wait.in_vain();
}

inline std::string Show(const Footprint& footprint) {
  return footprint.ToString();
}

inline std::string Show(const Death& death) {
  EXPECT_FALSE(death.wait.in_vain()) << death.wait.message;
  return Show(death.freed);
}

inline void Empty(const std::string& folder) {
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::filesystem::remove_all(entry.path());
  }
}

class TracerTest : public ::testing::Test {
 protected:
  void SetUp() override { Trace(absl::Seconds(10)); }

  void TearDown() override {
    unkillable_ = false;
    tracer_.reset();
    // Nobody is left, whatever the test did.
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
  }

  void Trace(absl::Duration deadline,
             absl::Duration end = absl::InfiniteDuration()) {
    tracer_.reset();
    TracerOptions options;
    options.directory = directory_;
    options.deadline = deadline;
    options.end = end;
    options.kill = [this](pid_t pid, int signal) {
      return unkillable_ ? 0 : ::kill(pid, signal);
    };
    absl::StatusOr<std::unique_ptr<Tracer>> tracer = Tracer::Create(options);
    ASSERT_TRUE(tracer.ok()) << tracer.status();
    tracer_ = *std::move(tracer);
    tracer_->FolderIs({});
  }

  void Start(int actor, const ContenderSource& source) {
    const absl::StatusOr<Stop> hello = tracer_->Start(actor, source);
    ASSERT_TRUE(Came(hello)) << hello.status();
  }

  Stop Run(int actor) {
    absl::StatusOr<Stop> stop = tracer_->RunToVisible(actor);
    EXPECT_TRUE(Came(stop)) << stop.status();
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
    if (stop.kind == Stop::Kind::kInVain) return stop.wait.message;
    const absl::StatusOr<CallResult> performed = tracer_->Perform(actor);
    EXPECT_TRUE(Came(performed)) << performed.status();
    if (!performed.ok()) return "";
    return Line(stop.call, *performed);
  }

  std::string Line(const Call& call, const CallResult& performed) const {
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
      EXPECT_TRUE(Came(tracer_->Perform(actor)));
    }
  }

  const TempFolder folder_;
  const std::string& directory_ = folder_.path();
  const std::string lock_ = directory_ + "/lock";
  bool unkillable_ = false;  // as if it waited in the kernel
  std::unique_ptr<Tracer> tracer_;
};

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_TRACING_TRACER_TESTING_H_
