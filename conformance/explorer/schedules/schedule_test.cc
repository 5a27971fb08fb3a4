// The text of schedules: there and back, and whatever else may come.
// Footprints.

#include "conformance/explorer/schedules/schedule.h"

#include <cerrno>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "conformance/explorer/schedules/portable_random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

using ::testing::HasSubstr;

using Kind = Step::Kind;

constexpr absl::string_view kGood =
    "v1 contenders=2 cycles=2,2 initial=empty steps=a3 b2 a b!kill a?EINTR";

TEST(Schedule, IsReadAndWritten) {
  const absl::StatusOr<Schedule> schedule = Schedule::Parse(kGood);
  ASSERT_TRUE(schedule.ok()) << schedule.status();
  EXPECT_THAT(schedule->cycles, ::testing::ElementsAre(2, 2));
  EXPECT_EQ(schedule->initial, "empty");
  const Step a;
  const Step b = {1};
  EXPECT_THAT(
      schedule->steps,
      ::testing::ElementsAre(a, a, a, b, b, a, Step{1, Kind::kCrashBefore},
                             Step{0, Kind::kFail, EINTR}));
  EXPECT_EQ(schedule->ToString(), kGood);
}

TEST(Schedule, SaysThatItsContendersWait) {
  constexpr absl::string_view kWaits =
      "v1 contenders=2 cycles=1,1 wait=forever initial=empty steps=a b";
  const absl::StatusOr<Schedule> schedule = Schedule::Parse(kWaits);
  ASSERT_TRUE(schedule.ok()) << schedule.status();
  EXPECT_TRUE(schedule->waits);
  EXPECT_EQ(schedule->ToString(), kWaits);
  constexpr absl::string_view kNew =
      "v1 contenders=1 cycles=1 wait=forever processes=new commands=late "
      "crashes=old "
      "initial=empty steps=a";
  const absl::StatusOr<Schedule> fresh = Schedule::Parse(kNew);
  ASSERT_TRUE(fresh.ok()) << fresh.status();
  EXPECT_TRUE(fresh->fresh);
  EXPECT_TRUE(fresh->separate_commands);
  EXPECT_TRUE(fresh->ages);
  EXPECT_EQ(fresh->ToString(), kNew);
  EXPECT_FALSE(Schedule::Parse("v1 contenders=1 cycles=1 processes=new "
                               "wait=forever initial=empty steps=a")
                   .ok());
  EXPECT_FALSE(Schedule::Parse("v1 contenders=1 cycles=1 wait=0 initial=empty "
                               "steps=a")
                   .ok());
}

TEST(Schedule, SaysWhoEnds) {
  constexpr absl::string_view kEnds =
      "v1 contenders=3 cycles=1,1,1 crashes=old ends=a!,c initial=empty "
      "steps=a b";
  const absl::StatusOr<Schedule> schedule = Schedule::Parse(kEnds);
  ASSERT_TRUE(schedule.ok()) << schedule.status();
  EXPECT_THAT(schedule->ends,
              ::testing::ElementsAre(NormalEnd::kHolding, NormalEnd::kNone,
                                     NormalEnd::kDone));
  EXPECT_EQ(schedule->EndOf(2), NormalEnd::kDone);
  EXPECT_EQ(schedule->EndOf(3), NormalEnd::kNone);
  EXPECT_EQ(schedule->ToString(), kEnds);
  for (const absl::string_view wrong :
       {"", "d", "c,a", "a,a", "a!!", "ab", "!", "a,", "a-"}) {
    EXPECT_THAT(
        Schedule::Parse(absl::StrCat("v1 contenders=3 cycles=1,1,1 ",
                                     "ends=", wrong, " initial=empty steps=a"))
            .status()
            .message(),
        HasSubstr("as in \"a!,b\""))
        << wrong;
  }
  Schedule none = *schedule;
  none.ends.push_back(NormalEnd::kNone);
  EXPECT_FALSE(none.Validate().ok());
  none.ends = {NormalEnd::kNone};
  EXPECT_FALSE(none.Validate().ok());
}

TEST(Schedule, WithoutStepsIsOne) {
  const absl::StatusOr<Schedule> schedule =
      Schedule::Parse("v1 contenders=1 cycles=0 initial=left-over.1 steps=");
  ASSERT_TRUE(schedule.ok()) << schedule.status();
  EXPECT_TRUE(schedule->steps.empty());
}

TEST(Schedule, EveryKindOfStepHasAText) {
  for (const auto& [text, step] : std::vector<std::pair<std::string, Step>>{
           {"c", Step{2}},
           {"a!kill", Step{0, Kind::kCrashBefore}},
           {"a!kill-after", Step{0, Kind::kCrashAfter}},
           {"b~3!kill-after", Step{1, Kind::kCrashAfter, 0, 3}},
           {"a?EAGAIN", Step{0, Kind::kFail, EWOULDBLOCK}},
           {"a?4000", Step{0, Kind::kFail, 4000}},
           {"a~-1", Step{0, Kind::kFail, 0, Step::kAllButOne}},
           {"a~0", Step{0, Kind::kFail, 0, 0}},
           {"a~12?ENOSPC", Step{0, Kind::kFail, ENOSPC, 12}}}) {
    EXPECT_EQ(step.ToString(), text);
    const absl::StatusOr<Schedule> schedule = Schedule::Parse(
        absl::StrCat("v1 contenders=3 cycles=1,1,1 initial=x steps=", text));
    ASSERT_TRUE(schedule.ok()) << schedule.status();
    EXPECT_THAT(schedule->steps, ::testing::ElementsAre(step));
  }
}

TEST(Schedule, SaysWhatIsWrongAndWhatToDo) {
  const std::string start = "v1 contenders=2 cycles=1,1 initial=x steps=";
  for (const auto& [text, message] :
       std::vector<std::pair<std::string, std::string>>{
           {"", "copy the whole line"},
           {"v2 contenders=2", "begins with \"v2\""},
           {"v1 cycles=1", "\"cycles=1\" is where contenders= should be"},
           {"v1 contenders=0 cycles= initial=x steps=", "1 to 26"},
           {"v1 contenders=27 cycles= initial=x steps=", "1 to 26"},
           {"v1 contenders=2 cycles=1 initial=x steps=", "there are 2"},
           {"v1 contenders=1 cycles=-1 initial=x steps=", "from 0 to 1000"},
           {"v1 contenders=1 cycles=01 initial=x steps=", "from 0 to 1000"},
           {"v1 contenders=1 cycles=1 initial= steps=a", "its name is of"},
           {"v1 contenders=1 cycles=1 initial=../x steps=a", "its name is of"},
           {"v1 contenders=1 cycles=1 initial=x", "steps= should be"},
           {start + "c", "\"a\" to \"b\""},
           {start + "a1", "from 2 to 100000, as in \"a3\""},
           {start + "a100001", "from 2 to"},
           {start + "a99999 b99999", "more than 100000 steps"},
           {start + "a999999999999", "from 2 to"},
           {start + "a  b", "can't read the step \"\""},
           {start + "a ", "can't read the step \"\""},
           {start + "a!", "write \"a\""},
           {start + "a~3!kill", "write \"a\""},
           {start + "a~!kill", "the bytes that are written"},
           {start + "a?EWHAT", "as in \"a?EINTR\""},
           {start + "a?0", "as in \"a?EINTR\""},
           {start + absl::StrCat("a?", EINTR), "as in \"a?EINTR\""},
           {start + "a\n", "can't read the step \"a?\""}}) {
    const absl::StatusOr<Schedule> schedule = Schedule::Parse(text);
    EXPECT_EQ(schedule.status().code(), absl::StatusCode::kInvalidArgument)
        << text;
    EXPECT_THAT(schedule.status().message(), HasSubstr(message)) << text;
  }
  EXPECT_THAT(Schedule::Parse(std::string(1 << 20, 'a')).status().message(),
              HasSubstr("bytes long"));
}

TEST(Schedule, ValidateRefusesWhatHasNoText) {
  const auto with = [](Step step) {
    Schedule schedule;
    schedule.cycles = {1, 1};
    schedule.steps = {step};
    return schedule;
  };
  EXPECT_TRUE(with(Step{1}).Validate().ok());
  for (const Step& step :
       {Step{2}, Step{-1}, Step{0, Kind::kRun, EINTR}, Step{0, Kind::kFail},
        Step{0, Kind::kRun, 0, 3}, Step{0, Kind::kCrashBefore, 0, 3},
        Step{0, Kind::kFail, -1}, Step{0, Kind::kFail, EIO, -3}}) {
    const Schedule schedule = with(step);
    EXPECT_EQ(schedule.Validate().code(), absl::StatusCode::kInvalidArgument)
        << schedule.ToString();
  }
}

Step RandomStep(std::mt19937_64& random, size_t contenders) {
  Step step{static_cast<int>(Draw(random, contenders))};
  switch (Draw(random, 12)) {
    case 0:
      step.kind = Kind::kCrashBefore;
      break;
    case 1:
      step.kind = Kind::kCrashAfter;
      if (Draw(random, 2) == 0)
        step.partial = static_cast<int>(Draw(random, 9));
      break;
    case 2:
      step.kind = Kind::kFail;
      step.error = static_cast<int>(Draw(random, 140));
      if (step.error == 0 || Draw(random, 2) == 0) {
        step.partial = static_cast<int>(Draw(random, 9));
      }
      break;
    default:
      break;
  }
  return step;
}

TEST(Schedule, RandomOnesSurviveTheWayThereAndBack) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 5000; ++i) {
    Schedule schedule;
    const size_t contenders = 1 + Draw(random, Schedule::kMaxContenders);
    for (size_t c = 0; c < contenders; ++c) {
      schedule.cycles.push_back(static_cast<int>(Draw(random, 4)));
    }
    schedule.initial = Draw(random, 2) == 0 ? "empty" : "left-over_2.x";
    const size_t actors = 1 + Draw(random, contenders);
    for (size_t steps = Draw(random, 60); steps > 0; --steps) {
      const Step step = RandomStep(random, actors);
      schedule.steps.insert(schedule.steps.end(), 1 + Draw(random, 3), step);
    }
    ASSERT_TRUE(schedule.Validate().ok()) << schedule.ToString();
    const absl::StatusOr<Schedule> read = Schedule::Parse(schedule.ToString());
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(*read, schedule);
  }
}

// Every schedule that is accepted has one text only, so a typing error is never
// silently another schedule.
TEST(Schedule, HostileTextIsRefusedOrCanonical) {
  const std::vector<std::string> words = {"a",          "b",
                                          "~",          "?",
                                          "!",          "kill",
                                          "-after",     "EINTR",
                                          "3",          "0",
                                          " ",          "=",
                                          ",",          "99999999999999999999",
                                          "v1 ",        "steps=",
                                          "cycles=",    "-",
                                          "\n",         std::string(1, '\0'),
                                          "\xff",       "initial=",
                                          "contenders="};
  std::mt19937_64 random(2);
  int accepted = 0;
  for (int i = 0; i < 50'000; ++i) {
    std::string text(kGood);
    for (size_t changes = 1 + Draw(random, 3); changes > 0; --changes) {
      const size_t at = Draw(random, text.size() + 1);
      switch (Draw(random, 3)) {
        case 0:
          text.erase(at, 1 + Draw(random, 4));
          break;
        case 1:
          text.insert(at, words[Draw(random, words.size())]);
          break;
        default:
          text = text.substr(0, at) +
                 std::string(1, static_cast<char>(Draw(random, 256))) +
                 text.substr(at);
      }
    }
    const absl::StatusOr<Schedule> schedule = Schedule::Parse(text);
    if (!schedule.ok()) {
      EXPECT_FALSE(schedule.status().message().empty());
      continue;
    }
    ++accepted;
    EXPECT_TRUE(schedule->Validate().ok()) << text;
    const absl::StatusOr<Schedule> again =
        Schedule::Parse(schedule->ToString());
    ASSERT_TRUE(again.ok()) << text;
    EXPECT_EQ(*again, *schedule);
  }
  EXPECT_GT(accepted, 100);
}

TEST(Schedule, OfMeasuredLengthFitsInAFewHundredBytes) {
  Schedule schedule;
  schedule.cycles = {2, 1, 1};
  for (int i = 0; i < 40; ++i) {
    schedule.steps.push_back(Step{i % 3});
    schedule.steps.push_back(Step{i % 3});
  }
  EXPECT_LT(schedule.ToString().size(), 300);
}

TEST(Schedule, CountsSwitchesFromThoseThatGoOn) {
  const auto switches = [](absl::string_view steps) {
    return Schedule::Parse(absl::StrCat("v1 contenders=3 cycles=1,1,1 "
                                        "initial=x steps=",
                                        steps))
        ->Switches();
  };
  EXPECT_EQ(switches(""), 0);
  EXPECT_EQ(switches("a3 b3 c"), 0);
  EXPECT_EQ(switches("a b a"), 1);
  EXPECT_EQ(switches("a b c a b"), 2);
  EXPECT_EQ(switches("a b a b"), 2);
}

}  // namespace
}  // namespace conformance::explorer
