// /proc/PID/stat, and texts.

#include "conformance/sound/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "conformance/sound/calls.h"

namespace conformance::sound {
namespace {

struct Stat {
  int error = 0;
  char state = '\0';
  int64_t threads = 0;
  uint64_t start = 0;
};

Stat StatOf(pid_t pid) {
  const Descriptor fd =
      OpenAt(AT_FDCWD, absl::StrCat("/proc/", pid, "/stat"), O_RDONLY);
  if (!fd.ok()) return {errno};
  const Text got = ReadStart(fd.get());
  if (got.error != 0) return {got.error};
  // The program's name comes second, and may hold anything, even ") ".
  const size_t name_end = got.text.rfind(") ");
  if (name_end == std::string::npos) return {EIO};
  const std::vector<std::string> fields =
      absl::StrSplit(got.text.substr(name_end + 2), ' ');
  constexpr size_t kThreads = 17;
  constexpr size_t kStart = 19;
  Stat stat;
  if (fields.size() <= kStart || fields[0].size() != 1 ||
      !absl::SimpleAtoi(fields[kThreads], &stat.threads) ||
      !absl::SimpleAtoi(fields[kStart], &stat.start)) {
    return {EIO};
  }
  stat.state = fields[0].front();
  return stat;
}

Text BootId() {
  const Descriptor fd =
      OpenAt(AT_FDCWD, "/proc/sys/kernel/random/boot_id", O_RDONLY);
  if (!fd.ok()) return {errno, ""};
  Text id = ReadStart(fd.get());
  absl::StripTrailingAsciiWhitespace(&id.text);
  return id;
}

// A record, with `#` for each number and `@` for the boot's id.
absl::string_view Pattern(Format format) {
  switch (format) {
    case Format::kPlain:
      return "pid=# start=#\n";
    case Format::kBootId:
      return "pid=# start=# boot=@\n";
    case Format::kJson:
      return "{\"pid\": #, \"start\": #}\n";
    case Format::kLink:
      return "pid=#,start=#,n=#";
  }
  return "";
}

struct Match {
  enum class Kind { kNone, kBeginning, kWhole } kind = Kind::kNone;
  std::vector<std::string> values;
};

Match MatchPattern(absl::string_view text, absl::string_view pattern) {
  Match match;
  while (!pattern.empty()) {
    if (text.empty()) {
      match.kind = Match::Kind::kBeginning;
      return match;
    }
    const char c = pattern.front();
    pattern.remove_prefix(1);
    if (c == '#' || c == '@') {
      constexpr size_t kLongest = 40;
      size_t n = 0;
      while (
          n < text.size() && n < kLongest &&
          (absl::ascii_isdigit(text[n]) ||
           (c == '@' && (text[n] == '-' || absl::ascii_isxdigit(text[n]))))) {
        ++n;
      }
      if (n == 0) return {};
      match.values.emplace_back(text.substr(0, n));
      text.remove_prefix(n);
    } else {
      if (text.front() != c) return {};
      text.remove_prefix(1);
    }
  }
  if (text.empty()) match.kind = Match::Kind::kWhole;
  return match;
}

}  // namespace

Record MyRecord(Format format) {
  const pid_t pid = ::getpid();
  static pid_t known_pid = 0;
  static uint64_t known_start = 0;
  if (known_pid != pid) {
    const Stat stat = StatOf(pid);
    if (stat.error != 0) return {stat.error, ""};
    known_start = stat.start;
    known_pid = pid;
  }
  std::string text(Pattern(format));
  text.replace(text.find('#'), 1, absl::StrCat(pid));
  text.replace(text.find('#'), 1, absl::StrCat(known_start));
  if (format == Format::kBootId) {
    static const auto* const boot = new Text(BootId());
    if (boot->error != 0) return {boot->error, ""};
    text.replace(text.find('@'), 1, boot->text);
  }
  if (format == Format::kLink) {
    static uint64_t number = 0;
    text.replace(text.find('#'), 1, absl::StrCat(++number));
  }
  return {0, text};
}

Owner OwnerOf(absl::string_view record, Format format) {
  const Match match = MatchPattern(record, Pattern(format));
  pid_t pid = 0;
  uint64_t start = 0;
  switch (match.kind) {
    case Match::Kind::kNone:
      return {Owner::Kind::kForeign};
    case Match::Kind::kBeginning:
      return {Owner::Kind::kCut};
    case Match::Kind::kWhole:
      break;
  }
  if (!absl::SimpleAtoi(match.values[0], &pid) || pid <= 0 ||
      !absl::SimpleAtoi(match.values[1], &start)) {
    return {Owner::Kind::kForeign};
  }
  if (format == Format::kBootId) {
    const Text boot = BootId();
    if (boot.error != 0) return {Owner::Kind::kUnknown, boot.error};
    if (boot.text != match.values[2]) return {Owner::Kind::kDead};
  }
  return LifeOf(pid, start);
}

Owner LifeOf(pid_t pid, uint64_t start) {
  const Stat stat = StatOf(pid);
  if (stat.error == ENOENT || stat.error == ESRCH) {
    // It may be that we aren't shown processes of others (hidepid, proc(5)).
    if (::kill(pid, 0) == 0 || errno != ESRCH) return {Owner::Kind::kAlive};
    return {Owner::Kind::kDead};
  }
  if (stat.error != 0) return {Owner::Kind::kUnknown, stat.error};
  if (stat.start != start) return {Owner::Kind::kDead};
  // A process whose first thread has ended looks like a dead one but for its
  // other threads.
  const bool dead =
      (stat.state == 'Z' || stat.state == 'X') && stat.threads <= 1;
  return {dead ? Owner::Kind::kDead : Owner::Kind::kAlive};
}

}  // namespace conformance::sound
