// Chapter Users: several users of one machine lock one file. Only root can
// start contenders as somebody else.

#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "conformance/contender.h"
#include "conformance/protocol.h"
#include "conformance/requirement.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/trial.h"

namespace conformance {
namespace {

// Nobody, by tradition, and a number that hardly anybody has.
constexpr uid_t kNobody = 65534;
constexpr uid_t kSomebody = 65533;

// With a mask that takes away nothing: what is missing then is what the lock
// doesn't give.
StartOptions As(uid_t user) {
  StartOptions options;
  options.user = user;
  options.umask = 0;
  return options;
}

// A folder that all may write in, and reach. False when the trial has ended.
bool OpenFolder(Trial& t, mode_t mode) {
  if (::geteuid() != 0) {
    t.NotRun("only root can start contenders as other users");
    return false;
  }
  t.MakeDirectory("shared", mode);
  t.Own(::chmod(t.Path(".").c_str(), 0755) == 0, "chmod");
  return t.going();
}

// As that user; or as root, and then it becomes that user itself, where it
// can't be started so. -1 when the trial has ended.
int StartAs(Trial& t, uid_t user) {
  int who = t.TryStart(As(user));
  if (who >= 0 || !t.going()) return who;
  StartOptions open_handed;
  open_handed.umask = 0;
  who = t.TryStart(open_handed);
  if (who < 0 || t.introduction(who).can.count(kBecome) == 0) {
    t.NotRun(absl::StrCat("the contender doesn't start as the user ", user,
                          ", and doesn't claim become; can others read and "
                          "execute it, and the folders above it?"));
    return -1;
  }
  const Answer answer = t.Ask(who, BecomeCommand(user, user));
  if (!answer.is(AnswerKind::kBecame)) {
    t.NotRun(absl::StrCat("the contender can't become the user ", user, ": ",
                          answer.message));
  }
  return t.going() ? who : -1;
}

void OtherUserIsRefused(Trial& t) {
  if (!OpenFolder(t, 0777)) return;
  for (const bool by_root : {true, false}) {
    if (!t.going()) return;
    // Each time another lock: who may use one that another user has left is
    // the next requirement's question.
    const std::string path = t.Path(by_root ? "shared/1" : "shared/2");
    StartOptions open_handed;
    open_handed.umask = 0;
    const int holder =
        by_root ? t.TryStart(open_handed) : StartAs(t, kSomebody);
    const int other = StartAs(t, kNobody);
    // Or an error would be for another reason.
    const bool can =
        t.Ask(other,
              AcquireCommand("own", t.Path(by_root ? "shared/3" : "shared/4")))
            .is(AnswerKind::kAcquired);
    if (t.going() && !can) {
      t.NotRun("another user can't lock anything in the check's folder");
    }
    t.Ask(other, ReleaseCommand("own"));
    t.MustAcquire(holder, "a", path);
    t.Note(absl::StrCat("A is ", by_root ? "root" : "one user", ", and B ",
                        by_root ? "a user" : "another one"));
    const Answer answer = t.Ask(other, AcquireCommand("a", path));
    t.Expect(!answer.is(AnswerKind::kAcquired),
             "B doesn't acquire what A holds", "B answered acquired");
    t.MustRelease(holder, "a");
  }
}

void OtherUserCanAcquire(Trial& t) {
  if (!OpenFolder(t, 0777)) return;
  const std::string path = t.Path("shared/lock");
  const int first = StartAs(t, kSomebody);
  const int second = StartAs(t, kNobody);
  if (!t.IsElsewhere()) {
    t.MustAcquire(first, "a", path);
  } else if (!t.Ask(first, AcquireCommand("a", path))
                  .is(AnswerKind::kAcquired)) {
    t.NotAsked("it is kept in another folder, where this user has no right to");
  }
  t.MustRelease(first, "a");
  t.Note(
      "one user has acquired and released, with the mask 000, in a folder "
      "where all may write");
  const Answer answer = t.Ask(second, AcquireCommand("a", path));
  const Trial::Explains released(t, answer.is(AnswerKind::kBusy)
                                        ? "Reacquisition.ByAnotherProcessAtOnce"
                                        : "");
  t.Expect(answer.is(AnswerKind::kAcquired),
           "another user acquires what is free",
           absl::StrCat("he was answered ", AnswerKindName(answer.kind), " ",
                        answer.message));
}

}  // namespace

std::vector<Requirement> UsersChapter() {
  const std::vector<absl::string_view> kExclusion = {
      "Exclusion.SecondProcessIsRefused"};
  return {
      {"Users.OtherUserIsRefused",
       Level::kMust,
       "A process of another user doesn't acquire what is held.",
       "uutils/shadow 28: kill(2) fails with EPERM for a process of another "
       "user, and that was taken for its death.",
       {},
       &OtherUserIsRefused,
       kExclusion},
      {"Users.OtherUserCanAcquire",
       Level::kShould,
       "Where two users may write in the folder, and their mask takes nothing "
       "away, a lock that one of them has released can be had by the other.",
       "thin-edge 1740, backintime 1676: the file that one user had made could "
       "be locked by no other, for ever. A right mode is 0666, less the mask; "
       "and a file that may only be read can be locked by flock(2), too.",
       {},
       &OtherUserCanAcquire},
  };
}

}  // namespace conformance
