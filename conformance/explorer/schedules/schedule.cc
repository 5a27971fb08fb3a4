// Footprints, and the text of a schedule: written, read and checked.

#include "conformance/explorer/schedules/schedule.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace conformance::explorer {
namespace {

constexpr absl::string_view kVersion = "v1";
// Far more than any schedule needs that a person would want to replay.
constexpr size_t kMaxText = size_t{1} << 16;
constexpr size_t kMaxInitial = 64;
constexpr int kMaxError = 4095;  // the greatest that Linux can return
constexpr int kMaxPartial = 1'000'000;

struct ErrorName {
  int error;
  absl::string_view name;
};

// By name, because the numbers differ between systems.
constexpr std::array<ErrorName, 29> kErrors = {{
    {EACCES, "EACCES"},
    {EAGAIN, "EAGAIN"},
    {EBADF, "EBADF"},
    {EBUSY, "EBUSY"},
    {EDEADLK, "EDEADLK"},
    {EDQUOT, "EDQUOT"},
    {EEXIST, "EEXIST"},
    {EFBIG, "EFBIG"},
    {EINTR, "EINTR"},
    {EINVAL, "EINVAL"},
    {EIO, "EIO"},
    {EISDIR, "EISDIR"},
    {ELOOP, "ELOOP"},
    {EMFILE, "EMFILE"},
    {ENAMETOOLONG, "ENAMETOOLONG"},
    {ENFILE, "ENFILE"},
    {ENOENT, "ENOENT"},
    {ENOLCK, "ENOLCK"},
    {ENOMEM, "ENOMEM"},
    {ENOSPC, "ENOSPC"},
    {ENOSYS, "ENOSYS"},
    {ENOTDIR, "ENOTDIR"},
    {EOPNOTSUPP, "EOPNOTSUPP"},
    {EPERM, "EPERM"},
    {EROFS, "EROFS"},
    {ESTALE, "ESTALE"},
    {ETIMEDOUT, "ETIMEDOUT"},
    {ETXTBSY, "ETXTBSY"},
    {EXDEV, "EXDEV"},
}};

std::string NameOfError(int error) {
  for (const ErrorName& known : kErrors) {
    if (known.error == error) return std::string(known.name);
  }
  return absl::StrCat(error);
}

// Digits only: no sign, no leading zero. At most `max`.
std::optional<int> ParseNumber(absl::string_view text, int max) {
  int number = 0;
  if (text.empty() || text.size() > 9 || (text.size() > 1 && text[0] == '0') ||
      !std::all_of(text.begin(), text.end(), absl::ascii_isdigit) ||
      !absl::SimpleAtoi(text, &number) || number > max) {
    return std::nullopt;
  }
  return number;
}

// The canonical word only, so that every schedule has one text.
std::optional<int> ParseError(absl::string_view text) {
  for (const ErrorName& known : kErrors) {
    if (known.name == text) return known.error;
  }
  const std::optional<int> number = ParseNumber(text, kMaxError);
  if (!number.has_value() || *number == 0 || NameOfError(*number) != text) {
    return std::nullopt;
  }
  return number;
}

// For a terminal: the text may come from anywhere.
std::string Quoted(absl::string_view text) {
  constexpr size_t kShown = 40;
  std::string quoted = "\"";
  for (const char c : text.substr(0, kShown)) {
    quoted += absl::ascii_isprint(c) ? c : '?';
  }
  return absl::StrCat(quoted, text.size() > kShown ? "...\"" : "\"");
}

absl::Status Wrong(absl::string_view what, absl::string_view should) {
  return absl::InvalidArgumentError(
      absl::StrCat("not a schedule: ", what, "; ", should));
}

bool IsNameOfState(absl::string_view name) {
  return !name.empty() && name.size() <= kMaxInitial &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return absl::ascii_isalnum(c) || c == '-' || c == '_' || c == '.';
         });
}

absl::Status ValidateStep(const Step& step, size_t contenders) {
  const auto wrong = [](absl::string_view what) {
    return Wrong(what, "see Step in schedule.h for what can be combined");
  };
  if (step.actor < 0 || static_cast<size_t>(step.actor) >= contenders) {
    return Wrong(absl::StrCat("there is no contender ", step.actor),
                 absl::StrCat("contenders are 0 to ", contenders - 1));
  }
  const bool fails = step.kind == Step::Kind::kFail;
  const bool partial = step.cuts();
  if (step.partial < Step::kAllButOne || step.partial > kMaxPartial) {
    return wrong(absl::StrCat("a write can't keep ", step.partial, " bytes"));
  }
  if (step.error < 0 || step.error > kMaxError) {
    return wrong(absl::StrCat(step.error, " is no error number"));
  }
  if (!fails && step.error != 0) {
    return wrong("a step has an error but isn't said to fail");
  }
  if (fails && step.error == 0 && !partial) {
    return wrong(
        "a step is said to fail but has neither error nor short write");
  }
  if (!fails && step.kind != Step::Kind::kCrashAfter && partial) {
    return wrong("only a step that fails or crashes afterwards writes less");
  }
  return absl::OkStatus();
}

struct Word {
  Step step;
  int times = 1;
};

absl::StatusOr<Word> ParseWord(absl::string_view text, size_t contenders) {
  const auto wrong = [text](absl::string_view should) {
    return Wrong(absl::StrCat("can't read the step ", Quoted(text)), should);
  };
  const auto actor = static_cast<size_t>(text.empty() ? -1 : text[0] - 'a');
  if (actor >= contenders) {
    return wrong(absl::StrCat("a step begins with its contender, \"a\" to \"",
                              LetterOf(static_cast<int>(contenders) - 1),
                              "\""));
  }
  Word word;
  word.step.actor = static_cast<int>(actor);
  absl::string_view rest = text.substr(1);
  if (rest.empty()) return word;
  if (absl::ascii_isdigit(rest[0])) {
    const std::optional<int> times = ParseNumber(rest, Schedule::kMaxSteps);
    if (!times.has_value() || *times < 2) {
      return wrong(absl::StrCat("a number of plain steps is from 2 to ",
                                Schedule::kMaxSteps, ", as in \"a3\""));
    }
    word.times = *times;
    return word;
  }
  if (absl::ConsumePrefix(&rest, "~")) {
    const bool but_one = absl::StartsWith(rest, "-1");
    const size_t end = but_one ? 2 : rest.find_first_not_of("0123456789");
    const std::optional<int> partial =
        but_one ? Step::kAllButOne
                : ParseNumber(rest.substr(0, end), kMaxPartial);
    if (!partial.has_value()) {
      return wrong(
          "\"~\" is followed by the bytes that are written, as in "
          "\"a~3\", or by -1 for all but one");
    }
    word.step.kind = Step::Kind::kFail;
    word.step.partial = *partial;
    rest.remove_prefix(std::min(end, rest.size()));
    if (rest.empty()) return word;
  }
  if (rest == "!kill-after") {
    word.step.kind = Step::Kind::kCrashAfter;
    return word;
  }
  if (rest == "!kill" && !word.step.cuts()) {
    word.step.kind = Step::Kind::kCrashBefore;
    return word;
  }
  if (absl::ConsumePrefix(&rest, "?")) {
    const std::optional<int> error = ParseError(rest);
    if (!error.has_value()) {
      return wrong(
          "\"?\" is followed by an error's name or, for one that has "
          "none here, its number, as in \"a?EINTR\"");
    }
    word.step.kind = Step::Kind::kFail;
    word.step.error = *error;
    return word;
  }
  return wrong(
      "write \"a\", \"a3\", \"a!kill\", \"a!kill-after\", \"a?EINTR\" "
      "or \"a~3\"");
}

// "a!,b" of so many contenders: each at most once, in the order of letters.
absl::StatusOr<std::vector<NormalEnd>> ParseEnds(absl::string_view text,
                                                 size_t contenders) {
  std::vector<NormalEnd> ends;
  for (absl::string_view word : absl::StrSplit(text, ',')) {
    const bool holding = absl::ConsumeSuffix(&word, "!");
    const auto contender =
        static_cast<size_t>(word.size() == 1 ? word[0] - 'a' : -1);
    if (contender >= contenders || contender < ends.size()) {
      return Wrong(absl::StrCat("ends=", Quoted(text)),
                   "name those that end by their letters in order, with \"!\" "
                   "behind one that holds then, as in \"a!,b\"");
    }
    ends.resize(contender, NormalEnd::kNone);
    ends.push_back(holding ? NormalEnd::kHolding : NormalEnd::kDone);
  }
  return ends;
}

// " ends=a!,b"
std::string TextOfEnds(const std::vector<NormalEnd>& ends) {
  std::string text;
  for (size_t i = 0; i < ends.size(); ++i) {
    if (ends[i] == NormalEnd::kNone) continue;
    absl::StrAppend(&text, text.empty() ? " ends=" : ",",
                    LetterOf(static_cast<int>(i)),
                    ends[i] == NormalEnd::kHolding ? "!" : "");
  }
  return text;
}

// The value of the field that `text` begins with, which is taken off it.
absl::StatusOr<absl::string_view> TakeField(absl::string_view& text,
                                            absl::string_view key) {
  const absl::string_view word = text.substr(0, text.find(' '));
  absl::string_view value = word;
  if (!absl::ConsumePrefix(&value, key) || !absl::ConsumePrefix(&value, "=")) {
    return Wrong(
        absl::StrCat(Quoted(word), " is where ", key, "= should be"),
        "the fields are contenders=, cycles=, perhaps wait=forever, "
        "processes=new, commands=late, crashes=old and ends=, then initial= "
        "and steps=, in this order, with one space between");
  }
  text.remove_prefix(word.size());
  absl::ConsumePrefix(&text, " ");
  return value;
}

}  // namespace

bool HasFault(const std::vector<Step>& steps) {
  return std::any_of(steps.begin(), steps.end(), [](const Step& step) {
    return step.kind != Step::Kind::kRun;
  });
}

std::string LetterOf(int actor) {
  const bool named = actor >= 0 && actor < Schedule::kMaxContenders;
  return std::string(1, named ? static_cast<char>('a' + actor) : '?');
}

std::string Step::ToString() const {
  std::string text = LetterOf(actor);
  if (cuts()) {
    absl::StrAppend(&text, "~", partial == kAllButOne ? -1 : partial);
  }
  switch (kind) {
    case Kind::kRun:
      break;
    case Kind::kCrashBefore:
      text += "!kill";
      break;
    case Kind::kCrashAfter:
      text += "!kill-after";
      break;
    case Kind::kFail:
      if (error != 0) absl::StrAppend(&text, "?", NameOfError(error));
      break;
  }
  return text;
}

absl::Status Schedule::Validate() const {
  if (cycles.empty() || cycles.size() > kMaxContenders) {
    return Wrong(absl::StrCat("it has ", cycles.size(), " contenders"),
                 absl::StrCat("1 to ", kMaxContenders, " are possible"));
  }
  for (const int number : cycles) {
    if (number < 0 || number > kMaxCycles) {
      return Wrong(absl::StrCat("a contender has ", number, " cycles"),
                   absl::StrCat("0 to ", kMaxCycles, " are possible"));
    }
  }
  if (ends.size() > cycles.size()) {
    return Wrong(
        absl::StrCat("contender ", LetterOf(static_cast<int>(ends.size()) - 1),
                     " is to end"),
        absl::StrCat("there are ", cycles.size(), " contenders"));
  }
  if (!ends.empty() && ends.back() == NormalEnd::kNone) {
    return Wrong("the last of those that end doesn't",
                 "leave out those that live on at the end of the list");
  }
  if (!IsNameOfState(initial)) {
    return Wrong(absl::StrCat("the initial state is called ", Quoted(initial)),
                 "its name is of letters, digits, \"-\", \"_\" and \".\"");
  }
  if (steps.size() > kMaxSteps) {
    return Wrong(absl::StrCat("it has ", steps.size(), " steps"),
                 absl::StrCat("at most ", kMaxSteps, " are possible"));
  }
  for (const Step& step : steps) {
    if (absl::Status status = ValidateStep(step, cycles.size()); !status.ok()) {
      return status;
    }
  }
  return absl::OkStatus();
}

std::string Schedule::ToString() const {
  std::string text = absl::StrCat(
      kVersion, " contenders=", cycles.size(),
      " cycles=", absl::StrJoin(cycles, ","), waits ? " wait=forever" : "",
      fresh ? " processes=new" : "", separate_commands ? " commands=late" : "",
      ages ? " crashes=old" : "", TextOfEnds(ends), " initial=", initial,
      " steps=");
  for (size_t i = 0; i < steps.size();) {
    size_t end = i + 1;
    if (steps[i].kind == Step::Kind::kRun) {
      while (end < steps.size() && steps[end] == steps[i]) ++end;
    }
    if (i > 0) text += ' ';
    text += steps[i].ToString();
    if (end - i > 1) absl::StrAppend(&text, end - i);
    i = end;
  }
  return text;
}

absl::StatusOr<Schedule> Schedule::Parse(absl::string_view text) {
  if (text.size() > kMaxText) {
    return Wrong(absl::StrCat("it is ", text.size(), " bytes long"),
                 absl::StrCat("at most ", kMaxText, " are possible"));
  }
  absl::string_view rest = text;
  if (!absl::ConsumePrefix(&rest, absl::StrCat(kVersion, " "))) {
    return Wrong(
        absl::StrCat("it begins with ", Quoted(text.substr(0, text.find(' ')))),
        absl::StrCat("copy the whole line, which begins with \"", kVersion,
                     " contenders=\""));
  }

  const absl::StatusOr<absl::string_view> contenders =
      TakeField(rest, "contenders");
  if (!contenders.ok()) return contenders.status();
  const std::optional<int> number = ParseNumber(*contenders, kMaxContenders);
  if (!number.has_value() || *number == 0) {
    return Wrong(absl::StrCat("contenders=", Quoted(*contenders)),
                 absl::StrCat("1 to ", kMaxContenders, " are possible"));
  }

  Schedule schedule;
  const absl::StatusOr<absl::string_view> cycles = TakeField(rest, "cycles");
  if (!cycles.ok()) return cycles.status();
  for (const absl::string_view word : absl::StrSplit(*cycles, ',')) {
    const std::optional<int> cycle = ParseNumber(word, kMaxCycles);
    if (!cycle.has_value()) {
      return Wrong(absl::StrCat("cycles=", Quoted(*cycles)),
                   absl::StrCat("write a number from 0 to ", kMaxCycles,
                                " for each contender, as in \"2,1\""));
    }
    schedule.cycles.push_back(*cycle);
  }
  if (schedule.cycles.size() != static_cast<size_t>(*number)) {
    return Wrong(
        absl::StrCat("cycles= is for ", schedule.cycles.size(), " contenders"),
        absl::StrCat("contenders= says that there are ", *number));
  }

  schedule.waits = absl::ConsumePrefix(&rest, "wait=forever ");
  schedule.fresh = absl::ConsumePrefix(&rest, "processes=new ");
  schedule.separate_commands = absl::ConsumePrefix(&rest, "commands=late ");
  schedule.ages = absl::ConsumePrefix(&rest, "crashes=old ");
  if (absl::StartsWith(rest, "ends=")) {
    const absl::StatusOr<absl::string_view> ends = TakeField(rest, "ends");
    if (!ends.ok()) return ends.status();
    absl::StatusOr<std::vector<NormalEnd>> parsed =
        ParseEnds(*ends, schedule.cycles.size());
    if (!parsed.ok()) return parsed.status();
    schedule.ends = *std::move(parsed);
  }
  const absl::StatusOr<absl::string_view> initial = TakeField(rest, "initial");
  if (!initial.ok()) return initial.status();
  schedule.initial = std::string(*initial);

  // The steps are all that is left, so this field isn't one word.
  if (!absl::ConsumePrefix(&rest, "steps=")) {
    return Wrong(absl::StrCat(Quoted(rest.substr(0, rest.find(' '))),
                              " is where steps= should be"),
                 "it is the last field, and not left out when it is empty");
  }
  if (!rest.empty()) {
    for (const absl::string_view text_of_step : absl::StrSplit(rest, ' ')) {
      const absl::StatusOr<Word> word =
          ParseWord(text_of_step, schedule.cycles.size());
      if (!word.ok()) return word.status();
      if (schedule.steps.size() + word->times > kMaxSteps) {
        return Wrong(absl::StrCat("it has more than ", kMaxSteps, " steps"),
                     "that is more than can be replayed");
      }
      schedule.steps.insert(schedule.steps.end(), word->times, word->step);
    }
  }
  if (absl::Status status = schedule.Validate(); !status.ok()) return status;
  return schedule;
}

int Schedule::Switches() const {
  int switches = 0;
  for (size_t i = 1; i < steps.size(); ++i) {
    if (steps[i].actor == steps[i - 1].actor) continue;
    switches += std::any_of(
        steps.begin() + static_cast<ptrdiff_t>(i), steps.end(),
        [&](const Step& s) { return s.actor == steps[i - 1].actor; });
  }
  return switches;
}

}  // namespace conformance::explorer
