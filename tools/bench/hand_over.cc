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
#include "conformance/monotonic_now.h"
#include "tools/bench/locks.h"
#include "tools/bench/names.h"
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
  add(kBlockingFlock, BareFlock(), absl::InfiniteDuration());
  add(kWaitingForEver, Reference(), absl::InfiniteDuration());
  add(kWithLimit, Reference(), kLong);
  add(kPolling1, Polling(absl::Milliseconds(1)), kLong);
  add(kPolling10, Polling(absl::Milliseconds(10)), kLong);
  add(kPolling50, Polling(absl::Milliseconds(50)), kLong);

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
      if (players[i].name == kPolling50 && round % 8 != 0) continue;
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
  // Rounds are no pairs, because a round is fast or slow by chance: medians are
  // compared.
  const auto report = [&](const char* work, double fraction) {
    for (const Player& player : players) {
      const double value = Quantile(player.microseconds, fraction);
      // The spread of the rounds is the median's, not a late percentile's.
      Figure figure = MakeFigure(
          work, player.name, "us",
          fraction == 0.5 ? player.microseconds : std::vector<double>{value});
      if (&player != &bare) {
        figure.Compare(bare.name,
                       value / Quantile(bare.microseconds, fraction));
      }
      results.figures.push_back(std::move(figure));
    }
  };
  report(kHandOver, 0.5);
  report(kLateHandOver, 0.99);
}

}  // namespace bench
