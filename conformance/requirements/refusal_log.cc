// Chapter RefusalLog: the one record that a refusal leaves in the log, to the
// letter. `Error locking file PATH; pid=PID`, at severity ERROR.

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/protocol.h"
#include "conformance/requirement.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/requirements/waits.h"
#include "conformance/trial.h"

namespace conformance {
namespace {

std::string Message(absl::string_view path, absl::string_view pid) {
  return absl::StrCat("Error locking file ", path, "; pid=", pid);
}

std::string Shown(const std::vector<LogRecord>& log) {
  if (log.empty()) return "nothing was logged";
  std::string text = absl::StrCat(log.size(), " logged: ");
  for (const LogRecord& record : log) {
    absl::StrAppend(&text, record.severity, " ", Printable(record.message),
                    " ");
  }
  return text;
}

// Without what is only for those who look for a fault of the lock itself.
std::vector<LogRecord> Records(const Answer& answer) {
  std::vector<LogRecord> records = answer.log;
  records.erase(std::remove_if(records.begin(), records.end(),
                               [](const LogRecord& record) {
                                 return record.severity == "DEBUG" ||
                                        record.severity == "TRACE";
                               }),
                records.end());
  return records;
}

// Those that tell somebody that something is wrong.
std::vector<LogRecord> Alarms(const Answer& answer) {
  std::vector<LogRecord> records = Records(answer);
  records.erase(std::remove_if(records.begin(), records.end(),
                               [](const LogRecord& record) {
                                 return record.severity == "INFO" ||
                                        record.severity == "NOTICE";
                               }),
                records.end());
  return records;
}

// One record that names the path; from a contender that claims the seed's words
// exactly these.
void ExpectRecord(Trial& t, const Answer& answer, absl::string_view path,
                  absl::string_view pid) {
  const std::vector<LogRecord> records = Records(answer);
  if (!t.Can(kSeedLog)) {
    t.Expect(records.size() == 1 && absl::StrContains(records[0].message, path),
             absl::StrCat("one record that names the path ", Printable(path)),
             Shown(records));
    return;
  }
  const std::string message = Message(path, pid);
  t.Expect(records.size() == 1 && records[0].severity == "ERROR" &&
               records[0].message == message,
           absl::StrCat("one record: ERROR ", Printable(message)),
           Shown(records));
}

// The pid that a contender writes in its log for a lock of `holder`'s.
std::string HolderPid(const Trial& t, int holder) {
  return t.Can(kOwnerPid) ? absl::StrCat(t.pid(holder)) : "UNKNOWN";
}

// Somebody holds `held`; another one is refused it under the name `path`.
void RefusalNames(Trial& t, const std::string& held, const std::string& path) {
  const int holder = t.Start();
  const int other = t.Start();
  t.MustAcquire(holder, "a", held);
  const Trial::Explains same(
      t, held == path ? "" : "Exclusion.RelativeAndAbsoluteNamesExclude");
  const Answer answer = t.MustBeRefused(other, "a", path);
  ExpectRecord(t, answer, path, HolderPid(t, holder));
}

void OneRecordNamesPath(Trial& t) {
  const int holder = t.Start();
  const int other = t.Start();
  t.MustAcquire(holder);
  const Answer answer = t.MustBeRefused(other);
  const std::vector<LogRecord> records = Records(answer);
  t.Expect(records.size() == 1 &&
               absl::StrContains(records[0].message, t.Path("lock")),
           absl::StrCat("one record that names the path ",
                        Printable(t.Path("lock"))),
           Shown(records));
}

void OneRecordOfExactText(Trial& t) {
  RefusalNames(t, t.Path("lock"), t.Path("lock"));
}

void EachRefusalIsLogged(Trial& t) {
  const int holder = t.Start();
  const int other = t.Start();
  t.MustAcquire(holder);
  for (int i = 1; i <= 5 && t.going(); ++i) {
    t.Note(absl::StrCat("attempt ", i, " of the same process"));
    const Answer answer = t.MustBeRefused(other);
    ExpectRecord(t, answer, t.Path("lock"), HolderPid(t, holder));
  }
}

// A wait is one attempt, however often it looks.
void RefusedWaitIsLoggedOnce(Trial& t) {
  const int holder = t.Start();
  const int waiter = t.Start();
  t.MustAcquire(holder);
  const Answer answer = t.Ask(
      waiter, AcquireCommand("a", t.Path("lock"), absl::Milliseconds(400)));
  if (!answer.is(AnswerKind::kBusy)) {
    const Trial::Explains waits(t, "Waiting.NotBeforeDeadline");
    t.Expect(false, "B is refused (busy) when its time is up",
             absl::StrCat("B answered ", AnswerKindName(answer.kind)));
  }
  t.Note("B has waited in vain");
  ExpectRecord(t, answer, t.Path("lock"), HolderPid(t, holder));
}

void GrantedWaitIsNoRefusal(Trial& t) {
  const int holder = t.Start();
  const int waiter = t.Start();
  t.MustAcquire(holder);
  t.Send(waiter,
         AcquireCommand("a", t.Path("lock"), t.options().deadline * 0.9));
  // Long enough that whoever looks again and again has looked in vain.
  t.Pause(absl::Milliseconds(150));
  t.MustRelease(holder);
  const Answer answer = t.Await(waiter);
  if (!answer.is(AnswerKind::kAcquired)) {
    const Trial::Explains waits(t, "Waiting.HandOverIsPrompt");
    t.Expect(false, "B acquires when A has released",
             absl::StrCat("B answered ", AnswerKindName(answer.kind)));
  }
  t.Note("B has waited, and then acquired");
  t.Expect(Alarms(answer).empty(), "no refusal is logged",
           Shown(Alarms(answer)));
}

void SeedsTranscript(Trial& t) {
  const int holder = t.Start();
  for (const int who : {holder, t.Start()}) {
    t.Expect(t.Ask(who, ChdirCommand(t.Path("."))).is(AnswerKind::kChanged),
             "it goes to the trial's folder", "it does not");
  }
  t.MustAcquire(holder, "lock", "lock");
  const Answer answer = t.MustBeRefused(1, "lock", "lock");
  ExpectRecord(t, answer, "lock", HolderPid(t, holder));
}

void RefusedAttemptInProcessIsLogged(Trial& t) {
  const int holder = t.Start();
  t.MustAcquire(holder, "a");
  const Answer answer = t.MustBeRefused(holder, "b");
  ExpectRecord(t, answer, t.Path("lock"), HolderPid(t, holder));
}

void RelativePathAsGiven(Trial& t) {
  RefusalNames(t, t.Path("lock"), t.RelativePath("lock"));
}

void PathWithSpacesAsGiven(Trial& t) {
  RefusalNames(t, t.Path(" a  lock "), t.Path(" a  lock "));
}

void PathInUtf8AsGiven(Trial& t) {
  const std::string path = t.Path("Schlo\u00df \u9501 \U0001f512");
  RefusalNames(t, path, path);
}

void PathWithPercentAsGiven(Trial& t) {
  const std::string path = t.Path("100%s%n%(pid)s{pid}{0}$HOME");
  RefusalNames(t, path, path);
}

void PathWithQuotesAsGiven(Trial& t) {
  const std::string path = t.Path("it's \"a\" `lock` \\ of; ours");
  RefusalNames(t, path, path);
}

void NewlineInPathForgesNothing(Trial& t) {
  const std::string path =
      t.Path("lock\nERROR Error locking file other; pid=1");
  const int holder = t.Start();
  const int other = t.Start();
  t.MustAcquire(holder, "a", path);
  const Answer answer = t.MustBeRefused(other, "a", path);
  const std::vector<LogRecord> records = Records(answer);
  const std::string end = absl::StrCat("; pid=", HolderPid(t, holder));
  const bool words =
      !t.Can(kSeedLog) ||
      (records.size() == 1 && records[0].severity == "ERROR" &&
       absl::StartsWith(records[0].message, "Error locking file ") &&
       absl::EndsWith(records[0].message, end));
  t.Expect(
      records.size() == 1 && words &&
          !absl::StrContains(records[0].message, '\n'),
      absl::StrCat(
          "one record of one line",
          t.Can(kSeedLog)
              ? absl::StrCat(", from \"Error locking file\" to \"", end, "\"")
              : ""),
      Shown(records));
}

// A refusal while the held file has a content of ours.
void RefusalWithContent(Trial& t, absl::string_view content,
                        absl::string_view pid) {
  const int holder = t.Start();
  const int other = t.Start();
  t.MustAcquire(holder);
  t.Overwrite(t.PlaceOf("lock"), content);
  const Answer answer = t.MustBeRefused(other);
  ExpectRecord(t, answer, t.Path("lock"), pid);
}

void UnknownWithoutRecord(Trial& t) { RefusalWithContent(t, "", "UNKNOWN"); }

void GarbageIsUnknown(Trial& t) {
  RefusalWithContent(t, "not a pid at all\n", "UNKNOWN");
}

void BinaryIsUnknown(Trial& t) {
  RefusalWithContent(t, absl::string_view("\0\xff\x7f\x1b[31m\x80\x01 7", 12),
                     "UNKNOWN");
}

void HugeContentIsUnknown(Trial& t) {
  RefusalWithContent(t, std::string(size_t{1} << 20, '7'), "UNKNOWN");
}

void NewlineInContentForgesNothing(Trial& t) {
  const int holder = t.Start();
  const int other = t.Start();
  t.MustAcquire(holder);
  t.Overwrite(t.PlaceOf("lock"),
              " 1; all is well\nERROR Error locking file other; pid=2\n");
  const Answer answer = t.MustBeRefused(other);
  ExpectRecord(t, answer, t.Path("lock"), "UNKNOWN");
  for (const LogRecord& record : answer.log) {
    t.Expect(!absl::StrContains(record.message, '\n'), "records of one line",
             Shown(answer.log));
  }
}

void CancelledWaitIsNoRefusal(Trial& t) {
  const int holder = t.Start();
  const int waiter = t.Start();
  t.MustAcquire(holder);
  const Answer refused = t.MustBeRefused(waiter);
  for (const absl::Duration wait : CancellableWaits(t)) {
    StartWaiting(t, waiter, wait);
    AwaitAsleep(t, waiter);
    t.Cancel(waiter);
    const Answer answer = MustEndCancelled(t, waiter);
    for (const LogRecord& record : answer.log) {
      t.Expect(std::none_of(refused.log.begin(), refused.log.end(),
                            [&](const LogRecord& of_refusal) {
                              return of_refusal.message == record.message;
                            }),
               "what is logged of a refusal isn't logged of a cancelled wait",
               Shown(answer.log));
    }
  }
}

void NothingLoggedOnSuccess(Trial& t) {
  const int who = t.Start();
  for (int i = 0; i < 3 && t.going(); ++i) {
    const Answer acquired = t.MustAcquire(who);
    t.Expect(Alarms(acquired).empty(),
             "no warning and no error is logged on success",
             Shown(acquired.log));
    const Answer released = t.Ask(who, ReleaseCommand("a"));
    t.Expect(Alarms(released).empty(),
             "no warning and no error is logged on release",
             Shown(released.log));
  }
}

}  // namespace

std::vector<Requirement> RefusalLogChapter() {
  const std::vector<absl::string_view> kRecord = {
      "RefusalLog.OneRecordNamesPath", "RefusalLog.OneRecordOfExactText"};
  // These paths have spaces, too.
  const std::vector<absl::string_view> kSpaces = {
      "RefusalLog.OneRecordNamesPath", "RefusalLog.OneRecordOfExactText",
      "RefusalLog.PathWithSpacesAsGiven"};
  // A lock that takes any text for a pid also takes these.
  const std::vector<absl::string_view> kContent = {
      "RefusalLog.OneRecordNamesPath", "RefusalLog.OneRecordOfExactText",
      "RefusalLog.GarbageIsUnknown"};
  return {
      {"RefusalLog.OneRecordNamesPath",
       Level::kMust,
       "A refusal logs exactly one record, and it names the path.",
       "Whoever is locked out must be able to see from what.",
       {kLog},
       &OneRecordNamesPath,
       {"Exclusion.SecondProcessIsRefused"}},
      {"RefusalLog.OneRecordOfExactText",
       Level::kMust,
       "A refusal logs exactly one record, at ERROR: `Error locking file PATH; "
       "pid=PID`.",
       "The seed's transcript. People search their logs for it.",
       {kSeedLog},
       &OneRecordOfExactText,
       {"RefusalLog.OneRecordNamesPath"}},
      {"RefusalLog.EachRefusalIsLogged",
       Level::kMust,
       "The second refusal of a process, and each later one, is logged like "
       "the first.",
       "What is logged once for each process tells nothing of a service that "
       "tries again for days.",
       {kLog},
       &EachRefusalIsLogged,
       kRecord},
      {"RefusalLog.RefusedWaitIsLoggedOnce",
       Level::kMust,
       "A wait that was in vain logs one record, however often it looked.",
       "An attempt that polls fills a disk.",
       {kLog, kWait},
       &RefusedWaitIsLoggedOnce,
       kRecord},
      {"RefusalLog.GrantedWaitIsNoRefusal",
       Level::kMust,
       "A wait that gets the lock logs no refusal.",
       "A record that says that the lock was not had must not come from one "
       "that has it.",
       {kLog, kWait},
       &GrantedWaitIsNoRefusal,
       kRecord},
      {"RefusalLog.CancelledWaitIsNoRefusal",
       Level::kMust,
       "A wait that was cancelled logs no refusal.",
       "The record says that somebody was in the way for too long; this wait "
       "was given up by the waiter.",
       {kLog, kCancel},
       &CancelledWaitIsNoRefusal,
       {"RefusalLog.OneRecordNamesPath", "Waiting.CancelledWaitEnds"}},
      {"RefusalLog.SeedsTranscript",
       Level::kMust,
       "Locking `lock` twice logs `Error locking file lock; pid=UNKNOWN`, or "
       "with the pid where it is recorded.",
       "The seed's transcript, word for word: a bare name, as it was given.",
       {kSeedLog, kChdir},
       &SeedsTranscript,
       kRecord},
      {"RefusalLog.RefusedAttemptInProcessIsLogged",
       Level::kMust,
       "A second acquisition in the holder's own process is logged in the same "
       "words.",
       "It is the very case of the seed's transcript.",
       {kLog},
       &RefusedAttemptInProcessIsLogged,
       kRecord},
      {"RefusalLog.RelativePathAsGiven",
       Level::kMust,
       "The path is logged as the caller gave it: a relative one stays so.",
       "The reader must recognise the name he configured.",
       {kLog},
       &RelativePathAsGiven,
       kRecord},
      {"RefusalLog.PathWithSpacesAsGiven",
       Level::kMust,
       "Spaces in the path are logged as they are.",
       "As above.",
       {kLog},
       &PathWithSpacesAsGiven,
       kRecord},
      {"RefusalLog.PathInUtf8AsGiven",
       Level::kMust,
       "A path in UTF-8 is logged as it is.",
       "As above.",
       {kLog},
       &PathInUtf8AsGiven,
       kSpaces},
      {"RefusalLog.PathWithPercentAsGiven",
       Level::kMust,
       "Percent signs, braces and dollar signs in the path are logged as they "
       "are.",
       "A path that is taken for a format string is a bug at least, and a hole "
       "at worst.",
       {kLog},
       &PathWithPercentAsGiven,
       kRecord},
      {"RefusalLog.PathWithQuotesAsGiven",
       Level::kMust,
       "Quotes, backquotes, backslashes and semicolons in the path are logged "
       "as they are.",
       "As above.",
       {kLog},
       &PathWithQuotesAsGiven,
       kSpaces},
      {"RefusalLog.NewlineInPathForgesNothing",
       Level::kMust,
       "A newline in the path is made harmless: the record is one line.",
       "Whoever may choose a file name could write log lines of his own "
       "(CWE-117).",
       {kLog},
       &NewlineInPathForgesNothing,
       kSpaces},
      {"RefusalLog.UnknownWithoutRecord",
       Level::kMust,
       "When the file records no pid, the message says UNKNOWN.",
       "The seed's transcript.",
       {kSeedLog},
       &UnknownWithoutRecord,
       kRecord,
       Scope::kAnyKernel},
      {"RefusalLog.GarbageIsUnknown",
       Level::kMust,
       "When the file holds something else than a pid, the message says "
       "UNKNOWN.",
       "Anybody who may open the file can write in it.",
       {kSeedLog},
       &GarbageIsUnknown,
       kRecord,
       Scope::kAnyKernel},
      {"RefusalLog.BinaryIsUnknown",
       Level::kMust,
       "Bytes that are no text in the file give UNKNOWN and reach no log.",
       "Terminal escapes in a log act on whoever reads it.",
       {kSeedLog},
       &BinaryIsUnknown,
       kContent,
       Scope::kAnyKernel},
      {"RefusalLog.HugeContentIsUnknown",
       Level::kMust,
       "A huge file gives UNKNOWN, and its content reaches no log.",
       "A megabyte of digits is no pid.",
       {kSeedLog},
       &HugeContentIsUnknown,
       kContent,
       Scope::kAnyKernel},
      {"RefusalLog.NewlineInContentForgesNothing",
       Level::kMust,
       "What the file holds cannot forge a second log line.",
       "The file is untrusted; the log is what is believed afterwards "
       "(CWE-117).",
       {kLog},
       &NewlineInContentForgesNothing,
       kContent,
       Scope::kAnyKernel},
      {"RefusalLog.NothingLoggedOnSuccess",
       Level::kMust,
       "No warning and no error is logged when the lock is acquired or "
       "released.",
       "A record for each of a million cycles hides the one that matters.",
       {kLog},
       &NothingLoggedOnSuccess},
  };
}

}  // namespace conformance
