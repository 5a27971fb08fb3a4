// Chapter RefusalLog: the one record that a refusal leaves in the log, to the
// letter. `Error locking file PATH; pid=PID`, at severity ERROR.

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "conformance/protocol.h"
#include "conformance/requirement.h"
#include "conformance/requirements/catalogue.h"
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

void ExpectRecord(Trial& t, const Answer& answer, absl::string_view message) {
  t.Expect(answer.log.size() == 1 && answer.log[0].severity == "ERROR" &&
               answer.log[0].message == message,
           absl::StrCat("one record: ERROR ", Printable(message)),
           Shown(answer.log));
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
  const Answer answer = t.MustBeRefused(other, "a", path);
  ExpectRecord(t, answer, Message(path, HolderPid(t, holder)));
}

void OneRecordOfExactText(Trial& t) {
  RefusalNames(t, t.Path("lock"), t.Path("lock"));
}

void SeedsTranscript(Trial& t) {
  const int holder = t.Start();
  for (const int who : {holder, t.Start()}) {
    t.Expect(t.Ask(who, ChdirCommand(t.Path("."))).is(AnswerKind::kChanged),
             "it goes to the trial's folder", "it does not");
  }
  t.MustAcquire(holder, "lock", "lock");
  const Answer answer = t.MustBeRefused(1, "lock", "lock");
  ExpectRecord(t, answer, Message("lock", HolderPid(t, holder)));
}

void RefusedAttemptInProcessIsLogged(Trial& t) {
  const int holder = t.Start();
  t.MustAcquire(holder, "a");
  const Answer answer = t.MustBeRefused(holder, "b");
  ExpectRecord(t, answer, Message(t.Path("lock"), HolderPid(t, holder)));
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
  const std::string end = absl::StrCat("; pid=", HolderPid(t, holder));
  t.Expect(answer.log.size() == 1 && answer.log[0].severity == "ERROR" &&
               absl::StartsWith(answer.log[0].message, "Error locking file ") &&
               absl::EndsWith(answer.log[0].message, end) &&
               !absl::StrContains(answer.log[0].message, '\n'),
           absl::StrCat("one record of one line, from \"Error locking file\" "
                        "to \"",
                        end, "\""),
           Shown(answer.log));
}

// A refusal while the held file has a content of ours.
void RefusalWithContent(Trial& t, absl::string_view content,
                        absl::string_view pid) {
  const int holder = t.Start();
  const int other = t.Start();
  t.MustAcquire(holder);
  t.Overwrite("lock", content);
  t.Note(absl::StrCat("the file's content was replaced by ",
                      Printable(content.substr(0, 60))));
  const Answer answer = t.MustBeRefused(other);
  ExpectRecord(t, answer, Message(t.Path("lock"), pid));
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
  t.Overwrite("lock",
              " 1; all is well\nERROR Error locking file other; pid=2\n");
  const Answer answer = t.MustBeRefused(other);
  ExpectRecord(t, answer, Message(t.Path("lock"), "UNKNOWN"));
}

void NothingLoggedOnSuccess(Trial& t) {
  const int who = t.Start();
  for (int i = 0; i < 3 && t.going(); ++i) {
    const Answer acquired = t.MustAcquire(who);
    t.Expect(acquired.log.empty(), "nothing is logged on success",
             Shown(acquired.log));
    const Answer released = t.Ask(who, ReleaseCommand("a"));
    t.Expect(released.log.empty(), "nothing is logged on release",
             Shown(released.log));
  }
}

}  // namespace

std::vector<Requirement> RefusalLogChapter() {
  return {
      {"RefusalLog.OneRecordOfExactText",
       Level::kMust,
       "A refusal logs exactly one record, at ERROR: `Error locking file PATH; "
       "pid=PID`.",
       "The seed's transcript. People search their logs for it.",
       {kLog},
       &OneRecordOfExactText},
      {"RefusalLog.SeedsTranscript",
       Level::kMust,
       "Locking `lock` twice logs `Error locking file lock; pid=UNKNOWN`, or "
       "with the pid where it is recorded.",
       "The seed's transcript, word for word: a bare name, as it was given.",
       {kLog, kChdir},
       &SeedsTranscript},
      {"RefusalLog.RefusedAttemptInProcessIsLogged",
       Level::kMust,
       "A second acquisition in the holder's own process is logged in the same "
       "words.",
       "It is the very case of the seed's transcript.",
       {kLog},
       &RefusedAttemptInProcessIsLogged},
      {"RefusalLog.RelativePathAsGiven",
       Level::kMust,
       "The path is logged as the caller gave it: a relative one stays so.",
       "The reader must recognise the name he configured.",
       {kLog},
       &RelativePathAsGiven},
      {"RefusalLog.PathWithSpacesAsGiven",
       Level::kMust,
       "Spaces in the path are logged as they are.",
       "As above.",
       {kLog},
       &PathWithSpacesAsGiven},
      {"RefusalLog.PathInUtf8AsGiven",
       Level::kMust,
       "A path in UTF-8 is logged as it is.",
       "As above.",
       {kLog},
       &PathInUtf8AsGiven},
      {"RefusalLog.PathWithPercentAsGiven",
       Level::kMust,
       "Percent signs, braces and dollar signs in the path are logged as they "
       "are.",
       "A path that is taken for a format string is a bug at least, and a hole "
       "at worst.",
       {kLog},
       &PathWithPercentAsGiven},
      {"RefusalLog.PathWithQuotesAsGiven",
       Level::kMust,
       "Quotes, backquotes, backslashes and semicolons in the path are logged "
       "as they are.",
       "As above.",
       {kLog},
       &PathWithQuotesAsGiven},
      {"RefusalLog.NewlineInPathForgesNothing",
       Level::kMust,
       "A newline in the path is made harmless: the record is one line.",
       "Whoever may choose a file name could write log lines of his own "
       "(CWE-117).",
       {kLog},
       &NewlineInPathForgesNothing},
      {"RefusalLog.UnknownWithoutRecord",
       Level::kMust,
       "When the file records no pid, the message says UNKNOWN.",
       "The seed's transcript.",
       {kLog},
       &UnknownWithoutRecord},
      {"RefusalLog.GarbageIsUnknown",
       Level::kMust,
       "When the file holds something else than a pid, the message says "
       "UNKNOWN.",
       "Anybody who may open the file can write in it.",
       {kLog},
       &GarbageIsUnknown},
      {"RefusalLog.BinaryIsUnknown",
       Level::kMust,
       "Bytes that are no text in the file give UNKNOWN and reach no log.",
       "Terminal escapes in a log act on whoever reads it.",
       {kLog},
       &BinaryIsUnknown},
      {"RefusalLog.HugeContentIsUnknown",
       Level::kMust,
       "A huge file gives UNKNOWN, and its content reaches no log.",
       "A megabyte of digits is no pid.",
       {kLog},
       &HugeContentIsUnknown},
      {"RefusalLog.NewlineInContentForgesNothing",
       Level::kMust,
       "What the file holds cannot forge a second log line.",
       "The file is untrusted; the log is what is believed afterwards "
       "(CWE-117).",
       {kLog},
       &NewlineInContentForgesNothing},
      {"RefusalLog.NothingLoggedOnSuccess",
       Level::kMust,
       "Nothing is logged when the lock is acquired or released.",
       "A record for each of a million cycles hides the one that matters.",
       {kLog},
       &NothingLoggedOnSuccess},
  };
}

}  // namespace conformance
