// Two contenders under a tracer, of which the caller says who makes how many
// visible calls: for questions that a search would be too much for.

#ifndef CONFORMANCE_EXPLORER_EXECUTION_TRACED_PAIR_H_
#define CONFORMANCE_EXPLORER_EXECUTION_TRACED_PAIR_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/explorer/tracing/tracer.h"
#include "conformance/explorer/tracing/tracer_options.h"
#include "conformance/protocol.h"

namespace conformance::explorer {

// Errors are those of a tracer. Whatever else keeps the two from going on is no
// error: stopped() says what it was, and nothing is done from then on.
class TracedPair {
 public:
  static constexpr int kFirst = 0;
  static constexpr int kSecond = 1;

  // Both begin in the folder of `tracing`, which is empty.
  static absl::StatusOr<std::unique_ptr<TracedPair>> Start(
      const ContenderSource& source, const TracerOptions& tracing);

  // The command is under way until it is answered.
  absl::Status Tell(int who, const conformance::Command& command);

  enum class Step {
    kCall,      // a visible call was made
    kNap,       // so was one that only passes time
    kAnswered,  // the command was
    kBlocked,   // its next call waits for others
    kAsleep,    // it is waited for in vain: it waits without a visible call
    kStopped,   // stopped() says why
  };
  // One visible call of the command that is under way, or what comes before the
  // answer to it. It is kAsleep after the deadline of `tracing`, or this one.
  absl::StatusOr<Step> Advance(int who) { return Advance(who, deadline_); }
  absl::StatusOr<Step> Advance(int who, absl::Duration deadline);
  // All of them, up to an answer of this kind. Where it waits for the other
  // one, whose command is under way, that one goes on. Anything else stops the
  // pair.
  absl::Status Finish(int who, absl::string_view kind);
  void Stopped(int who, absl::string_view what);

  bool going() const { return stopped_.empty(); }
  const std::string& stopped() const { return stopped_; }
  // Whether it has been told something, and not answered.
  bool owes(int who) const { return going() && sides_[who].owes; }
  // By its own word.
  pid_t pid(int who) const { return sides_[who].pid; }
  // The last one, "" while it is owed.
  const std::string& answer(int who) const { return sides_[who].answer; }
  // "close(3) = 0".
  const std::string& last_call(int who) const { return sides_[who].last_call; }
  // Its threads where it is kAsleep, or its call where it is kBlocked.
  const std::string& waits(int who) const { return sides_[who].waits; }

 private:
  struct Side {
    pid_t pid = 0;
    bool owes = false;
    std::string answer, last_call, waits;
  };

  TracedPair(std::unique_ptr<Tracer> tracer, absl::Duration deadline)
      : tracer_(std::move(tracer)), deadline_(deadline) {}
  absl::Status StartBoth(const ContenderSource& source);

  const std::unique_ptr<Tracer> tracer_;
  const absl::Duration deadline_;
  Side sides_[2];
  std::string stopped_;
};

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_EXECUTION_TRACED_PAIR_H_
