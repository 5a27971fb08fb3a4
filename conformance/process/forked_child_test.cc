// Forked children: what they have when they begin, and what is told if they
// don't.

#include "conformance/process/forked_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <string>

#include "absl/strings/str_cat.h"
#include "conformance/process/ending.h"
#include "conformance/testing/temp_folder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

using ::testing::IsEmpty;

struct Pipe {
  Pipe() { EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0); }

  // The text that comes until its end. The other side must have been closed
  // here.
  std::string ReadAll() const {
    std::string text;
    char chunk[512];
    for (;;) {
      const ssize_t n = ::read(ends[0], chunk, sizeof(chunk));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return text;
      text.append(chunk, static_cast<size_t>(n));
    }
  }

  int ends[2] = {-1, -1};
};

struct Said {
  std::string out, err, report;
  std::string ending;
};

// The output of a forked child that runs `body`, with "input\n" to read.
Said OfChild(const std::function<void(const ChildEnds&)>& body) {
  const Pipe in;
  const Pipe out;
  const Pipe err;
  const Pipe report;
  const pid_t child = ::fork();
  if (child == 0) {
    body({in.ends[0], out.ends[1], err.ends[1], report.ends[1]});
    ::_exit(0);
  }
  EXPECT_EQ(::write(in.ends[1], "input\n", 6), 6);
  for (const int end :
       {in.ends[0], in.ends[1], out.ends[1], err.ends[1], report.ends[1]}) {
    ::close(end);
  }
  Said said;
  said.report = report.ReadAll();
  said.out = out.ReadAll();
  said.err = err.ReadAll();
  for (const Pipe* pipe : {&out, &err, &report}) ::close(pipe->ends[0]);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  said.ending = Ending::FromWaitStatus(status).ToString();
  return said;
}

int SayOpenDescriptors() {
  std::string text;
  for (int fd = 0; fd < 256; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0) absl::StrAppend(&text, fd, ",");
  }
  return ::write(STDOUT_FILENO, text.data(), text.size()) < 0 ? 1 : 7;
}

TEST(ForkedChildTest, MainHasTheStandardDescriptorsOnly) {
  const Said said = OfChild([](const ChildEnds& ends) {
    // Not close-on-exec, as what a careless library leaves.
    (void)::open("/dev/null", O_RDWR);  // NOLINT(android-cloexec-open)
    TakeEnds(ends);
    RunProgram({}, &SayOpenDescriptors);
  });
  EXPECT_EQ(said.out, "0,1,2,");
  EXPECT_EQ(said.ending, "exited with status 7");
  EXPECT_THAT(said.report, IsEmpty());
}

TEST(ForkedChildTest, CommandReadsAndWritesThroughTheEnds) {
  const Said said = OfChild([](const ChildEnds& ends) {
    TakeEnds(ends);
    RunProgram(
        {"sh", "-c", "read x; echo got $x; echo \"$0\" >&2; exit 5", "a b"},
        nullptr);
  });
  EXPECT_EQ(said.out, "got input\n");
  EXPECT_EQ(said.err, "a b\n");
  EXPECT_EQ(said.ending, "exited with status 5");
  EXPECT_THAT(said.report, IsEmpty());
}

TEST(ForkedChildTest, AFailureIsReported) {
  const Said said = OfChild([](const ChildEnds& ends) {
    TakeEnds(ends);
    FailToStart("no-such-program", RunProgram({"no-such-program"}, nullptr));
  });
  EXPECT_EQ(said.report, "no-such-program: No such file or directory");
  EXPECT_EQ(said.ending, "exited with status 127");
  EXPECT_THAT(said.out, IsEmpty());
  EXPECT_THAT(said.err, IsEmpty());
}

// Both orders of the report's number and the others.
TEST(ForkedChildTest, TheReportMayHaveItsNumberAlready) {
  for (const bool already : {false, true}) {
    const Said said = OfChild([&](ChildEnds ends) {
      if (already) {
        // The end that has the number gives way.
        for (int* end : {&ends.in, &ends.out, &ends.err}) {
          if (*end == 3) *end = ::fcntl(3, F_DUPFD_CLOEXEC, 100);
        }
        ends.report = ::dup3(ends.report, 3, O_CLOEXEC);
      }
      TakeEnds(ends);
      FailToStart("step", EPERM);
    });
    EXPECT_EQ(said.report, "step: Operation not permitted") << already;
  }
}

TEST(ForkedChildTest, ExitHandlersAreTheParents) {
  static int out = -1;
  const Said said = OfChild([](const ChildEnds& ends) {
    out = STDOUT_FILENO;
    std::atexit([] { (void)!::write(out, "handler", 7); });
    TakeEnds(ends);
    RunProgram({}, [] { return 0; });
  });
  EXPECT_THAT(said.out, IsEmpty());
}

TEST(ForkedChildTest, SignalsAreReset) {
  const Said said = OfChild([](const ChildEnds& ends) {
    sigset_t all;
    ::sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, nullptr);
    ::signal(SIGCHLD, SIG_IGN);
    ::signal(SIGTERM, [](int /*signal*/) {});
    TakeEnds(ends);
    ResetSignals();
    RunProgram({}, [] {
      sigset_t blocked;
      ::sigprocmask(SIG_SETMASK, nullptr, &blocked);
      for (int s = 1; s < NSIG; ++s) {
        struct sigaction action = {};
        // Some are the C library's, and none of ours.
        if (::sigaction(s, nullptr, &action) != 0) continue;
        if (action.sa_handler != SIG_DFL || ::sigismember(&blocked, s) != 0) {
          return s;
        }
      }
      return 0;
    });
  });
  EXPECT_EQ(said.ending, "exited with status 0");
}

// Root or not.
TEST(ForkedChildTest, PermissionsAreObeyedByTheProgram) {
  const TempFolder folder;
  const std::string file = folder.path() + "/file";
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0000);
  ASSERT_GE(fd, 0);
  ::close(fd);
  const Said said = OfChild([&](const ChildEnds& ends) {
    TakeEnds(ends);
    if (!ObeyPermissions()) FailToStart("obeying", errno);
    RunProgram({"cat", file}, nullptr);
  });
  EXPECT_THAT(said.report, IsEmpty());
  EXPECT_THAT(said.err, testing::HasSubstr("Permission denied"));
}

TEST(ForkedChildTest, DescriptorsAreClosedFromANumberOn) {
  const Said said = OfChild([](const ChildEnds& ends) {
    ::dup2(ends.out, STDOUT_FILENO);
    ::dup2(STDOUT_FILENO, 200);
    CloseDescriptorsFrom(1);
    ::_exit(::fcntl(0, F_GETFD) < 0 || SayOpenDescriptors() != 1 ? 1 : 0);
  });
  EXPECT_EQ(said.ending, "exited with status 0");
}

}  // namespace
}  // namespace conformance
