// The measured works. Each adds its figures.

#ifndef TOOLS_BENCH_WORKLOADS_H_
#define TOOLS_BENCH_WORKLOADS_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tools/bench/locks.h"
#include "tools/bench/results.h"

namespace bench {

struct Settings {
  std::string directory;  // of our own, for the lock files
  // 1 for figures to keep; less for a look.
  double effort = 1;
  // How to start the contenders of other implementations: name and command.
  struct Peer {
    std::string name;
    std::vector<std::string> command;
  };
  std::vector<Peer> peers;
  std::function<void(absl::string_view)> progress;
};

// Acquire and release of a free lock, and refused attempts.
void MeasureUncontended(const Settings& settings, Results& results);
// From one's release to another's acquisition.
void MeasureHandOver(const Settings& settings, Results& results);
// 2, 10, 100 and 1000 processes on one lock.
void MeasureCrowd(const Settings& settings, Results& results);
// A waiter with a limit against three without, and the cost of idle waiting.
void MeasureWaiting(const Settings& settings, Results& results);
// Hand-over of everybody's own timed wait, by the contender protocol.
void MeasurePeers(const Settings& settings, Results& results);

struct Variant {
  std::string name;
  std::function<std::unique_ptr<BenchLock>()> make;
};

}  // namespace bench

#endif  // TOOLS_BENCH_WORKLOADS_H_
