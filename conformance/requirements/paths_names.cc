// Chapter Paths: names that are no names, and names that are too long, or
// nearly so.

#include <limits.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "conformance/profile.h"
#include "conformance/protocol.h"
#include "conformance/requirement.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/requirements/path_steps.h"
#include "conformance/requirements/steps.h"
#include "conformance/trial.h"

namespace conformance {
namespace {

// In a folder of the check's, since a lock that adds to the name makes a file
// in the current one, or beside it.
void EmptyPath(Trial& t) {
  t.MakeDirectory("current");
  const int who = t.Start();
  const int other = t.Start();
  for (const int each : {who, other}) {
    t.Ask(each, ChdirCommand(t.Path("current")));
  }
  for (const absl::string_view handle : {"a", "b"}) {
    const Answer answer = t.Ask(who, AcquireCommand(handle, ""));
    if (!answer.is(AnswerKind::kAcquired) || !t.IsElsewhere()) {
      JudgeFailure(t, who, answer);
      continue;
    }
    // A lock that is kept elsewhere may have any name, if it excludes others.
    const Answer second = t.Ask(other, AcquireCommand("a", ""));
    t.Expect(second.is(AnswerKind::kBusy),
             "B is refused (busy) the empty path, which A holds",
             absl::StrCat("B answered ", AnswerKindName(second.kind), " ",
                          second.message));
    t.MustRelease(who, handle);
  }
  StillWorks(t, who);
}

void NulInPath(Trial& t) {
  const int who = t.Start();
  FailsCleanly(t, who, t.Path(absl::string_view("lock\0hidden", 11)));
  const std::string half = PlaceOf(t, "lock");
  t.Expect(!t.Facts(half).exists, "no file of half the name is created",
           t.Facts(half).ToString());
  StillWorks(t, who);
}

void LongestNameWorks(Trial& t) {
  const std::string path = t.Path(std::string(NAME_MAX, 'n'));
  const int who = t.Start();
  t.Note("the name has 255 bytes, as many as a name may have");
  // With a suffix, or by way of a private file with one, it would be longer
  // than a name may be; but then that is what is to be said.
  const bool may_add =
      !t.profile().AtPath() || t.profile().family == Family::kExistenceLock;
  const Answer answer = t.Ask(who, AcquireCommand("a", path));
  if (may_add && !answer.is(AnswerKind::kAcquired)) {
    JudgeFailure(t, who, answer);
    return;
  }
  t.Expect(answer.is(AnswerKind::kAcquired), "A acquires",
           absl::StrCat("A answered ", AnswerKindName(answer.kind), " ",
                        answer.message));
  t.OutsiderMustBeRefused(path);
  t.MustRelease(who, "a");
  t.OutsiderMustAcquire(path);
}

void TooLongName(Trial& t) {
  const int who = t.Start();
  FailsCleanly(t, who, t.Path(std::string(NAME_MAX + 1, 'n')));
  StillWorks(t, who);
}

// One that is normalised may be short enough then, and is to be the same.
void TooLongPath(Trial& t) {
  std::string path = t.Path("");
  while (path.size() <= PATH_MAX) path += "./././././././././";
  const int who = t.Start();
  const Answer answer = t.Ask(who, AcquireCommand("a", path + "lock"));
  if (answer.is(AnswerKind::kAcquired)) {
    t.Note("A has acquired by a path that is too long");
    {
      const Trial::Explains same(t, "Exclusion.DotDotNamesExclude");
      t.OutsiderMustBeRefused(t.Path("lock"));
    }
    t.MustRelease(who, "a");
  } else {
    JudgeFailure(t, who, answer);
    t.Expect(!t.Facts("lock").exists, "nothing is created",
             t.Facts("lock").ToString());
  }
  StillWorks(t, who);
}

// The kernel goes into the link first, and up from there (path_resolution(7)).
void DotDotBehindLink(Trial& t) {
  t.MakeDirectory("deep");
  t.MakeDirectory("deep/target");
  t.Own(::symlink("deep/target", t.Path("link").c_str()) == 0, "symlink");
  const std::string name = t.Path("deep/lock");
  const std::string alias = t.Path("link/../lock");
  const int holder = t.Start();
  const int other = t.Start();
  MustExcludeEachOther(t, holder, other, name, alias);
  // The path is another one, which it would be without a link there.
  t.MustAcquire(holder, "a", t.Path("lock"));
  const Answer answer = t.Ask(other, AcquireCommand("a", alias));
  t.Expect(
      answer.is(AnswerKind::kAcquired),
      absl::StrCat("B acquires ", Printable(alias), ", which A hasn't got"),
      absl::StrCat("B answered ", AnswerKindName(answer.kind), " ",
                   answer.message));
}

}  // namespace

std::vector<Requirement> OddNames() {
  return {
      {"Paths.EmptyPath",
       Level::kShould,
       "The empty path is a clear error.",
       "An unset variable must not lock the current folder. It is no MUST, "
       "since a lock that adds to the name has one then, too.",
       {kChdir},
       &EmptyPath},
      {"Paths.NulInPath",
       Level::kMust,
       "A path with a NUL byte is a clear error, and no file of half its name "
       "is created.",
       "The kernel sees the name only up to the NUL.",
       {},
       &NulInPath},
      {"Paths.LongestNameWorks",
       Level::kShould,
       "A name of 255 bytes, the longest there is, can be locked; an "
       "implementation that adds to the name says clearly that it can't.",
       "A name that is cut is another name.",
       {},
       &LongestNameWorks},
      {"Paths.TooLongName",
       Level::kMust,
       "A name of 256 bytes is a clear error.",
       "ENAMETOOLONG, open(2).",
       {},
       &TooLongName},
      {"Paths.TooLongPath",
       Level::kMust,
       "A path beyond PATH_MAX is a clear error.",
       "A cut path is another path.",
       {},
       &TooLongPath},
      {"Paths.DotDotBehindLink",
       Level::kMust,
       "`..` behind a symbolic link is the folder above the link's target.",
       "path_resolution(7). To clean a path by its text alone (Python's "
       "normpath and abspath, Go's filepath.Clean, Node's path.resolve) makes "
       "it another file: two hold.",
       {},
       &DotDotBehindLink,
       {"Exclusion.DotDotNamesExclude", "Exclusion.SymlinkedDirectoriesExclude",
        "Exclusion.EqualNamesInDifferentFoldersAreDifferent"}},
  };
}

}  // namespace conformance
