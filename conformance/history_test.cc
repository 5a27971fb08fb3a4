// Histories as people read them.

#include "conformance/history.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/monotonic_now.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

using ::testing::HasSubstr;

constexpr Event::Kind kKinds[] = {Event::Kind::kNote,   Event::Kind::kStarted,
                                  Event::Kind::kAsked,  Event::Kind::kAnswered,
                                  Event::Kind::kLogged, Event::Kind::kSignalled,
                                  Event::Kind::kEnded};

std::vector<std::string> Lines(const History& history, size_t most) {
  std::vector<std::string> lines =
      absl::StrSplit(history.ToString(most), '\n', absl::SkipEmpty());
  return lines;
}

TEST(HistoryTest, IsShownInLanes) {
  History history;
  history.AddRecorded(
      {absl::ZeroDuration(), 0, Event::Kind::kStarted, {"zc lockfile", "2.0"}});
  history.AddRecorded(
      {absl::Milliseconds(1.5), Event::kRunner, Event::Kind::kNote, {"now B"}});
  history.AddRecorded(
      {absl::Milliseconds(2), 1, Event::Kind::kAsked, {"acquire", "", "x\n"}});
  history.AddRecorded(
      {absl::Seconds(2), 1, Event::Kind::kAnswered, {"busy", "a"}});
  history.AddRecorded(
      {absl::Seconds(2), 1, Event::Kind::kLogged, {"log", "ERROR", "a b"}});
  history.AddRecorded(
      {absl::Seconds(2), 0, Event::Kind::kSignalled, {"fatal", "Killed"}});
  history.AddRecorded({absl::Seconds(2),
                       0,
                       Event::Kind::kEnded,
                       {"was killed by signal 9 (Killed)"}});
  EXPECT_EQ(history.ToString(),
            "     0.000 ms  A  starts: \"zc lockfile\" 2.0\n"
            "     1.500 ms     -- now B\n"
            "     2.000 ms  B  > acquire \"\" \"x\\n\"\n"
            "  2000.000 ms  B  < busy a\n"
            "  2000.000 ms  B  < log ERROR \"a b\"\n"
            "  2000.000 ms  A  ! fatal Killed\n"
            "  2000.000 ms  A  ended: was killed by signal 9 (Killed)\n");
}

TEST(HistoryTest, LeavesOutTheMiddleAndSaysSo) {
  History history;
  EXPECT_EQ(history.ToString(), "");
  for (int i = 0; i < 10; ++i) {
    history.Add(0, Event::Kind::kAsked, {absl::StrCat("event", i)});
  }
  EXPECT_EQ(Lines(history, 10).size(), 10);
  const std::vector<std::string> lines = Lines(history, 4);
  ASSERT_EQ(lines.size(), 5);
  EXPECT_THAT(lines[0], HasSubstr("event0"));
  EXPECT_THAT(lines[1], HasSubstr("event1"));
  EXPECT_THAT(lines[2], HasSubstr("... 6 events left out ..."));
  EXPECT_THAT(lines[3], HasSubstr("event8"));
  EXPECT_THAT(lines[4], HasSubstr("event9"));
  EXPECT_THAT(Lines(history, 9)[4], HasSubstr("... 1 event left out ..."));
  EXPECT_EQ(Lines(history, 1).size(), 2);
}

TEST(HistoryTest, AnyLengthCanBeShortened) {
  History history;
  history.Add(0, Event::Kind::kAsked, {"hello"});
  history.Shorten();
  ASSERT_EQ(history.size(), 1);
  EXPECT_EQ(history.events()[0].fields, std::vector<std::string>{"hello"});
  for (int i = 0; i < 5000; ++i) {
    history.Add(0, Event::Kind::kAnswered,
                {absl::StrCat(i), std::string(100'000, 'x')});
  }
  history.Shorten();
  ASSERT_EQ(history.size(), 2000);
  EXPECT_EQ(history.events()[0].fields.front(), "hello");
  EXPECT_EQ(history.events()[1000].fields.front(),
            "3002 events are left out here");
  EXPECT_EQ(history.events().back().fields.front(), "4999");
  EXPECT_LT(history.events().back().fields.back().size(), 1000);
  EXPECT_THAT(history.events().back().fields.back(),
              HasSubstr("... (100000 bytes)"));
}

TEST(HistoryTest, TimesCountFromItsBeginning) {
  const absl::Duration before = MonotonicNow();
  History history;
  history.Add(0, Event::Kind::kNote, {"a"});
  history.AddAt(MonotonicNow(), 0, Event::Kind::kNote, {"b"});
  const absl::Duration at = history.events()[0].at;
  EXPECT_GE(at, absl::ZeroDuration());
  EXPECT_LE(at, history.events()[1].at);
  EXPECT_LE(history.events()[1].at, MonotonicNow() - before);
}

TEST(HistoryTest, KnowsItsLastNote) {
  History history;
  EXPECT_EQ(history.last_note(), "");
  history.Add(Event::kRunner, Event::Kind::kNote, {"first"});
  history.Add(0, Event::Kind::kAsked, {"release", "a"});
  EXPECT_EQ(history.last_note(), "first");
  history.Add(Event::kRunner, Event::Kind::kNote, {"second"});
  EXPECT_EQ(history.last_note(), "second");
}

TEST(HistoryTest, LabelsAreLettersAsLongAsThereAreSome) {
  EXPECT_EQ(ContenderLabel(0), "A");
  EXPECT_EQ(ContenderLabel(25), "Z");
  EXPECT_EQ(ContenderLabel(26), "C26");
  EXPECT_EQ(ContenderLabel(Event::kRunner), "runner");
}

TEST(HistoryTest, NamesOfKindsComeBack) {
  for (const Event::Kind kind : kKinds) {
    EXPECT_EQ(EventKindFromName(EventKindName(kind)), kind);
  }
  EXPECT_EQ(EventKindFromName("no such kind"), Event::Kind::kNote);
}

}  // namespace
}  // namespace conformance
