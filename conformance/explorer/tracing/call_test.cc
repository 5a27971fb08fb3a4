// The table of calls, names in a folder, and how calls are shown.

#include "conformance/explorer/tracing/call.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

#include <cstdint>
#include <vector>

#include "conformance/explorer/tracing/made_calls.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

TEST(CallTest, NamesInAFolder) {
  EXPECT_EQ(NameIn("/d", "/d/lock"), "lock");
  EXPECT_EQ(NameIn("/d", "/d"), ".");
  EXPECT_EQ(NameIn("/d", "/d/."), ".");
  EXPECT_EQ(NameIn("/d", "//d///sub/./x"), "sub/x");
  EXPECT_EQ(NameIn("/d", "/d/sub/../lock"), "lock");
  EXPECT_EQ(NameIn("/d", "/e/../d/lock"), "lock");
  EXPECT_EQ(NameIn("/d", "/d/.."), "");
  EXPECT_EQ(NameIn("/d", "/dd/lock"), "");
  EXPECT_EQ(NameIn("/d", "/"), "");
}

TEST(CallTest, EachCallIsThereOnce) {
  std::vector<int> numbers;
  for (const CallType& type : CallTypes()) {
    for (const int other : numbers) EXPECT_NE(other, type.number) << type.name;
    numbers.push_back(type.number);
    EXPECT_EQ(FindCallType(static_cast<uint64_t>(type.number)), &type);
  }
  EXPECT_EQ(FindCallType(100'000), nullptr);
}

TEST(CallTest, AreShownAsPeopleKnowThem) {
  Call open = Open("lock", O_WRONLY | O_CREAT | O_EXCL);
  EXPECT_EQ(FormatCall(open), "openat(\"lock\", O_WRONLY|O_CREAT|O_EXCL)");
  EXPECT_EQ(FormatCall(Flock(3, LOCK_EX | LOCK_NB)),
            "flock(3, LOCK_EX|LOCK_NB)");
  EXPECT_EQ(FormatCall(Fcntl(3, F_SETLKW, F_WRLCK)),
            "fcntl(3, F_SETLKW, {F_WRLCK, 0, 0})");
  EXPECT_EQ(FormatCall(OnName("linkat", "a b", "c")), "linkat(\"a b\", \"c\")");
  EXPECT_EQ(FormatResult(-ENOLCK), "-1 ENOLCK");
  EXPECT_EQ(FormatResult(-512), "interrupted, starts again");
  EXPECT_EQ(FormatResult(7), "7");
}

}  // namespace
}  // namespace conformance::explorer
