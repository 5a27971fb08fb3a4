// Trial: its beginning and its end, and the contenders that take part in it.

#include "conformance/trial.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/history.h"
#include "conformance/monotonic_now.h"
#include "conformance/process/proc.h"
#include "conformance/protocol.h"
#include "conformance/verdict.h"

namespace conformance {

Trial::Trial(std::string id, std::vector<absl::string_view> needs,
             ContenderSource source, TrialOptions options)
    : needs_(std::move(needs)),
      source_(std::move(source)),
      options_(std::move(options)),
      begin_(MonotonicNow()),
      obey_permissions_(options_.profile.ordinary),
      random_(options_.seed ^ std::hash<std::string>()(id)) {
  verdict_.id = std::move(id);
}

int Trial::Start(const StartOptions& options) {
  if (!going()) return -1;
  const absl::Duration left = begin_ + options_.limit - MonotonicNow();
  if (options_.profile.start > left && !players_.empty()) {
    NotRun(absl::StrCat(
        players_.size(), " contenders were started in ",
        absl::FormatDuration(
            absl::Trunc(MonotonicNow() - begin_, absl::Milliseconds(100))),
        "; one more takes ", absl::FormatDuration(options_.profile.start),
        ", and the check has ", absl::FormatDuration(options_.limit)));
    return -1;
  }
  StartOptions chosen = options;
  chosen.obey_permissions |= obey_permissions_;
  disturbed_ |= options.obey_permissions || options.hostile_signals;
  absl::StatusOr<std::unique_ptr<Contender>> contender =
      Contender::Start(source_, chosen);
  if (!contender.ok()) {
    if (absl::IsUnavailable(contender.status())) {
      Decide(Outcome::kCrash, "the contender starts",
             std::string(contender.status().message()));
    } else if (absl::IsInternal(contender.status())) {
      Harness(contender.status().message());
    } else {
      NotRun(contender.status().message());
    }
    return -1;
  }
  const int who = static_cast<int>(players_.size());
  players_.emplace_back();
  players_.back().contender = *std::move(contender);
  Answer hello = Ask(who, HelloCommand());
  if (!going()) return -1;
  Introduction& intro = hello.introduction;
  const pid_t spawned = player(who).contender->pid();
  if (!DescendsFrom(static_cast<pid_t>(intro.pid), spawned)) {
    Decide(Outcome::kProtocol,
           "pid= in hello is the process that locks, as seen from here",
           absl::StrCat(ContenderLabel(who), " said pid=", intro.pid,
                        ", which is neither the started process ", spawned,
                        " nor one of its descendants"));
    return -1;
  }
  player(who).contender->SetLockingPid(static_cast<pid_t>(intro.pid));
  player(who).introduction = std::move(intro);
  for (const absl::string_view need : needs_) {
    if (player(who).introduction.can.count(std::string(need)) > 0) continue;
    Unsupported(absl::StrCat("the contender does not claim ", need));
    return -1;
  }
  return who;
}

int Trial::TryStart(const StartOptions& options) {
  if (!going()) return -1;
  const size_t before = players_.size();
  const int who = Start(options);
  if (going()) return who;
  // The verdict is about how it was started.
  if (IsFailure(verdict_.outcome)) {
    // It may not even have come so far as to be one of them.
    if (players_.size() > before) {
      players_.back().ended = true;
      players_.back().asked.reset();
    }
    verdict_.outcome = Outcome::kPass;
    verdict_.expected.clear();
    verdict_.happened.clear();
    verdict_.details.clear();
    verdict_.explained_by.clear();
  }
  return -1;
}

int Trial::Outsider() {
  if (outsider_ < 0 || !Alive(outsider_)) outsider_ = Start();
  return outsider_;
}

const Introduction& Trial::introduction(int who) const {
  static const auto* const kNone = new Introduction();
  return who < 0 ? *kNone : player(who).introduction;
}

pid_t Trial::pid(int who) const {
  return who < 0 ? 0 : player(who).contender->locking_pid();
}

bool Trial::Can(absl::string_view capability) const {
  return !players_.empty() &&
         players_.front().introduction.can.count(std::string(capability)) > 0;
}

bool Trial::Alive(int who) const {
  return going() && who >= 0 && !player(who).ended;
}

Verdict Trial::Finish() {
  for (Player& p : players_) {
    if (p.contender == nullptr) continue;
    if (verdict_.outcome == Outcome::kProtocol && verdict_.details.empty()) {
      verdict_.details = p.contender->StandardError();
    }
    p.contender->KillGroup();
  }
  verdict_.took = MonotonicNow() - begin_;
  return verdict_;
}

}  // namespace conformance
