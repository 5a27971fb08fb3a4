// Texts of /proc: as they come, and printed from what is known, with names that
// a process has made up.
//
// The input is cut at bytes of 0x1F, and its pieces are the files.

#include <sys/syscall.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "conformance/fuzz/printable.h"
#include "conformance/process/proc_text.h"
#include "tools/fuzz/check.h"

namespace conformance {
namespace {

using ::fuzz::Check;

// A number that differs with the input.
uint64_t NumberFor(absl::string_view text) {
  uint64_t number = 0xcbf29ce484222325;  // FNV-1a
  for (const char c : text) {
    number = (number ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  return number;
}

void CheckAnything(absl::string_view text) {
  const std::vector<std::string> fields = FieldsOfStat(text);
  size_t bytes = 0;
  for (const std::string& field : fields) {
    Check(!field.empty() && !absl::StrContains(field, ' '),
          "a field is a word");
    bytes += field.size();
  }
  Check(bytes <= text.size(), "fields are of the text");
  Check(TicksOfStat(text) >= 0, "a time is none that goes back");
  const std::optional<int64_t> memory = BytesOfField(text);
  Check(!memory.has_value() || (*memory >= 0 && *memory % 1024 == 0),
        "memory is in kB");
  Check(CountTimersOf(text) <= text.size() / 3 + 1, "a timer has a line");
  if (const auto times = TimesOfSchedstat(text); times.has_value()) {
    const auto again =
        TimesOfSchedstat(absl::StrCat(times->first, " ", times->second, " 1"));
    Check(again == times, "times are printed as they were read");
  }
  if (const auto call = CallOfSyscall(text); call.has_value()) {
    Check(call->arguments.size() == 6, "a call has six arguments");
  }
  for (const std::string& kind : LocksOfFdinfo(text)) {
    Check(!kind.empty() && absl::StrContains(text, kind), "a lock has a kind");
  }
  if (const auto vdso = VdsoOfMaps(text); vdso.has_value()) {
    Check(vdso->second > vdso->first && vdso->second - vdso->first <= 1U << 20U,
          "the vdso is small");
  }
}

// The kernel's format, with a name that is the process's.
void CheckPrinted(absl::string_view name, absl::string_view other) {
  const uint64_t number = NumberFor(other);
  const std::string parent = absl::StrCat(number % 4194304);
  std::string stat = absl::StrCat("7 (", name, ") T ", parent);
  for (int i = 5; i <= 13; ++i) absl::StrAppend(&stat, " ", i);
  const int64_t user = static_cast<int64_t>(number % 1'000'000'000);
  absl::StrAppend(&stat, " ", user, " 2 3 4 18 19 20 21 2222\n");
  const std::vector<std::string> fields = FieldsOfStat(stat);
  Check(fields.size() == 20 && fields[0] == "T" && fields[1] == parent &&
            fields[19] == "2222",
        "a name is no field");
  Check(TicksOfStat(stat) == user + 9, "the times are those that were printed");

  // There the kernel writes newlines of a name as \n.
  std::string line(name);
  std::replace(line.begin(), line.end(), '\n', ' ');
  const std::string status = absl::StrCat("Name:\t", line, "\nTgid:\t", parent,
                                          "\nVmRSS:\t", user, " kB\n");
  Check(FieldOfStatus(status, "Tgid") == parent, "a name is no status");
  Check(BytesOfField(FieldOfStatus(status, "VmRSS")) == user << 10,
        "memory is what was printed");

  // A file that is mapped, whatever its name; the kernel writes newlines in it
  // as \012.
  const std::string begin = "7ff000000000";
  const std::string maps =
      absl::StrCat("1000-ffffffff0000 r--p 00000000 08:02 4711   /", line, "\n",
                   begin, "-7ff000002000 r-xp 00000000 00:00 0      [vdso]\n");
  Check(VdsoOfMaps(maps) ==
            std::pair<uint64_t, uint64_t>(0x7ff000000000, 0x7ff000002000),
        "a file is not the vdso");
  Check(LocksOfFdinfo(absl::StrCat("pos:\t0\nlock:\t1: FLOCK  ADVISORY  WRITE ",
                                   parent, " 08:02:4711 0 EOF\n"))
                .size() == 1,
        "a lock is seen");
}

// `sound`: its stat is one that the kernel could have written.
void CheckThread(const ThreadFiles& files, bool sound) {
  const std::string text = DescribeThread(12, files);
  Check(text.empty() == FieldsOfStat(files.stat).empty(),
        "a thread that is no more isn't described");
  if (text.empty()) return;
  Check(!sound || text.find('\n') == text.size() - 1, "it is one line");
  Check(!sound || IsHarmless(text, "\n"), "a terminal obeys nothing of it");
  const std::optional<CallOfThread> call = CallOfSyscall(files.syscall);
  const bool reads = call.has_value() && call->number == SYS_read &&
                     call->arguments[0] == 0 &&
                     !absl::StartsWith(files.syscall, "running");
  Check(IsReadingInput(text) == reads, "who reads is who is in read(2)");
  Check(IsReadingInput(absl::StrCat(text, "thread 13 (x) state S\n")) == reads,
        "one thread is enough");
}

}  // namespace
}  // namespace conformance

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const std::vector<std::string> pieces = absl::StrSplit(text, '\x1f');
  const auto piece = [&](size_t i) {
    return i < pieces.size() ? pieces[i] : std::string();
  };
  conformance::CheckAnything(piece(0));
  conformance::CheckPrinted(piece(0), piece(1));
  // The first letter of a state, as the kernel has it, and names of 15 bytes.
  conformance::ThreadFiles files;
  files.comm = piece(0).substr(0, 15);
  files.stat =
      piece(3).empty() ? absl::StrCat("1 (", files.comm, ") S 1 1") : piece(3);
  files.syscall = piece(1);
  files.wchan = piece(2);
  conformance::CheckThread(files, piece(3).empty());
  return 0;
}
