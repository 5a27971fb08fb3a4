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
#include "absl/strings/match.h"
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
      random_(options_.seed ^ std::hash<std::string>()(id)) {
  verdict_.id = std::move(id);
}

// ---- Contenders -------------------------------------------------------------

int Trial::Start(const StartOptions& options) {
  if (!going()) return -1;
  absl::StatusOr<std::unique_ptr<Contender>> contender =
      Contender::Start(source_, options);
  if (!contender.ok()) {
    if (absl::IsUnavailable(contender.status())) {
      Decide(Outcome::kCrash, "the contender starts",
             std::string(contender.status().message()));
    } else {
      Harness(contender.status().message());
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
  p.log.clear();
  // A contender that has died is noticed, with the way it died, on awaiting.
  p.contender->Send(EncodeLine(command));
}

Answer Trial::Ask(int who, const Command& command) {
  Send(who, command);
  return Await(who);
}

bool Trial::Owes(int who) const {
  return who >= 0 && player(who).asked.has_value();
}

bool Trial::HasAnswer(int who) {
  if (!Alive(who) || !Owes(who)) return false;
  Contender& contender = *player(who).contender;
  contender.Pump();
  return contender.HasLine() || ProcessState(contender.locking_pid()) == '\0' ||
         ProcessState(contender.locking_pid()) == 'Z';
}

Answer Trial::Await(int who) {
  const absl::Duration deadline =
      std::min(MonotonicNow() + options_.deadline, begin_ + options_.limit);
  while (Alive(who) && Owes(who)) {
    const Contender::Line line = player(who).contender->Await(deadline);
    if (std::optional<Answer> answer = Receive(who, line)) return *answer;
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
  if (answer.ok() && answer->is(AnswerKind::kLog)) {
    verdict_.history.Add(
        who, Event::Kind::kLogged,
        {"log", answer->record.severity, answer->record.message});
    p.log.push_back(std::move(answer->record));
    return std::nullopt;
  }
  if (answer.ok()) fits = AnswerFits(*p.asked, *answer);
  if (fits.ok() && answer->is(AnswerKind::kUnsupported) &&
      MustBeSupported(*p.asked, p.introduction.can)) {
    fits = absl::InvalidArgumentError(absl::StrCat(
        "answered unsupported to ", p.asked->front(),
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
  answer->log = std::move(p.log);
  p.log.clear();
  p.asked.reset();
  return *std::move(answer);
}

// ---- Steps with one right answer --------------------------------------------

Answer Trial::MustAcquire(int who, absl::string_view handle,
                          absl::string_view path) {
  Answer answer =
      Ask(who, AcquireCommand(handle, path.empty() ? Path("lock") : path));
  Expect(answer.is(AnswerKind::kAcquired),
         absl::StrCat(ContenderLabel(who), " acquires", AfterNote()),
         absl::StrCat(ContenderLabel(who), " answered ", Readable(answer)));
  return answer;
}

Answer Trial::MustBeRefused(int who, absl::string_view handle,
                            absl::string_view path) {
  Answer answer =
      Ask(who, AcquireCommand(handle, path.empty() ? Path("lock") : path));
  Expect(answer.is(AnswerKind::kBusy),
         absl::StrCat(ContenderLabel(who), " is refused (busy)", AfterNote()),
         absl::StrCat(ContenderLabel(who), " answered ", Readable(answer)));
  return answer;
}

void Trial::MustRelease(int who, absl::string_view handle) {
  const Answer answer = Ask(who, ReleaseCommand(handle));
  Expect(answer.is(AnswerKind::kReleased),
         absl::StrCat(ContenderLabel(who), " releases", AfterNote()),
         absl::StrCat(ContenderLabel(who), " answered ", Readable(answer)));
}

Answer Trial::MustFail(int who, absl::string_view handle,
                       absl::string_view path) {
  Answer answer = Ask(who, AcquireCommand(handle, path));
  Expect(answer.is(AnswerKind::kError),
         absl::StrCat(ContenderLabel(who), " gets an error that is no refusal",
                      AfterNote()),
         absl::StrCat(ContenderLabel(who), " answered ", Readable(answer)));
  Expect(!answer.is(AnswerKind::kError) || !answer.message.empty(),
         "the error says what is wrong", "the message is empty");
  return answer;
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
  verdict_.history.Add(who, Event::Kind::kSignalled,
                       {"signal", ::strsignal(signal)});
  SendSignal(who, signal);
}

void Trial::Kill(int who, int signal) {
  if (!Alive(who)) return;
  verdict_.history.Add(who, Event::Kind::kSignalled,
                       {"fatal", ::strsignal(signal)});
  SendSignal(who, signal);
  if (going()) RecordEnd(who);
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
  verdict_.history.Add(who, Event::Kind::kSignalled, {"fatal", "end of input"});
  player(who).contender->CloseInput();
  RecordEnd(who);
}

void Trial::AskToExit(int who) {
  if (!Alive(who)) return;
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

void Trial::Harness(absl::string_view reason) {
  if (going()) Decide(Outcome::kHarness, "", std::string(reason));
}

bool Trial::Own(bool ok, absl::string_view step) {
  if (going() && !ok) {
    Harness(absl::StrCat(step, ": ", ::strerror(errno)));
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
  const std::string expected =
      absl::StrCat(label, " answers ", p.asked->front(), " within ",
                   absl::FormatDuration(options_.deadline), AfterNote());
  const std::string threads = p.contender->DescribeThreads();
  if (!partial.empty()) {
    Decide(Outcome::kProtocol, expected,
           absl::StrCat(label, " wrote ", Printable(partial),
                        " without a newline at its end"));
  } else if (absl::StrContains(threads, "in read(0x0,")) {
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
