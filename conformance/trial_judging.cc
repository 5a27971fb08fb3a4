// Trial: what is noted and expected, and how its verdict is decided.

#include <string.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/checker.h"
#include "conformance/history.h"
#include "conformance/monotonic_now.h"
#include "conformance/process/ending.h"
#include "conformance/process/exhaustion.h"
#include "conformance/process/proc_text.h"
#include "conformance/profile.h"
#include "conformance/protocol.h"
#include "conformance/trial.h"
#include "conformance/verdict.h"

namespace conformance {

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
  if (!options_.profile.DeathFrees()) {
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

}  // namespace conformance
