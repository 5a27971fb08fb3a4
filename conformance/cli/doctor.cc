// lockcheck doctor: a conversation with a contender, one step after the other,
// that names the mistakes people make when they write one.

#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
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
#include "conformance/history.h"
#include "conformance/process.h"
#include "conformance/protocol.h"

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
    out_ << "  " << text << "\n";
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
      } else if (absl::EndsWith(why, "Exec format error")) {
        Hint("a script needs a first line such as #!/bin/sh");
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
    const std::string line = EncodeLine(command);
    contender_->Send(line);
    for (;;) {
      const Contender::Line answer =
          contender_->Await(MonotonicNow() + command_.deadline);
      if (answer.kind != Contender::Line::Kind::kLine) {
        NoAnswer(line, answer);
        return std::nullopt;
      }
      absl::StatusOr<Answer> parsed = ParseAnswer(answer.text);
      if (!parsed.ok()) {
        Mistake(absl::StrCat("to `", line, "`: ", parsed.status().message()));
        if (absl::EndsWith(answer.text, "\r")) {
          Hint("the line ends in a carriage return; lines end in \\n alone");
        }
        if (++nonsense_ > 3) {
          ended_ = true;
          return std::nullopt;
        }
        // It may have chatted before the answer.
        continue;
      }
      if (parsed->is(AnswerKind::kLog)) continue;
      const absl::Status fits = AnswerFits(command, *parsed);
      if (!fits.ok()) {
        Mistake(absl::StrCat("to `", line, "` it ", fits.message()));
        return std::nullopt;
      }
      return *parsed;
    }
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
        } else if (absl::StrContains(threads, "in read(0x0,")) {
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
        const absl::string_view before =
            asked_ == 0 ? "before it answered anything" : "";
        Mistake(absl::StrCat("to `", line, "` no answer came: it ",
                             ending.ToString(), " ", before));
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
    contender_->SetLockingPid(static_cast<pid_t>(intro.pid));
    Good(absl::StrCat(
        "hello: ", intro.name, " ", intro.version, ", pid ", intro.pid,
        ", claims ",
        intro.can.empty() ? "nothing" : absl::StrJoin(intro.can, ",")));
    if (::kill(static_cast<pid_t>(intro.pid), 0) != 0) {
      Mistake(
          absl::StrCat("pid=", intro.pid, " is no process on this machine"));
    }
    return true;
  }

  void MadeUpCommand() {
    const std::optional<Answer> answer = Ask({"frobnicate", "a"});
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

  void Expect(const Command& command, AnswerKind kind) {
    if (ended_) return;
    const std::optional<Answer> answer = Ask(command);
    if (!answer.has_value()) return;
    const std::string text =
        absl::StrCat("`", EncodeLine(command), "` is answered with ",
                     AnswerKindName(answer->kind));
    if (answer->is(kind)) {
      Good(text);
    } else {
      Mistake(absl::StrCat(text, ", and not with ", AnswerKindName(kind),
                           answer->message.empty() ? "" : ": ",
                           answer->message));
    }
  }

  std::string Path(absl::string_view name) const {
    return absl::StrCat(directory_, "/", name);
  }

  void Locking() {
    Expect(AcquireCommand("a", Path("lock")), AnswerKind::kAcquired);
    Expect(AcquireCommand("b", Path("lock")), AnswerKind::kBusy);
    Expect(ReleaseCommand("a"), AnswerKind::kReleased);
    Expect(AcquireCommand("a", Path("lock")), AnswerKind::kAcquired);
    Expect(ReleaseCommand("a"), AnswerKind::kReleased);
    Expect(AcquireCommand("a", Path("missing/lock")), AnswerKind::kError);
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
    Expect(AcquireCommand("a", Path("lock")), AnswerKind::kAcquired);
    for (const absl::string_view mode : {"idle", "release", "exit", "exec"}) {
      if (mode != "idle" && !Can(kFork)) break;
      Try(kFork, ForkCommand("a", mode), AnswerKind::kForked);
    }
    Expect(ReleaseCommand("a"), AnswerKind::kReleased);
  }

  void StrangePath() {
    const std::string path = Path("a b%\xc3\xa9");
    Expect(AcquireCommand("s", path), AnswerKind::kAcquired);
    if (ended_) return;
    if (::access(path.c_str(), F_OK) == 0) {
      Good("a path with a space, a percent sign and UTF-8 is decoded");
    } else {
      Mistake(
          "the file of a path with a space, a percent sign and UTF-8 is "
          "not there: are fields decoded, byte by byte?");
    }
  }

  void EndOfInput() {
    contender_->CloseInput();
    const Ending ending = contender_->Reap(MonotonicNow() + command_.deadline);
    switch (ending.kind) {
      case Ending::Kind::kExited:
        Good(absl::StrCat("at the end of its input it ", ending.ToString()));
        if (ending.code != 0) {
          Hint("a normal exit has status 0");
        }
        break;
      case Ending::Kind::kKilled:
        Mistake(absl::StrCat("at the end of its input it ", ending.ToString(),
                             "; it should exit"));
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

int RunDoctor(const DoctorCommand& command, std::ostream& out) {
  std::string directory =
      (std::filesystem::temp_directory_path() / "lockcheck.XXXXXX").string();
  if (::mkdtemp(directory.data()) == nullptr) {
    out << "lockcheck: cannot make a folder for the examination: " << directory
        << "\n";
    return kExitUsage;
  }
  const bool healthy = Doctor(command, out, directory).Examine();
  KillChildren();  // those that the contender forked
  std::error_code ignored;
  std::filesystem::remove_all(directory, ignored);
  out << (healthy ? "no mistakes found; next: lockcheck run -- "
                  : "mend the mistakes above, then: lockcheck doctor -- ")
      << command.source.ToString() << "\n";
  return healthy ? kExitAsExpected : kExitNotAsExpected;
}

}  // namespace conformance
