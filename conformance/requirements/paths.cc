// Chapter Paths: names that cannot be locked. Each gives a clear error that is
// no refusal, at once; nothing is created or changed; and afterwards the same
// process can lock something else.
//
// Here are the folders of a path, which may be missing, and the current one;
// the rest of the chapter is in paths_*.cc.

#include <iterator>
#include <vector>

#include "conformance/protocol.h"
#include "conformance/requirement.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/requirements/path_steps.h"
#include "conformance/trial.h"

namespace conformance {
namespace {

void ErrorIsNoRefusal(Trial& t) {
  const int who = t.Start();
  const Answer answer = t.Ask(who, AcquireCommand("a", t.Path("missing/lock")));
  t.Expect(!answer.is(AnswerKind::kBusy),
           "A is not refused (busy): there is no such folder, and so nobody "
           "holds a lock in it",
           "A answered busy");
}

void MissingDirectory(Trial& t) {
  const int who = t.Start();
  FailsCleanly(t, who, t.Path("missing/lock"));
  t.Expect(!t.Facts("missing").exists, "the folder is not created",
           t.Facts("missing").ToString());
  StillWorks(t, who);
}

void FileAsDirectory(Trial& t) {
  t.Write("file", kTreasure);
  const FileFacts before = t.Facts("file");
  const int who = t.Start();
  FailsCleanly(t, who, t.Path("file/lock"));
  SameFile(t, before, "file");
  StillWorks(t, who);
}

void BareNameWorks(Trial& t) {
  t.MakeDirectory("elsewhere");
  const int who = t.Start();
  t.Ask(who, ChdirCommand(t.Path(".")));
  t.MustAcquire(who, "a", "lock");
  if (!t.IsElsewhere()) {
    const Trial::Explains there(t, "Persistence.FileExistsWhileHeld");
    t.Expect(t.Facts(t.PlaceOf("lock")).exists,
             "the file is in the current folder", "it is not");
  }
  {
    const Trial::Explains same(t, "Exclusion.RelativeAndAbsoluteNamesExclude");
    t.OutsiderMustBeRefused();
  }
  t.Ask(who, ChdirCommand(t.Path("elsewhere")));
  t.MustRelease(who, "a");
  t.Note("A has released after it went to another folder");
  t.OutsiderMustAcquire();
}

std::vector<Requirement> MissingFolders() {
  return {
      {"Paths.ErrorIsNoRefusal",
       Level::kMust,
       "What can't be locked, for want of a folder, is not refused as if "
       "somebody held it.",
       "Whoever takes a typing mistake for a busy lock waits for ever "
       "(fd-lock 8, py-filelock 67).",
       {},
       &ErrorIsNoRefusal},
      {"Paths.MissingDirectory",
       Level::kShould,
       "A missing folder is a clear error, and is not created.",
       "A typing mistake must not make a second place to lock. It is no MUST, "
       "since some make the folder on purpose, and say so.",
       {},
       &MissingDirectory},
      {"Paths.FileAsDirectory",
       Level::kMust,
       "A file where a folder should be is a clear error.",
       "As above (ENOTDIR, open(2)).",
       {},
       &FileAsDirectory},
  };
}

std::vector<Requirement> BareNames() {
  return {
      {"Paths.BareNameWorks",
       Level::kMust,
       "A bare name is a file in the current folder, also when the process "
       "goes elsewhere before it releases.",
       "The seed's examples use bare names; whoever remembers the name and not "
       "the file releases the wrong one.",
       {kChdir},
       &BareNameWorks},
  };
}

}  // namespace

std::vector<Requirement> PathsChapter() {
  std::vector<Requirement> chapter;
  for (std::vector<Requirement> part :
       {MissingFolders(), ThingsAtPaths(), OddNames(), ForbiddenPaths(),
        PathsWithoutRoom(), BareNames()}) {
    chapter.insert(chapter.end(), std::make_move_iterator(part.begin()),
                   std::make_move_iterator(part.end()));
  }
  return chapter;
}

}  // namespace conformance
