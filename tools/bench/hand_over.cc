// From one's release to another's acquisition, within two processes and without
// anything between: times are taken by those who release and acquire.

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "conformance/history.h"
#include "tools/bench/locks.h"
#include "tools/bench/results.h"
#include "tools/bench/shared_memory.h"
#include "tools/bench/statistics.h"
#include "tools/bench/workloads.h"

namespace bench {
namespace {

struct Rally {
  std::atomic<int> turn{0};          // odd: the waiter is to acquire
  std::atomic<int64_t> acquired{0};  // nanoseconds, MonotonicNow
  std::atomic<bool> over{false};
};

// Both give way until it is so; the benchmark's own waiting is not measured.
template <typename Condition>
void Until(const Condition& condition) {
  while (!condition()) absl::SleepFor(absl::Microseconds(20));
}

struct Player {
  std::string name;
  std::unique_ptr<BenchLock> lock;
  absl::Duration wait;
  pid_t waiter = 0;
  std::vector<double> microseconds;
};

void BeWaiter(Rally& rally, BenchLock& lock, const std::string& path,
              absl::Duration wait) {
  for (int turn = 1;; turn += 2) {
    Until([&] { return rally.turn >= turn || rally.over; });
    if (rally.over) return;
    if (!lock.Acquire(path, wait)) ::_exit(1);
    rally.acquired = absl::ToInt64Nanoseconds(conformance::MonotonicNow());
    lock.Release();
    rally.turn = turn + 1;
  }
}

}  // namespace

void MeasureHandOver(const Settings& settings, Results& results) {
  settings.progress("hand-over between two processes");
  const int rounds = std::max(10, static_cast<int>(400 * settings.effort));
  constexpr absl::Duration kLong = absl::Seconds(30);
  std::vector<Player> players;
  const auto add = [&](std::string name, std::unique_ptr<BenchLock> lock,
                       absl::Duration wait) {
    players.push_back({std::move(name), std::move(lock), wait, 0, {}});
  };
  add("blocking flock, bare", BareFlock(), absl::InfiniteDuration());
  add("LockFile, waiting for ever", Reference(), absl::InfiniteDuration());
  add("LockFile, with a limit", Reference(), kLong);
  add("polling every 1 ms", Polling(absl::Milliseconds(1)), kLong);
  add("polling every 10 ms", Polling(absl::Milliseconds(10)), kLong);
  add("polling every 50 ms", Polling(absl::Milliseconds(50)), kLong);

  SharedArray<Rally> rallies(players.size());
  const auto path_of = [&](size_t i) {
    return absl::StrCat(settings.directory, "/hand-over-", i);
  };
  for (size_t i = 0; i < players.size(); ++i) {
    players[i].waiter = Spawn([&] {
      BeWaiter(rallies[i], *players[i].lock, path_of(i), players[i].wait);
    });
  }
  for (int round = 0; round < rounds; ++round) {
    for (size_t i = 0; i < players.size(); ++i) {
      // The slow ones are known to be so after fewer rounds.
      if (players[i].name == "polling every 50 ms" && round % 8 != 0) continue;
      Rally& rally = rallies[i];
      Player& player = players[i];
      if (!player.lock->Acquire(path_of(i), absl::ZeroDuration())) ::exit(1);
      const int turn = rally.turn + 1;
      rally.turn = turn;
      // Until the waiter sleeps in its wait; a different while each time, so
      // that nobody polls in step with it.
      absl::SleepFor(absl::Microseconds(1500 + 137 * (round % 31)));
      const absl::Duration released = conformance::MonotonicNow();
      player.lock->Release();
      Until([&] { return rally.turn > turn; });
      player.microseconds.push_back(
          static_cast<double>(rally.acquired -
                              absl::ToInt64Nanoseconds(released)) /
          1000);
    }
  }
  for (size_t i = 0; i < players.size(); ++i) {
    rallies[i].over = true;
    Join(players[i].waiter);
  }
  const Player& bare = players.front();
  const double bare_p99 = Quantile(bare.microseconds, 0.99);
  for (const Player& player : players) {
    const bool baseline = &player == &bare;
    results.figures.push_back(
        MakeFigure("hand-over, median", player.name, "us", player.microseconds,
                   baseline ? "" : bare.name, bare.microseconds));
  }
  for (const Player& player : players) {
    const double p99 = Quantile(player.microseconds, 0.99);
    Figure figure =
        MakeFigure("hand-over, 99th percentile", player.name, "us", {p99});
    if (&player != &bare) {
      figure.baseline = bare.name;
      figure.ratio = figure.ratio_low = figure.ratio_high = p99 / bare_p99;
    }
    results.figures.push_back(figure);
  }
  const Player& timed = players[2];
  results.goals.push_back(
      {"hand-over with a limit, median, to blocking flock",
       Median(timed.microseconds) / Median(bare.microseconds), true, 1.5});
  results.goals.push_back(
      {"hand-over with a limit, 99th percentile, to blocking flock",
       Quantile(timed.microseconds, 0.99) / bare_p99, true, 1.5});
}

}  // namespace bench
