// Reading the texts of /proc.

#include "conformance/process/proc_text.h"

#include <sys/syscall.h>
#include <sys/types.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "conformance/utf8.h"

namespace conformance {
namespace {

// The calls that a lock file's user can be found in, by number.
std::string SystemCallName(int64_t number) {
  static constexpr std::array<std::pair<int64_t, absl::string_view>, 18>
      kNames = {{{SYS_flock, "flock"},
                 {SYS_fcntl, "fcntl"},
                 {SYS_read, "read"},
                 {SYS_write, "write"},
                 {SYS_openat, "openat"},
                 {SYS_close, "close"},
                 {SYS_nanosleep, "nanosleep"},
                 {SYS_clock_nanosleep, "clock_nanosleep"},
                 {SYS_futex, "futex"},
                 {SYS_ppoll, "ppoll"},
                 {SYS_pselect6, "pselect6"},
                 {SYS_epoll_pwait, "epoll_pwait"},
                 {SYS_wait4, "wait4"},
                 {SYS_waitid, "waitid"},
                 {SYS_fsync, "fsync"},
                 {SYS_rt_sigtimedwait, "rt_sigtimedwait"},
                 {SYS_rt_sigsuspend, "rt_sigsuspend"},
#ifdef SYS_open
                 {SYS_open, "open"}}};
#else
                 {SYS_mkdirat, "mkdirat"}}};
#endif
  for (const auto& [known, name] : kNames) {
    if (known == number) return std::string(name);
  }
#ifdef SYS_poll
  if (number == SYS_poll) return "poll";
#endif
#ifdef SYS_pause
  if (number == SYS_pause) return "pause";
#endif
  return absl::StrCat("system call ", number);
}

// Of the kernel, which shows "0" where it shows none (proc(5)).
bool IsChannel(absl::string_view text) {
  return !text.empty() && text != "0" &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  c == '_' || c == '.';
         });
}

std::vector<absl::string_view> WordsOf(absl::string_view text) {
  return absl::StrSplit(text, absl::ByAnyChar(" \t\n"), absl::SkipEmpty());
}

// "0x7f" or "-1", of which SimpleHexAtoi takes the sign.
bool ParseHexadecimal(absl::string_view text, uint64_t& number) {
  return !absl::StartsWith(text, "-") && absl::SimpleHexAtoi(text, &number);
}

}  // namespace

std::vector<std::string> FieldsOfStat(absl::string_view stat) {
  const size_t name_end = stat.rfind(')');
  if (name_end == absl::string_view::npos) return {};
  const std::vector<absl::string_view> words =
      WordsOf(stat.substr(name_end + 1));
  return {words.begin(), words.end()};
}

int64_t TicksOfStat(absl::string_view stat) {
  // From the 14th field on; FieldsOfStat begins with the third.
  constexpr size_t kUserTime = 11;
  constexpr size_t kTimes = 4;
  // A million years, so that a sum of some is a number.
  constexpr int64_t kMost = int64_t{1'000'000} * 365 * 24 * 3600 * 100;
  const std::vector<std::string> fields = FieldsOfStat(stat);
  int64_t ticks = 0;
  for (size_t i = kUserTime; i < std::min(kUserTime + kTimes, fields.size());
       ++i) {
    int64_t some = 0;
    if (absl::SimpleAtoi(fields[i], &some) && some >= 0 && some <= kMost) {
      ticks += some;
    }
  }
  return ticks;
}

std::string FieldOfStatus(absl::string_view status, absl::string_view name) {
  for (absl::string_view line : absl::StrSplit(status, '\n')) {
    if (absl::ConsumePrefix(&line, name) && absl::ConsumePrefix(&line, ":")) {
      return std::string(absl::StripAsciiWhitespace(line));
    }
  }
  return "";
}

std::optional<int64_t> BytesOfField(absl::string_view field) {
  absl::ConsumeSuffix(&field, "kB");
  int64_t kib = 0;
  if (!absl::SimpleAtoi(field, &kib) || kib < 0 || kib > INT64_MAX >> 10) {
    return std::nullopt;
  }
  return kib << 10;
}

size_t CountTimersOf(absl::string_view timers) {
  size_t count = 0;
  for (const absl::string_view line : absl::StrSplit(timers, '\n')) {
    count += absl::StartsWith(line, "ID:") ? 1 : 0;
  }
  return count;
}

std::optional<std::pair<int64_t, int64_t>> TimesOfSchedstat(
    absl::string_view schedstat) {
  const std::vector<absl::string_view> words = WordsOf(schedstat);
  std::pair<int64_t, int64_t> times;
  if (words.size() < 2 || !absl::SimpleAtoi(words[0], &times.first) ||
      !absl::SimpleAtoi(words[1], &times.second)) {
    return std::nullopt;
  }
  return times;
}

std::optional<CallOfThread> CallOfSyscall(absl::string_view syscall) {
  // "NUMBER 0xARGUMENT... 0xSTACK 0xCOUNTER", or "running".
  constexpr size_t kArguments = 6;
  const std::vector<absl::string_view> words = WordsOf(syscall);
  CallOfThread call;
  if (words.size() != kArguments + 3 ||
      !absl::SimpleAtoi(words[0], &call.number)) {
    return std::nullopt;
  }
  for (size_t i = 0; i < kArguments; ++i) {
    uint64_t argument = 0;
    if (!ParseHexadecimal(words[1 + i], argument)) return std::nullopt;
    call.arguments.push_back(argument);
  }
  return call;
}

std::vector<std::string> LocksOfFdinfo(absl::string_view fdinfo) {
  std::vector<std::string> kinds;
  for (const absl::string_view line : absl::StrSplit(fdinfo, '\n')) {
    // "lock:\t1: FLOCK  ADVISORY  WRITE 123 08:02:4711 0 EOF"
    if (!absl::StartsWith(line, "lock:")) continue;
    const std::vector<absl::string_view> words = WordsOf(line);
    if (words.size() >= 3) kinds.emplace_back(words[2]);
  }
  return kinds;
}

std::optional<std::pair<uint64_t, uint64_t>> VdsoOfMaps(
    absl::string_view maps) {
  // Of ELF's header and a few functions; it is two pages long today.
  constexpr uint64_t kMost = 1U << 20U;
  for (const absl::string_view line : absl::StrSplit(maps, '\n')) {
    // "BEGIN-END r-xp 00000000 00:00 0    [vdso]"; a file may be called so, but
    // has a device and an inode.
    const std::vector<absl::string_view> words = WordsOf(line);
    if (words.size() != 6 || words[5] != "[vdso]" || words[3] != "00:00" ||
        words[4] != "0") {
      continue;
    }
    const std::vector<absl::string_view> ends = absl::StrSplit(words[0], '-');
    uint64_t begin = 0;
    uint64_t end = 0;
    if (ends.size() != 2 || !absl::SimpleHexAtoi(ends[0], &begin) ||
        !absl::SimpleHexAtoi(ends[1], &end) || end <= begin ||
        end - begin > kMost) {
      return std::nullopt;
    }
    return std::pair{begin, end};
  }
  return std::nullopt;
}

std::string DescribeThread(pid_t tid, const ThreadFiles& files) {
  const std::vector<std::string> stat = FieldsOfStat(files.stat);
  if (stat.empty()) return "";
  const std::string name =
      EscapeUnless(absl::StripAsciiWhitespace(files.comm),
                   [](uint32_t code) { return !IsObeyedByTerminals(code); });
  std::string text =
      absl::StrCat("thread ", tid, " (", name, ") state ", stat[0]);
  const std::optional<CallOfThread> call = CallOfSyscall(files.syscall);
  if (absl::StartsWith(files.syscall, "running")) {
    absl::StrAppend(&text, ", running");
  } else if (call.has_value()) {
    absl::StrAppend(&text, ", in ", SystemCallName(call->number), "(0x",
                    absl::Hex(call->arguments[0]), ", ...)");
  }
  if (IsChannel(files.wchan)) {
    absl::StrAppend(&text, ", wait channel ", files.wchan);
  }
  return absl::StrCat(text, "\n");
}

bool IsReadingInput(absl::string_view threads) {
  const std::vector<absl::string_view> lines = absl::StrSplit(threads, '\n');
  return std::any_of(lines.begin(), lines.end(), [](absl::string_view line) {
    // The name before may say the same.
    const size_t state = line.rfind(") state ");
    return state != absl::string_view::npos &&
           absl::StrContains(line.substr(state), ", in read(0x0,");
  });
}

}  // namespace conformance
