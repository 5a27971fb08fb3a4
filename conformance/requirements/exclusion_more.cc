// Chapter Exclusion, the rest of it: however long the lock is held, from
// whatever environment it is asked for, and whatever it is called.

#include <stdlib.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/monotonic_now.h"
#include "conformance/protocol.h"
#include "conformance/requirement.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/trial.h"

namespace conformance {
namespace {

// Asked again and again, since what wears out, or is renewed in two steps,
// shows for an instant only; and now and then by somebody new. The answers of
// refusal are too many to be kept, so only the last counts.
void LiveHolderHolds(Trial& t) {
  const int holder = t.Start();
  const int other = t.Start();
  t.MustAcquire(holder);
  t.MustBeRefused(other);
  const absl::Duration begin = MonotonicNow();
  const absl::Duration end = begin + t.options().hold;
  absl::Duration next_newcomer = begin + absl::Seconds(1);
  int64_t asked = 0;
  while (t.going() && MonotonicNow() < end) {
    const Answer answer =
        t.AskQuietly(other, AcquireCommand("a", t.Path("lock")));
    ++asked;
    if (!answer.is(AnswerKind::kBusy)) {
      t.Expect(false,
               absl::StrCat("B is refused (busy): A has held for ",
                            absl::FormatDuration(absl::Trunc(
                                MonotonicNow() - begin, absl::Milliseconds(1))),
                            ", and lives"),
               absl::StrCat("B answered ", AnswerKindName(answer.kind),
                            " at its attempt ", asked, " ", answer.message));
    }
    if (MonotonicNow() > next_newcomer) {
      next_newcomer += absl::Seconds(1);
      t.OutsiderMustBeRefused();
    }
    // Half of a processor is for the others.
    if (asked % 8 == 0) t.Pause(absl::Milliseconds(1));
  }
  t.Note(absl::StrCat("B has been refused ", asked,
                      " times, and A has held for ",
                      absl::FormatDuration(t.options().hold)));
  t.OutsiderMustBeRefused();
  t.MustRelease(holder);
  t.OutsiderMustAcquire();
}

using Environment =
    std::vector<std::pair<std::string, std::optional<std::string>>>;

// A launcher may need the environment that it has, or be named as seen from
// here; so the contender changes these itself once it has started. -1 where it
// can't.
int StartAndChange(Trial& t, const Environment& environment,
                   const std::string& directory) {
  if ((!environment.empty() && !t.Can(kSetenv)) ||
      (!directory.empty() && !t.Can(kChdir))) {
    return -1;
  }
  const int who = t.Start();
  for (const auto& [name, value] : environment) {
    t.Ask(who, SetenvCommand(name, value));
  }
  if (!directory.empty()) t.Ask(who, ChdirCommand(directory));
  return who;
}

// Whether another process with this environment, in this folder, acquires what
// A holds.
enum class Found { kRefused, kAcquired, kNoStart };
Found AskFrom(Trial& t, const Environment& environment,
              const std::string& directory) {
  StartOptions options;
  options.environment = environment;
  options.directory = directory;
  int other = t.TryStart(options);
  if (other < 0) other = StartAndChange(t, environment, directory);
  if (other < 0) return Found::kNoStart;
  const Answer answer = t.Ask(other, AcquireCommand("a", t.Path("lock")));
  if (!answer.is(AnswerKind::kAcquired)) return Found::kRefused;
  t.Ask(other, ReleaseCommand("a"));
  return Found::kAcquired;
}

void OtherEnvironmentIsRefused(Trial& t) {
  t.MakeDirectory("other");
  const std::string other = t.Path("other");
  const Environment all = {{"TMPDIR", other},
                           {"TMP", other},
                           {"TEMP", other},
                           {"TEMPDIR", other},
                           {"HOME", other},
                           {"XDG_RUNTIME_DIR", other},
                           {"XDG_CACHE_HOME", other},
                           {"XDG_STATE_HOME", other},
                           {"XDG_CONFIG_HOME", other},
                           {"XDG_DATA_HOME", other},
                           {"USER", "somebody"},
                           {"LOGNAME", "somebody"},
                           {"HOSTNAME", "elsewhere"},
                           {"LC_ALL", "C"},
                           {"LANG", std::nullopt},
                           {"TZ", "Asia/Tokyo"}};
  const int holder = t.Start();
  t.MustAcquire(holder);
  t.MustBeRefused(t.Start());
  t.Note("B has another environment: TMPDIR, HOME, XDG_..., USER, LC_ALL, TZ");
  const Found found = AskFrom(t, all, "");
  if (found == Found::kRefused || !t.going()) return;
  // Which of them it was; and those with which it starts.
  std::vector<std::string> culprits;
  bool any = false;
  for (const auto& variable : all) {
    const Found alone = AskFrom(t, {variable}, "");
    any |= alone != Found::kNoStart;
    if (alone == Found::kAcquired) culprits.push_back(variable.first);
  }
  if (!t.going()) return;
  if (!any) {
    t.NotRun(
        "the contender doesn't start in another environment, and doesn't claim "
        "setenv");
    return;
  }
  t.Expect(found != Found::kAcquired && culprits.empty(),
           "another process is refused (busy), whatever its environment",
           absl::StrCat("it acquired what A holds, with another ",
                        culprits.empty() ? "environment"
                                         : absl::StrJoin(culprits, ", ")));
}

void OtherFolderIsRefused(Trial& t) {
  t.MakeDirectory("elsewhere");
  const int holder = t.Start();
  t.MustAcquire(holder);
  t.MustBeRefused(t.Start());
  t.Note("B is in another folder");
  const Found found = AskFrom(t, {}, t.Path("elsewhere"));
  if (found == Found::kNoStart) {
    t.NotRun(
        "the contender doesn't start in another folder; name its program by "
        "an absolute path");
    return;
  }
  t.Expect(found == Found::kRefused, "B is refused (busy)",
           "B acquired what A holds");
}

// Two names that somebody might make one of.
struct Names {
  std::string one, other;
};

const std::vector<Names>& LikelyToBeMixedUp() {
  static const auto* const kAll = new std::vector<Names>{
      {"my lock", "my_lock"},
      {"a:b", "a_b"},
      {"a+b", "a b"},
      {"a%20b", "a b"},
      {"a-b", "a_b"},
      {"Lock", "lock"},
      {"lock.1", "lock.2"},
      {"lock ", "lock"},
      {"lock.", "lock"},
      {"\xc3\xa9", "e"},
      {"\xc3\xa9", "e\xcc\x81"},  // composed and decomposed
      {"\xc3\xa9", "\xc3\xa8"},
      {"\xfe\xff", "\xff\xfe"},  // no UTF-8
      {"a\nb", "a b"},
      {std::string(140, 'n') + "1", std::string(140, 'n') + "2"},
      {std::string(200, 'n') + "1" + std::string(20, 'm'),
       std::string(200, 'n') + "2" + std::string(20, 'm')},
  };
  return *kAll;
}

// Whether a contender can pass the name on at all. The strings of Java or of
// Node.js hold characters, and what is none becomes another; that is no matter
// of a lock. The file that it touches shows it.
bool CanName(Trial& t, int who, absl::string_view name) {
  if (std::all_of(name.begin(), name.end(), absl::ascii_isascii)) return true;
  if (!t.Can(kTouch)) return false;
  const std::string touched = absl::StrCat("touched ", name);
  t.Ask(who, TouchCommand(t.Path(touched)));
  return t.Facts(touched).exists;
}

void DifferentNamesAreDifferentLocks(Trial& t) {
  const int holder = t.Start();
  const int other = t.Start();
  for (const auto& [one, another] : LikelyToBeMixedUp()) {
    if (!t.going()) return;
    if (!CanName(t, holder, one) || !CanName(t, holder, another)) continue;
    // A name that can't be locked at all is another requirement's business, and
    // so is a file system to which two names are one.
    if (!t.Ask(holder, AcquireCommand("a", t.Path(one)))
             .is(AnswerKind::kAcquired)) {
      continue;
    }
    const Answer answer = t.Ask(other, AcquireCommand("b", t.Path(another)));
    t.Expect(!answer.is(AnswerKind::kBusy),
             absl::StrCat("B acquires ", Printable(another),
                          ", though A holds ", Printable(one)),
             "B answered busy");
    const Answer own = t.Ask(holder, AcquireCommand("c", t.Path(another)));
    if (answer.is(AnswerKind::kAcquired)) {
      t.Expect(
          !own.is(AnswerKind::kAcquired),
          absl::StrCat("A is refused ", Printable(another), ", which B holds"),
          "A answered acquired");
      t.MustRelease(other, "b");
    } else if (own.is(AnswerKind::kAcquired)) {
      t.MustRelease(holder, "c");
    }
    t.MustRelease(holder, "a");
  }
}

// In one process, too: a table of locks by their last parts mixes these up.
void EqualNamesInDifferentFoldersAreDifferent(Trial& t) {
  t.MakeDirectory("one");
  t.MakeDirectory("two");
  const int holder = t.Start();
  const int other = t.Start();
  t.MustAcquire(holder, "1", t.Path("one/lock"));
  t.Note("A holds one/lock");
  t.MustAcquire(holder, "2", t.Path("two/lock"));
  t.Note("A holds one/lock and two/lock");
  t.MustBeRefused(other, "a", t.Path("one/lock"));
  t.MustBeRefused(other, "a", t.Path("two/lock"));
  t.MustRelease(holder, "1");
  t.Note("A has released one/lock, and holds two/lock");
  t.MustBeRefused(other, "a", t.Path("two/lock"));
  t.MustAcquire(other, "a", t.Path("one/lock"));
}

void ReleaseOfRefusedIsHarmless(Trial& t) {
  const int holder = t.Start();
  t.MustAcquire(holder, "a");
  t.MustBeRefused(holder, "b");
  const Trial::Explains own(t, "Exclusion.LockSurvivesRefusalInItsProcess");
  t.OutsiderMustBeRefused();
  t.Ask(holder, ReleaseCommand("b"));
  t.Note("A has released the object that was refused; it holds by another");
  t.OutsiderMustBeRefused();
  t.MustRelease(holder, "a");
  t.OutsiderMustAcquire();
}

void ExcludesAfterManyCycles(Trial& t) {
  constexpr int kCycles = 400;
  const int holder = t.Start();
  const int other = t.Start();
  for (int i = 0; i < kCycles && t.going(); ++i) {
    t.MustAcquire(holder);
    if (i % 4 == 0) t.MustBeRefused(other);
    t.MustRelease(holder);
    if (t.TimeIsShort()) t.TooSlow(i + 1, kCycles, "cycles");
  }
  t.MustAcquire(holder);
  t.Note(absl::StrCat("A has acquired and released ", kCycles,
                      " times, and holds"));
  t.OutsiderMustBeRefused();
  t.MustRelease(holder);
  t.OutsiderMustAcquire();
}

}  // namespace

std::vector<Requirement> MoreOfExclusion() {
  const std::vector<absl::string_view> kExclusion = {
      "Exclusion.SecondProcessIsRefused"};
  return {
      {"Exclusion.LiveHolderHolds",
       Level::kMust,
       "A holder that lives holds, however long, and however often others ask.",
       "go 16700: a collector closed the descriptor, minutes later. Leases "
       "that "
       "aren't renewed, limits of age, and records that are rewritten in place "
       "(codeburn 1196) let a second one in.",
       {},
       &LiveHolderHolds,
       kExclusion,
       Scope::kAll,
       /*patient=*/true},
      {"Exclusion.OtherEnvironmentIsRefused",
       Level::kMust,
       "A process with another environment is refused like any other.",
       "speckit-companion 680: the lock was in TMPDIR, and so each user of "
       "another one had a lock of his own.",
       {},
       &OtherEnvironmentIsRefused,
       {"Exclusion.SecondProcessIsRefused", "Exclusion.LiveHolderHolds"}},
      {"Exclusion.OtherFolderIsRefused",
       Level::kMust,
       "A process that was started in another folder is refused like any "
       "other.",
       "Services are started from anywhere.",
       {},
       &OtherFolderIsRefused,
       {"Exclusion.SecondProcessIsRefused", "Exclusion.LiveHolderHolds"}},
      {"Exclusion.DifferentNamesAreDifferentLocks",
       Level::kMust,
       "Two names are two locks, however alike they look.",
       "srunx 146, magento2 40330: strange bytes of a name became `_`, and "
       "those with different names waited for each other.",
       {},
       &DifferentNamesAreDifferentLocks,
       {"Exclusion.SecondProcessIsRefused",
        "Exclusion.DifferentPathsAreIndependent"}},
      {"Exclusion.EqualNamesInDifferentFoldersAreDifferent",
       Level::kMust,
       "Files of one name in different folders are different locks, also "
       "within one process.",
       "A table of locks by the last part of a name mixes them up.",
       {},
       &EqualNamesInDifferentFoldersAreDifferent,
       kExclusion},
      {"Exclusion.ReleaseOfRefusedIsHarmless",
       Level::kMust,
       "To release an object that was refused takes nothing from another "
       "object of the same process that holds.",
       "Code that cleans up releases whatever it has made.",
       {},
       &ReleaseOfRefusedIsHarmless,
       kExclusion},
      {"Exclusion.ExcludesAfterManyCycles",
       Level::kMust,
       "After hundreds of cycles the lock excludes as it did at first.",
       "Counters that overflow, and tables that fill up.",
       {},
       &ExcludesAfterManyCycles,
       {"Exclusion.SecondProcessIsRefused", "Reacquisition.BySameProcess"}},
  };
}

}  // namespace conformance
