// lockcheck doctor: a conversation with a contender, one step after the other,
// that names the mistakes people make when they write one.

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
#include "conformance/process.h"
#include "conformance/protocol.h"
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
    if (Lives()) Capabilities();
    if (Lives()) StrangePath();
    if (Lives()) EndOfInput();
    return mistakes_ == 0;
  }

 private:
  void Say(absl::string_view mark, absl::string_view color,
           absl::string_view text) {
    if (command_.colors) {
      out_ << "\x1b[" << color << "m" << mark << "\x1b[0m";
    } else {
      out_ << mark;
    }
    out_ << "  " << PrintableText(text) << "\n";
    out_.flush();
  }
  void Good(absl::string_view text) { Say("ok      ", "32", text); }
  void Mistake(absl::string_view text) {
    ++mistakes_;
    Say("MISTAKE ", "31", text);
  }
  void Hint(absl::string_view text) { Say("note    ", "33", text); }

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
        if (parsed->is(AnswerKind::kLog)) continue;
        return *std::move(parsed);
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
    return absl::StrContains(contender_->DescribeThreads(), "in read(0x0,");
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
    if (lenient.empty()) {
      Mistake(other);
    } else {
      Hint(absl::StrCat(other, "; ", lenient));
    }
    return std::nullopt;
  }

  std::string Path(absl::string_view name) const {
    return absl::StrCat(directory_, "/", name);
  }

  void Locking() {
    Expect(AcquireCommand("a", Path("lock")), AnswerKind::kAcquired);
    Expect(AcquireCommand("b", Path("lock")), AnswerKind::kBusy,
           "if that is what the implementation says, lockcheck run judges it; "
           "a refusal is busy, and whatever else goes wrong is error");
    Expect(ReleaseCommand("a"), AnswerKind::kReleased);
    Expect(AcquireCommand("c", Path("lock")), AnswerKind::kAcquired);
    Expect(ReleaseCommand("c"), AnswerKind::kReleased);
    Expect(AcquireCommand("a", Path("missing/lock")), AnswerKind::kError,
           "there is no folder `missing`; if that is what the implementation "
           "says, lockcheck run judges it");
  }

  bool Can(absl::string_view capability) const {
    return introduction_.can.count(std::string(capability)) > 0;
  }

  void Try(absl::string_view capability, const Command& command,
           AnswerKind kind) {
    Expect(command, Can(capability) ? kind : AnswerKind::kUnsupported);
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
    Expect(AcquireCommand("h", Path("lock5")), AnswerKind::kAcquired);
    if (!Can(kFork)) {
      Expect(ForkCommand("h", "idle"), AnswerKind::kUnsupported);
    } else {
      for (const absl::string_view mode :
           {"idle", "release", "exit", "exec", "acquire"}) {
        Fork(mode);
      }
    }
    Expect(ReleaseCommand("h"), AnswerKind::kReleased);
  }

  void Fork(absl::string_view mode) {
    const std::optional<Answer> answer =
        Expect(ForkCommand("h", mode), AnswerKind::kForked,
               "what needs this mode will be unsupported");
    if (!answer.has_value()) return;
    const auto child = static_cast<pid_t>(answer->child);
    if (mode != "exit" &&
        (child == contender_->pid() || !DescendsFrom(child, ::getpid()))) {
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
    Expect(AcquireCommand("s", path), AnswerKind::kAcquired);
    if (ended_) return;
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
    Mistake(
        "the file of a path with a space, a percent sign and UTF-8 is not "
        "there: are fields decoded, byte by byte?");
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
