// Emptying, filling and reading a folder.

#include "conformance/explorer/execution/initial_state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "conformance/explorer/tracing/file_model.h"

namespace conformance::explorer {
namespace {

absl::Status Failed(absl::string_view what, absl::string_view path) {
  const int error = errno;
  return absl::InternalError(
      absl::StrCat(what, " ", path, ": ", ::strerror(error)));
}

absl::StatusOr<std::vector<std::string>> NamesIn(const std::string& folder) {
  DIR* const stream = ::opendir(folder.c_str());
  if (stream == nullptr) return Failed("opendir", folder);
  std::vector<std::string> names;
  while (const dirent* const entry = ::readdir(stream)) {
    const absl::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  ::closedir(stream);
  std::sort(names.begin(), names.end());
  return names;
}

absl::Status Empty(const std::string& folder) {
  const absl::StatusOr<std::vector<std::string>> names = NamesIn(folder);
  if (!names.ok()) return names.status();
  for (const std::string& name : *names) {
    const std::string path = absl::StrCat(folder, "/", name);
    if (::unlink(path.c_str()) == 0) continue;
    if (errno != EISDIR && errno != EPERM) return Failed("unlink", path);
    absl::Status emptied = Empty(path);
    if (!emptied.ok()) return emptied;
    if (::rmdir(path.c_str()) != 0) return Failed("rmdir", path);
  }
  return absl::OkStatus();
}

absl::Status Make(const std::string& path, const Entry& entry) {
  switch (entry.kind) {
    case Entry::Kind::kFolder:
      if (::mkdir(path.c_str(), entry.mode) != 0) return Failed("mkdir", path);
      break;
    case Entry::Kind::kLink:
      if (::symlink(entry.content.c_str(), path.c_str()) != 0) {
        return Failed("symlink", path);
      }
      return absl::OkStatus();
    case Entry::Kind::kFile: {
      const int fd =
          ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
      if (fd < 0) return Failed("open", path);
      const ssize_t n = ::write(fd, entry.content.data(), entry.content.size());
      ::close(fd);
      if (n != static_cast<ssize_t>(entry.content.size())) {
        return Failed("write", path);
      }
      break;
    }
  }
  // The mode doesn't depend on the umask.
  return ::chmod(path.c_str(), entry.mode) == 0 ? absl::OkStatus()
                                                : Failed("chmod", path);
}

// A number of so many digits is a time in these parts of a second.
struct Unit {
  size_t digits;
  int64_t in_second;
};
constexpr std::array<Unit, 4> kUnits = {
    {{10, 1}, {13, 1'000}, {16, 1'000'000}, {19, 1'000'000'000}}};
constexpr int64_t kDay = int64_t{24} * 3600;
constexpr int64_t kSecondsOfYear = 365 * kDay;

int64_t SecondsOf(clockid_t clock) {
  timespec now = {};
  ::clock_gettime(clock, &now);
  return now.tv_sec;
}

// The same number a year earlier, if it is a time of these days.
std::string AgedNumber(absl::string_view number, bool has_fraction) {
  int64_t value = 0;
  if (!absl::SimpleAtoi(number, &value)) return std::string(number);
  const int64_t now = SecondsOf(CLOCK_REALTIME);
  for (const Unit& unit : kUnits) {
    if (number.size() == unit.digits &&
        std::abs(value / unit.in_second - now) < kDay) {
      return absl::StrCat(value - kSecondsOfYear * unit.in_second);
    }
  }
  // Since the start of the machine: small numbers may be anything.
  const int64_t up = SecondsOf(CLOCK_BOOTTIME);
  const bool is_uptime =
      (has_fraction && std::abs(value - up) < kDay / 24) ||
      (number.size() > 10 &&
       std::any_of(kUnits.begin(), kUnits.end(), [&](const Unit& unit) {
         return std::abs(value / unit.in_second - up) < kDay / 24;
       }));
  return is_uptime ? std::string(number.size(), '0') : std::string(number);
}

// Of a file that can have a record: its text. It stays the same file.
absl::Status AgeContent(const std::string& path) {
  constexpr size_t kMost = size_t{64} << 10;
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  // One that can't be written is as it is.
  if (fd < 0) return absl::OkStatus();
  std::string text(kMost, '\0');
  const ssize_t n = ::pread(fd, text.data(), text.size(), 0);
  text.resize(static_cast<size_t>(std::max<ssize_t>(n, 0)));
  const std::string aged = AgedText(text);
  const bool ok = aged == text || ::pwrite(fd, aged.data(), aged.size(), 0) ==
                                      static_cast<ssize_t>(aged.size());
  const int error = errno;
  ::close(fd);
  errno = error;
  return ok ? absl::OkStatus() : Failed("write", path);
}

// Of a link, its own time.
absl::Status Age(const std::string& path) {
  constexpr time_t kYear = time_t{365} * 24 * 3600;
  const time_t then = ::time(nullptr) - kYear;
  const std::array<timespec, 2> times = {{{then, 0}, {then, 0}}};
  return ::utimensat(AT_FDCWD, path.c_str(), times.data(),
                     AT_SYMLINK_NOFOLLOW) == 0
             ? absl::OkStatus()
             : Failed("utimensat", path);
}

absl::Status ReadInto(const std::string& directory, const std::string& prefix,
                      std::vector<Entry>& entries) {
  const absl::StatusOr<std::vector<std::string>> names =
      NamesIn(absl::StrCat(directory, "/", prefix));
  if (!names.ok()) return names.status();
  for (const std::string& name : *names) {
    Entry entry;
    entry.name = prefix + name;
    const std::string path = absl::StrCat(directory, "/", entry.name);
    struct stat status = {};
    if (::lstat(path.c_str(), &status) != 0) return Failed("lstat", path);
    entry.mode = status.st_mode & 07777U;
    if (S_ISDIR(status.st_mode)) {
      entry.kind = Entry::Kind::kFolder;
      entries.push_back(entry);
      absl::Status inside = ReadInto(directory, entry.name + "/", entries);
      if (!inside.ok()) return inside;
    } else if (S_ISLNK(status.st_mode)) {
      entry.kind = Entry::Kind::kLink;
      std::array<char, PATH_MAX> target;
      const ssize_t n = ::readlink(path.c_str(), target.data(), target.size());
      if (n < 0) return Failed("readlink", path);
      entry.content.assign(target.data(), static_cast<size_t>(n));
      entries.push_back(std::move(entry));
    } else if (S_ISREG(status.st_mode)) {
      const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
      if (fd < 0) return Failed("open", path);
      std::array<char, 4096> chunk;
      ssize_t n = 0;
      while ((n = ::read(fd, chunk.data(), chunk.size())) > 0) {
        entry.content.append(chunk.data(), static_cast<size_t>(n));
      }
      ::close(fd);
      entries.push_back(std::move(entry));
    }
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<InitialState> InitialStates(absl::string_view lock) {
  const auto file = [&](absl::string_view content) {
    Entry entry;
    entry.name = std::string(lock);
    entry.content = std::string(content);
    return std::vector<Entry>{entry};
  };
  const std::string record = absl::StrCat(kDeadPid, "\n");
  return {{"empty", {}},
          {"leftover", file("")},
          {"stale-pid", file(record)},
          {"foreign", file("This file is somebody's letter.\n")},
          {"old", Aged(file(record))}};
}

std::string AgedText(absl::string_view text) {
  // A leap day has one four years before.
  constexpr int kYears = 4;
  const std::string year =
      absl::FormatTime("%Y", absl::Now(), absl::UTCTimeZone());
  std::string aged;
  while (!text.empty()) {
    const size_t begin =
        std::min(text.find_first_of("0123456789"), text.size());
    absl::StrAppend(&aged, text.substr(0, begin));
    text.remove_prefix(begin);
    const size_t end =
        std::min(text.find_first_not_of("0123456789"), text.size());
    const absl::string_view number = text.substr(0, end);
    text.remove_prefix(end);
    if (number == year && text.size() > 3 && text[0] == '-' &&
        absl::ascii_isdigit(text[1])) {
      int now = 0;
      static_cast<void>(absl::SimpleAtoi(year, &now));
      absl::StrAppend(&aged, now - kYears);
      continue;
    }
    const bool has_fraction =
        text.size() > 1 && text[0] == '.' && absl::ascii_isdigit(text[1]);
    absl::StrAppend(&aged, AgedNumber(number, has_fraction));
  }
  return aged;
}

absl::Status ResetFolder(const std::string& directory,
                         const std::vector<Entry>& entries) {
  absl::Status status = Empty(directory);
  for (const Entry& entry : entries) {
    if (!status.ok()) return status;
    status = Make(absl::StrCat(directory, "/", entry.name), entry);
  }
  // Not before all are there: making an entry is news of its folder.
  for (const Entry& entry : entries) {
    if (!status.ok()) return status;
    if (entry.old) status = Age(absl::StrCat(directory, "/", entry.name));
  }
  return status;
}

std::vector<Entry> Aged(std::vector<Entry> entries) {
  for (Entry& entry : entries) {
    entry.old = true;
    if (entry.kind == Entry::Kind::kFile)
      entry.content = AgedText(entry.content);
  }
  return entries;
}

absl::Status AgeFolder(const std::string& directory) {
  const absl::StatusOr<std::vector<Entry>> entries = ReadFolder(directory);
  if (!entries.ok()) return entries.status();
  for (const Entry& entry : *entries) {
    const std::string path = absl::StrCat(directory, "/", entry.name);
    absl::Status aged =
        entry.kind == Entry::Kind::kFile ? AgeContent(path) : absl::OkStatus();
    if (aged.ok()) aged = Age(path);
    if (!aged.ok()) return aged;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Entry>> ReadFolder(const std::string& directory) {
  std::vector<Entry> entries;
  const absl::Status status = ReadInto(directory, "", entries);
  if (!status.ok()) return status;
  return entries;
}

}  // namespace conformance::explorer
