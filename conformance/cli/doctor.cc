// lockcheck doctor: a conversation with a contender, one step after the other,
// that names the mistakes people make when they write one.

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <system_error>  // NOLINT(build/c++11): std::filesystem's errors
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
#include "conformance/cli/commands.h"
#include "conformance/contender.h"
#include "conformance/environment.h"
#include "conformance/guarded_process.h"
#include "conformance/history.h"
#include "conformance/kernel_locks.h"
#include "conformance/process.h"
#include "conformance/protocol.h"
#include "conformance/report/paint.h"
#include "conformance/scratch.h"

namespace conformance {
namespace {

class Doctor {
 public:
  Doctor(const DoctorCommand& command, std::ostream& out, std::string directory)
      : command_(command), out_(out), directory_(std::move(directory)) {}

  bool Examine() {
    if (!Start() || !Hello()) return false;
    MadeUpCommand();
    if (Lives()) Locking();
    if (Lives()) ProcessThatLocks();
    if (Lives()) Promptness();
    if (Lives()) LongPath();
    if (Lives()) Capabilities();
    if (Lives()) StrangePath();
    if (Lives()) EndOfInput();
    return mistakes_ == 0;
  }

 private:
  void Say(absl::string_view mark, absl::string_view color,
           absl::string_view text) {
    out_ << Paint(command_.colors)(mark, color) << "  " << PrintableText(text)
         << "\n";
    out_.flush();
  }
  void Good(absl::string_view text) { Say("ok      ", kGreen, text); }
  void Mistake(absl::string_view text) {
    ++mistakes_;
    Say("MISTAKE ", kRed, text);
  }
  void Hint(absl::string_view text) { Say("note    ", kYellow, text); }

  bool Lives() const { return !ended_; }

  void ShowStandardError() {
    const std::string text = contender_->StandardError();
    if (!absl::StripAsciiWhitespace(text).empty()) {
      Hint(absl::StrCat("its standard error says:\n", text));
    }
  }

  bool Start() {
    absl::StatusOr<std::unique_ptr<Contender>> contender =
        Contender::Start(command_.source);
    if (!contender.ok()) {
      const absl::string_view why = contender.status().message();
      Mistake(why);
      if (absl::EndsWith(why, "Permission denied")) {
        Hint(
            "the file is not executable: chmod +x it, or name its "
            "interpreter");
      } else if (absl::EndsWith(why, "No such file or directory")) {
        Hint(
            "the program, or the interpreter in its first line, was not "
            "found");
      }
      return false;
    }
    contender_ = *std::move(contender);
    Good(absl::StrCat("started as process ", contender_->pid()));
    return true;
  }

  // Sends and awaits; names what is wrong with the answer. nullopt when there
  // was none that makes sense.
  std::optional<Answer> Ask(const Command& command) {
    std::optional<Answer> answer = AskForAny(command);
    if (!answer.has_value()) return std::nullopt;
    NothingMore(command);
    const absl::Status fits = AnswerFits(command, *answer);
    if (fits.ok()) return answer;
    Mistake(
        absl::StrCat("to `", EncodeLine(command), "`: it ", fits.message()));
    return std::nullopt;
  }

  std::optional<Answer> AskForAny(const Command& command) {
    const std::string line = EncodeLine(command);
    contender_->Send(line);
    const absl::Duration deadline = MonotonicNow() + command_.deadline;
    bool nonsense = false;
    size_t events = 0;
    for (;;) {
      const Contender::Line answer =
          nonsense ? AwaitMore(deadline) : contender_->Await(deadline);
      if (answer.kind == Contender::Line::Kind::kTimeout && nonsense) {
        return std::nullopt;  // so that was the answer
      }
      if (answer.kind != Contender::Line::Kind::kLine) {
        NoAnswer(line, answer);
        return std::nullopt;
      }
      absl::StatusOr<Answer> parsed = ParseAnswer(answer.text);
      if (parsed.ok()) {
        if (!parsed->is(AnswerKind::kLog)) return *std::move(parsed);
        if (++events < kMaxLogEvents && MonotonicNow() < deadline) continue;
        Mistake(absl::StrCat("to `", line, "` came ", events,
                             " log events and no answer"));
        ended_ = true;
        return std::nullopt;
      }
      Mistake(absl::StrCat("to `", line, "`: ", parsed.status().message()));
      if (absl::EndsWith(answer.text, "\r")) {
        Hint("the line ends in a carriage return; lines end in \\n alone");
      }
      nonsense = true;
      if (++nonsense_ > 3) {
        Hint("there is more of the kind; that is enough for now");
        ended_ = true;
        return std::nullopt;
      }
    }
  }

  // One command has one answer. A second one comes before the contender reads
  // its input again, unless it reads in some other way: then it is given a
  // moment.
  void NothingMore(const Command& command) {
    const absl::Duration until =
        MonotonicNow() + absl::Milliseconds(reads_otherwise_ ? 5 : 100);
    for (;;) {
      const bool reads = ReadsInput();
      contender_->Pump();
      if (contender_->HasLine()) break;
      if (reads) return;
      if (MonotonicNow() >= until) {
        reads_otherwise_ = true;
        return;
      }
      ::poll(nullptr, 0, 1);
    }
    std::string lines;
    for (int i = 0; contender_->HasLine() && i < 10; ++i) {
      const Contender::Line more = contender_->Await(MonotonicNow());
      if (more.kind != Contender::Line::Kind::kLine) break;
      absl::StrAppend(&lines, " ", Printable(more.text));
    }
    if (std::exchange(said_more_, true)) return;
    Mistake(absl::StrCat("to `", EncodeLine(command).substr(0, 60),
                         "` there was more than one answer; after the first "
                         "came:",
                         lines));
  }

  // After a line that makes no sense: if it was chatter the answer is still to
  // come; if it was the answer the contender reads its input again.
  Contender::Line AwaitMore(absl::Duration deadline) {
    for (;;) {
      const absl::Duration soon = MonotonicNow() + absl::Milliseconds(20);
      const bool reads = ReadsInput();
      Contender::Line line = contender_->Await(std::min(soon, deadline));
      if (line.kind != Contender::Line::Kind::kTimeout || reads ||
          MonotonicNow() >= deadline) {
        return line;
      }
    }
  }

  bool ReadsInput() const {
    return IsReadingInput(contender_->DescribeThreads());
  }

  void NoAnswer(absl::string_view line, const Contender::Line& answer) {
    switch (answer.kind) {
      case Contender::Line::Kind::kLine:
        break;
      case Contender::Line::Kind::kTimeout: {
        const std::string threads = contender_->DescribeThreads();
        if (!answer.text.empty()) {
          Mistake(absl::StrCat("to `", line, "` it wrote ",
                               Printable(answer.text),
                               " without a newline at the end"));
        } else if (ReadsInput()) {
          Mistake(absl::StrCat(
              "to `", line,
              "` no answer came, and it is reading its input again: flush "
              "standard output after each line"));
        } else {
          Mistake(absl::StrCat("to `", line, "` no answer came within ",
                               absl::FormatDuration(command_.deadline)));
        }
        Hint(absl::StrCat("its threads:\n", threads));
        break;
      }
      case Contender::Line::Kind::kEnd: {
        const Ending ending =
            contender_->Reap(MonotonicNow() + absl::Seconds(2));
        const std::string how =
            ending.kind == Ending::Kind::kLives
                ? absl::StrCat("process ", contender_->locking_pid(),
                               ", the one that locks, ended")
                : absl::StrCat("it ", ending.ToString());
        Mistake(
            absl::StrCat("to `", line, "` no answer came: ", how,
                         asked_ == 0 ? " before it answered anything" : ""));
        if (!answer.text.empty()) {
          Hint(absl::StrCat("its last words, without a newline: ",
                            Printable(answer.text)));
        }
        if (asked_ == 1) {
          Hint(
              "it exited after one command; read lines until the end of "
              "input");
        }
        if (ending.kind == Ending::Kind::kExited &&
            ending.code == kNotHereStatus) {
          Hint("status 69 says that what it drives is not installed here");
        }
        break;
      }
      case Contender::Line::Kind::kClosed:
        Mistake(absl::StrCat("to `", line,
                             "` it closed its standard output and lives on"));
        break;
      case Contender::Line::Kind::kTooLong:
        Mistake(absl::StrCat("to `", line, "` it wrote more than ",
                             kMaxLineBytes, " bytes without a newline"));
        break;
    }
    ShowStandardError();
    ended_ = true;
  }

  bool Hello() {
    const std::optional<Answer> hello = Ask(HelloCommand());
    if (!hello.has_value()) {
      if (!ended_) Hint("the rest cannot be examined without a greeting");
      return false;
    }
    asked_ = 1;
    const Introduction& intro = hello->introduction;
    introduction_ = intro;
    const auto pid = static_cast<pid_t>(intro.pid);
    Good(absl::StrCat(
        "hello: ", intro.name, " ", intro.version, ", pid ", intro.pid,
        ", claims ",
        intro.can.empty() ? "nothing" : absl::StrJoin(intro.can, ",")));
    if (!DescendsFrom(pid, contender_->pid())) {
      Mistake(absl::StrCat("pid=", intro.pid,
                           " is neither the started process nor one of its "
                           "descendants; say the pid of the one that locks"));
      return false;
    }
    contender_->SetLockingPid(pid);
    return true;
  }

  void MadeUpCommand() {
    const std::optional<Answer> answer = AskForAny({"frobnicate", "a"});
    if (!answer.has_value()) return;
    asked_ = 2;
    if (answer->is(AnswerKind::kUnsupported)) {
      Good("a made-up command is answered with unsupported");
    } else {
      Mistake(absl::StrCat("a made-up command is answered with ",
                           AnswerKindName(answer->kind),
                           "; the answer to anything unknown is unsupported"));
    }
  }

  // `lenient`: another answer can be the implementation's fault and not the
  // contender's.
  std::optional<Answer> Expect(const Command& command, AnswerKind kind,
                               absl::string_view lenient = "") {
    if (ended_) return std::nullopt;
    std::optional<Answer> answer = Ask(command);
    if (!answer.has_value()) return std::nullopt;
    const std::string text =
        absl::StrCat("`", EncodeLine(command), "` is answered with ",
                     AnswerKindName(answer->kind));
    if (answer->is(kind)) {
      Good(text);
      return answer;
    }
    const std::string other =
        absl::StrCat(text, ", and not with ", AnswerKindName(kind),
                     answer->message.empty() ? "" : ": ", answer->message);
    // Whether there is such a command at all is the contender's affair.
    const bool unknown =
        answer->is(AnswerKind::kUnsupported) &&
        (command.front() == "release" ||
         (command.front() == "acquire" && command.back() == "0"));
    if (lenient.empty() || unknown) {
      Mistake(other);
    } else {
      Hint(absl::StrCat(other, "; ", lenient));
    }
    return std::nullopt;
  }

  std::string Path(absl::string_view name) const {
    return absl::StrCat(directory_, "/", name);
  }

  static constexpr absl::string_view kJudged =
      "if that is what the implementation says, lockcheck run judges it";

  void Locking() {
    if (!Expect(AcquireCommand("a", Path("lock")), AnswerKind::kAcquired,
                kJudged)
             .has_value()) {
      if (Lives()) NeverAcquires();
      return;
    }
    Expect(AcquireCommand("b", Path("lock")), AnswerKind::kBusy,
           "if that is what the implementation says, lockcheck run judges it; "
           "a refusal is busy, and whatever else goes wrong is error");
    Expect(ReleaseCommand("a"), AnswerKind::kReleased, kJudged);
    Expect(AcquireCommand("c", Path("lock")), AnswerKind::kAcquired, kJudged);
    Expect(ReleaseCommand("c"), AnswerKind::kReleased, kJudged);
    Expect(AcquireCommand("a", Path("missing/lock")), AnswerKind::kError,
           "there is no folder `missing`; if that is what the implementation "
           "says, lockcheck run judges it");
  }

  // The first acquire was in vain. An implementation that says so of three
  // files that nobody else knows, and of a folder that isn't there, says
  // nothing else.
  void NeverAcquires() {
    int busy = 0;
    for (const absl::string_view name : {"new1", "new2", "missing/new3"}) {
      const std::optional<Answer> answer =
          Ask(AcquireCommand(name.substr(0, 3), Path(name)));
      if (!answer.has_value()) return;
      if (answer->is(AnswerKind::kBusy)) ++busy;
    }
    if (busy < 3) return;
    Mistake(
        "each acquire is answered with busy, of new files, too, and in a "
        "folder that isn't there: busy is for a lock that somebody has, and "
        "every other failure is an error");
  }

  // The files of that name in the folder, and the locks on them.
  std::vector<std::string> TracesOf(absl::string_view name) const {
    std::vector<std::string> traces;
    std::error_code error;
    for (const auto& entry :
         std::filesystem::directory_iterator(directory_, error)) {
      const std::string file = entry.path().filename().string();
      if (absl::StrContains(file, name)) traces.push_back(file);
    }
    for (const KernelLock& lock : KernelLocksOf({::getpid()})) {
      if (absl::StrContains(lock.path, name)) {
        traces.push_back(absl::StrCat("a lock on ", name));
      }
    }
    return traces;
  }

  // That pid= is the one that locks is certain to be wrong where another
  // process both reads the commands and has the descriptor that is locked.
  void ProcessThatLocks() {
    const std::string name = "whose";
    const std::optional<Answer> answer = Ask(AcquireCommand("p", Path(name)));
    if (!answer.has_value() || !answer->is(AnswerKind::kAcquired)) return;
    const auto said = static_cast<pid_t>(introduction_.pid);
    if (HasOpen(said, name)) return;
    for (const pid_t pid : AllProcesses()) {
      if (pid == said || GroupOf(pid) != contender_->pid()) continue;
      if (!IsReadingInput(DescribeThreadsOf(pid)) || !HasOpen(pid, name) ||
          HasOpen(said, name)) {
        continue;
      }
      Mistake(absl::StrCat(
          "pid=", said, " is not the process that locks: ", pid,
          " reads the commands, and has the lock's file open; say the pid of "
          "that one"));
      return;
    }
  }

  bool HasOpen(pid_t pid, absl::string_view name) const {
    std::error_code error;
    const std::string fds = absl::StrCat("/proc/", pid, "/fd");
    for (std::filesystem::directory_iterator it(fds, error), end;
         !error && it != end; it.increment(error)) {
      std::error_code gone;
      const std::string target =
          std::filesystem::read_symlink(it->path(), gone).string();
      if (absl::StartsWith(target, directory_) &&
          absl::StrContains(target.substr(directory_.size()), name)) {
        return true;
      }
    }
    return false;
  }

  // Whether there is nothing of a lock when the answer comes, and something
  // when that to the next command does.
  void Promptness() {
    constexpr int kTimes = 8;
    for (int i = 0; i < kTimes && Lives(); ++i) {
      const std::string name = absl::StrCat("prompt", i);
      const Command acquire = AcquireCommand(name, Path(name));
      const std::optional<Answer> answer = AskForAny(acquire);
      if (!answer.has_value() || !answer->is(AnswerKind::kAcquired)) return;
      const std::vector<std::string> before = TracesOf(name);
      if (!before.empty()) {
        NothingMore(acquire);
        continue;
      }
      if (!AskForAny({"frobnicate", "b"}).has_value()) return;
      const std::vector<std::string> after = TracesOf(name);
      if (after.empty()) return;  // it is elsewhere
      Mistake(absl::StrCat(
          "`acquired` came before anything was done: ", after.front(),
          " was not there then, and was a moment later; act, and answer then"));
      return;
    }
  }

  // A command of more than a thousand bytes.
  void LongPath() {
    std::string inside;
    for (int i = 0; i < 4; ++i) {
      absl::StrAppend(&inside, i > 0 ? "/" : "", std::string(220, 'l'));
      if (::mkdir(Path(inside).c_str(), 0755) != 0) return;
    }
    const std::string path = absl::StrCat(Path(inside), "/end");
    const std::optional<Answer> answer = Expect(
        AcquireCommand("l", path), AnswerKind::kAcquired,
        "a path of some 900 bytes is a path as any other; are lines read "
        "to their end?");
    if (ended_) return;
    // A file may have been made of the beginning of the path.
    std::error_code error;
    for (std::filesystem::recursive_directory_iterator it(directory_, error),
         end;
         !error && it != end; it.increment(error)) {
      const std::string found = it->path().string();
      std::error_code gone;
      if (absl::StartsWith(path, found) && found != path &&
          !it->is_directory(gone)) {
        Mistake(absl::StrCat(
            "of a path of ", path.size(), " bytes it has taken the first ",
            found.size(), ": is there a buffer that is too short for a line?"));
        return;
      }
    }
  }

  bool Can(absl::string_view capability) const {
    return introduction_.can.count(std::string(capability)) > 0;
  }

  void Try(absl::string_view capability, const Command& command,
           AnswerKind kind, bool error_is_good = false) {
    if (!Can(capability)) {
      Expect(command, AnswerKind::kUnsupported);
      return;
    }
    // A command that is claimed is understood; the implementation decides what
    // comes of it.
    const std::optional<Answer> answer = Ask(command);
    if (!answer.has_value()) return;
    const std::string text =
        absl::StrCat("`", EncodeLine(command), "` is answered with ",
                     AnswerKindName(answer->kind));
    if (answer->is(kind) || (error_is_good && answer->is(AnswerKind::kError))) {
      Good(text);
    } else if (answer->is(AnswerKind::kUnsupported)) {
      Mistake(absl::StrCat(text, ", and not with ", AnswerKindName(kind),
                           error_is_good ? " or error" : ""));
    } else {
      Hint(absl::StrCat(text, answer->message.empty() ? "" : ": ",
                        answer->message, "; ", kJudged));
    }
  }

  void Capabilities() {
    Try(kTouch, TouchCommand(Path("touched")), AnswerKind::kTouched);
    Try(kChdir, ChdirCommand(directory_), AnswerKind::kChanged);
    Try(kThread, ThreadCommand("t", Path("lock2")), AnswerKind::kAcquired);
    Try(kWait, AcquireCommand("w", Path("lock3"), absl::Milliseconds(10)),
        AnswerKind::kAcquired);
    Try(kForever, AcquireCommand("f", Path("lock4"), absl::InfiniteDuration()),
        AnswerKind::kAcquired);
    Try(kCatch, CatchCommand(), AnswerKind::kCatching);
    Try(kSetenv, SetenvCommand("LOCKCHECK", "1"), AnswerKind::kSet);
    // Only root may, and an error is as good an answer of everybody else.
    Try(kBecome, BecomeCommand(::getuid(), ::getgid()), AnswerKind::kBecame,
        /*error_is_good=*/true);
    Cancel();
    if (!Lives()) return;
    if (!Expect(AcquireCommand("h", Path("lock5")), AnswerKind::kAcquired,
                kJudged)
             .has_value()) {
      return;
    }
    if (!Can(kFork)) {
      Expect(ForkCommand("h", "idle"), AnswerKind::kUnsupported);
    } else {
      for (const absl::string_view mode :
           {"idle", "release", "exit", "exec", "acquire"}) {
        Fork(mode);
      }
    }
    Expect(ReleaseCommand("h"), AnswerKind::kReleased, kJudged);
  }

  // Of a wait that is under way, beside another contender that holds; and where
  // nothing is.
  void Cancel() {
    const Command cancel = CancelCommand("nothing");
    if (!Can(kCancel)) {
      Expect(cancel, AnswerKind::kUnsupported);
      return;
    }
    if (!Expect(cancel, AnswerKind::kError).has_value()) return;
    if (!Can(kForever) && !Can(kWait)) {
      Mistake(
          "cancel is claimed, and neither wait nor forever: there is "
          "nothing to cancel");
      return;
    }
    absl::StatusOr<std::unique_ptr<Contender>> holder =
        Contender::Start(command_.source);
    if (!holder.ok()) {
      Hint(
          absl::StrCat("a second contender doesn't start, so there is nothing "
                       "to wait for, and to cancel: ",
                       holder.status().message()));
      return;
    }
    const Command acquire = AcquireCommand("h", Path("lock6"));
    for (const Command& command : {HelloCommand(), acquire}) {
      (*holder)->Send(EncodeLine(command));
      const absl::StatusOr<Answer> answer =
          NextAnswer(**holder, MonotonicNow() + command_.deadline);
      if (command == acquire &&
          (!answer.ok() || !answer->is(AnswerKind::kAcquired))) {
        Hint(
            "a second contender doesn't acquire, so there is nothing to wait "
            "for, and to cancel");
        return;
      }
    }
    CancelWait();
  }

  // `cancelling` and `cancelled`, in either order.
  void CancelWait() {
    const Command wait = AcquireCommand(
        "w", Path("lock6"),
        Can(kForever) ? absl::InfiniteDuration() : absl::Minutes(10));
    const Command cancel = CancelCommand("w");
    contender_->Send(EncodeLine(wait));
    contender_->Send(EncodeLine(cancel));
    const std::string both = absl::StrCat("`", EncodeLine(wait), "` and then `",
                                          EncodeLine(cancel), "`");
    const absl::Duration deadline = MonotonicNow() + command_.deadline;
    std::vector<std::string> said;
    for (int i = 0; i < 2; ++i) {
      const absl::StatusOr<Answer> answer = NextAnswer(*contender_, deadline);
      said.emplace_back(answer.ok() ? AnswerKindName(answer->kind)
                                    : answer.status().message());
      if (!answer.ok()) break;
    }
    std::sort(said.begin(), said.end());
    if (said == std::vector<std::string>{"cancelled", "cancelling"}) {
      Good(absl::StrCat(both, " are answered with cancelling and cancelled"));
      return;
    }
    Mistake(absl::StrCat(
        "to ", both,
        ", while another process has the lock: ", absl::StrJoin(said, ", "),
        "; it is to read on while it waits, give the wait up when it is told "
        "to, and answer cancelling w and cancelled w"));
    Hint(absl::StrCat("its threads:\n", contender_->DescribeThreads()));
    // More answers may come, or none.
    ended_ = true;
  }

  // The next answer; log events aren't one.
  static absl::StatusOr<Answer> NextAnswer(Contender& contender,
                                           absl::Duration deadline) {
    for (size_t events = 0; events < kMaxLogEvents; ++events) {
      const Contender::Line line = contender.Await(deadline);
      if (line.kind != Contender::Line::Kind::kLine) {
        return absl::DeadlineExceededError("no answer came");
      }
      absl::StatusOr<Answer> answer = ParseAnswer(line.text);
      if (!answer.ok() || !answer->is(AnswerKind::kLog)) return answer;
    }
    return absl::DeadlineExceededError("log events came, and no answer");
  }

  void Fork(absl::string_view mode) {
    const std::optional<Answer> answer =
        Expect(ForkCommand("h", mode), AnswerKind::kForked,
               "what needs this mode will be unsupported");
    if (!answer.has_value()) return;
    const auto child = static_cast<pid_t>(answer->child);
    const bool gone = ProcessState(child) == '\0' || ProcessState(child) == 'Z';
    if (gone && (mode == "release" || mode == "acquire")) {
      // The implementation can have ended it.
      Hint(absl::StrCat("forked ", child, ": the child has ended; after a ",
                        mode, " that fails it is to live on, too"));
    } else if (mode != "exit" && (child == contender_->pid() ||
                                  !DescendsFrom(child, ::getpid()))) {
      Mistake(absl::StrCat("forked ", child,
                           ": the child has ended, or is none; it is to live "
                           "on"));
    }
    if (mode == "acquire" && answer->child_result.empty()) {
      Mistake(
          "in mode acquire the child's result comes after its pid: acquired, "
          "busy or error");
    }
  }

  void StrangePath() {
    const std::string path = Path("a b%\xc3\xa9");
    const std::optional<Answer> answer =
        Expect(AcquireCommand("s", path), AnswerKind::kAcquired, kJudged);
    if (ended_ || !answer.has_value()) return;
    // An implementation may add to the name.
    const std::string name = path.substr(path.rfind('/') + 1);
    std::error_code error;
    for (const auto& entry :
         std::filesystem::directory_iterator(directory_, error)) {
      if (absl::StrContains(entry.path().filename().string(), name)) {
        Good("a path with a space, a percent sign and UTF-8 is decoded");
        return;
      }
    }
    // As the field was sent: the file of a field that was not decoded. Other
    // names than the path's are the implementation's affair.
    for (const auto& entry :
         std::filesystem::directory_iterator(directory_, error)) {
      if (absl::StrContains(
              absl::AsciiStrToUpper(entry.path().filename().string()),
              absl::AsciiStrToUpper(EncodeField(name)))) {
        Mistake(
            "the file of a path with a space, a percent sign and UTF-8 has the "
            "name of the field as it was sent: are fields decoded, byte by "
            "byte?");
        return;
      }
    }
    Good(
        "a path with a space, a percent sign and UTF-8 is acquired; no file of "
        "that name tells whether it is decoded");
  }

  void EndOfInput() {
    contender_->CloseInput();
    const Ending ending = contender_->Reap(MonotonicNow() + command_.deadline);
    switch (ending.kind) {
      case Ending::Kind::kExited:
        if (ending.code == 0) {
          Good(absl::StrCat("at the end of its input it ", ending.ToString()));
          break;
        }
        Mistake(absl::StrCat("at the end of its input it ", ending.ToString(),
                             "; that is no failure, and the status is 0"));
        ShowStandardError();
        break;
      case Ending::Kind::kKilled:
        Mistake(absl::StrCat("at the end of its input it ", ending.ToString(),
                             "; it should exit with status 0"));
        ShowStandardError();
        break;
      case Ending::Kind::kLives:
        Mistake(
            absl::StrCat("at the end of its input it lives on for more "
                         "than ",
                         absl::FormatDuration(command_.deadline)));
        Hint(absl::StrCat("its threads:\n", contender_->DescribeThreads()));
        break;
    }
  }

  const DoctorCommand& command_;
  std::ostream& out_;
  const std::string directory_;
  std::unique_ptr<Contender> contender_;
  Introduction introduction_;
  int mistakes_ = 0;
  int asked_ = 0;  // commands that were answered, up to two
  int nonsense_ = 0;
  bool ended_ = false;
  bool said_more_ = false;        // in NothingMore
  bool reads_otherwise_ = false;  // than by read(2) of standard input
};

}  // namespace

int RunDoctor(const DoctorCommand& command, std::ostream& out,
              std::ostream& err) {
  if (const absl::Status fit = CheckEnvironment("", 1); !fit.ok()) {
    err << "lockcheck: " << PrintableText(fit.message()) << "\n";
    return kExitUsage;
  }
  const std::string directory = MakeScratch("");
  if (directory.empty()) {
    err << "lockcheck: cannot make a folder for the examination; is TMPDIR "
           "one to write in?\n";
    return kExitUsage;
  }
  // So that nothing is left after a Ctrl-C either.
  const absl::StatusOr<GuardedProcess> process = GuardedProcess::Start(
      [&] {
        const bool healthy = Doctor(command, out, directory).Examine();
        out << (healthy ? "no mistakes found; next: lockcheck run -- "
                        : "mend the mistakes above, then: lockcheck doctor -- ")
            << command.source.ToString() << "\n";
        out.flush();
        return healthy ? kExitAsExpected : kExitNotAsExpected;
      },
      [&] { RemoveScratch(directory); });
  if (!process.ok()) {
    err << "lockcheck: " << process.status().message() << "\n";
    return kExitUsage;
  }
  const Ending ending = process->Await();
  if (ending.kind == Ending::Kind::kExited) return ending.code;
  err << "lockcheck: the examination " << ending.ToString() << "\n";
  return kExitUsage;
}

}  // namespace conformance
