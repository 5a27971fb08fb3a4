// One process alone: what a lock costs beyond its system calls.

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/log/log.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "conformance/monotonic_now.h"
#include "tools/bench/locks.h"
#include "tools/bench/names.h"
#include "tools/bench/results.h"
#include "tools/bench/workloads.h"

namespace bench {
namespace {

struct Timed {
  std::string name;
  std::vector<std::string> baselines;  // the names of others
  std::function<void()> once;
  std::vector<double> microseconds;
};

// Blocks of each in turn, the order turned round each time. A block takes about
// a millisecond, so that on a busy machine most are not interrupted.
void TimeInTurns(std::vector<Timed>& all, int blocks) {
  constexpr int kTimes = 300;
  for (int block = 0; block < blocks; ++block) {
    for (size_t i = 0; i < all.size(); ++i) {
      Timed& timed = all[block % 2 == 0 ? i : all.size() - 1 - i];
      const absl::Duration begin = conformance::MonotonicNow();
      for (int n = 0; n < kTimes; ++n) timed.once();
      timed.microseconds.push_back(
          absl::ToDoubleMicroseconds(conformance::MonotonicNow() - begin) /
          kTimes);
    }
  }
}

void Report(const std::string& work, const std::vector<Timed>& all,
            Results& results) {
  for (const Timed& timed : all) {
    Figure figure = MakeFigure(work, timed.name, "us", timed.microseconds);
    for (const Timed& baseline : all) {
      if (std::count(timed.baselines.begin(), timed.baselines.end(),
                     baseline.name) != 0) {
        figure.ComparePairs(baseline.name, timed.microseconds,
                            baseline.microseconds);
      }
    }
    results.figures.push_back(std::move(figure));
  }
}

}  // namespace

void MeasureUncontended(const Settings& settings, Results& results) {
  settings.progress("uncontended acquire and release");
  const int blocks = std::max(40, static_cast<int>(400 * settings.effort));
  const std::string path = absl::StrCat(settings.directory, "/free");
  const std::string recorded = absl::StrCat(settings.directory, "/recorded");
  const std::shared_ptr<BenchLock> bare = BareFlock();
  const std::shared_ptr<BenchLock> same = BareSameCalls();
  const std::shared_ptr<BenchLock> same_with_record = BareSameCallsWithRecord();
  const std::shared_ptr<BenchLock> ours = Reference();
  const std::shared_ptr<BenchLock> owner = Reference("{pid}\n");
  const auto cycle = [](std::shared_ptr<BenchLock> lock, std::string at) {
    return [lock = std::move(lock), at = std::move(at)] {
      lock->Acquire(at, absl::ZeroDuration());
      lock->Release();
    };
  };
  std::vector<Timed> free = {
      {kOpenFlockClose, {}, cycle(bare, path), {}},
      {kSameCalls, {kOpenFlockClose}, cycle(same, path), {}},
      {kReference, {kOpenFlockClose, kSameCalls}, cycle(ours, path), {}},
      {kSameCallsWithRecord,
       {kOpenFlockClose},
       cycle(same_with_record, recorded),
       {}},
      {kReferenceWithRecord,
       {kOpenFlockClose, kSameCallsWithRecord},
       cycle(owner, recorded),
       {}},
  };
  free.back().once();  // The record is there from now on.
  TimeInTurns(free, blocks);
  Report(kFreeLock, free, results);

  settings.progress("refused attempts");
  // The log goes nowhere; what a record costs is measured by itself.
  const std::unique_ptr<BenchLock> holder = Reference("{pid}\n");
  holder->Acquire(recorded, absl::ZeroDuration());
  const auto attempt = [&recorded](std::shared_ptr<BenchLock> lock) {
    return [lock = std::move(lock), &recorded] {
      lock->Acquire(recorded, absl::ZeroDuration());
    };
  };
  std::vector<Timed> refused = {
      {kOpenFlockClose, {}, attempt(bare), {}},
      {kSameCalls, {kOpenFlockClose}, attempt(same), {}},
      {kReferenceLogging, {kOpenFlockClose, kSameCalls}, attempt(ours), {}},
      {kLogRecord,
       {},
       [&recorded] {
         LOG(ERROR) << "Error locking file " << recorded << "; pid=" << 12345;
       },
       {}},
  };
  TimeInTurns(refused, blocks);
  holder->Release();
  Timed without_log = {
      kReferenceWithoutLog, {kOpenFlockClose, kSameCalls}, nullptr, {}};
  for (size_t i = 0; i < refused[2].microseconds.size(); ++i) {
    without_log.microseconds.push_back(refused[2].microseconds[i] -
                                       refused[3].microseconds[i]);
  }
  refused.push_back(std::move(without_log));
  Report(kRefusal, refused, results);
}

}  // namespace bench
