// Chapter OwnerRecord: the holder's pid in the file, where an implementation
// records it. Its log is what tells whether it is believed.

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>  // NOLINT(build/c++11): std::filesystem's errors
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/explorer/execution/hand_overs.h"
#include "conformance/monotonic_now.h"
#include "conformance/protocol.h"
#include "conformance/requirement.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/requirements/steps.h"
#include "conformance/trial.h"

namespace conformance {
namespace {

// Splits a text at whatever is no digit.
struct NotDigit {
  absl::string_view Find(absl::string_view text, size_t pos) const {
    while (pos < text.size() && absl::ascii_isdigit(text[pos])) ++pos;
    return text.substr(pos, pos < text.size() ? 1 : 0);
  }
};

// How often `number` stands in the text, as a whole number.
size_t CountOf(absl::string_view text, int64_t number) {
  size_t count = 0;
  for (const absl::string_view word : absl::StrSplit(text, NotDigit())) {
    int64_t value = 0;
    if (absl::SimpleAtoi(word, &value) && value == number) ++count;
  }
  return count;
}

// The lock, with its record as the content: that of the file, the target of the
// link, or what stands in the files of the folder.
FileFacts RecordOf(Trial& t, absl::string_view name = "lock") {
  const std::string place = t.PlaceOf(name);
  FileFacts facts = t.Facts(place);
  if (!S_ISDIR(facts.mode)) return facts;
  std::error_code error;
  for (const auto& entry :
       std::filesystem::directory_iterator(t.Path(place), error)) {
    const std::string name = entry.path().filename().string();
    absl::StrAppend(&facts.content,
                    t.Facts(absl::StrCat(place, "/", name)).content, "\n");
  }
  return facts;
}

// A pid that was just given back: nobody has it.
pid_t DeadPid(Trial& t) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  t.Own(child > 0 && ::waitpid(child, nullptr, 0) == child, "fork");
  return child;
}

void RecordNamesHolder(Trial& t) {
  const int first = t.Start();
  const int second = t.Start();
  for (const int who : {first, second, first}) {
    t.MustAcquire(who);
    const FileFacts facts = RecordOf(t);
    t.Expect(CountOf(facts.content, t.pid(who)) > 0,
             absl::StrCat("the file names the holder's pid ", t.pid(who)),
             facts.ToString());
    t.MustRelease(who);
  }
}

void OneRecordAfterManyCycles(Trial& t) {
  const int first = t.Start();
  const int second = t.Start();
  for (int i = 0; i < 10 && t.going(); ++i) {
    const int who = i % 2 == 0 ? first : second;
    const int other = i % 2 == 0 ? second : first;
    t.MustAcquire(who);
    const FileFacts facts = RecordOf(t);
    t.Expect(CountOf(facts.content, t.pid(who)) == 1 &&
                 CountOf(facts.content, t.pid(other)) == 0,
             absl::StrCat("exactly one record, of pid ", t.pid(who)),
             facts.ToString());
    t.MustRelease(who);
  }
}

void LongerContentIsReplaced(Trial& t) {
  t.Write(t.PlaceOf("lock"),
          absl::StrCat(std::string(200, 'x'), "\n1234567 of old\n"));
  const int holder = t.Start();
  t.MustAcquire(holder);
  const FileFacts facts = RecordOf(t);
  t.Expect(!absl::StrContains(facts.content, 'x') &&
               CountOf(facts.content, t.pid(holder)) == 1,
           "only the new record is left of a longer content", facts.ToString());
}

void RefusalNamesHolder(Trial& t) {
  const int first = t.Start();
  const int second = t.Start();
  for (const auto& [holder, other] :
       {std::pair(first, second), std::pair(second, first)}) {
    t.MustAcquire(holder);
    const Answer answer = t.MustBeRefused(other);
    const std::string want = absl::StrCat("; pid=", t.pid(holder));
    t.Expect(
        answer.log.size() == 1 && absl::EndsWith(answer.log[0].message, want),
        absl::StrCat("one record that ends in \"", want, "\""),
        answer.log.empty() ? std::string("nothing was logged")
                           : answer.log[0].message);
    t.MustRelease(holder);
  }
}

void RefusalKeepsRecord(Trial& t) {
  const int holder = t.Start();
  const int other = t.Start();
  t.MustAcquire(holder);
  const FileFacts before = RecordOf(t);
  const auto expect_same = [&] {
    const FileFacts after = RecordOf(t);
    t.Expect(before.content == after.content,
             absl::StrCat("a refusal leaves the record: ", before.ToString()),
             after.ToString());
  };
  t.MustBeRefused(other);
  expect_same();
  t.MustBeRefused(holder, "b");
  expect_same();
}

// Its holder's record is what nobody else changes. One that is renewed at times
// may be missing for a moment.
void MustNameNext(Trial& t, absl::string_view name,
                  const explorer::HandOver& hand_over) {
  const absl::Duration until = MonotonicNow() + absl::Seconds(1);
  FileFacts facts = RecordOf(t, name);
  while (t.going() && CountOf(facts.content, hand_over.holder) == 0 &&
         MonotonicNow() < until) {
    t.Pause(absl::Milliseconds(20));
    facts = RecordOf(t, name);
  }
  t.Expect(CountOf(facts.content, hand_over.holder) > 0,
           absl::StrCat("B has acquired in the midst of A's release, after ",
                        PrintableText(hand_over.after),
                        ", and when that is over the file names B's pid ",
                        hand_over.holder),
           facts.ToString());
}

// Between two calls of a release there is no time to speak of, and yet another
// one may come in there; so A is stopped after each of them.
void ReleaseSparesNextRecord(Trial& t) {
  const int who = t.Start();
  t.MustAcquire(who);
  RecordOf(t);  // or it isn't asked
  t.MustRelease(who);
  t.Kill(who, SIGKILL);
  t.MakeDirectory("traced");
  if (!t.going()) return;
  explorer::HandOverOptions options;
  options.source = t.source();
  options.tracing.directory = t.Path("traced");
  options.tracing.deadline = t.deadline();
  options.tracing.end = MonotonicNow() + absl::Seconds(20);
  options.tracing.start.obey_permissions = t.profile().ordinary;
  const absl::StatusOr<explorer::HandOvers> all =
      explorer::SeeHandOvers(options, [&](const explorer::HandOver& hand_over) {
        MustNameNext(t, "traced/lock", hand_over);
        return t.going();
      });
  if (!all.ok()) {
    if (absl::IsUnavailable(all.status())) {
      t.NotRun(all.status().message());
    } else {
      t.Harness(all.status().message());
    }
  } else if (!all->stopped.empty()) {
    t.NotRun(absl::StrCat("under ptrace(2), ", all->stopped));
  }
}

// The file of a lock that is held says that somebody else holds it: a process
// that is dead. In the form that the contender itself writes, where it does.
void DeadPidIsNotBelieved(Trial& t) {
  const int holder = t.Start();
  const int other = t.Start();
  t.MustAcquire(holder);
  const pid_t dead = DeadPid(t);
  std::string record = RecordOf(t).content;
  const std::string mine = absl::StrCat(t.pid(holder));
  record = CountOf(record, t.pid(holder)) == 0
               ? absl::StrCat(dead, "\n")
               : absl::StrReplaceAll(record, {{mine, absl::StrCat(dead)}});
  t.Overwrite(t.PlaceOf("lock"), record);
  t.Note(absl::StrCat("the file names pid ", dead, ", which is dead"));
  const Answer answer = t.MustBeRefused(other);
  t.Expect(answer.log.size() == 1 &&
               absl::EndsWith(answer.log[0].message, "; pid=UNKNOWN"),
           "one record that ends in \"; pid=UNKNOWN\"",
           answer.log.empty() ? std::string("nothing was logged")
                              : answer.log[0].message);
}

void MustAcquireInSpiteOf(Trial& t, int who, absl::string_view handle,
                          absl::string_view path) {
  const Answer answer = t.Ask(who, AcquireCommand(handle, path));
  if (SaysItIsOfAnotherForm(t, answer)) return;
  t.Expect(answer.is(AnswerKind::kAcquired),
           absl::StrCat(ContenderLabel(who), " acquires"),
           absl::StrCat(ContenderLabel(who), " answered ",
                        AnswerKindName(answer.kind), " ",
                        Printable(answer.message)));
}

void LeftOverRecordBlocksNobody(Trial& t) {
  const int who = t.Start();
  // A live pid, a dead one, and one of init, in the forms that are about.
  for (const std::string& record :
       {absl::StrCat(::getpid(), "\n"), absl::StrCat(" ", ::getpid(), "\n"),
        absl::StrCat(DeadPid(t), "\n"), std::string("1\n")}) {
    if (!t.going()) return;
    t.Write(t.PlaceOf("lock"), record);
    t.Note(absl::StrCat("a file with the record ", Printable(record),
                        " was left over, and nobody holds it"));
    MustAcquireInSpiteOf(t, who, "a", t.Path("lock"));
    t.OutsiderMustBeRefused();
    t.MustRelease(who);
    t.Remove(t.PlaceOf("lock"));
  }
}

// The text names the number 1, which is that of a process that lives.
void TextBehindRecordMisleadsNobody(Trial& t) {
  const std::vector<std::string> texts = {
      "\nsome text 1\n", " garbage 1\n",
      absl::StrCat("\n", std::string(512, '\0'), "1\n"),
      absl::StrCat("\n", std::string(size_t{1} << 20, 'x'), " 1\n")};
  const int who = t.Start();
  const int other = t.Start();
  for (size_t i = 0; i < texts.size() && t.going(); ++i) {
    const std::string handle = absl::StrCat("a", i);
    const std::string name = absl::StrCat("lock", i);
    const std::string place = t.PlaceOf(name);
    t.Write(place, absl::StrCat(DeadPid(t), texts[i]));
    t.Note(
        "the record of a dead process with a text behind it was left over, and "
        "nobody holds");
    MustAcquireInSpiteOf(t, who, handle, t.Path(name));
    t.MustBeRefused(other, "b", t.Path(name));
    t.Overwrite(place, absl::StrCat(t.pid(who), texts[i]));
    t.Note("A's record is in the file, with a text behind it");
    const Answer answer = t.MustBeRefused(other, "b", t.Path(name));
    if (!t.going() || !t.Can(kSeedLog)) continue;
    const std::string record =
        answer.log.empty() ? "" : answer.log.back().message;
    const std::string holder = absl::StrCat("; pid=", t.pid(who));
    t.Expect(absl::EndsWith(record, "; pid=UNKNOWN") ||
                 absl::EndsWith(record, holder),
             absl::StrCat("a log record that ends in \"; pid=UNKNOWN\" or \"",
                          holder, "\""),
             answer.log.empty() ? "nothing was logged" : record);
  }
}

}  // namespace

std::vector<Requirement> OwnerRecordChapter() {
  return {
      {"OwnerRecord.RecordNamesHolder",
       Level::kMust,
       "While the lock is held, its file names the holder's pid.",
       "It is what an operator looks at when a program says that it is "
       "locked out.",
       {kOwnerPid},
       &RecordNamesHolder},
      {"OwnerRecord.OneRecordAfterManyCycles",
       Level::kMust,
       "After any number of cycles there is exactly one record, the holder's.",
       "zc.lockfile 1.0.1: pids piled up in the file.",
       {kOwnerPid},
       &OneRecordAfterManyCycles,
       {"OwnerRecord.RecordNamesHolder"}},
      {"OwnerRecord.LongerContentIsReplaced",
       Level::kMust,
       "A longer content that was there before leaves no rest behind the "
       "record.",
       "Half of an old record behind the new one is a wrong pid.",
       {kOwnerPid},
       &LongerContentIsReplaced,
       {"OwnerRecord.RecordNamesHolder"},
       Scope::kAnyKernel},
      {"OwnerRecord.RefusalNamesHolder",
       Level::kMust,
       "The log record of a refusal names the real pid of the holder.",
       "Somebody may end the process with that pid.",
       {kOwnerPid, kSeedLog},
       &RefusalNamesHolder,
       {"OwnerRecord.RecordNamesHolder", "RefusalLog.OneRecordNamesPath",
        "RefusalLog.OneRecordOfExactText"}},
      {"OwnerRecord.RefusalKeepsRecord",
       Level::kMust,
       "A refused attempt leaves the holder's record as it is.",
       "zc.lockfile 1.0.0 emptied it.",
       {kOwnerPid},
       &RefusalKeepsRecord,
       {"OwnerRecord.RecordNamesHolder",
        "Persistence.RefusalChangesNoContent"}},
      {"OwnerRecord.ReleaseSparesNextRecord",
       Level::kMust,
       "A release leaves the record of the next holder as it is, however soon "
       "that comes.",
       "A release that empties the file when it has unlocked it already "
       "destroys what somebody else has written meanwhile.",
       {kOwnerPid},
       &ReleaseSparesNextRecord,
       {"OwnerRecord.RecordNamesHolder",
        "Reacquisition.ByAnotherProcessAtOnce"}},
      {"OwnerRecord.DeadPidIsNotBelieved",
       Level::kShould,
       "A record of a process that is dead gives UNKNOWN.",
       "py-filelock 553: owners were confused across reused pids. A pid that "
       "nobody has can only mislead.",
       {kSeedLog},
       &DeadPidIsNotBelieved,
       {"RefusalLog.OneRecordNamesPath", "RefusalLog.OneRecordOfExactText"},
       Scope::kAnyKernel},
      {"OwnerRecord.LeftOverRecordBlocksNobody",
       Level::kMust,
       "A record that was left over in a free lock's file keeps nobody out, "
       "also if its pid is alive.",
       "A pid file is no lock: its pid may have been given to another process "
       "long ago (py-filelock 561).",
       {},
       &LeftOverRecordBlocksNobody,
       {"Exclusion.SecondProcessIsRefused"},
       Scope::kAnyKernel},
      {"OwnerRecord.TextBehindRecordMisleadsNobody",
       Level::kMust,
       "A text behind a record, however long, keeps nobody out of a free lock, "
       "and no refusal names a number in it.",
       "A crash in the midst of writing over a longer record leaves half of "
       "that behind the new one, and a crash of the machine leaves zeros.",
       {},
       &TextBehindRecordMisleadsNobody,
       {"Exclusion.SecondProcessIsRefused",
        "OwnerRecord.LeftOverRecordBlocksNobody",
        "RefusalLog.OneRecordOfExactText", "RefusalLog.GarbageIsUnknown",
        "RefusalLog.NewlineInContentForgesNothing"},
       Scope::kAnyKernel},
  };
}

}  // namespace conformance
