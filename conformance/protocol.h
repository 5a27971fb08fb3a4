// The contender protocol, version 1: its words, its framing, and the parsing
// of both directions. Pure text in, values out; no processes and no I/O.
//
// The runner writes commands to a contender's standard input, the contender
// writes answers to its standard output, one line each. Fields are separated
// by one space. Inside a field every byte outside
//
//     A-Z a-z 0-9 . _ ~ / : ; + , @ = -
//
// is percent-encoded as in URLs (RFC 3986, section 2.1), and an empty field is
// a lone `%`. docs/protocol.md is the document for implementers.

#ifndef CONFORMANCE_PROTOCOL_H_
#define CONFORMANCE_PROTOCOL_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

namespace conformance {

inline constexpr absl::string_view kProtocol = "lockfile-contender/1";

// No line of either side is longer. A path of PATH_MAX (4096) bytes takes at
// most three times as much; the rest is room for log messages.
inline constexpr size_t kMaxLineBytes = size_t{256} << 10;

// Log events before one answer, and their bytes.
inline constexpr size_t kMaxLogEvents = 10000;
inline constexpr size_t kMaxLogBytes = size_t{4} << 20;

// The exit status by which a contender says, instead of answering `hello`, that
// what it drives is not installed here (EX_UNAVAILABLE of sysexits.h). Standard
// error says what is missing.
inline constexpr int kNotHereStatus = 69;

// Abilities to claim in `can=`. A contender must be able to do everything else.
inline constexpr absl::string_view kWait = "wait";           // WAIT in ms
inline constexpr absl::string_view kForever = "forever";     // WAIT forever
inline constexpr absl::string_view kFork = "fork";           // fork HANDLE ...
inline constexpr absl::string_view kThread = "thread";       // thread HANDLE ..
inline constexpr absl::string_view kTouch = "touch";         // touch PATH
inline constexpr absl::string_view kLog = "log";             // log events
inline constexpr absl::string_view kSeedLog = "seed-log";    // the seed's words
inline constexpr absl::string_view kOwnerPid = "owner-pid";  // records its pid
inline constexpr absl::string_view kChdir = "chdir";         // chdir PATH
inline constexpr absl::string_view kExit = "exit";           // exit
inline constexpr absl::string_view kCatch = "catch";         // catch
inline constexpr absl::string_view kCancel = "cancel";       // cancel HANDLE
inline constexpr absl::string_view kSetenv = "setenv";       // setenv NAME ...
inline constexpr absl::string_view kBecome = "become";       // become UID GID
inline constexpr absl::string_view kShared = "shared";       // reserved

absl::Span<const absl::string_view> AllCapabilities();

// The families of locks that a contender may say that its lock is of, in
// `profile=`; profile.h says what each promises.
absl::Span<const absl::string_view> AllProfileNames();

using Capabilities = std::set<std::string, std::less<>>;

// One field as it stands in a line; "" becomes "%".
std::string EncodeField(absl::string_view bytes);

// The bytes that a field stands for. InvalidArgument when a byte should have
// been encoded, an escape is cut short, or the field is empty.
absl::StatusOr<std::string> DecodeField(absl::string_view field);

// A whole line, without its newline.
std::string EncodeLine(absl::Span<const std::string> fields);
absl::StatusOr<std::vector<std::string>> DecodeLine(absl::string_view line);

// How long an acquisition may wait: nothing, a time, or InfiniteDuration.
std::string FormatWait(absl::Duration wait);
absl::StatusOr<absl::Duration> ParseWait(absl::string_view text);

// A command, ready to be encoded. The constructors below give the only forms
// that the protocol has.
using Command = std::vector<std::string>;
Command HelloCommand();
Command AcquireCommand(absl::string_view handle, absl::string_view path,
                       absl::Duration wait = absl::ZeroDuration());
Command ThreadCommand(absl::string_view handle, absl::string_view path,
                      absl::Duration wait = absl::ZeroDuration());
Command ReleaseCommand(absl::string_view handle);
Command TouchCommand(absl::string_view path);
Command ChdirCommand(absl::string_view path);
Command ForkCommand(absl::string_view handle, absl::string_view mode);
Command ExitCommand();
Command CatchCommand();
Command CancelCommand(absl::string_view handle);
// nullopt: the variable is removed.
Command SetenvCommand(absl::string_view name,
                      const std::optional<std::string>& value);
Command BecomeCommand(uint32_t user, uint32_t group);

// A log record that the implementation emitted while it served a command.
struct LogRecord {
  std::string severity;  // e.g. "ERROR"
  std::string message;
};

enum class AnswerKind {
  kNone,  // there was no answer: the trial had already ended
  kHello,
  kAcquired,
  kBusy,
  kCancelled,  // the wait was given up, since `cancel` asked for that
  kError,
  kReleased,
  kTouched,
  kChanged,
  kForked,
  kCatching,
  kCancelling,  // to `cancel`: the wait has been told
  kSet,
  kBecame,
  kUnsupported,
  kLog,  // not an answer but an event that comes before one
};
absl::string_view AnswerKindName(AnswerKind kind);

// A contender's description of itself.
struct Introduction {
  std::string name;
  std::string version;
  int64_t pid = 0;  // of the process that really locks
  Capabilities can;
  // The rest may be left out; "" is not said.
  std::string profile = {};  // one of AllProfileNames
  // Where the lock of a path is: a name in the path's folder, in which `@`
  // stands for the path's last part (`@.lock`), or an absolute path.
  std::string at = {};
  // When what a dead holder left is taken over: "owner" (once its owner is
  // dead), "never", or a number of seconds (once it is so old).
  std::string stale = {};
  // "ordinary": the lock is made of permissions, which root overrides.
  std::string user = {};
};

// One parsed line of a contender.
struct Answer {
  AnswerKind kind = AnswerKind::kNone;
  // Of kAcquired, kBusy, kCancelled, kError, kReleased and kCancelling.
  std::string handle;
  std::string message;         // kError
  int64_t child = 0;           // kForked: the child's pid
  std::string child_result;    // kForked in mode acquire: acquired, busy, error
  LogRecord record;            // kLog
  Introduction introduction;   // kHello
  std::vector<LogRecord> log;  // the kLog events that came before this answer

  bool is(AnswerKind k) const { return kind == k; }
};

// Parses one line (without newline) from a contender. InvalidArgument says in
// plain words what is wrong with it; the text is shown to the implementer.
absl::StatusOr<Answer> ParseAnswer(absl::string_view line);

// OK when `answer` is one that `command` can have: the right kind, and the
// handle that was asked about.
absl::Status AnswerFits(const Command& command, const Answer& answer);
// The same of an `acquire` that can be cancelled: kCancelled fits as well.
absl::Status AnswerFitsCancelled(const Command& acquire, const Answer& answer);

// A line or message as shown to people: printable, one line, quoted.
std::string Printable(absl::string_view bytes);

// A text of several lines as shown to people: what a terminal would obey is
// written as in C, e.g. \033. Of lines of thousands of bytes the rest is left
// out, and that is said.
std::string PrintableText(absl::string_view bytes);

}  // namespace conformance

#endif  // CONFORMANCE_PROTOCOL_H_
