// Trial: asking contenders, and awaiting and receiving what they answer.

#include <poll.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/history.h"
#include "conformance/monotonic_now.h"
#include "conformance/process/proc.h"
#include "conformance/process/proc_text.h"
#include "conformance/protocol.h"
#include "conformance/trial.h"
#include "conformance/verdict.h"

namespace conformance {
namespace {

// Whether `unsupported` is no possible answer of a contender that can `can`.
bool MustBeSupported(const Command& command, const Capabilities& can) {
  const std::string& word = command.front();
  if (word == "hello" || word == "release") return true;
  if (word == "acquire") return command.back() == "0";
  // The modes of fork came one by one; see Trial::ForkAnswer.
  return word != "fork" && can.count(word) > 0;
}

}  // namespace

void Trial::Send(int who, const Command& command) {
  if (!going() || who < 0) return;
  Player& p = player(who);
  if (p.ended || p.asked.has_value()) {
    Harness(absl::StrCat(
        "the check asks ", ContenderLabel(who),
        p.ended ? ", which has ended" : " again before it has answered"));
    return;
  }
  verdict_.history.Add(who, Event::Kind::kAsked, command);
  p.asked = command;
  p.asked_at = MonotonicNow();
  p.log.clear();
  p.log_bytes = 0;
  // A contender that has died is noticed, with the way it died, on awaiting.
  p.contender->Send(EncodeLine(command));
}

Answer Trial::Ask(int who, const Command& command) {
  Send(who, command);
  return Await(who);
}

Answer Trial::AskQuietly(int who, const Command& command) {
  if (!going() || who < 0) return {};
  const size_t before = verdict_.history.size();
  if (quiet_from_ > 0 && quiet_to_ == before) {
    verdict_.history.Forget(quiet_from_);
    heard_ = quiet_heard_;
  }
  quiet_from_ = verdict_.history.size();
  quiet_heard_ = heard_;
  Answer answer = Ask(who, command);
  quiet_to_ = verdict_.history.size();
  return answer;
}

bool Trial::Owes(int who) const {
  return who >= 0 && player(who).asked.has_value();
}

bool Trial::HasAnswer(int who) {
  if (!Alive(who) || !Owes(who)) return false;
  Contender& contender = *player(who).contender;
  contender.Pump();
  // A log event is no answer, and the first of two is not all.
  const auto is_part = [&] {
    return contender.NextIs("log ") ||
           (player(who).cancel.has_value() && !player(who).first.has_value());
  };
  while (going() && contender.HasLine() && is_part()) {
    Receive(who, contender.Await(MonotonicNow()));
  }
  return contender.HasLine() || ProcessState(contender.locking_pid()) == '\0' ||
         ProcessState(contender.locking_pid()) == 'Z';
}

absl::Duration Trial::AllowedFor(int who) const {
  const Player& p = player(who);
  const bool hello = p.asked.has_value() && p.asked->front() == "hello";
  return options_.deadline * (hello ? 6 : 1);
}

absl::Duration Trial::DeadlineOf(int who) const {
  return std::min(MonotonicNow() + AllowedFor(who), begin_ + options_.limit);
}

bool Trial::HasForgotten(int who) {
  Contender& contender = *player(who).contender;
  // One behind a wrapper reads what the wrapper writes.
  if (ReadsMeanwhile(who) || contender.locking_pid() != contender.pid() ||
      CountThreads(contender.pid()) != 1 || !contender.HasReadEverything() ||
      !IsReadingInput(contender.DescribeThreads())) {
    return false;
  }
  // The text it wrote before it read again has come by now.
  contender.Pump();
  return !contender.HasLine();
}

Answer Trial::Await(int who) {
  if (!Alive(who) || !Owes(who)) return {};
  const absl::Duration deadline = DeadlineOf(who);
  constexpr absl::Duration kSoon = absl::Seconds(1);
  absl::Duration look = MonotonicNow() + kSoon;
  bool forgotten = false;
  while (Alive(who) && Owes(who)) {
    const Contender::Line line =
        player(who).contender->Await(std::min(deadline, look));
    if (line.kind == Contender::Line::Kind::kTimeout &&
        MonotonicNow() < deadline) {
      look = MonotonicNow() + kSoon;
      // Twice in a row.
      if (!std::exchange(forgotten, HasForgotten(who)) || !forgotten) continue;
    }
    if (std::optional<Answer> answer = Receive(who, line)) return *answer;
    // Log events may come for ever.
    if (Alive(who) && Owes(who) && MonotonicNow() >= deadline) {
      Receive(who, {Contender::Line::Kind::kTimeout, ""});
    }
  }
  return {};
}

std::pair<int, Answer> Trial::AwaitAny() {
  const absl::Duration deadline =
      std::min(MonotonicNow() + options_.deadline, begin_ + options_.limit);
  while (going()) {
    std::vector<pollfd> fds;
    int late = -1;
    for (int who = 0; who < static_cast<int>(players_.size()); ++who) {
      if (!Owes(who)) continue;
      late = who;
      Contender& contender = *player(who).contender;
      contender.Pump();
      // All that are there: log events can come with the answer, and nothing
      // more will make the descriptor readable then.
      while (contender.HasLine()) {
        if (std::optional<Answer> answer =
                Receive(who, contender.Await(deadline))) {
          return {who, *std::move(answer)};
        }
        if (!going()) return {-1, {}};
      }
      for (const int fd : contender.PollFds()) fds.push_back({fd, POLLIN, 0});
    }
    if (late < 0) return {-1, {}};
    const absl::Duration left = deadline - MonotonicNow();
    if (left <= absl::ZeroDuration()) {
      Receive(late, {Contender::Line::Kind::kTimeout, ""});
      break;
    }
    ::poll(fds.data(), fds.size(),
           static_cast<int>(absl::ToInt64Milliseconds(left)) + 1);
    for (int who = 0; who < static_cast<int>(players_.size()); ++who) {
      if (!Owes(who) || !going()) continue;
      // A dead contender makes its pidfd readable but sends no line.
      Contender& contender = *player(who).contender;
      contender.Pump();
      if (contender.HasLine()) continue;
      const Contender::Line line = contender.Await(MonotonicNow());
      if (line.kind != Contender::Line::Kind::kTimeout) {
        if (std::optional<Answer> answer = Receive(who, line)) {
          return {who, *std::move(answer)};
        }
      }
    }
  }
  return {-1, {}};
}

std::optional<Answer> Trial::Receive(int who, const Contender::Line& line) {
  Player& p = player(who);
  const std::string label = ContenderLabel(who);
  const std::string doing = absl::StrCat("answers ", p.asked->front());
  switch (line.kind) {
    case Contender::Line::Kind::kTimeout:
      DecideTimeout(who, line.text);
      return std::nullopt;
    case Contender::Line::Kind::kEnd:
      DecideDeath(who, doing);
      return std::nullopt;
    case Contender::Line::Kind::kClosed:
      Decide(Outcome::kProtocol, absl::StrCat(label, " ", doing),
             absl::StrCat(label, " closed its standard output and lives on"));
      return std::nullopt;
    case Contender::Line::Kind::kTooLong:
      Decide(Outcome::kProtocol, absl::StrCat(label, " ", doing),
             absl::StrCat(label, " wrote more than ", kMaxLineBytes,
                          " bytes without a newline: ", Printable(line.text)));
      return std::nullopt;
    case Contender::Line::Kind::kLine:
      break;
  }
  absl::StatusOr<Answer> answer = ParseAnswer(line.text);
  absl::Status fits = answer.status();
  const bool is_log = answer.ok() && answer->is(AnswerKind::kLog);
  if (!IsBearable(who, line.text, is_log)) return std::nullopt;
  if (is_log) {
    verdict_.history.Add(
        who, Event::Kind::kLogged,
        {"log", answer->record.severity, answer->record.message});
    p.log.push_back(std::move(answer->record));
    return std::nullopt;
  }
  std::optional<Answer> whole;
  if (answer.ok() && p.cancel.has_value()) {
    whole = ReceiveOfTwo(who, *answer, fits);
  } else if (answer.ok()) {
    // A lock may give up a wait that nobody has cancelled; that is for the
    // check to judge.
    fits = ReadsMeanwhile(who) ? AnswerFitsCancelled(*p.asked, *answer)
                               : AnswerFits(*p.asked, *answer);
    whole = *answer;
  }
  if (fits.ok() && answer->is(AnswerKind::kUnsupported) &&
      MustBeSupported(p.cancel.value_or(*p.asked), p.introduction.can)) {
    fits = absl::InvalidArgumentError(absl::StrCat(
        "answered unsupported to ", p.cancel.value_or(*p.asked).front(),
        ", which every contender must understand or this one claims"));
  }
  if (!fits.ok()) {
    verdict_.history.Add(who, Event::Kind::kAnswered, {line.text});
    Decide(Outcome::kProtocol, absl::StrCat(label, " ", doing),
           std::string(fits.message()));
    return std::nullopt;
  }
  std::vector<std::string> fields;
  if (answer->is(AnswerKind::kHello)) {
    const Introduction& intro = answer->introduction;
    fields = {"hello", intro.name, intro.version,
              absl::StrCat("pid=", intro.pid),
              absl::StrCat("can=", absl::StrJoin(intro.can, ","))};
  } else if (absl::StatusOr<std::vector<std::string>> decoded =
                 DecodeLine(line.text);
             decoded.ok()) {
    fields = *std::move(decoded);
  }
  verdict_.history.Add(who, Event::Kind::kAnswered, std::move(fields));
  if (!whole.has_value()) return std::nullopt;
  whole->log = std::move(p.log);
  p.log.clear();
  Keep(who, *p.asked, *whole);
  p.asked.reset();
  p.cancel.reset();
  p.first.reset();
  return whole;
}

bool Trial::IsBearable(int who, const std::string& line, bool is_log) {
  // A trial of thousands of cycles has less than one MiB.
  constexpr size_t kMaxHeard = size_t{32} << 20;
  Player& p = player(who);
  const std::string label = ContenderLabel(who);
  // With what a record of it takes.
  heard_ += line.size() + 200;
  if (is_log) p.log_bytes += line.size();
  if (p.log.size() >= kMaxLogEvents || p.log_bytes > kMaxLogBytes) {
    Decide(
        Outcome::kProtocol, absl::StrCat(label, " answers ", p.asked->front()),
        absl::StrCat(label, " wrote more than ", p.log.size(), " log events (",
                     p.log_bytes, " bytes), and the answer has not come"));
  } else if (heard_ > kMaxHeard) {
    Decide(Outcome::kProtocol,
           absl::StrCat("all answers of a check have less than ",
                        kMaxHeard >> 20, " MiB"),
           absl::StrCat("with the answer of ", label, " to ", p.asked->front(),
                        " they have more"));
  }
  return going();
}

}  // namespace conformance
