// Starting contenders: how a failure is told, and what a contender inherits.

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/contender_testing.h"
#include "conformance/process/proc.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

using ::testing::IsEmpty;

using Kind = Contender::Line::Kind;

std::string MakeFile(absl::string_view name, absl::string_view content,
                     mode_t mode) {
  std::string path = absl::StrCat(::testing::TempDir(), "/", name);
  std::ofstream(path) << content;
  EXPECT_EQ(::chmod(path.c_str(), mode), 0);
  return path;
}

// ---- Starting ---------------------------------------------------------------

std::string StartError(const ContenderSource& source,
                       const StartOptions& options = {}) {
  const absl::Status status = Contender::Start(source, options).status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  return std::string(status.message());
}

TEST(StartTest, FailuresAreSaid) {
  EXPECT_EQ(StartError(CommandLine({"no-such-program"})),
            "cannot start no-such-program: No such file or directory");
  EXPECT_EQ(StartError(CommandLine({"./no-such-program"})),
            "cannot start ./no-such-program: No such file or directory");
  const std::string plain = MakeFile("plain", "#!/bin/sh\n", 0644);
  EXPECT_EQ(StartError(CommandLine({plain})),
            absl::StrCat("cannot start ", plain, ": Permission denied"));
  const std::string lost = MakeFile("lost", "#!/no/such/interpreter\n", 0755);
  EXPECT_EQ(StartError(CommandLine({lost})),
            absl::StrCat("cannot start ", lost, ": No such file or directory"));
  EXPECT_EQ(StartError(CommandLine({"/"})),
            "cannot start /: Permission denied");
  StartOptions elsewhere;
  elsewhere.directory = "/no/such/folder";
  const absl::Status status =
      Contender::Start(Shell("true"), elsewhere).status();
  // No fault of the contender's.
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_EQ(status.message(), "cannot start chdir: No such file or directory");
}

TEST(StartTest, LeavesNothingOpenAndNoProcessBehind) {
  const size_t before = CountDescriptors(::getpid()).value_or(0);
  for (int i = 0; i < 20; ++i) {
    StartError(CommandLine({"no-such-program"}));
    Started(Shell("read x"));
  }
  EXPECT_EQ(CountDescriptors(::getpid()), before);
  EXPECT_THAT(ChildrenOf(::getpid()), IsEmpty());
}

TEST(StartTest, InheritsStandardDescriptorsOnly) {
  const std::unique_ptr<Contender> other = Started(Shell("read x"));
  // Not close-on-exec, as what a careless library leaves.
  const int mine = ::open("/dev/null", O_RDWR);  // NOLINT(android-cloexec-open)
  EXPECT_THAT(Output(Shell("for f in 0 1 2 3 4 5 6 7 8 9; do\n"
                           "  if [ -e /proc/$$/fd/$f ]; then echo $f; fi\n"
                           "done")),
              testing::ElementsAre("0", "1", "2"));
  ::close(mine);
}

TEST(StartTest, InAnotherFolder) {
  StartOptions root;
  root.directory = "/";
  EXPECT_THAT(Output(Shell("pwd"), root), testing::ElementsAre("/"));
}

TEST(StartTest, LinkedInRunsInAForkedChild) {
  ContenderSource source;
  source.main = [] {
    (void)!::write(STDOUT_FILENO, "forked\n", 7);
    return 5;
  };
  const std::unique_ptr<Contender> contender = Started(source);
  EXPECT_EQ(NextLine(*contender), "forked");
  EXPECT_EQ(contender->Await(InAWhile()).kind, Kind::kEnd);
  EXPECT_EQ(contender->Reap(InAWhile()).code, 5);
  EXPECT_EQ(source.ToString(), "(linked in)");
}

TEST(StartTest, CommandIsShownAsItWouldBeTyped) {
  EXPECT_EQ(
      CommandLine({"./a", "--b=c", "d e", "", "f'g", "$h", "~/i"}).ToString(),
      "./a --b=c 'd e' '' 'f'\\''g' '$h' ~/i");
}

// ---- Inheritance ------------------------------------------------------------

// The signals of one kind in /proc/PID/status: "SigBlk" or "SigIgn".
class SignalSet {
 public:
  SignalSet(absl::string_view kind, const StartOptions& options) {
    const std::vector<std::string> lines = Output(
        CommandLine({"grep", std::string(kind), "/proc/self/status"}), options);
    EXPECT_EQ(lines.size(), 1);
    const std::vector<std::string> fields = absl::StrSplit(lines[0], '\t');
    EXPECT_TRUE(absl::SimpleHexAtoi(fields[1], &bits_));
    // The real-time signals are the C library's and nobody's business.
    bits_ &= 0x7FFFFFFF;
  }
  bool Has(int signal) const { return ((bits_ >> (signal - 1)) & 1U) != 0; }
  bool IsEmpty() const { return bits_ == 0; }

 private:
  uint64_t bits_ = 0;
};

TEST(SignalsTest, AreOrdinaryWhateverTheRunnerDoes) {
  EXPECT_TRUE(SignalSet("SigBlk", {}).IsEmpty());
  EXPECT_TRUE(SignalSet("SigIgn", {}).IsEmpty());
}

TEST(SignalsTest, AreHostileWhenAsked) {
  StartOptions hostile;
  hostile.hostile_signals = true;
  const SignalSet blocked("SigBlk", hostile);
  for (const int s : {SIGALRM, SIGUSR1, SIGCHLD, SIGTERM}) {
    EXPECT_TRUE(blocked.Has(s)) << s;
  }
  const SignalSet ignored("SigIgn", hostile);
  EXPECT_TRUE(ignored.Has(SIGCHLD));
  EXPECT_TRUE(ignored.Has(SIGPIPE));
  // It can be killed, though.
  const std::unique_ptr<Contender> contender =
      Started(Shell("read x"), hostile);
  EXPECT_TRUE(contender->Signal(SIGKILL));
  EXPECT_EQ(contender->Reap(InAWhile()).code, SIGKILL);
}

// The tests run as root where CI does, and root may do everything.
TEST(PermissionsTest, AreObeyedAlsoByWhatIsExecutedLater) {
  const std::string folder = absl::StrCat(::testing::TempDir(), "/permissions");
  ASSERT_EQ(::mkdir(folder.c_str(), 0700), 0);
  const std::string secret = absl::StrCat(folder, "/secret");
  std::ofstream(secret) << "content\n";
  ASSERT_EQ(::chmod(secret.c_str(), 0000), 0);
  ASSERT_EQ(::chmod(folder.c_str(), 0500), 0);
  const ContenderSource tries = Shell(
      absl::StrCat("sh -c 'if (: >>", folder,
                   "/new) 2>&-; then echo created; else echo refused; fi'\n",
                   "exec sh -c 'if (: <", secret,
                   ") 2>&-; then echo read; else echo refused; fi'"));
  StartOptions obeying;
  obeying.obey_permissions = true;
  EXPECT_THAT(Output(tries, obeying),
              testing::ElementsAre("refused", "refused"));
  if (::geteuid() == 0) {
    EXPECT_THAT(Output(tries), testing::ElementsAre("created", "read"));
  }
  ::chmod(folder.c_str(), 0700);
}

}  // namespace
}  // namespace conformance

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  // As the runner does: see Contender::Send.
  ::signal(SIGPIPE, SIG_IGN);
  return RUN_ALL_TESTS();
}
