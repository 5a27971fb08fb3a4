// Chapter Protocol: what a contender must do before its answers mean anything.

#include "conformance/protocol.h"

#include <sys/types.h>
#include <unistd.h>

#include <array>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "conformance/process/read_proc.h"
#include "conformance/profile.h"
#include "conformance/requirement.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/trial.h"

namespace conformance {
namespace {

void MadeUpCommandIsUnsupported(Trial& t) {
  const int who = t.Start();
  t.Note("no such command exists");
  const Answer answer = t.Ask(who, {"frobnicate", "a", t.Path("lock")});
  t.Expect(answer.is(AnswerKind::kUnsupported), "A answers unsupported",
           absl::StrCat("A answered ", AnswerKindName(answer.kind)));
}

void UnclaimedCommandIsUnsupported(Trial& t) {
  const int who = t.Start();
  t.MustAcquire(who);
  // `forever` is asked of a lock that is free, so that a contender that wrongly
  // claims nothing still answers at once.
  const std::array<std::pair<absl::string_view, Command>, 10> kProbes = {{
      {kWait, AcquireCommand("b", t.Path("free"), absl::Milliseconds(1))},
      {kForever, AcquireCommand("b", t.Path("free"), absl::InfiniteDuration())},
      {kFork, ForkCommand("a", "idle")},
      {kThread, ThreadCommand("b", t.Path("free"))},
      {kTouch, TouchCommand(t.Path("touched"))},
      {kChdir, ChdirCommand(t.Path("."))},
      {kCatch, CatchCommand()},
      {kCancel, CancelCommand("a")},
      {kSetenv, SetenvCommand("LOCKCHECK", "1")},
      {kBecome, BecomeCommand(::getuid(), ::getgid())},
  }};
  for (const auto& [capability, command] : kProbes) {
    if (!t.going() || t.Can(capability)) continue;
    t.Note(absl::StrCat("A does not claim ", capability));
    const Answer answer = t.Ask(who, command);
    t.Expect(answer.is(AnswerKind::kUnsupported), "A answers unsupported",
             absl::StrCat("A answered ", AnswerKindName(answer.kind)));
  }
}

void EndOfInputEndsIt(Trial& t) {
  const int idle = t.Start();
  t.Note("its input ends while it holds nothing");
  t.EndInput(idle);
  const int holder = t.Start();
  t.MustAcquire(holder);
  t.Note("its input ends while it holds the lock");
  t.EndInput(holder);
}

// Whether it is a program for Windows, which Wine executes here: Wine's part
// that is Linux' is mapped in.
bool IsForWindows(pid_t pid) {
  return absl::StrContains(ReadProc(absl::StrCat("/proc/", pid, "/maps")),
                           "/ntdll.");
}

void ProfileIsTrue(Trial& t) {
  const Profile& profile = t.profile();
  if (!profile.claimed) {
    t.NotAsked("the contender claims no profile");
    return;
  }
  const Family claimed =
      profile.family == Family::kSeed ? Family::kKernelLock : profile.family;
  t.Note(absl::StrCat("it claims ", profile.ToString()));
  t.Expect(profile.found == Family::kUnknown || profile.found == claimed,
           absl::StrCat("what is seen while it holds is what it claims: ",
                        FamilyName(profile.family)),
           absl::StrCat("it is a ", FamilyName(profile.found),
                        "; claim that, or nothing"));
  const int holder = t.Start();
  // Much isn't asked of a lock of Windows, and nothing else could tell it.
  if (profile.family == Family::kWindows) {
    t.Expect(IsForWindows(t.pid(holder)),
             "what claims to be a lock of Windows is a program for Windows",
             "it is one of this system; claim another profile, or nothing");
  }
  if (t.IsElsewhere()) return;
  t.MustAcquire(holder);
  const std::string place = t.PlaceOf("lock");
  const Trial::Explains there(t, "Persistence.FileExistsWhileHeld");
  t.Expect(t.Facts(place).exists,
           absl::StrCat("the lock is where it claims, at ", place),
           "there is nothing while it holds");
}

}  // namespace

std::vector<Requirement> ProtocolChapter() {
  return {
      {"Protocol.MadeUpCommandIsUnsupported",
       Level::kMust,
       "A command that does not exist is answered with unsupported.",
       "A contender that answers everything with success would pass whatever "
       "it is asked.",
       {},
       &MadeUpCommandIsUnsupported},
      {"Protocol.UnclaimedCommandIsUnsupported",
       Level::kMust,
       "A command whose capability is not claimed is answered with "
       "unsupported.",
       "What a contender can do and does not claim goes untested, and what it "
       "answers without being able to is a lie.",
       {},
       &UnclaimedCommandIsUnsupported},
      {"Protocol.EndOfInputEndsContender",
       Level::kMust,
       "At the end of its input the contender exits by itself, whether or not "
       "it holds a lock.",
       "A contender that lives on keeps its locks, and the check that a normal "
       "exit frees them means nothing.",
       {},
       &EndOfInputEndsIt},
      {"Protocol.ProfileIsTrue",
       Level::kMust,
       "The lock is of the family that the contender claims, and where it "
       "claims.",
       "What is asked of a lock depends on it.",
       {},
       &ProfileIsTrue},
  };
}

}  // namespace conformance
