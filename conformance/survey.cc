// Looks at a lock as it is taken, given back, and left by a killed holder.

#include "conformance/survey.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <system_error>  // NOLINT(build/c++11): std::filesystem's errors
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/history.h"
#include "conformance/monotonic_now.h"
#include "conformance/process/kernel_locks.h"
#include "conformance/profile.h"
#include "conformance/protocol.h"
#include "conformance/trial.h"

namespace conformance {
namespace {

// A name that no implementation makes up by itself.
constexpr absl::string_view kName = "q7Survey";
// A lock that goes by age is old then.
constexpr absl::Duration kYear = absl::Hours(365 * 24);

std::vector<std::string> EntriesOf(const std::string& folder) {
  namespace fs = std::filesystem;
  std::vector<std::string> entries;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    entries.push_back(it->path().filename().string());
  }
  std::sort(entries.begin(), entries.end());
  return entries;
}

// The kind of each entry: "file", "folder", "link", or "" for something else.
std::map<std::string, std::string> MadeOf(const std::string& folder) {
  namespace fs = std::filesystem;
  std::map<std::string, std::string> made_of;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    std::error_code gone;
    const fs::file_type type = it->symlink_status(gone).type();
    made_of[it->path().filename().string()] =
        type == fs::file_type::regular     ? "file"
        : type == fs::file_type::directory ? "folder"
        : type == fs::file_type::symlink   ? "link"
                                           : "";
  }
  return made_of;
}

// The files among the entries that nobody may write to, but root.
std::set<std::string> ReadOnlyFiles(const std::string& folder) {
  namespace fs = std::filesystem;
  std::set<std::string> read_only;
  for (const auto& [name, made_of] : MadeOf(folder)) {
    std::error_code gone;
    const fs::perms mode =
        fs::status(fs::path(folder) / name, gone).permissions();
    const fs::perms writable = fs::perms::owner_write | fs::perms::group_write |
                               fs::perms::others_write;
    if (made_of == "file" && !gone && (mode & writable) == fs::perms::none) {
      read_only.insert(name);
    }
  }
  return read_only;
}

template <typename T>
std::vector<T> Without(std::vector<T> all, const std::vector<T>& others) {
  all.erase(std::remove_if(all.begin(), all.end(),
                           [&](const T& one) {
                             return std::find(others.begin(), others.end(),
                                              one) != others.end();
                           }),
            all.end());
  return all;
}

// The pattern of a file's path: "" if it has nothing to do with the name, or is
// deeper in. A file in a folder of the lock's own can be one of many, of which
// another one is locked next time: so nothing is known of the place then.
std::string PatternOf(const std::string& folder, absl::string_view path) {
  const std::string inside = absl::StrCat(folder, "/");
  if (!absl::StartsWith(path, inside)) return "";
  const absl::string_view name = path.substr(inside.size());
  if (!absl::StrContains(name, kName) || absl::StrContains(name, '/')) {
    return "";
  }
  return absl::StrReplaceAll(name, {{kName, "@"}});
}

Family FamilyOfKind(absl::string_view kind) {
  if (kind == "POSIX") return Family::kRecordLock;
  return kind == "FLOCK" || kind == "OFDLCK" ? Family::kKernelLock
                                             : Family::kUnknown;
}

class Surveyor {
 public:
  Surveyor(Trial& t, absl::string_view claim) : t_(t), claim_(claim) {}

  void Go() {
    if (!Begin()) return;
    t_.MakeDirectory("survey");
    if (!LookAtHeld()) return;
    LookAtCrash();
    LookAtRecord();
  }

 private:
  void Tell() { t_.NoteFields(profile_.ToFields()); }

  bool Acquires(int who, absl::string_view name) {
    return t_.Ask(who, AcquireCommand("a", t_.Path(name)))
        .is(AnswerKind::kAcquired);
  }

  bool Begin() {
    const absl::Duration before = MonotonicNow();
    holder_ = t_.Start();
    if (!t_.going()) return false;
    profile_ = ClaimedProfile(t_.introduction(holder_), claim_);
    profile_.start = MonotonicNow() - before;
    Tell();
    if (profile_.ordinary) {
      t_.ObeyPermissions();
      holder_ = t_.Start();
    }
    other_ = t_.Start();
    return t_.going();
  }

  // Whether those that obey permissions are excluded: a lock that is made of
  // them can't exclude root.
  bool ExcludesOrdinaryUsers() {
    if (::geteuid() != 0 || profile_.ordinary) return false;
    t_.ObeyPermissions();
    const int first = t_.Start();
    const int second = t_.Start();
    const std::string name = absl::StrCat("survey/", kName, "o");
    if (Acquires(first, name) &&
        t_.Ask(second, AcquireCommand("a", t_.Path(name)))
            .is(AnswerKind::kBusy)) {
      t_.Ask(first, ReleaseCommand("a"));
      holder_ = first;
      other_ = second;
      return true;
    }
    t_.Ask(first, ReleaseCommand("a"));
    t_.ObeyPermissions(false);
    return false;
  }

  bool LookAtHeld() {
    const std::string folder = t_.Path("survey");
    const std::string name = absl::StrCat("survey/", kName);
    const std::vector<pid_t> us = {::getpid()};
    const std::vector<KernelLock> locked_before = KernelLocksOf(us);
    const std::vector<std::string> entries_before = EntriesOf(folder);
    if (!Acquires(holder_, name)) return false;
    const std::vector<KernelLock> locked =
        Without(KernelLocksOf(us), locked_before);
    const std::vector<std::string> appeared =
        Without(EntriesOf(folder), entries_before);
    const std::map<std::string, std::string> made_of = MadeOf(folder);
    const std::set<std::string> read_only = ReadOnlyFiles(folder);
    if (Acquires(other_, name)) {
      t_.Ask(other_, ReleaseCommand("a"));
      t_.Ask(holder_, ReleaseCommand("a"));
      profile_.ordinary = ExcludesOrdinaryUsers();
      if (!profile_.ordinary || !Acquires(holder_, name)) {
        Tell();
        return false;
      }
    }
    if (!t_.Ask(holder_, ReleaseCommand("a")).is(AnswerKind::kReleased)) {
      return false;
    }
    const std::vector<std::string> left =
        Without(EntriesOf(folder), entries_before);
    Conclude(folder, locked, appeared, Without(appeared, left));
    const auto it = made_of.find(profile_.PlaceOf(kName));
    if (it != made_of.end()) profile_.made_of = it->second;
    profile_.removes = !profile_.at.empty() && profile_.at.front() != '/' &&
                       std::find(left.begin(), left.end(),
                                 profile_.PlaceOf(kName)) == left.end();
    // Such a mode may be what excludes those that saw no file a moment ago.
    if (profile_.found == Family::kExistenceLock &&
        read_only.count(profile_.PlaceOf(kName)) != 0) {
      profile_.ordinary |= ExcludesOrdinaryUsers();
    }
    Tell();
    return t_.going();
  }

  // Whether another process's lock of another path is at such a place, too: a
  // name can have the process in it.
  bool IsTheSameForAll(const std::string& at) {
    if (at.empty()) return false;
    Profile there;
    there.at = at;
    const std::string name = absl::StrCat("survey/", kName, "2");
    if (!Acquires(other_, name)) return false;
    const bool same = t_.Facts(there.PlaceOf(name)).exists;
    t_.Ask(other_, ReleaseCommand("a"));
    return same;
  }

  void Conclude(const std::string& folder,
                const std::vector<KernelLock>& locked,
                const std::vector<std::string>& appeared,
                const std::vector<std::string>& came_and_went) {
    std::string at;
    for (const KernelLock& lock : locked) {
      const Family family = FamilyOfKind(lock.kind);
      if (family == Family::kUnknown) continue;
      const std::string pattern = PatternOf(folder, lock.path);
      // One of the path's own name tells more than another one.
      if (profile_.found != Family::kUnknown && pattern.empty()) continue;
      profile_.found = family;
      at = pattern;
      if (pattern == "@") break;
    }
    if (profile_.found == Family::kUnknown) {
      const auto named = [&](const std::vector<std::string>& entries) {
        std::string best;
        for (const std::string& entry : entries) {
          const std::string pattern =
              PatternOf(folder, absl::StrCat(folder, "/", entry));
          if (!pattern.empty() &&
              (best.empty() || pattern.size() < best.size())) {
            best = pattern;
          }
        }
        return best;
      };
      at = named(came_and_went);
      if (!at.empty()) {
        profile_.found = Family::kExistenceLock;
      } else {
        at = named(appeared);
      }
    }
    if (profile_.at.empty() && IsTheSameForAll(at)) profile_.at = at;
    if (!profile_.claimed) profile_.family = profile_.found;
  }

  // The kernel frees a lock that it keeps; of the others it is to be seen.
  void LookAtCrash() {
    if (profile_.stale != Profile::Stale::kUnknown) return;
    const std::string name = absl::StrCat("survey/", kName, "c");
    if (!Acquires(holder_, name)) return;
    t_.Kill(holder_, SIGKILL);
    const absl::Duration until = MonotonicNow() + absl::Milliseconds(300);
    bool free = Acquires(other_, name);
    while (!free && t_.going() && MonotonicNow() < until) {
      t_.Pause(absl::Milliseconds(10));
      free = Acquires(other_, name);
    }
    if (!t_.going()) return;
    if (free) {
      profile_.stale = Profile::Stale::kAtOnce;
    } else if (const std::string place = profile_.PlaceOf(name);
               !place.empty() && place.front() != '/' &&
               t_.Facts(place).exists) {
      // A year goes by.
      t_.SetTimes(place, absl::Now() - kYear);
      if (Acquires(other_, name)) {
        profile_.stale = Profile::Stale::kByAge;
        profile_.age = kYear;
      }
    }
    Tell();
  }

  // Whether a record as many pid files have it is one of its own, too.
  void LookAtRecord() {
    if (!t_.going() || profile_.found != Family::kExistenceLock ||
        profile_.at.empty() || profile_.at.front() == '/') {
      return;
    }
    const std::string name = absl::StrCat("survey/", kName, "r");
    const std::string place = profile_.PlaceOf(name);
    // No process can have this number: it is the kernel's limit (proc(5)).
    t_.Write(place, "4194304\n");
    t_.SetTimes(place, absl::Now() - kYear);
    profile_.takes_records = Acquires(other_, name);
    Tell();
  }

  Trial& t_;
  const absl::string_view claim_;
  Profile profile_;
  int holder_ = -1, other_ = -1;
};

}  // namespace

void Survey(Trial& t, absl::string_view claim) { Surveyor(t, claim).Go(); }

Profile ProfileIn(const History& history) {
  Profile profile;
  for (const Event& event : history.events()) {
    if (std::optional<Profile> told = Profile::FromFields(event.fields)) {
      profile = *std::move(told);
    }
  }
  return profile;
}

}  // namespace conformance
