// Framing and parsing of the contender protocol.

#include "conformance/protocol.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
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
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "conformance/utf8.h"

namespace conformance {
namespace {

constexpr absl::string_view kHexDigits = "0123456789ABCDEF";

bool IsPlain(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         absl::StrContains("._~/:;+,@=-", c);
}

int HexValue(char c) {
  const size_t at = kHexDigits.find(absl::ascii_toupper(c));
  return at == absl::string_view::npos ? -1 : static_cast<int>(at);
}

absl::Status Nonsense(absl::string_view line, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("the line ", Printable(line), " ", why));
}

absl::Status WrongCount(absl::string_view line, size_t wanted, size_t found) {
  return Nonsense(
      line, absl::StrCat("has ", found, found == 1 ? " field" : " fields",
                         "; it needs ", wanted, ", separated by one space"));
}

// A pid as the kernel numbers them (proc(5): at most 4194304 of them).
bool ParsePid(absl::string_view text, int64_t& pid) {
  int32_t number = 0;
  if (!absl::SimpleAtoi(text, &number) || number <= 0) return false;
  pid = number;
  return true;
}

// Sets a field that a contender needn't say. Gives "" or what is wrong with it.
std::string SetOptional(absl::string_view key, absl::string_view value,
                        Introduction& intro) {
  if (key == "profile") {
    const absl::Span<const absl::string_view> all = AllProfileNames();
    if (std::find(all.begin(), all.end(), value) == all.end()) {
      return absl::StrCat("claims the profile ", Printable(value),
                          "; the known ones: ", absl::StrJoin(all, " "));
    }
    intro.profile = std::string(value);
  } else if (key == "at") {
    const bool absolute = absl::StartsWith(value, "/");
    if (!absolute && absl::StrContains(value, '/')) {
      return "has an at= of another folder, which only an absolute path can "
             "name; without at= the suite looks where the lock is";
    }
    if (!absolute && !absl::StrContains(value, '@')) {
      return "has an at= that is neither an absolute path nor a name with @ "
             "for the last part of the lock's path";
    }
    intro.at = std::string(value);
  } else if (key == "stale") {
    int32_t seconds = 0;
    if (value != "owner" && value != "never" &&
        (!absl::SimpleAtoi(value, &seconds) || seconds <= 0)) {
      return "has a stale= that is not owner, never or a number of seconds";
    }
    intro.stale = std::string(value);
  } else if (key == "user") {
    if (value != "ordinary") return "has a user= that is not ordinary";
    intro.user = std::string(value);
  }
  return "";
}

absl::StatusOr<Answer> ParseHello(absl::string_view line,
                                  const std::vector<std::string>& fields) {
  if (fields.size() < 2 || fields[1] != kProtocol) {
    return Nonsense(line, absl::StrCat("does not name the protocol, ",
                                       kProtocol, ", after \"hello\""));
  }
  Answer answer;
  answer.kind = AnswerKind::kHello;
  for (size_t i = 2; i < fields.size(); ++i) {
    const std::pair<absl::string_view, absl::string_view> pair =
        absl::StrSplit(fields[i], absl::MaxSplits('=', 1));
    Introduction& intro = answer.introduction;
    if (pair.first == "name") {
      intro.name = std::string(pair.second);
    } else if (pair.first == "version") {
      intro.version = std::string(pair.second);
    } else if (pair.first == "pid") {
      if (!ParsePid(pair.second, intro.pid)) {
        return Nonsense(line, "has a pid= that is no process id");
      }
    } else if (pair.first == "can") {
      for (absl::string_view capability :
           absl::StrSplit(pair.second, ',', absl::SkipEmpty())) {
        bool known = false;
        for (absl::string_view k : AllCapabilities()) known |= k == capability;
        if (!known) {
          return Nonsense(
              line, absl::StrCat("claims ", Printable(capability),
                                 ", which is no capability; the known ones: ",
                                 absl::StrJoin(AllCapabilities(), " ")));
        }
        intro.can.emplace(capability);
      }
    }
    if (const std::string wrong = SetOptional(pair.first, pair.second, intro);
        !wrong.empty()) {
      return Nonsense(line, wrong);
    }
    // Other keys are free for later versions.
  }
  if (answer.introduction.name.empty()) return Nonsense(line, "lacks name=");
  if (answer.introduction.pid == 0) return Nonsense(line, "lacks pid=");
  return answer;
}

// The fields that follow an answer's first word, for those of a fixed form.
struct Form {
  absl::string_view word;
  AnswerKind kind;
  size_t fields;
};
constexpr std::array<Form, 13> kForms = {{
    {"acquired", AnswerKind::kAcquired, 2},
    {"busy", AnswerKind::kBusy, 2},
    {"cancelled", AnswerKind::kCancelled, 2},
    {"error", AnswerKind::kError, 3},
    {"released", AnswerKind::kReleased, 2},
    {"touched", AnswerKind::kTouched, 1},
    {"changed", AnswerKind::kChanged, 1},
    {"catching", AnswerKind::kCatching, 1},
    {"cancelling", AnswerKind::kCancelling, 2},
    {"set", AnswerKind::kSet, 1},
    {"became", AnswerKind::kBecame, 1},
    {"unsupported", AnswerKind::kUnsupported, 1},
    {"log", AnswerKind::kLog, 3},
}};

// The answers to each command, besides `unsupported`.
struct Fit {
  absl::string_view word;
  AnswerKind kind;
  bool of_handle;  // that the command names
};
constexpr std::array<Fit, 19> kFits = {{
    {"hello", AnswerKind::kHello, false},
    {"acquire", AnswerKind::kAcquired, true},
    {"acquire", AnswerKind::kBusy, true},
    {"acquire", AnswerKind::kError, true},
    {"thread", AnswerKind::kAcquired, true},
    {"thread", AnswerKind::kBusy, true},
    {"thread", AnswerKind::kError, true},
    {"release", AnswerKind::kReleased, true},
    {"release", AnswerKind::kError, true},
    {"touch", AnswerKind::kTouched, false},
    // A contender that can't say the path can't repeat it either.
    {"touch", AnswerKind::kError, false},
    {"chdir", AnswerKind::kChanged, false},
    {"catch", AnswerKind::kCatching, false},
    {"cancel", AnswerKind::kCancelling, true},
    {"cancel", AnswerKind::kError, true},
    {"setenv", AnswerKind::kSet, false},
    {"become", AnswerKind::kBecame, false},
    {"become", AnswerKind::kError, false},
    {"fork", AnswerKind::kForked, false},
}};

absl::StatusOr<Answer> ParseForked(absl::string_view line,
                                   const std::vector<std::string>& fields) {
  if (fields.size() != 2 && fields.size() != 3) {
    return WrongCount(line, 2, fields.size());
  }
  Answer answer;
  answer.kind = AnswerKind::kForked;
  if (!ParsePid(fields[1], answer.child)) {
    return Nonsense(line, "has a PID that is no process id");
  }
  if (fields.size() == 3) answer.child_result = fields[2];
  return answer;
}

}  // namespace

absl::Span<const absl::string_view> AllProfileNames() {
  static constexpr std::array<absl::string_view, 6> kAll = {
      "seed",           "kernel-lock", "record-lock",
      "existence-lock", "windows",     "unclaimed"};
  return kAll;
}

absl::Span<const absl::string_view> AllCapabilities() {
  static constexpr std::array<absl::string_view, 15> kAll = {
      kWait,  kForever, kFork,  kThread, kTouch,  kLog,    kSeedLog, kOwnerPid,
      kChdir, kExit,    kCatch, kCancel, kSetenv, kBecome, kShared};
  return kAll;
}

std::string EncodeField(absl::string_view bytes) {
  if (bytes.empty()) return "%";
  std::string field;
  field.reserve(bytes.size());
  for (const char c : bytes) {
    if (IsPlain(c)) {
      field += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      field += '%';
      field += kHexDigits[byte >> 4];
      field += kHexDigits[byte & 0xF];
    }
  }
  return field;
}

absl::StatusOr<std::string> DecodeField(absl::string_view field) {
  if (field == "%") return std::string();
  if (field.empty()) {
    return absl::InvalidArgumentError(
        "has an empty field (two spaces, or one at an end); an empty value is "
        "written as a lone %");
  }
  std::string bytes;
  bytes.reserve(field.size());
  for (size_t i = 0; i < field.size(); ++i) {
    if (field[i] == '%') {
      const bool whole = i + 2 < field.size();
      const int high = whole ? HexValue(field[i + 1]) : -1;
      const int low = whole ? HexValue(field[i + 2]) : -1;
      if (high < 0 || low < 0) {
        return absl::InvalidArgumentError("has a % without two hex digits");
      }
      bytes += static_cast<char>(high * 16 + low);
      i += 2;
    } else if (IsPlain(field[i])) {
      bytes += field[i];
    } else {
      return absl::InvalidArgumentError(absl::StrCat(
          "has the byte ", Printable(field.substr(i, 1)),
          ", which must be written as ", EncodeField(field.substr(i, 1))));
    }
  }
  return bytes;
}

std::string EncodeLine(absl::Span<const std::string> fields) {
  return absl::StrJoin(fields, " ", [](std::string* out, const std::string& f) {
    out->append(EncodeField(f));
  });
}

absl::StatusOr<std::vector<std::string>> DecodeLine(absl::string_view line) {
  if (line.empty()) return Nonsense(line, "is empty");
  std::vector<std::string> fields;
  for (absl::string_view field : absl::StrSplit(line, ' ')) {
    absl::StatusOr<std::string> bytes = DecodeField(field);
    if (!bytes.ok()) return Nonsense(line, bytes.status().message());
    fields.push_back(*std::move(bytes));
  }
  return fields;
}

std::string FormatWait(absl::Duration wait) {
  if (wait == absl::InfiniteDuration()) return "forever";
  return absl::StrCat(absl::ToInt64Milliseconds(wait));
}

absl::StatusOr<absl::Duration> ParseWait(absl::string_view text) {
  if (text == "forever") return absl::InfiniteDuration();
  int64_t milliseconds = 0;
  if (!absl::SimpleAtoi(text, &milliseconds) || milliseconds < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("WAIT is 0, a number of milliseconds, or forever; not ",
                     Printable(text)));
  }
  return absl::Milliseconds(milliseconds);
}

Command HelloCommand() { return {"hello", std::string(kProtocol)}; }

Command AcquireCommand(absl::string_view handle, absl::string_view path,
                       absl::Duration wait) {
  return {"acquire", std::string(handle), std::string(path), FormatWait(wait)};
}

Command ThreadCommand(absl::string_view handle, absl::string_view path,
                      absl::Duration wait) {
  return {"thread", std::string(handle), std::string(path), FormatWait(wait)};
}

Command ReleaseCommand(absl::string_view handle) {
  return {"release", std::string(handle)};
}

Command TouchCommand(absl::string_view path) {
  return {"touch", std::string(path)};
}

Command ChdirCommand(absl::string_view path) {
  return {"chdir", std::string(path)};
}

Command ForkCommand(absl::string_view handle, absl::string_view mode) {
  return {"fork", std::string(handle), std::string(mode)};
}

Command ExitCommand() { return {"exit"}; }

Command CatchCommand() { return {"catch"}; }

Command CancelCommand(absl::string_view handle) {
  return {"cancel", std::string(handle)};
}

Command SetenvCommand(absl::string_view name,
                      const std::optional<std::string>& value) {
  Command command = {"setenv", std::string(name)};
  if (value.has_value()) command.push_back(*value);
  return command;
}

Command BecomeCommand(uint32_t user, uint32_t group) {
  return {"become", absl::StrCat(user), absl::StrCat(group)};
}

absl::string_view AnswerKindName(AnswerKind kind) {
  for (const Form& form : kForms) {
    if (form.kind == kind) return form.word;
  }
  if (kind == AnswerKind::kHello) return "hello";
  if (kind == AnswerKind::kForked) return "forked";
  return "nothing";
}

absl::StatusOr<Answer> ParseAnswer(absl::string_view line) {
  absl::StatusOr<std::vector<std::string>> fields = DecodeLine(line);
  if (!fields.ok()) return fields.status();
  const std::string& word = fields->front();
  if (word == "hello") return ParseHello(line, *fields);
  if (word == "forked") return ParseForked(line, *fields);
  for (const Form& form : kForms) {
    if (form.word != word) continue;
    if (fields->size() != form.fields) {
      return WrongCount(line, form.fields, fields->size());
    }
    Answer answer;
    answer.kind = form.kind;
    if (form.kind == AnswerKind::kLog) {
      answer.record = {(*fields)[1], (*fields)[2]};
    } else {
      if (form.fields > 1) answer.handle = (*fields)[1];
      if (form.fields > 2) answer.message = (*fields)[2];
    }
    return answer;
  }
  return Nonsense(line,
                  "is no answer of the protocol; standard output is for "
                  "answers only, free text goes to standard error");
}

namespace {

// Whether it is about the handle that the command names.
absl::Status AnswersAbout(const Command& command, const Answer& answer) {
  if (answer.handle == command[1]) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("answered about the handle ", Printable(answer.handle),
                   " when it was asked about ", Printable(command[1])));
}

}  // namespace

absl::Status AnswerFits(const Command& command, const Answer& answer) {
  if (answer.is(AnswerKind::kUnsupported)) return absl::OkStatus();
  const std::string& word = command.front();
  std::vector<absl::string_view> answers;
  bool fits = false;
  bool of_handle = false;
  for (const Fit& fit : kFits) {
    if (fit.word != word) continue;
    answers.push_back(AnswerKindName(fit.kind));
    if (answer.is(fit.kind)) {
      fits = true;
      of_handle = fit.of_handle;
    }
  }
  if (!fits) {
    answers.push_back("unsupported");
    return absl::InvalidArgumentError(
        absl::StrCat("answered ", AnswerKindName(answer.kind), " to ", word,
                     ", whose answer is ", absl::StrJoin(answers, " or ")));
  }
  return of_handle ? AnswersAbout(command, answer) : absl::OkStatus();
}

absl::Status AnswerFitsCancelled(const Command& acquire, const Answer& answer) {
  if (!answer.is(AnswerKind::kCancelled)) return AnswerFits(acquire, answer);
  return AnswersAbout(acquire, answer);
}

std::string Printable(absl::string_view bytes) {
  constexpr size_t kShown = 300;
  std::string text =
      absl::StrCat("\"",
                   EscapeUnless(bytes.substr(0, kShown),
                                [](uint32_t code) {
                                  return !IsObeyedByTerminals(code) &&
                                         code != '"' && code != '\\';
                                }),
                   "\"");
  if (bytes.size() > kShown) {
    absl::StrAppend(&text, "... (", bytes.size(), " bytes)");
  }
  return text;
}

std::string PrintableText(absl::string_view bytes) {
  constexpr size_t kLongestLine = 4096;
  constexpr size_t kMost = size_t{256} << 10;
  std::string text;
  for (absl::string_view rest = bytes;;) {
    const size_t end = rest.find('\n');
    const absl::string_view line = rest.substr(0, end);
    absl::StrAppend(
        &text, EscapeUnless(line.substr(0, kLongestLine), [](uint32_t code) {
          return !IsObeyedByTerminals(code) || code == '\t';
        }));
    if (line.size() > kLongestLine) {
      absl::StrAppend(&text, "... (", line.size(), " bytes)");
    }
    if (end == absl::string_view::npos) return text;
    text += '\n';
    rest.remove_prefix(end + 1);
    if (text.size() > kMost && !rest.empty()) {
      return absl::StrCat(text, "... (", rest.size(), " more bytes)");
    }
  }
}

}  // namespace conformance
