// An explorer of small locks, for tests.

#ifndef CONFORMANCE_EXPLORER_CAMPAIGN_EXPLORER_TESTING_H_
#define CONFORMANCE_EXPLORER_CAMPAIGN_EXPLORER_TESTING_H_

#include <signal.h>
#include <sys/types.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/explorer/campaign/explorer.h"
#include "conformance/explorer/campaign/search.h"
#include "conformance/explorer/execution/execution.h"
#include "conformance/explorer/execution/initial_state.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/testing/temp_folder.h"
#include "gtest/gtest.h"

namespace conformance::explorer {

inline std::string Name(Violation violation) {
  return std::string(ViolationName(violation));
}

// The finding of this kind; one that hasn't been replayed if there is none.
inline Finding Found(Violation violation, const SearchResult& searched) {
  for (const Finding& finding : searched.findings) {
    if (finding.violation == Name(violation)) return finding;
  }
  ADD_FAILURE() << "no finding: " << Name(violation);
  Finding none;
  none.replayed = false;
  return none;
}

class ExplorerTest : public testing::Test {
 protected:
  void TearDown() override {
    unkillable_ = false;
    explorer_.reset();
    EXPECT_TRUE(ResetFolder(directory_, {}).ok());
  }

  void Explore(const ContenderSource& source, bool copies = true,
               bool separate_commands = false,
               absl::Duration deadline = absl::Seconds(10),
               absl::Duration end = absl::InfiniteDuration()) {
    explorer_.reset();
    ExplorerOptions options;
    options.source = source;
    options.tracing.directory = directory_;
    options.copies = copies;
    options.separate_commands = separate_commands;
    options.tracing.deadline = deadline;
    options.tracing.end = end;
    options.tracing.kill = [this](pid_t pid, int signal) {
      return unkillable_ ? 0 : ::kill(pid, signal);
    };
    absl::StatusOr<std::unique_ptr<Explorer>> created =
        Explorer::Create(options);
    ASSERT_TRUE(created.ok()) << created.status();
    explorer_ = *std::move(created);
  }

  SearchResult Run(const Search& search, const SearchLimits& limits = {}) {
    conformance::explorer::OngoingSearch run = Explorer::Begin(search, limits);
    const absl::StatusOr<Onward> onward =
        explorer_->Continue(run, absl::InfiniteDuration());
    EXPECT_TRUE(onward.ok()) << onward.status();
    EXPECT_TRUE(!onward.ok() || *onward == Onward::kOn)
        << explorer_->again_because();
    return std::move(run.searched);
  }

  ReplayResult Play(const Schedule& schedule) {
    absl::StatusOr<ReplayResult> replayed = explorer_->Play(schedule);
    EXPECT_TRUE(replayed.ok()) << replayed.status();
    EXPECT_TRUE(!replayed.ok() || replayed->outcome.stopped == Stopped::kNot)
        << replayed->outcome.message;
    return replayed.ok() ? *std::move(replayed) : ReplayResult();
  }

  static Search Of(std::vector<int> cycles) {
    Search search;
    search.cycles = std::move(cycles);
    return search;
  }
  static Search With(Search::Faults faults) {
    Search search;
    search.faults = faults;
    search.max_preemptions = 1;
    return search;
  }

  const TempFolder folder_;
  const std::string& directory_ = folder_.path();
  bool unkillable_ = false;  // contenders, as if they waited in the kernel
  std::unique_ptr<Explorer> explorer_;
};

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_CAMPAIGN_EXPLORER_TESTING_H_
