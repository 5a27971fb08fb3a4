// Chapter Existence: what locks promise that are held as long as a file, link
// or folder is there.

#include <signal.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <system_error>  // NOLINT(build/c++11): std::filesystem's errors
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "conformance/monotonic_now.h"
#include "conformance/profile.h"
#include "conformance/protocol.h"
#include "conformance/requirement.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/requirements/steps.h"
#include "conformance/trial.h"

namespace conformance {
namespace {

void GoneAfterRelease(Trial& t) {
  const int holder = t.Start();
  t.MustAcquire(holder);
  const std::string place = t.PlaceOf("lock");
  t.Expect(t.Facts(place).exists,
           absl::StrCat(place, " is there while A holds"),
           t.Facts(place).ToString());
  t.MustRelease(holder);
  t.Expect(!t.Facts(place).exists,
           absl::StrCat(place, " has gone when A has released"),
           t.Facts(place).ToString());
}

// For a while, since what has just become stale may be looked at twice.
bool AcquiresWithin(Trial& t, int who, absl::Duration time) {
  const absl::Duration until = MonotonicNow() + time;
  bool acquired = false;
  while (t.going()) {
    acquired = t.Ask(who, AcquireCommand("a", t.Path("lock")))
                   .is(AnswerKind::kAcquired);
    if (acquired || MonotonicNow() > until) break;
    t.Pause(absl::Milliseconds(20));
  }
  return acquired;
}

void StaleRuleIsKept(Trial& t) {
  const Profile& profile = t.profile();
  if (profile.stale == Profile::Stale::kUnknown) {
    t.NotAsked("no rule is claimed, and none was found");
    return;
  }
  const int holder = t.Start();
  const int other = t.Start();
  t.MustAcquire(holder);
  t.MustBeRefused(other);
  t.Kill(holder, SIGKILL);
  t.Note("the holder was killed");
  if (profile.stale == Profile::Stale::kNever) {
    t.MustBeRefused(other);
    return;
  }
  if (profile.stale == Profile::Stale::kAtOnce) {
    {
      const Trial::Explains same(t, "Crash.SigkillFrees");
      t.Expect(AcquiresWithin(t, other, absl::Seconds(2)),
               "B acquires: the owner is dead", "B was refused for 2 s");
    }
    t.OutsiderMustBeRefused();
    return;
  }
  // By age: from the times of what is there, if those are what counts.
  t.MustBeRefused(other);
  MakeOld(t);
  // Some look for stale locks only while they wait.
  if (AcquiresWithin(t, other, absl::Seconds(1)) ||
      (t.Can(kWait) &&
       t.Ask(other, AcquireCommand("a", t.Path("lock"), absl::Seconds(3)))
           .is(AnswerKind::kAcquired))) {
    t.OutsiderMustBeRefused();
    return;
  }
  const absl::Duration needed = profile.age + absl::Seconds(3);
  if (needed > t.options().hold * 2) {
    t.NotRun(absl::StrCat(
        "that its times are set back doesn't free it, and to wait for ",
        absl::FormatDuration(needed), " is more than the ",
        absl::FormatDuration(t.options().hold * 2), " of such a check; --hold=",
        absl::FormatDuration(needed / 2), " allows it"));
    return;
  }
  t.Expect(AcquiresWithin(t, other, needed),
           absl::StrCat("B acquires within ", absl::FormatDuration(needed)),
           "B was refused all the time");
}

// The things that `from` holds, made anew with another content.
bool PlantAs(Trial& t, const std::string& place, const FileFacts& facts,
             const std::vector<std::pair<std::string, std::string>>& files,
             const std::vector<std::pair<std::string, std::string>>& changes) {
  const std::string content = absl::StrReplaceAll(facts.content, changes);
  if (S_ISREG(facts.mode)) {
    if (content == facts.content) return false;
    t.Write(place, content);
    return true;
  }
  if (S_ISLNK(facts.mode)) {
    if (content == facts.content) return false;
    t.Link(content, place);
    return true;
  }
  if (!S_ISDIR(facts.mode)) return false;
  bool changed = false;
  t.MakeDirectory(place);
  for (const auto& [name, text] : files) {
    const std::string new_text = absl::StrReplaceAll(text, changes);
    changed |= new_text != text;
    t.Write(absl::StrCat(place, "/", name), new_text);
  }
  return changed;
}

void OwnPidIsNoHolder(Trial& t) {
  if (t.profile().stale != Profile::Stale::kAtOnce) {
    t.NotAsked("such a lock doesn't look whether its owner lives");
    return;
  }
  const int first = t.Start();
  // Not in the same tick of the clock by which the kernel counts starts.
  t.Pause(absl::Milliseconds(30));
  const int second = t.Start();
  t.MustAcquire(first);
  const std::string place = t.PlaceOf("lock");
  const FileFacts facts = t.Facts(place);
  std::vector<std::pair<std::string, std::string>> files;
  if (S_ISDIR(facts.mode)) {
    std::error_code error;
    for (const auto& entry :
         std::filesystem::directory_iterator(t.Path(place), error)) {
      const std::string name = entry.path().filename().string();
      files.emplace_back(name, t.Facts(absl::StrCat(place, "/", name)).content);
    }
  }
  t.MustRelease(first);
  if (!t.going()) return;
  if (!PlantAs(t, place, facts, files,
               {{absl::StrCat(t.pid(first)), absl::StrCat(t.pid(second))}})) {
    t.NotAsked("the holder's pid was not found in what is there");
    return;
  }
  t.Note(
      "what is there names B's own pid, as in a container that was started "
      "again, and B doesn't hold");
  t.Expect(AcquiresWithin(t, second, absl::Seconds(2)),
           "B acquires: it is the only one that could hold, and doesn't",
           "B was refused for 2 s");
  t.OutsiderMustBeRefused();
}

}  // namespace

std::vector<Requirement> ExistenceChapter() {
  const std::vector<absl::string_view> kExclusion = {
      "Exclusion.SecondProcessIsRefused"};
  return {
      {"Existence.GoneAfterRelease",
       Level::kMust,
       "What stands for the lock is there while it is held, and has gone when "
       "it is released.",
       "What is left over is a lock that nobody holds.",
       {},
       &GoneAfterRelease,
       {},
       Scope::kExistence},
      {"Existence.StaleRuleIsKept",
       Level::kMust,
       "What a killed holder leaves is taken over by the rule that is claimed: "
       "once its owner is dead, once it is so old, or never.",
       "Who operates a service must know whether somebody has to remove a lock "
       "by hand.",
       {},
       &StaleRuleIsKept,
       kExclusion,
       Scope::kExistence,
       /*patient=*/true},
      {"Existence.OwnPidIsNoHolder",
       Level::kMust,
       "A record that names the asking process itself, which doesn't hold, "
       "keeps it from nothing.",
       "stellar-core 652: in a container everybody has the same few pids, and "
       "after a restart one waits for oneself.",
       {},
       &OwnPidIsNoHolder,
       {"Crash.SigkillFrees"},
       Scope::kExistence},
  };
}

}  // namespace conformance
