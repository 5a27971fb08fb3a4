// Chapter Process: a lock leaves the process that uses it as it was.

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>  // NOLINT(build/c++11): std::filesystem's errors
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/monotonic_now.h"
#include "conformance/process/proc.h"
#include "conformance/protocol.h"
#include "conformance/requirement.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/trial.h"

namespace conformance {
namespace {

// Settings that the whole process shares, and a lock must not change.
std::string Settings(Trial& t, int who) {
  const pid_t pid = t.pid(who);
  return absl::StrCat("umask ", StatusField(pid, "Umask"), ", folder ",
                      FolderOf(pid));
}

// The signals that a process blocks and ignores by itself.
std::string Masks(Trial& t, int who) {
  const pid_t pid = t.pid(who);
  return absl::StrCat("blocked ", StatusField(pid, "SigBlk"), ", ignored ",
                      StatusField(pid, "SigIgn"));
}

std::string Signals(Trial& t, int who) {
  const pid_t pid = t.pid(who);
  return absl::StrCat(Masks(t, who), ", caught ", StatusField(pid, "SigCgt"),
                      ", ", CountTimers(pid), " timers");
}

// How a process treats the signals that locks end their waits by. A runtime may
// install handlers of others when it first needs them.
std::string SignalsOfTimeOuts(Trial& t, int who) {
  std::string treated;
  for (const auto& [signal, name] :
       {std::pair(SIGALRM, "SIGALRM"), std::pair(SIGUSR1, "SIGUSR1"),
        std::pair(SIGUSR2, "SIGUSR2")}) {
    const uint64_t bit = uint64_t{1} << (signal - 1);
    for (const auto& [field, how] :
         {std::pair("SigBlk", "blocked"), std::pair("SigIgn", "ignored"),
          std::pair("SigCgt", "caught")}) {
      uint64_t signals = 0;
      if (absl::SimpleHexAtoi(StatusField(t.pid(who), field), &signals) &&
          (signals & bit) != 0) {
        absl::StrAppend(&treated, treated.empty() ? "" : ", ", name, " ", how);
      }
    }
  }
  return treated.empty() ? "SIGALRM, SIGUSR1 and SIGUSR2 untouched" : treated;
}

void ExpectSame(Trial& t, const std::string& before, const std::string& now,
                absl::string_view when) {
  t.Expect(before == now,
           absl::StrCat("the process is as it was before ", when, ": ", before),
           now);
}

// The first attempt in vain may leave something for good, to which later ones
// add nothing: so no warm-up may come before it. A first acquisition may: a
// lock may keep for good what it needs to hold.
void ExpectFirstRefusalsLeaveSignals(Trial& t, int holder, int who) {
  t.MustAcquire(who);
  t.MustRelease(who);
  const std::string before = SignalsOfTimeOuts(t, who);
  t.MustAcquire(holder);
  t.MustBeRefused(who);
  ExpectSame(t, before, SignalsOfTimeOuts(t, who), "it was first refused");
  if (t.Can(kWait)) {
    t.Ask(who, AcquireCommand("a", t.Path("lock"), absl::Milliseconds(20)));
    ExpectSame(t, before, SignalsOfTimeOuts(t, who), "it first waited in vain");
  }
  t.MustRelease(holder);
}

// Asked for what it will be asked again, so that what a runtime does once for
// all has been done. A release comes last: what a refusal leaves behind isn't
// taken for what was there before.
void WarmUp(Trial& t, int holder, int who) {
  t.MustAcquire(holder);
  t.MustBeRefused(who);
  if (t.Can(kWait)) {
    t.Ask(who, AcquireCommand("a", t.Path("lock"), absl::Milliseconds(20)));
  }
  t.MustRelease(holder);
  t.MustAcquire(who);
  t.MustRelease(who);
}

// The answer doesn't matter, only what it leaves behind. It is no part of the
// warm-up, after which nothing would set right what a failure leaves.
void Fail(Trial& t, int who) {
  const Trial::Explains fails(t, "Paths.MissingDirectory");
  const Answer answer = t.Ask(who, AcquireCommand("b", t.Path("missing/lock")));
  if (answer.is(AnswerKind::kAcquired)) t.Ask(who, ReleaseCommand("b"));
}

void LeavesMaskAndFolder(Trial& t) {
  const int holder = t.Start();
  const int who = t.Start();
  // Of these nothing is a runtime's, so they are compared from the start.
  const std::string before = Settings(t, who);
  WarmUp(t, holder, who);
  ExpectSame(t, before, Settings(t, who), "it first acquired and was refused");
  t.MustAcquire(who);
  ExpectSame(t, before, Settings(t, who), "it acquired");
  t.MustRelease(who);
  ExpectSame(t, before, Settings(t, who), "it released");
  t.MustAcquire(holder);
  t.MustBeRefused(who);
  ExpectSame(t, before, Settings(t, who), "it was refused");
  Fail(t, who);
  ExpectSame(t, before, Settings(t, who), "it failed for a missing folder");
  if (!t.Can(kWait)) return;
  t.Send(who, AcquireCommand("a", t.Path("lock"), absl::Milliseconds(250)));
  // Each look of one that waits could be another one.
  const absl::Duration until = MonotonicNow() + absl::Milliseconds(150);
  while (t.going() && MonotonicNow() < until && !t.HasAnswer(who)) {
    ExpectSame(t, before, Settings(t, who), "it began to wait");
    t.Pause(absl::Milliseconds(5));
  }
  t.Await(who);
  ExpectSame(t, before, Settings(t, who), "it waited in vain");
}

void LeavesSignals(Trial& t) {
  const int holder = t.Start();
  const int who = t.Start();
  ExpectFirstRefusalsLeaveSignals(t, holder, who);
  WarmUp(t, holder, who);
  const std::string before = Signals(t, who);
  const std::string masks = Masks(t, who);
  t.MustAcquire(who);
  // A handler that removes the lock when the process is ended, or a timer that
  // renews it, may well be there as long as the lock is held.
  ExpectSame(t, masks, Masks(t, who), "it acquired");
  t.MustRelease(who);
  ExpectSame(t, before, Signals(t, who), "it acquired and released");
  t.MustAcquire(holder);
  t.MustBeRefused(who);
  ExpectSame(t, before, Signals(t, who), "it was refused");
  Fail(t, who);
  ExpectSame(t, before, Signals(t, who), "it failed for a missing folder");
  if (!t.Can(kWait)) return;
  t.Ask(who, AcquireCommand("a", t.Path("lock"), absl::Milliseconds(20)));
  ExpectSame(t, before, Signals(t, who), "it waited in vain");
}

void LeavesOtherFiles(Trial& t) {
  const std::vector<std::string> kNames = {
      "lock~", "lock.tmp",  "lock.bak", "lock.old", "lock.new",  "lock.1",
      "lock2", ".lock.swp", "LOCK",     "alock",    "lock.data", "data"};
  const std::string place = t.KnowsPlace() ? t.PlaceOf("lock") : "lock";
  std::vector<FileFacts> before;
  before.reserve(kNames.size());
  for (const std::string& name : kNames) {
    if (name == place) continue;
    t.Write(name, absl::StrCat("of ", name, "\n"));
    t.SetTimes(name, absl::FromUnixSeconds(1'000'000'000));
  }
  for (const std::string& name : kNames) before.push_back(t.Facts(name));
  const int who = t.Start();
  const int other = t.Start();
  for (int i = 0; i < 3 && t.going(); ++i) {
    // The answers don't matter, only what becomes of the files.
    t.Ask(who, AcquireCommand("a", t.Path("lock")));
    t.Ask(other, AcquireCommand("a", t.Path("lock")));
    t.Ask(who, ReleaseCommand("a"));
    t.Ask(other, ReleaseCommand("a"));
  }
  t.EndInput(who);
  for (size_t i = 0; i < kNames.size() && t.going(); ++i) {
    if (kNames[i] == place) continue;
    const FileFacts now = t.Facts(kNames[i]);
    t.Expect(now.exists && now.inode == before[i].inode &&
                 now.mode == before[i].mode &&
                 now.content == before[i].content &&
                 now.modified == before[i].modified,
             absl::StrCat("another file in the folder, ", kNames[i],
                          ", is as it was: ", before[i].ToString()),
             now.ToString());
  }
}

// Whether the mask of new files counts in that folder: a default list of rights
// takes its place (acl(5)), and some file systems have no modes.
bool MaskCountsIn(Trial& t, const std::string& folder, mode_t mask) {
  const std::string probe = absl::StrCat(folder, "/probe");
  const mode_t before = ::umask(mask);
  const int fd = ::open(t.Path(probe).c_str(),
                        O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  ::umask(before);
  if (!t.Own(fd >= 0, absl::StrCat("creating ", probe))) return false;
  ::close(fd);
  const bool counts = (t.Facts(probe).mode & S_IWOTH) == 0;
  t.Remove(probe);
  if (!counts) t.NotRun("the mask of new files doesn't count here");
  return t.going();
}

// The rights to what is in a folder of the lock's own are another question.
void ExpectNoFileIsOpenToAll(Trial& t, const std::string& folder,
                             absl::string_view when) {
  std::error_code error;
  for (const auto& entry :
       std::filesystem::directory_iterator(t.Path(folder), error)) {
    const std::string name = entry.path().filename().string();
    const FileFacts facts = t.Facts(absl::StrCat(folder, "/", name));
    t.Expect(!S_ISREG(facts.mode) || (facts.mode & S_IWOTH) == 0,
             absl::StrCat(when, " others may not write to ", name,
                          ", since the mask forbids it"),
             facts.ToString());
  }
  errno = error.value();
  t.Own(!error, absl::StrCat("listing ", folder));
}

void KeepToMask(Trial& t, mode_t mask) {
  const std::string text = absl::StrFormat("%04o", mask);
  const std::string folder = absl::StrCat("with_", text);
  t.MakeDirectory(folder);
  if (!MaskCountsIn(t, folder, mask)) return;
  StartOptions options;
  options.umask = static_cast<int>(mask);
  const int holder = t.Start(options);
  const int other = t.Start(options);
  for (const int who : {holder, other}) {
    if (t.going() && StatusField(t.pid(who), "Umask") != text) {
      t.Unsupported("the contender has another mask than it was started with");
    }
  }
  t.Note(absl::StrCat("A and B have the mask ", text));
  const std::string path = t.Path(absl::StrCat(folder, "/lock"));
  t.MustAcquire(holder, "a", path);
  ExpectNoFileIsOpenToAll(t, folder, "while A holds,");
  t.MustBeRefused(other, "a", path);
  if (t.Can(kWait)) {
    t.Ask(other, AcquireCommand("a", path, absl::Milliseconds(20)));
  }
  ExpectNoFileIsOpenToAll(t, folder, "when B was refused,");
  t.MustRelease(holder);
  ExpectNoFileIsOpenToAll(t, folder, "when A has released,");
}

// With the usual one, and a careful user's.
void NewFilesKeepToMask(Trial& t) {
  KeepToMask(t, 022);
  KeepToMask(t, 077);
}

}  // namespace

std::vector<Requirement> ProcessChapter() {
  return {
      {"Process.LeavesMaskAndFolder",
       Level::kMust,
       "Neither acquiring nor failing to, nor waiting, changes the mask of new "
       "files or the current folder.",
       "py-filelock 204: while one thread waited, all others made files that "
       "everybody could write.",
       {},
       &LeavesMaskAndFolder,
       {"Waiting.TimedOutWaiterGetsNothingLater", "Exclusion.LiveHolderHolds"}},
      {"Process.LeavesSignals",
       Level::kMust,
       "After a refusal, a failure or a release the process blocks, ignores "
       "and catches the signals that it did before, and has no timer more; "
       "while it holds it blocks and ignores none more.",
       "A handler that a library leaves behind is the program's problem from "
       "then on.",
       {},
       &LeavesSignals,
       {"Waiting.TimedOutWaiterGetsNothingLater", "Exclusion.LiveHolderHolds"}},
      {"Process.LeavesOtherFiles",
       Level::kMust,
       "Other files in the folder are left as they are.",
       "Whoever tidies up by a pattern removes what isn't his.",
       {},
       &LeavesOtherFiles},
      {"Process.NewFilesKeepToMask",
       Level::kShould,
       "A lock makes no file at the path or beside it that others may write "
       "to though the mask of new files takes that right away.",
       "Somebody who may write to the file can lock it for ever, and forge the "
       "record in it. It is debatable for a lock that all users of the machine "
       "are to share, hence no MUST; but such users say so by their mask. A "
       "file in a folder of the lock's own, and a right of the group, count "
       "for nothing here.",
       {},
       &NewFilesKeepToMask,
       {"Waiting.TimedOutWaiterGetsNothingLater",
        "Persistence.RefusalChangesNoMode"}},
  };
}

}  // namespace conformance
