// Sends commands, awaits answers, and names what is wrong with them.

#include "conformance/cli/conversation.h"

#include <poll.h>
#include <sys/types.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/monotonic_now.h"
#include "conformance/process/proc.h"
#include "conformance/process/proc_text.h"
#include "conformance/protocol.h"
#include "conformance/report/paint.h"
#include "conformance/wrap.h"

namespace conformance {

void Conversation::Say(absl::string_view mark, absl::string_view color,
                       absl::string_view text) {
  constexpr size_t kAfterMark = 10;  // columns
  out_ << Paint(command_.colors)(mark, color) << "  "
       << Wrap(PrintableText(text), kAfterMark) << "\n";
  out_.flush();
}

void Conversation::ShowStandardError() {
  const std::string text = contender_->StandardError();
  if (!absl::StripAsciiWhitespace(text).empty()) {
    Hint(absl::StrCat("its standard error says:\n", text));
  }
}

bool Conversation::Start() {
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

bool Conversation::Hello() {
  const std::optional<Answer> hello = Ask(HelloCommand());
  if (!hello.has_value()) {
    if (!ended_) Hint("the rest cannot be examined without a greeting");
    return false;
  }
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

std::optional<Answer> Conversation::Ask(const Command& command) {
  std::optional<Answer> answer = AskForAny(command);
  if (!answer.has_value()) return std::nullopt;
  NothingMore(command);
  const absl::Status fits = AnswerFits(command, *answer);
  if (fits.ok()) return answer;
  Mistake(absl::StrCat("to `", EncodeLine(command), "`: it ", fits.message()));
  return std::nullopt;
}

std::optional<Answer> Conversation::AskForAny(const Command& command) {
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
      if (!parsed->is(AnswerKind::kLog)) {
        asked_ = std::min(asked_ + 1, 2);
        return *std::move(parsed);
      }
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

void Conversation::NothingMore(const Command& command) {
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

Contender::Line Conversation::AwaitMore(absl::Duration deadline) {
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

bool Conversation::ReadsInput() const {
  return IsReadingInput(contender_->DescribeThreads());
}

void Conversation::NoAnswer(absl::string_view line,
                            const Contender::Line& answer) {
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
      const Ending ending = contender_->Reap(MonotonicNow() + absl::Seconds(2));
      const std::string how =
          ending.kind == Ending::Kind::kLives
              ? absl::StrCat("process ", contender_->locking_pid(),
                             ", the one that locks, ended")
              : absl::StrCat("it ", ending.ToString());
      Mistake(absl::StrCat("to `", line, "` no answer came: ", how,
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
      Mistake(absl::StrCat("to `", line, "` it wrote more than ", kMaxLineBytes,
                           " bytes without a newline"));
      break;
  }
  ShowStandardError();
  ended_ = true;
}

std::optional<Answer> Conversation::Expect(const Command& command,
                                           AnswerKind kind,
                                           absl::string_view lenient) {
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

bool Conversation::Can(absl::string_view capability) const {
  return introduction_.can.count(std::string(capability)) > 0;
}

void Conversation::Try(absl::string_view capability, const Command& command,
                       AnswerKind kind, bool error_is_good) {
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

}  // namespace conformance
