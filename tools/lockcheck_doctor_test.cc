// lockcheck doctor from end to end: contenders with one defect each, and what
// is said of them.

#include <sys/prctl.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "conformance/process/proc.h"
#include "conformance/testing/program.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/lockcheck_testing.h"

namespace conformance {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

ProgramResult Doctor(const std::vector<std::string>& command,
                     absl::string_view deadline = "20s") {
  std::vector<std::string> arguments = {
      "doctor", absl::StrCat("--deadline=", deadline), "--"};
  arguments.insert(arguments.end(), command.begin(), command.end());
  ProgramResult ran = Lockcheck(arguments);
  // Each finding in one line, to look for words in it.
  ran.out = absl::StrReplaceAll(ran.out, {{"\n          ", " "}});
  return ran;
}

TEST(DoctorTest, WrapsItsLines) {
  const ProgramResult ran = Lockcheck({"doctor", "--", "sh", "-c", "exit 3"});
  EXPECT_EQ(ran.out,
            absl::StrCat(
                ran.out.substr(0, ran.out.find('\n')),
                "\n"
                "MISTAKE   to `hello lockfile-contender/1` no answer came: it "
                "exited with status\n"
                "          3 before it answered anything\n"
                "mend the mistakes above, then: lockcheck doctor -- sh -c "
                "'exit 3'\n"));
}

TEST(DoctorTest, FindsNothingWrongWithAGoodOne) {
  const std::string reference =
      Runfile("conformance/contenders/lockfile/contender");
  for (const std::vector<std::string>& good :
       {std::vector<std::string>{Contender("healthy.sh", {})},
        {reference},
        {reference, "--cancel"}}) {
    const ProgramResult ran = Doctor(good);
    EXPECT_EQ(ran.status, 0) << ran.out;
    EXPECT_THAT(ran.out,
                AllOf(HasSubstr("no mistakes found; next: lockcheck "
                                "run -- "),
                      Not(HasSubstr("MISTAKE")), Not(HasSubstr("note"))));
    EXPECT_EQ(ran.err, "");
  }
}

struct Patient {
  std::string name;
  std::vector<std::pair<absl::string_view, absl::string_view>> changes;
  std::string diagnosis;
  std::string advice = {};
  int mistakes = 1;
};

class PatientTest : public testing::TestWithParam<Patient> {};

// Each has one defect, and what is said is that and nothing else.
TEST_P(PatientTest, NamesTheMistake) {
  const Patient& patient = GetParam();
  const ProgramResult ran =
      Doctor({Contender(patient.name + ".sh", patient.changes)});
  EXPECT_EQ(ran.status, patient.mistakes == 0 ? 0 : 1) << ran.out;
  EXPECT_THAT(ran.out,
              AllOf(HasSubstr(patient.diagnosis), HasSubstr(patient.advice)));
  int mistakes = 0;
  for (const absl::string_view line : absl::StrSplit(ran.out, '\n')) {
    mistakes += absl::StartsWith(line, "MISTAKE") ? 1 : 0;
  }
  EXPECT_EQ(mistakes, patient.mistakes) << ran.out;
  if (patient.mistakes > 0) {
    EXPECT_THAT(ran.out, HasSubstr("mend the mistakes above, then: lockcheck "
                                   "doctor -- "));
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, PatientTest,
    testing::Values(
        Patient{"chatty",
                {{"held=\n", "held=\necho loading\n"}},
                "the line \"loading\" is no answer of the protocol; standard "
                "output is for answers only"},
        Patient{"chatty_in_between",
                {{"answer busy", "echo It is taken; answer busy"}},
                "the line \"It is taken\" is no answer of the protocol"},
        Patient{"wrong_field_count",
                {{"answer released \"$a\"", "answer released"}},
                "to `release a`: the line \"released\" has 1 field; it needs "
                "2, separated by one space",
                "",
                3},
        Patient{"unescaped_message",
                {{"no%20such%20folder", "no such folder"}},
                "has 5 fields; it needs 3"},
        Patient{"exits_after_one_command",
                {{"can= ;;", "can=; exit 0 ;;"}},
                "to `frobnicate a` no answer came: it exited with status 0",
                "it exited after one command; read lines until the end of "
                "input"},
        Patient{"dies_in_acquire",
                {{"answer acquired", "echo why >&2; kill -9 $$; answer"}},
                "no answer came: it was killed by signal 9 (Killed)",
                "its standard error says: why"},
        Patient{
            "answers_anything",
            {{"*) answer unsupported", "*) answer acquired \"$a\""}},
            "a made-up command is answered with acquired; the answer to "
            "anything unknown is unsupported",
            "answered acquired to touch, whose answer is touched or error or "
            "unsupported",
            9},
        Patient{"says_error_to_anything",
                {{"*) answer unsupported", "*) answer error \"$a\" unknown"}},
                "a made-up command is answered with error; the answer to "
                "anything unknown is unsupported",
                "",
                9},
        Patient{"wrong_version",
                {{"lockfile-contender/1", "lockfile-contender/2"}},
                "does not name the protocol, lockfile-contender/1, after "
                "\"hello\"",
                "the rest cannot be examined without a greeting"},
        Patient{"no_pid",
                {{"pid=$$ ", ""}},
                "lacks pid=",
                "the rest cannot be examined without a greeting"},
        Patient{"strange_pid",
                {{"pid=$$", "pid=1"}},
                "pid=1 is neither the started process nor one of its "
                "descendants; say the pid of the one that locks"},
        Patient{"unknown_capability",
                {{"can= ;;", "can=fork,spork ;;"}},
                "claims \"spork\", which is no capability; the known ones: "},
        Patient{"claims_what_it_cannot",
                {{"can= ;;", "can=touch ;;"}},
                "is answered with unsupported, and not with touched"},
        Patient{"claims_another_environment",
                {{"can= ;;", "can=setenv ;;"}},
                "`setenv LOCKCHECK 1` is answered with unsupported, and not "
                "with set"},
        Patient{"claims_another_user",
                {{"can= ;;", "can=become ;;"}},
                "is answered with unsupported, and not with became or error"},
        Patient{"claims_cancel_alone",
                {{"can= ;;", "can=cancel ;;"}},
                "`cancel nothing` is answered with unsupported, and not with "
                "error"},
        Patient{"claims_nothing_to_cancel",
                {{"can= ;;",
                  "can=cancel ;;\n"
                  "    cancel) answer error \"$a\" nothing ;;"}},
                "cancel is claimed, and neither wait nor forever"},
        Patient{"waits_before_it_reads_on",
                {{"can= ;;",
                  "can=cancel,forever ;;\n"
                  "    cancel) answer error \"$a\" nothing ;;"},
                 {"if [[ $c != 0 ]]; then\n        answer unsupported\n",
                  "if [[ $c == 10 ]]; then\n        answer unsupported\n"
                  "      elif [[ $c != 0 && $file == *6 ]]; then\n"
                  "        answer busy \"$a\"\n"}},
                "while another process has the lock: busy, error; it is to "
                "read on while it waits, give the wait up when it is told to, "
                "and answer cancelling w and cancelled w"},
        Patient{"crlf",
                {{"'%s\\n'", "'%s\\r\\n'"}},
                "has the byte \"\\r\", which must be written as %0D",
                "the line ends in a carriage return; lines end in \\n alone"},
        Patient{"double_space",
                {{"answer busy \"$a\"", "answer busy '' \"$a\""}},
                "has an empty field (two spaces, or one at an end)"},
        Patient{"wrong_handle",
                {{"answer busy \"$a\"", "answer busy x"}},
                "answered about the handle \"x\" when it was asked about "
                "\"b\""},
        Patient{"paths_not_decoded",
                {{"'%b' \"${b//%/\\\\x}\"", "'%s' \"$b\""}},
                "are fields decoded, byte by byte?"},
        Patient{"fails_at_end_of_input",
                {{"exit 0", "echo Traceback >&2; exit 1"}},
                "at the end of its input it exited with status 1; that is no "
                "failure, and the status is 0",
                "its standard error says: Traceback"},
        Patient{"killed_at_end_of_input",
                {{"exit 0", "kill -TERM $$"}},
                "at the end of its input it was killed by signal 15 "
                "(Terminated); it should exit with status 0"},
        Patient{"closes_its_output",
                {{"answer busy", "exec >&-; read -r _; answer busy"}},
                "it closed its standard output and lives on"},
        Patient{"answers_twice",
                {{"answer acquired \"$a\"",
                  "answer acquired \"$a\"; answer acquired \"$a\""}},
                "there was more than one answer; after the first came: "
                "\"acquired"},
        Patient{"short_buffer",
                {{"while read -r word a b c; do",
                  "while read -r line; do\n"
                  "  read -r word a b c <<<\"${line:0:256}\""},
                 {"$c != 0", "${c:-0} != 0"}},
                "bytes it has taken the first ",
                "is there a buffer that is too short for a line?"},
        Patient{"answers_before_it_acts",
                {{"while read -r word a b c; do",
                  "todo=\nwhile read -r word a b c; do\n"
                  "  if [[ $todo ]]; then : >>\"$todo\"; todo=; fi"},
                 {"{ : >>\"$file\"; }", "[[ -d ${file%/*} ]] && todo=$file"}},
                "`acquired` came before anything was done: prompt0 was not "
                "there then, and was a moment later"},
        Patient{"always_busy",
                {{"[[ $held == *\"|$file|\"* ]]", "true"}},
                "each acquire is answered with busy, of new files, too"},
        // The process that locks is a child of the one that is named.
        Patient{"pid_of_a_wrapper",
                {{"while read", "( while read"},
                 {"done\nexit 0", "done\nexit 0 )\nexit 0"},
                 {"{ : >>\"$file\"; }", "{ exec {fd}>>\"$file\"; }"}},
                " is not the process that locks: ",
                "reads the commands, and has the lock's file open"},
        // A fault that may be the implementation's is no mistake.
        Patient{"does_not_lock",
                {{"*\"|$file|\"*", "nobody"}},
                "is answered with acquired, and not with busy; if that is what "
                "the implementation says, lockcheck run judges it",
                "",
                0},
        Patient{"dies_of_a_release_in_a_child",
                {{"can= ;;",
                  "can=fork ;;\n"
                  "    fork)\n"
                  "      if [[ $b == release ]]; then : & else sleep 100000 & "
                  "fi\n"
                  "      wait_for=$!\n"
                  "      [[ $b != release ]] || wait $!\n"
                  "      said=\n      [[ $b != acquire ]] || said=' busy'\n    "
                  "  answer forked \"$wait_for$said\" ;;"}},
                "the child has ended; after a release that fails it is to live "
                "on, too",
                "",
                0},
        Patient{"makes_names_one",
                {{"printf -v file '%b' \"${b//%/\\x}\"",
                  "printf -v file '%b' \"${b//%/\\x}\"; file=${file%/*}/one"},
                 {": >>\"$file\"", "[[ -d ${file%/*} ]] && : >>\"$file\""}},
                "no mistakes found",
                "",
                0}),
    [](const testing::TestParamInfo<Patient>& info) {
      return info.param.name;
    });

// These are found out by waiting, so the deadline is short.
TEST(DoctorTest, NamesWhatHasToBeWaitedFor) {
  const ProgramResult unflushed =
      Doctor({"sh", "-c", "while read -r line; do :; done"}, "200ms");
  EXPECT_EQ(unflushed.status, 1);
  EXPECT_THAT(unflushed.out,
              HasSubstr("no answer came, and it is reading its input again: "
                        "flush standard output after each line"));
  const ProgramResult no_newline =
      Doctor({Contender("no_newline.sh", {{"'%s\\n'", "'%s'"}})}, "200ms");
  EXPECT_EQ(no_newline.status, 1);
  EXPECT_THAT(no_newline.out, HasSubstr("can=\" without a newline at the end"));
  const ProgramResult hangs = Doctor({"sleep", "100000"}, "200ms");
  EXPECT_EQ(hangs.status, 1);
  EXPECT_THAT(hangs.out, AllOf(HasSubstr("no answer came within 200ms"),
                               HasSubstr("its threads: thread "),
                               HasSubstr("(sleep) state S")));
}

TEST(DoctorTest, NamesOneThatOutlivesItsInput) {
  const ProgramResult ran = Doctor(
      {Contender("lives_on.sh", {{"exit 0", "exec sleep 100000"}})}, "2s");
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.out, HasSubstr("at the end of its input it lives on for more "
                                 "than 2s"));
}

TEST(DoctorTest, SaysWhyOneCannotBeStarted) {
  const ProgramResult not_found = Doctor({"./no-such-contender"});
  EXPECT_EQ(not_found.status, 1);
  EXPECT_THAT(not_found.out,
              AllOf(HasSubstr("MISTAKE   cannot start ./no-such-contender: No "
                              "such file or directory"),
                    HasSubstr("the program, or the interpreter in its first "
                              "line, was not found")));
  const ProgramResult plain =
      Doctor({MakeScript("plain.sh", "#!/bin/sh\n", /*executable=*/false)});
  EXPECT_EQ(plain.status, 1);
  EXPECT_THAT(plain.out, AllOf(HasSubstr("Permission denied"),
                               HasSubstr("the file is not executable: chmod "
                                         "+x it, or name its interpreter")));
  const ProgramResult not_here =
      Doctor({"sh", "-c", "echo no zclock >&2; exit 69"});
  EXPECT_EQ(not_here.status, 1);
  EXPECT_THAT(not_here.out, AllOf(HasSubstr("is not installed here"),
                                  HasSubstr("no zclock")));
  const ProgramResult dead = Doctor({"sh", "-c", "exit 3"});
  EXPECT_EQ(dead.status, 1);
  EXPECT_THAT(dead.out, HasSubstr("it exited with status 3 before it answered "
                                  "anything"));
}

TEST(DoctorTest, LeavesNothingBehind) {
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  Doctor({MakeScript("leaves.sh",
                     "#!/bin/bash\nsetsid sleep 100000 &\nsleep 100000 &\n"
                     "exit 0\n")});
  EXPECT_THAT(ChildrenOf(::getpid()), IsEmpty());
  for (const auto& entry :
       std::filesystem::directory_iterator(::testing::TempDir())) {
    EXPECT_THAT(entry.path().filename().string(),
                Not(StartsWith("lockcheck.")));
  }
}

}  // namespace
}  // namespace conformance
