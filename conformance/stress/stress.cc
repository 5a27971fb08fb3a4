// One loop over all contenders.

#include "conformance/stress/stress.h"

#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/explorer/execution/initial_state.h"
#include "conformance/explorer/schedules/portable_random.h"
#include "conformance/history.h"
#include "conformance/monotonic_now.h"
#include "conformance/protocol.h"

namespace conformance::explorer {
namespace {

constexpr absl::string_view kHandle = "a";
constexpr absl::Duration kProgressEvery = absl::Milliseconds(100);
constexpr absl::Duration kEndsWithin = absl::Seconds(2);

// A contender that has ended must not end us when it is written to.
class IgnoreBrokenPipes {
 public:
  IgnoreBrokenPipes() {
    struct sigaction ignore = {};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &ignore, &before_);
  }
  IgnoreBrokenPipes(const IgnoreBrokenPipes&) = delete;
  IgnoreBrokenPipes& operator=(const IgnoreBrokenPipes&) = delete;
  ~IgnoreBrokenPipes() { ::sigaction(SIGPIPE, &before_, nullptr); }

 private:
  struct sigaction before_ = {};
};

struct Lane {
  enum class State { kIdle, kAcquiring, kHolding, kReleasing };
  std::string name;  // "contender a"
  std::unique_ptr<Contender> contender;
  State state = State::kIdle;
  absl::Duration asked;  // when its command was written
  absl::Duration until;  // kHolding
};

class StressRun {
 public:
  StressRun(const ContenderSource& source, const StressOptions& options)
      : source_(source),
        options_(options),
        acquire_(EncodeLine(AcquireCommand(
            kHandle, absl::StrCat(options.directory, "/", options.lock)))),
        release_(EncodeLine(ReleaseCommand(kHandle))),
        random_(SeedOf(options.seed, 0)) {}

  absl::StatusOr<StressResult> All();

 private:
  absl::Status Start(absl::string_view name);
  // Until all are idle or there is a violation. No new attempts after `end`.
  void Loop(absl::Duration end);
  void Wait();
  void Read(Lane& lane);
  void Answered(Lane& lane, const std::string& line);
  void Proceed(Lane& lane, bool begin);
  void Ask(Lane& lane, Lane::State state);
  void CheckEnd(Lane& fresh);
  void Violated(const Lane& lane, absl::string_view what);
  absl::Duration Hold();

  const ContenderSource& source_;
  const StressOptions& options_;
  const std::string acquire_, release_;
  std::mt19937_64 random_;
  std::vector<Lane> lanes_;
  StressResult result_;
  absl::Duration began_;
};

absl::Status StressRun::Start(absl::string_view name) {
  StartOptions start;
  start.directory = options_.directory;
  absl::StatusOr<std::unique_ptr<Contender>> contender =
      Contender::Start(source_, start);
  if (!contender.ok()) return contender.status();
  (*contender)->Send(EncodeLine(HelloCommand()));
  const Contender::Line line =
      (*contender)->Await(MonotonicNow() + options_.deadline);
  const absl::StatusOr<Answer> answer = ParseAnswer(line.text);
  if (line.kind != Contender::Line::Kind::kLine || !answer.ok() ||
      !answer->is(AnswerKind::kHello)) {
    return absl::UnavailableError(absl::StrCat(
        name, " doesn't introduce itself: ", Printable(line.text),
        "; standard error: ", Printable((*contender)->StandardError())));
  }
  (*contender)->SetLockingPid(static_cast<pid_t>(answer->introduction.pid));
  Lane lane;
  lane.name = std::string(name);
  lane.contender = *std::move(contender);
  lanes_.push_back(std::move(lane));
  return absl::OkStatus();
}

void StressRun::Violated(const Lane& lane, absl::string_view what) {
  if (!result_.violation.empty()) return;
  result_.violation = absl::StrCat(lane.name, " ", what);
  result_.took = MonotonicNow() - began_;
}

absl::Duration StressRun::Hold() {
  const int64_t most = absl::ToInt64Nanoseconds(options_.hold);
  if (most <= 0) return absl::ZeroDuration();
  return absl::Nanoseconds(Draw(random_, static_cast<size_t>(most) + 1));
}

void StressRun::Ask(Lane& lane, Lane::State state) {
  lane.state = state;
  lane.asked = MonotonicNow();
  // One that doesn't read has ended, and is found out by the next wait.
  lane.contender->Send(state == Lane::State::kAcquiring ? acquire_ : release_);
}

void StressRun::Answered(Lane& lane, const std::string& line) {
  const absl::StatusOr<Answer> answer = ParseAnswer(line);
  if (answer.ok() && answer->is(AnswerKind::kLog)) return;
  const bool acquiring = lane.state == Lane::State::kAcquiring;
  const absl::string_view command = acquiring ? "acquire" : "release";
  if (!answer.ok() ||
      !answer->is(acquiring ? AnswerKind::kAcquired : AnswerKind::kReleased)) {
    if (answer.ok() && acquiring && answer->is(AnswerKind::kBusy)) {
      ++result_.refusals;
      lane.state = Lane::State::kIdle;
      return;
    }
    Violated(lane, absl::StrCat("answers ", Printable(line), " to ", command));
    return;
  }
  if (!acquiring) {
    lane.state = Lane::State::kIdle;
    return;
  }
  ++result_.acquisitions;
  for (const Lane& other : lanes_) {
    if (other.state != Lane::State::kHolding) continue;
    Violated(lane, absl::StrCat("acquires what ", other.name, " holds"));
  }
  lane.state = Lane::State::kHolding;
  lane.until = MonotonicNow() + Hold();
}

// All that has come from it.
void StressRun::Read(Lane& lane) {
  while (result_.violation.empty()) {
    const Contender::Line line = lane.contender->Await(absl::ZeroDuration());
    switch (line.kind) {
      case Contender::Line::Kind::kLine:
        if (lane.state != Lane::State::kAcquiring &&
            lane.state != Lane::State::kReleasing) {
          Violated(lane, absl::StrCat("says ", Printable(line.text),
                                      " without having been asked"));
          return;
        }
        Answered(lane, line.text);
        break;
      case Contender::Line::Kind::kTimeout:
        return;
      case Contender::Line::Kind::kEnd:
      case Contender::Line::Kind::kClosed:
        // The output closes a moment before the process can be waited for.
        Violated(
            lane,
            absl::StrCat(
                "has closed its standard output, and ",
                lane.contender->Reap(MonotonicNow() + kEndsWithin).ToString()));
        return;
      case Contender::Line::Kind::kTooLong:
        Violated(lane, "never ends its line");
        return;
    }
  }
}

// Sends what is next for it.
void StressRun::Proceed(Lane& lane, bool begin) {
  const absl::Duration now = MonotonicNow();
  switch (lane.state) {
    case Lane::State::kIdle:
      if (begin) Ask(lane, Lane::State::kAcquiring);
      return;
    case Lane::State::kHolding:
      if (now >= lane.until) Ask(lane, Lane::State::kReleasing);
      return;
    case Lane::State::kAcquiring:
    case Lane::State::kReleasing:
      if (now - lane.asked < options_.deadline) return;
      Violated(lane,
               absl::StrCat("doesn't answer ",
                            lane.state == Lane::State::kAcquiring ? "acquire"
                                                                  : "release",
                            " within ", absl::FormatDuration(options_.deadline),
                            "\n", lane.contender->DescribeThreads()));
      return;
  }
}

// Until something has come, but not for long. Busy while somebody holds: a
// sleep would take longer than what is wanted.
void StressRun::Wait() {
  std::vector<pollfd> fds;
  bool holding = false;
  for (const Lane& lane : lanes_) {
    holding |= lane.state == Lane::State::kHolding;
    for (const int fd : lane.contender->PollFds()) {
      fds.push_back({fd, POLLIN, 0});
    }
  }
  ::poll(fds.data(), fds.size(), holding ? 0 : 100);
}

void StressRun::Loop(absl::Duration end) {
  absl::Duration told = MonotonicNow();
  while (result_.violation.empty()) {
    const absl::Duration now = MonotonicNow();
    if (options_.on_progress != nullptr && now >= told + kProgressEvery) {
      told = now;
      result_.took = now - began_;
      options_.on_progress(result_);
    }
    for (Lane& lane : lanes_) Proceed(lane, now < end);
    if (std::all_of(lanes_.begin(), lanes_.end(), [](const Lane& lane) {
          return lane.state == Lane::State::kIdle;
        })) {
      return;
    }
    Wait();
    for (Lane& lane : lanes_) Read(lane);
  }
}

// The others live still, and what they have leaked is theirs.
void StressRun::CheckEnd(Lane& fresh) {
  const int64_t before = result_.acquisitions;
  Ask(fresh, Lane::State::kAcquiring);
  while (fresh.state != Lane::State::kIdle && result_.violation.empty()) {
    Wait();
    Read(fresh);
    Proceed(fresh, /*begin=*/false);
  }
  if (result_.acquisitions == before) {
    Violated(fresh, "is refused at the end, when nobody holds the lock");
  }
}

absl::StatusOr<StressResult> StressRun::All() {
  if (options_.contenders < 1) {
    return absl::InvalidArgumentError("at least one contender");
  }
  absl::Status status = ResetFolder(options_.directory, {});
  for (int i = 0; i < options_.contenders && status.ok(); ++i) {
    status = Start(
        absl::StrCat("contender ", absl::AsciiStrToLower(ContenderLabel(i))));
  }
  if (!status.ok()) return status;
  began_ = MonotonicNow();
  for (Lane& lane : lanes_) Ask(lane, Lane::State::kAcquiring);
  Loop(began_ + options_.duration);
  if (result_.violation.empty()) {
    status = Start("somebody new");
    if (!status.ok()) return status;
    CheckEnd(lanes_.back());
  }
  if (result_.violation.empty()) result_.took = MonotonicNow() - began_;
  return std::move(result_);
}

}  // namespace

absl::StatusOr<StressResult> Stress(const ContenderSource& source,
                                    const StressOptions& options) {
  const IgnoreBrokenPipes ignore;
  return StressRun(source, options).All();
}

}  // namespace conformance::explorer
