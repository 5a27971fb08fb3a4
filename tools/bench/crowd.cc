// Many processes on one lock: how many acquisitions there are, how they are
// shared, how long one waits at most, and what it costs the processor.

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "conformance/monotonic_now.h"
#include "tools/bench/locks.h"
#include "tools/bench/names.h"
#include "tools/bench/results.h"
#include "tools/bench/shared_memory.h"
#include "tools/bench/statistics.h"
#include "tools/bench/workloads.h"

namespace bench {
namespace {

struct Member {
  std::atomic<int64_t> acquired{0};
  std::atomic<int64_t> refused{0};
  std::atomic<int64_t> longest_nanoseconds{0};
  std::atomic<int64_t> processor_nanoseconds{0};
  std::atomic<bool> ready{false};
};

struct Control {
  std::atomic<bool> over{false};
};

struct Rule {
  std::function<std::unique_ptr<BenchLock>()> make;
  absl::Duration wait = absl::InfiniteDuration();
  absl::Duration hold = absl::ZeroDuration();
};

// Of this process and the children that it has reaped.
absl::Duration ProcessorTimeUsed() {
  absl::Duration used;
  for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage = {};
    ::getrusage(who, &usage);
    used += absl::DurationFromTimeval(usage.ru_utime) +
            absl::DurationFromTimeval(usage.ru_stime);
  }
  return used;
}

// Begins when the other end of `start` is closed.
void BeMember(Control& control, Member& member, const Rule& rule,
              const std::string& path, int start) {
  const std::unique_ptr<BenchLock> lock = rule.make();
  member.ready = true;
  char c;
  while (::read(start, &c, 1) < 0 && errno == EINTR) {
  }
  const absl::Duration before = ProcessorTimeUsed();
  while (!control.over) {
    const absl::Duration begin = conformance::MonotonicNow();
    const bool acquired = lock->Acquire(path, rule.wait);
    const int64_t took =
        absl::ToInt64Nanoseconds(conformance::MonotonicNow() - begin);
    member.longest_nanoseconds =
        std::max(member.longest_nanoseconds.load(), took);
    if (!acquired) {
      ++member.refused;
      continue;
    }
    ++member.acquired;
    if (rule.hold > absl::ZeroDuration()) absl::SleepFor(rule.hold);
    lock->Release();
    member.processor_nanoseconds =
        absl::ToInt64Nanoseconds(ProcessorTimeUsed() - before);
  }
}

struct Outcome {
  std::vector<double> shares;
  std::vector<double> refusals;
  double a_second = 0;
  double longest_ms = 0;
  double processors = 0;
};

// Each rule in a process of its own, all on one path, for `duration`.
Outcome Contend(const std::vector<Rule>& rules, const std::string& path,
                absl::Duration duration) {
  SharedArray<Control> control(1);
  SharedArray<Member> members(rules.size());
  std::vector<pid_t> pids;
  pids.reserve(rules.size());
  int start[2];
  if (::pipe2(start, O_CLOEXEC) != 0) {
    ::perror("pipe2");
    ::exit(1);
  }
  for (size_t i = 0; i < rules.size(); ++i) {
    pids.push_back(Spawn([&] {
      ::close(start[1]);
      BeMember(control[0], members[i], rules[i], path, start[0]);
    }));
  }
  for (size_t i = 0; i < rules.size(); ++i) {
    while (!members[i].ready) absl::SleepFor(absl::Microseconds(100));
  }
  ::close(start[0]);
  const absl::Duration begin = conformance::MonotonicNow();
  ::close(start[1]);
  absl::SleepFor(duration);
  // Counted before the stop: the rest only drains.
  Outcome outcome;
  double total = 0;
  double used = 0;
  for (size_t i = 0; i < rules.size(); ++i) {
    outcome.shares.push_back(static_cast<double>(members[i].acquired));
    outcome.refusals.push_back(static_cast<double>(members[i].refused));
    total += outcome.shares.back();
    used += static_cast<double>(members[i].processor_nanoseconds);
  }
  const absl::Duration took = conformance::MonotonicNow() - begin;
  control[0].over = true;
  for (const pid_t pid : pids) Join(pid);
  for (size_t i = 0; i < rules.size(); ++i) {
    outcome.longest_ms =
        std::max(outcome.longest_ms,
                 static_cast<double>(members[i].longest_nanoseconds) / 1e6);
  }
  outcome.a_second = total / absl::ToDoubleSeconds(took);
  outcome.processors = used / absl::ToDoubleNanoseconds(took);
  return outcome;
}

struct Series {
  std::string name;
  Rule rule;
  std::vector<double> a_second, jain, longest_ms, processors, starved;
};

double Starved(const Outcome& outcome) {
  return static_cast<double>(
      std::count(outcome.shares.begin(), outcome.shares.end(), 0.0));
}

}  // namespace

void MeasureCrowd(const Settings& settings, Results& results) {
  constexpr absl::Duration kLong = absl::Seconds(60);
  const int repeats = std::max(1, static_cast<int>(3 * settings.effort));
  for (const int processes : kCrowds) {
    settings.progress(absl::StrCat(processes, " processes on one lock"));
    std::vector<Series> all;
    const auto add = [&](std::string name,
                         std::function<std::unique_ptr<BenchLock>()> make,
                         absl::Duration wait) {
      Series series;
      series.name = std::move(name);
      series.rule.make = std::move(make);
      series.rule.wait = wait;
      // Without a tenure the one that releases has it back before anybody else
      // has woken up, and nothing is handed over.
      series.rule.hold = absl::Microseconds(50);
      all.push_back(std::move(series));
    };
    add(kBlockingFlock, BareFlock, absl::InfiniteDuration());
    add(
        kWaitingForEver, [] { return Reference(); }, absl::InfiniteDuration());
    add(
        kWithLimit, [] { return Reference(); }, kLong);
    add(
        kPolling10, [] { return Polling(absl::Milliseconds(10)); }, kLong);
    const std::string path =
        absl::StrCat(settings.directory, "/crowd-", processes);
    // A crowd takes its time to begin, half a second for a thousand, and each
    // is to have several turns after that.
    const absl::Duration duration =
        absl::Seconds(std::max(0.3, 2 * settings.effort)) *
        (processes < 1000 ? 1 : 4);
    for (int repeat = 0; repeat < repeats; ++repeat) {
      for (Series& series : all) {
        const Outcome outcome = Contend(
            std::vector<Rule>(static_cast<size_t>(processes), series.rule),
            path, duration);
        series.a_second.push_back(outcome.a_second);
        series.jain.push_back(JainIndex(outcome.shares));
        series.longest_ms.push_back(outcome.longest_ms);
        series.processors.push_back(outcome.processors);
        series.starved.push_back(Starved(outcome));
      }
    }
    const Series& bare = all.front();
    const auto report = [&](absl::string_view what, const std::string& unit,
                            std::vector<double> Series::*values) {
      for (const Series& series : all) {
        results.figures.push_back(MakeFigure(
            CrowdWork(processes, what), series.name, unit, series.*values));
        if (values == &Series::a_second && &series != &bare) {
          results.figures.back().ComparePairs(bare.name, series.a_second,
                                              bare.a_second);
        }
      }
    };
    report(kThroughput, "/s", &Series::a_second);
    report(kFairness, "", &Series::jain);
    report(kLongestWait, "ms", &Series::longest_ms);
    report(kProcessors, "", &Series::processors);
    report(kWithoutTurn, "processes", &Series::starved);
  }
}

void MeasureWaiting(const Settings& settings, Results& results) {
  settings.progress("one with a limit of 100 ms against three without");
  const std::string path = absl::StrCat(settings.directory, "/contest");
  const absl::Duration duration =
      absl::Seconds(std::max(1.0, 6 * settings.effort));
  Rule blocking;
  blocking.make = BareFlock;
  blocking.hold = absl::Milliseconds(2);
  const auto contest = [&](const std::string& name,
                           std::function<std::unique_ptr<BenchLock>()> make) {
    Rule limited = blocking;
    limited.make = std::move(make);
    limited.wait = absl::Milliseconds(100);
    const Outcome outcome =
        Contend({limited, blocking, blocking, blocking}, path, duration);
    const double others =
        (outcome.shares[1] + outcome.shares[2] + outcome.shares[3]) / 3;
    results.figures.push_back(MakeFigure(kContestShare, name, "of theirs",
                                         {outcome.shares[0] / others}));
    results.figures.push_back(
        MakeFigure(kContestTimeouts, name, "times", {outcome.refusals[0]}));
  };
  contest(kReference, [] { return Reference(); });
  contest(kPolling1, [] { return Polling(absl::Milliseconds(1)); });
  contest(kPolling10, [] { return Polling(absl::Milliseconds(10)); });
  contest(kPolling50, [] { return Polling(absl::Milliseconds(50)); });

  settings.progress("an idle waiter");
  const std::unique_ptr<BenchLock> holder = BareFlock();
  holder->Acquire(path, absl::ZeroDuration());
  const auto idle =
      [&](const std::string& name,
          const std::function<std::unique_ptr<BenchLock>()>& make) {
        // Less what a process costs that does not wait.
        const auto cost = [&](absl::Duration wait) {
          return Join(Spawn([&] { make()->Acquire(path, wait); }));
        };
        const absl::Duration start = cost(absl::ZeroDuration());
        const double part =
            std::max(0.0, absl::FDivDuration(cost(duration) - start, duration));
        results.figures.push_back(
            MakeFigure(kIdleWaiter, name, "%", {100 * part}));
      };
  idle(kWithLimit, [] { return Reference(); });
  idle(kPolling1, [] { return Polling(absl::Milliseconds(1)); });
  idle(kPolling10, [] { return Polling(absl::Milliseconds(10)); });
  idle(kPolling50, [] { return Polling(absl::Milliseconds(50)); });
  holder->Release();
}

}  // namespace bench
