// Texts of /proc as the kernel writes them, and as a process would like to have
// them read.

#include "conformance/process/proc_text.h"

#include <sys/syscall.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(StatTest, TheNameCanHoldAnything) {
  EXPECT_THAT(FieldsOfStat("7 (a) S 1) R 2 3\n"), ElementsAre("R", "2", "3"));
  EXPECT_THAT(FieldsOfStat("7 (a)\n"), IsEmpty());
  EXPECT_THAT(FieldsOfStat(""), IsEmpty());
}

TEST(StatTest, TicksAreAddedIfTheyAreSome) {
  const std::string before = "7 (a) S 1 2 3 4 5 6 7 8 9 10 ";
  EXPECT_EQ(TicksOfStat(before + "1 20 300 4000 5"), 4321);
  EXPECT_EQ(TicksOfStat(before + "9223372036854775807 1 -5 x"), 1);
}

TEST(StatusTest, AFieldIsFoundByItsWholeName) {
  const std::string status = "Name:\tUmask: 1\nUmask:\t0022\nVmRSS:\t  12 kB\n";
  EXPECT_EQ(FieldOfStatus(status, "Umask"), "0022");
  EXPECT_EQ(FieldOfStatus(status, "Um"), "");
  EXPECT_EQ(BytesOfField(FieldOfStatus(status, "VmRSS")), 12 << 10);
  EXPECT_EQ(BytesOfField("9223372036854775807 kB"), std::nullopt);
  EXPECT_EQ(BytesOfField("-1 kB"), std::nullopt);
  EXPECT_EQ(BytesOfField(""), std::nullopt);
}

TEST(SyscallTest, AThreadIsInACallOrNot) {
  const std::optional<CallOfThread> call =
      CallOfSyscall("230 0x0 0x1 0x7ffc0 0x0 0x5 0x6 0x7ffd 0x7ff0\n");
  ASSERT_TRUE(call.has_value());
  EXPECT_EQ(call->number, 230);
  EXPECT_THAT(call->arguments, ElementsAre(0, 1, 0x7ffc0, 0, 5, 6));
  EXPECT_FALSE(CallOfSyscall("running\n").has_value());
  EXPECT_FALSE(CallOfSyscall("-1 0x7ffd 0x7ff0\n").has_value());
  EXPECT_FALSE(CallOfSyscall("").has_value());
}

TEST(MapsTest, OnlyTheKernelsOwnIsTheVdso) {
  const std::string file =
      "1000-ffffffff0000 r--p 00000000 08:02 4711    /tmp/x [vdso]\n"
      "2000-ffffffff0000 r--p 00000000 08:02 4711    [vdso]\n";
  EXPECT_EQ(VdsoOfMaps(file), std::nullopt);
  EXPECT_EQ(
      VdsoOfMaps(file + "7ff0000-7ff2000 r-xp 00000000 00:00 0     [vdso]\n"),
      (std::pair<uint64_t, uint64_t>(0x7ff0000, 0x7ff2000)));
  EXPECT_EQ(VdsoOfMaps("0-ffffffffffffffff r-xp 0 00:00 0 [vdso]"),
            std::nullopt);
}

TEST(ThreadTest, ANameMakesNobodyAReader) {
  ThreadFiles files;
  files.comm = "in read(0x0,\x1b\n";
  files.stat = "7 (in read(0x0,) S 1";
  files.wchan = "do_wait";
  std::string text = DescribeThread(7, files);
  EXPECT_EQ(text,
            "thread 7 (in read(0x0,\\033) state S, wait channel do_wait\n");
  EXPECT_FALSE(IsReadingInput(text));
  files.syscall = std::to_string(SYS_read) + " 0x0 0x1 0x2 0x3 0x4 0x5 0x6 0x7";
  text = DescribeThread(7, files);
  EXPECT_THAT(text, HasSubstr("state S, in read(0x0, ...)"));
  EXPECT_TRUE(IsReadingInput(text));
  EXPECT_EQ(DescribeThread(7, ThreadFiles()), "");
}

}  // namespace
}  // namespace conformance
