// Everybody's own timed wait, by the contender protocol: from the command to
// release to the answer that it was acquired. The pipes between cost the same
// for all, so the reference and the bare lock are measured in the same way.

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/contenders/lockfile/adapter.h"
#include "conformance/implementation.h"
#include "conformance/monotonic_now.h"
#include "conformance/protocol.h"
#include "tools/bench/locks.h"
#include "tools/bench/names.h"
#include "tools/bench/results.h"
#include "tools/bench/statistics.h"
#include "tools/bench/workloads.h"

namespace bench {
namespace {

using conformance::Answer;
using conformance::AnswerKind;
using conformance::Attempt;
using conformance::Contender;
using conformance::ContenderSource;
using conformance::MonotonicNow;

// Blocking flock as a contender, whatever the limit.
class BareAdapter : public conformance::Implementation {
 public:
  conformance::Introduction Describe() const override {
    return {kBlockingFlock, "1", 0, {"wait"}};
  }
  Attempt Acquire(const std::string& path, absl::Duration wait) override {
    struct Held : conformance::HeldLock {
      std::string Release() override {
        lock->Release();
        return "";
      }
      std::unique_ptr<BenchLock> lock = BareFlock();
    };
    auto held = std::make_unique<Held>();
    return held->lock->Acquire(path, wait == absl::ZeroDuration()
                                         ? wait
                                         : absl::InfiniteDuration())
               ? Attempt::Acquired(std::move(held))
               : Attempt::Busy();
  }
};

struct Pair {
  std::string name;
  std::unique_ptr<Contender> holder, waiter;
  bool usable = false;
  std::vector<double> microseconds;
};

// The answer, or none if the contender has fallen silent.
Answer Await(Contender& contender) {
  for (;;) {
    const Contender::Line line =
        contender.Await(MonotonicNow() + absl::Seconds(30));
    if (line.kind != Contender::Line::Kind::kLine) return {};
    absl::StatusOr<Answer> answer = conformance::ParseAnswer(line.text);
    if (!answer.ok()) return {};
    if (!answer->is(AnswerKind::kLog)) return *std::move(answer);
  }
}

Answer Ask(Contender& contender, const conformance::Command& command) {
  contender.Send(conformance::EncodeLine(command));
  return Await(contender);
}

Pair MakePair(const std::string& name, const ContenderSource& source) {
  Pair pair;
  pair.name = name;
  for (std::unique_ptr<Contender>* one : {&pair.holder, &pair.waiter}) {
    auto contender = Contender::Start(source);
    if (!contender.ok()) return pair;
    *one = *std::move(contender);
    const Answer hello = Ask(**one, conformance::HelloCommand());
    if (!hello.is(AnswerKind::kHello) ||
        hello.introduction.can.count("wait") == 0) {
      return pair;
    }
  }
  pair.usable = true;
  return pair;
}

bool Rally(Pair& pair, const std::string& path, absl::Duration pause) {
  if (!Ask(*pair.holder, conformance::AcquireCommand("a", path))
           .is(AnswerKind::kAcquired)) {
    return false;
  }
  pair.waiter->Send(conformance::EncodeLine(
      conformance::AcquireCommand("a", path, absl::Seconds(20))));
  absl::SleepFor(pause);
  const absl::Duration released = MonotonicNow();
  pair.holder->Send(conformance::EncodeLine(conformance::ReleaseCommand("a")));
  if (!Await(*pair.waiter).is(AnswerKind::kAcquired)) return false;
  pair.microseconds.push_back(
      absl::ToDoubleMicroseconds(MonotonicNow() - released));
  return Await(*pair.holder).is(AnswerKind::kReleased) &&
         Ask(*pair.waiter, conformance::ReleaseCommand("a"))
             .is(AnswerKind::kReleased);
}

}  // namespace

void MeasurePeers(const Settings& settings, Results& results) {
  settings.progress("hand-over of other implementations");
  const int rounds = std::max(3, static_cast<int>(30 * settings.effort));
  std::vector<Pair> pairs;
  pairs.push_back(MakePair(kBlockingFlock, ContenderSource::LinkedIn([] {
                             return std::make_unique<BareAdapter>();
                           })));
  pairs.push_back(MakePair(kWithLimit, ContenderSource::LinkedIn([] {
                             return conformance::MakeLockFileAdapter();
                           })));
  for (const Settings::Peer& peer : settings.peers) {
    ContenderSource source;
    source.command = peer.command;
    pairs.push_back(MakePair(peer.name, source));
  }
  for (int round = 0; round < rounds; ++round) {
    for (size_t i = 0; i < pairs.size(); ++i) {
      if (!pairs[i].usable) continue;
      // Spread over a second, so that no poller is caught in step.
      pairs[i].usable =
          Rally(pairs[i], absl::StrCat(settings.directory, "/peer-", i),
                absl::Milliseconds(
                    20 + (round * 377 + 61 * static_cast<int>(i)) % 400));
    }
  }
  for (const Pair& pair : pairs) {
    if (pair.microseconds.empty()) continue;
    Figure figure =
        MakeFigure(kPeerHandOver, pair.name, "us", pair.microseconds);
    // To the bare lock, and to the reference.
    for (size_t i = 0; i < 2; ++i) {
      const Pair& baseline = pairs[i];
      if (&baseline == &pair || baseline.microseconds.empty()) continue;
      figure.Compare(baseline.name,
                     figure.value / Median(baseline.microseconds));
    }
    results.figures.push_back(std::move(figure));
  }
}

}  // namespace bench
