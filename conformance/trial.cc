// The conversation of a check with its contenders.

#include "conformance/trial.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/checker.h"
#include "conformance/contender.h"
#include "conformance/history.h"
#include "conformance/process.h"
#include "conformance/protocol.h"
#include "conformance/verdict.h"

namespace conformance {
namespace {

constexpr absl::string_view kExcludes = "Exclusion.SecondProcessIsRefused";

// Whether `unsupported` is no possible answer of a contender that can `can`.
bool MustBeSupported(const Command& command, const Capabilities& can) {
  const std::string& word = command.front();
  if (word == "hello" || word == "release") return true;
  if (word == "acquire") return command.back() == "0";
  // The modes of fork came one by one; see Trial::ForkAnswer.
  return word != "fork" && can.count(word) > 0;
}

std::string Readable(const Answer& answer) {
  std::string text(AnswerKindName(answer.kind));
  if (!answer.message.empty()) {
    absl::StrAppend(&text, ": ", Printable(answer.message));
  }
  return text;
}

}  // namespace

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

// ---- Contenders -------------------------------------------------------------

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
  // What was decided is about how it was started.
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

// ---- Speaking ---------------------------------------------------------------

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
  // What it wrote before it read again has come by now.
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

// ---- Steps with one right answer --------------------------------------------

absl::string_view Trial::BasicOf(int who, const Command& command) const {
  if (disturbed_ || who < 0) return "";
  if (command.front() == "release") return kExcludes;
  if (command.front() != "acquire" || command.back() != "0") return "";
  const auto it = tenures_.find(command[2]);
  if (it == tenures_.end()) {
    const bool others =
        std::any_of(tenures_.begin(), tenures_.end(),
                    [](const auto& other) { return other.second.holder >= 0; });
    return others ? "Exclusion.DifferentPathsAreIndependent" : kExcludes;
  }
  const Tenure& tenure = it->second;
  if (tenure.holder == who) return "Exclusion.SecondAcquireInProcessIsRefused";
  if (tenure.holder >= 0) return kExcludes;
  if (tenure.last == who) return "Reacquisition.BySameProcess";
  return tenure.last >= 0 ? "Reacquisition.ByAnotherProcessAtOnce" : kExcludes;
}

void Trial::Keep(int who, const Command& command, const Answer& answer) {
  const std::string& word = command.front();
  if (word == "acquire" || word == "thread") {
    Tenure& tenure = tenures_[command[2]];
    if (!answer.is(AnswerKind::kAcquired)) return;
    tenure.holder = who;
    tenure.handle = command[1];
  } else if (word == "release") {
    for (auto& [path, tenure] : tenures_) {
      if (tenure.holder != who || tenure.handle != command[1]) continue;
      if (answer.is(AnswerKind::kReleased)) {
        tenure.last = std::exchange(tenure.holder, -1);
      } else {
        disturbed_ = true;
      }
    }
  } else if (word != "hello") {
    disturbed_ = true;
  }
}

Answer Trial::MustAcquire(int who, absl::string_view handle,
                          absl::string_view path) {
  const Command command =
      AcquireCommand(handle, path.empty() ? Path("lock") : path);
  // Whatever was done before: somebody else has released it.
  absl::string_view same = BasicOf(who, command);
  const auto it = tenures_.find(command[2]);
  if (same.empty() && explained_by_.empty() && it != tenures_.end() &&
      it->second.holder < 0 && it->second.last >= 0 && it->second.last != who) {
    same = "Reacquisition.ByAnotherProcessAtOnce";
  }
  const Explains basic(*this, same);
  Answer answer = Ask(who, command);
  Expect(answer.is(AnswerKind::kAcquired),
         absl::StrCat(ContenderLabel(who), " acquires", AfterNote()),
         absl::StrCat(ContenderLabel(who), " answered ", Readable(answer)));
  return answer;
}

Answer Trial::MustBeRefused(int who, absl::string_view handle,
                            absl::string_view path) {
  const Command command =
      AcquireCommand(handle, path.empty() ? Path("lock") : path);
  // Whatever was done before: a lock that excludes nobody doesn't do so now.
  absl::string_view same = BasicOf(who, command);
  if (same.empty()) same = kExcludes;
  // A check that says what explains a step knows more of it.
  const Explains basic(*this, explained_by_.empty() ? same : "");
  Answer answer = Ask(who, command);
  Expect(answer.is(AnswerKind::kBusy),
         absl::StrCat(ContenderLabel(who), " is refused (busy)", AfterNote()),
         absl::StrCat(ContenderLabel(who), " answered ", Readable(answer)));
  return answer;
}

void Trial::MustRelease(int who, absl::string_view handle) {
  const Command command = ReleaseCommand(handle);
  const Explains basic(*this, BasicOf(who, command));
  const Answer answer = Ask(who, command);
  Expect(answer.is(AnswerKind::kReleased),
         absl::StrCat(ContenderLabel(who), " releases", AfterNote()),
         absl::StrCat(ContenderLabel(who), " answered ", Readable(answer)));
}

Answer Trial::MustFail(int who, absl::string_view handle,
                       absl::string_view path) {
  Answer answer = Ask(who, AcquireCommand(handle, path));
  JudgeFailure(who, answer);
  return answer;
}

void Trial::JudgeFailure(int who, const Answer& answer) {
  Expect(answer.is(AnswerKind::kError),
         absl::StrCat(ContenderLabel(who), " gets an error that is no refusal",
                      AfterNote()),
         absl::StrCat(ContenderLabel(who), " answered ", Readable(answer)));
  Expect(!answer.is(AnswerKind::kError) || !answer.message.empty(),
         "the error says what is wrong", "the message is empty");
}

void Trial::OutsiderMustBeRefused(absl::string_view path) {
  MustBeRefused(Outsider(), "outside", path);
}

void Trial::OutsiderMustAcquire(absl::string_view path) {
  MustAcquire(Outsider(), "outside", path);
  MustRelease(Outsider(), "outside");
}

// ---- What happens to processes ----------------------------------------------

void Trial::Signal(int who, int signal) {
  if (!Alive(who)) return;
  disturbed_ = true;
  verdict_.history.Add(who, Event::Kind::kSignalled,
                       {"signal", ::strsignal(signal)});
  SendSignal(who, signal);
}

void Trial::Kill(int who, int signal) {
  if (!Alive(who)) return;
  disturbed_ = true;
  verdict_.history.Add(who, Event::Kind::kSignalled,
                       {"fatal", ::strsignal(signal)});
  SendSignal(who, signal);
  if (going()) RecordEnd(who);
}

void Trial::KillUntilDead(int who, int signal) {
  constexpr int kTimes = 3;
  for (int i = 1; Alive(who) && i < kTimes; ++i) {
    disturbed_ = true;
    verdict_.history.Add(who, Event::Kind::kSignalled,
                         {"fatal", ::strsignal(signal)});
    SendSignal(who, signal);
    if (!going()) return;
    if (AwaitEnd(pid(who), MonotonicNow() + absl::Milliseconds(400))) {
      RecordEnd(who);
      return;
    }
  }
  Kill(who, signal);
}

void Trial::SendSignal(int who, int signal) {
  if (player(who).contender->Signal(signal)) return;
  if (!Own(errno == ESRCH, "sending a signal")) return;
  const std::string label = ContenderLabel(who);
  Decide(Outcome::kCrash, absl::StrCat(label, " lives", AfterNote()),
         absl::StrCat(label, " has ended by itself"));
  verdict_.details = player(who).contender->StandardError();
}

void Trial::EndInput(int who) {
  if (!Alive(who)) return;
  disturbed_ = true;
  verdict_.history.Add(who, Event::Kind::kSignalled, {"fatal", "end of input"});
  player(who).contender->CloseInput();
  RecordEnd(who);
}

void Trial::AskToExit(int who) {
  if (!Alive(who)) return;
  disturbed_ = true;
  verdict_.history.Add(who, Event::Kind::kSignalled, {"fatal", "exit"});
  player(who).contender->Send(EncodeLine(ExitCommand()));
  RecordEnd(who);
}

void Trial::RecordEnd(int who) {
  Player& p = player(who);
  const absl::Duration deadline = MonotonicNow() + options_.deadline;
  // Of the process that locks, first: a wrapper may take its time to notice,
  // and may not notice at all.
  if (!AwaitEnd(p.contender->locking_pid(), deadline)) {
    Decide(Outcome::kHang, absl::StrCat(ContenderLabel(who), " ends"),
           absl::StrCat(ContenderLabel(who), " had not ended after ",
                        absl::FormatDuration(options_.deadline)));
    verdict_.details = p.contender->DescribeThreads();
    return;
  }
  p.ended = true;
  p.asked.reset();
  const bool wrapped = p.contender->locking_pid() != p.contender->pid();
  verdict_.history.Add(
      who, Event::Kind::kEnded,
      {wrapped ? "has ended" : p.contender->Reap(deadline).ToString()});
}

void Trial::Stop(int who) {
  if (!Alive(who)) return;
  Signal(who, SIGSTOP);
  Own(AwaitState(pid(who), "T", MonotonicNow() + options_.deadline),
      "waiting for the contender to stop");
}

bool Trial::TurnClock(int who, absl::Duration by) {
  if (!Alive(who)) return false;
  Player& p = player(who);
  if (!p.clock.has_value()) {
    absl::StatusOr<TurnedClock> clock = TurnedClock::Of(pid(who));
    if (!clock.ok()) {
      NotRun(clock.status().message());
      return false;
    }
    p.clock = *std::move(clock);
  }
  if (const absl::Status status = p.clock->TurnBy(by); !status.ok()) {
    NotRun(status.message());
    return false;
  }
  Did(absl::StrCat("the check has set ", ContenderLabel(who), "'s wall clock ",
                   absl::FormatDuration(absl::AbsDuration(by)),
                   by < absl::ZeroDuration() ? " back" : " on"));
  return going();
}

pid_t Trial::Fork(int who, absl::string_view handle, absl::string_view mode) {
  return static_cast<pid_t>(ForkAnswer(who, handle, mode).child);
}

Answer Trial::ForkAnswer(int who, absl::string_view handle,
                         absl::string_view mode) {
  Answer answer = Ask(who, ForkCommand(handle, mode));
  if (answer.is(AnswerKind::kUnsupported)) {
    Unsupported(
        absl::StrCat("the contender does not support fork in mode ", mode));
  }
  // A pid is sent signals, so it must not be a stranger's. One that has ended
  // can have been reaped already.
  const auto child = static_cast<pid_t>(answer.child);
  if (answer.is(AnswerKind::kForked) && ProcessState(child) != '\0' &&
      (child == player(who).contender->pid() ||
       !DescendsFrom(child, ::getpid()))) {
    Decide(Outcome::kProtocol,
           "forked PID is a child of the contender, as seen from here",
           absl::StrCat(ContenderLabel(who), " said forked ", child,
                        ", which is no child of its"));
    return {};
  }
  return answer;
}

void Trial::KillChild(pid_t child) {
  if (!going()) return;
  verdict_.history.Add(Event::kRunner, Event::Kind::kSignalled,
                       {"kill child", absl::StrCat(child)});
  if (::kill(child, SIGKILL) != 0 && Own(errno == ESRCH, "kill")) {
    Decide(Outcome::kCrash, "the forked child lives",
           absl::StrCat("child ", child, " has ended by itself"));
  }
  AwaitChildEnd(child);
}

void Trial::AwaitChildEnd(pid_t child) {
  if (!going()) return;
  if (!AwaitEnd(child, MonotonicNow() + options_.deadline)) {
    Decide(Outcome::kHang, "the forked child ends",
           absl::StrCat("child ", child, " had not ended after ",
                        absl::FormatDuration(options_.deadline)));
    verdict_.details = DescribeThreadsOf(child);
  }
}

void Trial::Pause(absl::Duration duration) const {
  PauseUntil(MonotonicNow() + duration);
}

void Trial::PauseUntil(absl::Duration monotonic_time) const {
  const timespec at = absl::ToTimespec(monotonic_time);
  while (going() && ::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at,
                                      nullptr) == EINTR) {
  }
}

// ---- Judging ----------------------------------------------------------------

void Trial::Note(absl::string_view what) {
  if (!going()) return;
  verdict_.history.Add(Event::kRunner, Event::Kind::kNote, {std::string(what)});
}

void Trial::NoteFields(std::vector<std::string> fields) {
  if (!going()) return;
  verdict_.history.Add(Event::kRunner, Event::Kind::kNote, std::move(fields));
}

void Trial::Did(absl::string_view what) {
  if (!going()) return;
  disturbed_ = true;
  verdict_.history.Add(Event::kRunner, Event::Kind::kDid, {std::string(what)});
}

bool Trial::TimeIsShort() const {
  return MonotonicNow() - begin_ > options_.limit * 0.8;
}

void Trial::TooSlow(int64_t done, int64_t all, absl::string_view what) {
  const absl::Duration took = MonotonicNow() - begin_;
  NotRun(absl::StrCat(
      done, " of ", all, " ", what, " took ",
      absl::FormatDuration(absl::Trunc(took, absl::Milliseconds(100))),
      "; all would take about ",
      absl::FormatDuration(
          absl::Trunc(took * (static_cast<double>(all) /
                              static_cast<double>(std::max<int64_t>(done, 1))),
                      absl::Seconds(1))),
      ", and the check has ", absl::FormatDuration(options_.limit)));
}

bool Trial::Expect(bool ok, absl::string_view expected,
                   absl::string_view happened) {
  if (going() && !ok) {
    Decide(Outcome::kViolation, std::string(expected), std::string(happened));
  }
  return going();
}

void Trial::NotRun(absl::string_view reason) {
  if (going()) Decide(Outcome::kNotRun, "", std::string(reason));
}

void Trial::Give(Outcome outcome, absl::string_view expected,
                 absl::string_view happened) {
  Decide(outcome, std::string(expected), std::string(happened));
}

void Trial::Attach(absl::string_view text) {
  absl::StrAppend(&verdict_.details, text);
}

void Trial::Unsupported(absl::string_view reason) {
  if (going()) Decide(Outcome::kUnsupported, "", std::string(reason));
}

void Trial::NotAsked(absl::string_view reason) {
  if (going()) Decide(Outcome::kNotAsked, "", std::string(reason));
}

bool Trial::DeathFrees() {
  if (options_.profile.family == Family::kExistenceLock &&
      options_.profile.stale != Profile::Stale::kAtOnce) {
    NotAsked(absl::StrCat("by design: ", options_.profile.ToString()));
  }
  return going();
}

void Trial::Harness(absl::string_view reason) {
  if (going()) Decide(Outcome::kHarness, "", std::string(reason));
}

bool Trial::Own(bool ok, absl::string_view step) {
  if (going() && !ok) {
    const int error = errno;
    const std::string why = absl::StrCat(step, ": ", ::strerror(error));
    if (IsExhaustion(error)) {
      NotRun(why);
    } else {
      Harness(why);
    }
  }
  return going();
}

void Trial::HistoryMustBeLegal(absl::string_view path) {
  if (!going()) return;
  const std::string name = path.empty() ? Path("lock") : std::string(path);
  const CheckResult result =
      CheckOperations(OperationsOn(verdict_.history, name));
  if (result.legality == Legality::kIllegal) {
    Decide(Outcome::kViolation, "the history is one that a lock can have",
           result.why);
  } else if (result.legality == Legality::kUnknown) {
    Harness(result.why);
  }
}

std::string Trial::AfterNote() const {
  const absl::string_view note = verdict_.history.last_note();
  return note.empty() ? std::string() : absl::StrCat(": ", note);
}

void Trial::Decide(Outcome outcome, std::string expected,
                   std::string happened) {
  if (!going()) return;
  verdict_.outcome = outcome;
  verdict_.expected = std::move(expected);
  verdict_.happened = std::move(happened);
  if (!IsFailure(outcome)) return;
  // A contender that can't even do what is most basic, but dies or hangs, does
  // so at whatever step.
  const absl::string_view basic =
      explained_by_.empty() && outcome != Outcome::kViolation ? kExcludes
                                                              : explained_by_;
  if (basic != verdict_.id) verdict_.explained_by = std::string(basic);
}

void Trial::DecideDeath(int who, absl::string_view doing) {
  Player& p = player(who);
  const std::string label = ContenderLabel(who);
  const Ending ending = p.contender->Reap(MonotonicNow() + absl::Seconds(2));
  p.ended = true;
  verdict_.history.Add(
      who, Event::Kind::kEnded,
      {ending.kind == Ending::Kind::kLives ? "has ended" : ending.ToString()});
  if (p.asked->front() == "hello" && ending.kind == Ending::Kind::kExited &&
      ending.code == kNotHereStatus) {
    NotRun(
        absl::StrCat("the contender says that what it drives is not here: ",
                     absl::StripAsciiWhitespace(p.contender->StandardError())));
    return;
  }
  const std::string how =
      ending.kind == Ending::Kind::kLives
          ? absl::StrCat("'s process ", p.contender->locking_pid(),
                         ", the one that locks, ended")
          : absl::StrCat(" ", ending.ToString());
  Decide(Outcome::kCrash, absl::StrCat(label, " ", doing),
         absl::StrCat(label, how, " without an answer"));
  verdict_.details = p.contender->StandardError();
}

void Trial::DecideTimeout(int who, absl::string_view partial) {
  Player& p = player(who);
  const std::string label = ContenderLabel(who);
  const absl::Duration allowed = AllowedFor(who);
  if (MonotonicNow() - p.asked_at < allowed && !HasForgotten(who)) {
    // It is the check whose time is up.
    NotRun(absl::StrCat(
        "the check has ", absl::FormatDuration(options_.limit), ", and after ",
        players_.size(), players_.size() == 1 ? " start and " : " starts and ",
        std::count_if(verdict_.history.events().begin(),
                      verdict_.history.events().end(),
                      [](const Event& event) {
                        return event.kind == Event::Kind::kAnswered;
                      }),
        " answers, each of them in time, it was not at its end"));
    return;
  }
  const std::string expected =
      absl::StrCat(label, " answers ", p.asked->front(), " within ",
                   absl::FormatDuration(allowed), AfterNote());
  const std::string threads = p.contender->DescribeThreads();
  if (!partial.empty()) {
    Decide(Outcome::kProtocol, expected,
           absl::StrCat(label, " wrote ", Printable(partial),
                        " without a newline at its end"));
  } else if (IsReadingInput(threads) && !ReadsMeanwhile(who)) {
    Decide(Outcome::kProtocol, expected,
           absl::StrCat(label,
                        " is reading its standard input again and its answer "
                        "has not come: is standard output flushed after each "
                        "line?"));
  } else {
    Decide(Outcome::kHang, expected, absl::StrCat(label, " gave no answer"));
  }
  verdict_.details = absl::StrCat(threads, p.contender->StandardError());
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
