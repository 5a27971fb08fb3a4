#include "conformance/again.h"

#include "conformance/contender.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

TEST(AgainTest, NamesProgramOptionsAndContender) {
  ContenderSource source;
  source.command = {"./my contender", "--fast"};
  const Invocation invocation = {"bin/lockcheck", " --deadline=1s --strict"};
  EXPECT_EQ(CommandToRun(invocation, source, "Exclusion.A", 7),
            "bin/lockcheck run --filter=Exclusion.A --seed=7 --deadline=1s "
            "--strict -- './my contender' --fast");
  EXPECT_EQ(CommandToReplay(invocation, source, "v1 steps=a !kill"),
            "bin/lockcheck replay 'v1 steps=a !kill' --deadline=1s --strict "
            "-- './my contender' --fast");
  EXPECT_EQ(CommandToExamine(invocation, source),
            "bin/lockcheck doctor -- './my contender' --fast");
}

TEST(AgainTest, ContenderThatIsLinkedInIsNoCommand) {
  EXPECT_EQ(CommandToRun({}, {}, "Exclusion.A", 1),
            "lockcheck run --filter=Exclusion.A --seed=1");
  EXPECT_EQ(CommandToReplay({}, {}, "v1"), "lockcheck replay 'v1'");
}

}  // namespace
}  // namespace conformance
