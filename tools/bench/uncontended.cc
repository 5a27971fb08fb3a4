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
#include "conformance/history.h"
#include "tools/bench/locks.h"
#include "tools/bench/results.h"
#include "tools/bench/statistics.h"
#include "tools/bench/workloads.h"

namespace bench {
namespace {

struct Timed {
  std::string name;
  std::function<void()> once;
  std::vector<double> microseconds;
};

// Blocks of each in turn, the order turned round each time.
void TimeInTurns(std::vector<Timed>& all, int blocks, int times) {
  for (int block = 0; block < blocks; ++block) {
    for (size_t i = 0; i < all.size(); ++i) {
      Timed& timed = all[block % 2 == 0 ? i : all.size() - 1 - i];
      const absl::Duration begin = conformance::MonotonicNow();
      for (int n = 0; n < times; ++n) timed.once();
      timed.microseconds.push_back(
          absl::ToDoubleMicroseconds(conformance::MonotonicNow() - begin) /
          times);
    }
  }
}

void Report(const std::string& work, const std::vector<Timed>& all,
            Results& results) {
  for (const Timed& timed : all) {
    const bool baseline = &timed == &all.front();
    results.figures.push_back(
        MakeFigure(work, timed.name, "us", timed.microseconds,
                   baseline ? "" : all.front().name, all.front().microseconds));
  }
}

double RatioBetween(const Timed& a, const Timed& b) {
  return Median(Ratios(a.microseconds, b.microseconds));
}

}  // namespace

void MeasureUncontended(const Settings& settings, Results& results) {
  settings.progress("uncontended acquire and release");
  const int blocks = std::max(4, static_cast<int>(60 * settings.effort));
  const std::string path = absl::StrCat(settings.directory, "/free");
  const std::string recorded = absl::StrCat(settings.directory, "/recorded");
  const std::shared_ptr<BenchLock> bare = BareFlock();
  const std::shared_ptr<BenchLock> same = BareSameCalls();
  const std::shared_ptr<BenchLock> ours = Reference();
  const std::shared_ptr<BenchLock> owner = Reference("{pid}\n");
  const auto cycle = [](std::shared_ptr<BenchLock> lock, std::string at) {
    return [lock = std::move(lock), at = std::move(at)] {
      lock->Acquire(at, absl::ZeroDuration());
      lock->Release();
    };
  };
  std::vector<Timed> free = {
      {"open+flock+close", cycle(bare, path), {}},
      {"the same calls, bare", cycle(same, path), {}},
      {"LockFile", cycle(ours, path), {}},
      {"LockFile with owner record", cycle(owner, recorded), {}},
  };
  TimeInTurns(free, blocks, 2000);
  Report("acquire and release, uncontended", free, results);
  results.goals.push_back({"uncontended, to the same calls made bare",
                           RatioBetween(free[2], free[1]), true, 1.03});
  results.goals.push_back({"uncontended, to open+flock+close",
                           RatioBetween(free[2], free[0]), true, 1.6});
  results.goals.push_back({"with owner record, to open+flock+close",
                           RatioBetween(free[3], free[0]), true, 2.0});

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
      {"open+flock+close, failing", attempt(bare), {}},
      {"the same calls, bare, failing", attempt(same), {}},
      {"LockFile, holder's pid read and logged", attempt(ours), {}},
      {"the log record alone",
       [&recorded] {
         LOG(ERROR) << "Error locking file " << recorded << "; pid=" << 12345;
       },
       {}},
  };
  TimeInTurns(refused, blocks, 1000);
  holder->Release();
  Report("refused attempt", refused, results);
  std::vector<double> without_log;
  for (size_t i = 0; i < refused[2].microseconds.size(); ++i) {
    without_log.push_back(refused[2].microseconds[i] -
                          refused[3].microseconds[i]);
  }
  results.goals.push_back({"refused, less the log record, to open+flock+close",
                           Median(Ratios(without_log, refused[0].microseconds)),
                           true, 1.3});
}

}  // namespace bench
