// The contender protocol: what is encoded is decoded, and whatever is wrong
// with a line is said in words that help the one who wrote it.

#include "conformance/protocol.h"

#include <cstddef>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// The message that people see of a line that is wrong.
std::string Complaint(absl::string_view line) {
  const absl::StatusOr<Answer> answer = ParseAnswer(line);
  if (answer.ok()) {
    return absl::StrCat("(none: ", AnswerKindName(answer->kind), ")");
  }
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(answer.status().message());
}

Answer Parsed(absl::string_view line) {
  absl::StatusOr<Answer> answer = ParseAnswer(line);
  EXPECT_TRUE(answer.ok()) << answer.status();
  return answer.ok() ? *std::move(answer) : Answer();
}

// ---- Framing ----------------------------------------------------------------

TEST(FieldTest, EveryByteComesBack) {
  constexpr absl::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
      "._~/:;+,@=-";
  for (int byte = 0; byte < 256; ++byte) {
    const std::string one(1, static_cast<char>(byte));
    const std::string field = EncodeField(one);
    EXPECT_EQ(field.size(), absl::StrContains(kPlain, one) ? 1 : 3) << byte;
    const absl::StatusOr<std::string> back = DecodeField(field);
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(*back, one);
  }
}

TEST(FieldTest, HasOneFormForEachValue) {
  EXPECT_EQ(EncodeField(""), "%");
  EXPECT_EQ(EncodeField("%"), "%25");
  EXPECT_EQ(EncodeField("a b\n\xff"), "a%20b%0A%FF");
  EXPECT_EQ(EncodeField(absl::string_view("\0", 1)), "%00");
  EXPECT_EQ(DecodeField("%").value(), "");
  EXPECT_EQ(DecodeField("%c3%A9").value(), "\xc3\xa9");
  // A plain byte may be escaped as well, as in URLs.
  EXPECT_EQ(DecodeField("%41").value(), "A");
}

TEST(FieldTest, SaysWhatIsWrong) {
  const auto why = [](absl::string_view field) {
    return std::string(DecodeField(field).status().message());
  };
  for (const absl::string_view cut :
       {"%2", "a%", "%%", "%4g", "%g4", "%-1", "% 1", "%+1", "%0x", "ab%2"}) {
    EXPECT_EQ(why(cut), "has a % without two hex digits") << cut;
  }
  EXPECT_THAT(why(""), HasSubstr("an empty value is written as a lone %"));
  EXPECT_EQ(why("a!b"), "has the byte \"!\", which must be written as %21");
  EXPECT_EQ(why("\r"), "has the byte \"\\r\", which must be written as %0D");
  EXPECT_EQ(why("\xc3\xa9"),
            "has the byte \"\\303\", which must be written as %C3");
  EXPECT_FALSE(DecodeField(absl::string_view("a\0b", 3)).ok());
}

TEST(LineTest, RandomFieldsComeBack) {
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::string> fields(1 + random() % 5);
    for (std::string& field : fields) {
      field.resize(random() % 12);
      for (char& c : field) c = static_cast<char>(random() % 256);
    }
    const std::string line = EncodeLine(fields);
    EXPECT_FALSE(absl::StrContains(line, '\n'));
    const absl::StatusOr<std::vector<std::string>> back = DecodeLine(line);
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(*back, fields);
  }
}

// The parser gives a value or a complaint of one line, whatever bytes come.
TEST(LineTest, RandomBytesAreParsedOrComplainedOf) {
  std::mt19937 random(2);
  const std::vector<std::string> words = {
      "hello",       "acquired", "busy",  "error",  "released",
      "touched",     "changed",  "log",   "forked", "catching",
      "cancelling",  "name=x",   "pid=5", " ",      "%",
      "unsupported", "can=fork", "%20",   "\xff",   "lockfile-contender/1"};
  for (int round = 0; round < 20000; ++round) {
    std::string line;
    for (size_t i = random() % 6; i-- > 0;) {
      line += words[random() % words.size()];
      if (random() % 3 != 0) line += ' ';
    }
    const absl::StatusOr<Answer> answer = ParseAnswer(line);
    if (answer.ok()) continue;
    EXPECT_EQ(answer.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_FALSE(absl::StrContains(answer.status().message(), '\n'));
  }
}

TEST(LineTest, FieldsAreSeparatedByExactlyOneSpace) {
  EXPECT_THAT(DecodeLine("busy a").value(), ElementsAre("busy", "a"));
  EXPECT_THAT(DecodeLine("error a %").value(), ElementsAre("error", "a", ""));
  for (const absl::string_view line : {"busy  a", " busy a", "busy a ", " "}) {
    EXPECT_THAT(Complaint(line), HasSubstr("two spaces, or one at an end"))
        << line;
  }
  EXPECT_THAT(Complaint("busy\ta"), HasSubstr("written as %09"));
  EXPECT_EQ(Complaint(""), "the line \"\" is empty");
}

TEST(WaitTest, IsMillisecondsOrForever) {
  for (const absl::Duration wait :
       {absl::ZeroDuration(), absl::Milliseconds(1), absl::Hours(1000),
        absl::InfiniteDuration()}) {
    EXPECT_EQ(ParseWait(FormatWait(wait)).value(), wait);
  }
  EXPECT_EQ(FormatWait(absl::Seconds(2)), "2000");
  EXPECT_EQ(FormatWait(absl::InfiniteDuration()), "forever");
  for (const absl::string_view bad :
       {"", "-1", "1s", "1.5", "Forever", "inf"}) {
    EXPECT_THAT(std::string(ParseWait(bad).status().message()),
                HasSubstr("WAIT is 0, a number of milliseconds, or forever"))
        << bad;
  }
}

// ---- Answers ----------------------------------------------------------------

TEST(AnswerTest, OfEachKindIsParsed) {
  for (const auto& [line, kind] :
       std::vector<std::pair<std::string, AnswerKind>>{
           {"acquired h%20x", AnswerKind::kAcquired},
           {"busy h%20x", AnswerKind::kBusy},
           {"released h%20x", AnswerKind::kReleased},
           {"error h%20x no%20such%20file", AnswerKind::kError}}) {
    const Answer answer = Parsed(line);
    EXPECT_TRUE(answer.is(kind)) << line;
    EXPECT_EQ(answer.handle, "h x");
    EXPECT_EQ(answer.message, kind == AnswerKind::kError ? "no such file" : "");
  }
  EXPECT_TRUE(Parsed("touched").is(AnswerKind::kTouched));
  EXPECT_TRUE(Parsed("changed").is(AnswerKind::kChanged));
  EXPECT_TRUE(Parsed("catching").is(AnswerKind::kCatching));
  EXPECT_TRUE(Parsed("unsupported").is(AnswerKind::kUnsupported));
  EXPECT_EQ(Parsed("error a %").message, "");

  const Answer forked = Parsed("forked 4711");
  EXPECT_TRUE(forked.is(AnswerKind::kForked));
  EXPECT_EQ(forked.child, 4711);
  EXPECT_EQ(forked.child_result, "");
  EXPECT_EQ(Parsed("forked 4711 busy").child_result, "busy");

  const Answer log = Parsed("log ERROR a%20message%0Aof%20two%20lines");
  EXPECT_TRUE(log.is(AnswerKind::kLog));
  EXPECT_EQ(log.record.severity, "ERROR");
  EXPECT_EQ(log.record.message, "a message\nof two lines");
}

TEST(AnswerTest, NamesOfKindsAreTheirWords) {
  for (const absl::string_view line :
       {"acquired a", "busy a", "cancelled a", "error a b", "released a",
        "touched", "changed", "catching", "cancelling a", "set", "became",
        "unsupported", "log a b", "forked 1",
        "hello lockfile-contender/1 name=a pid=1"}) {
    EXPECT_EQ(AnswerKindName(Parsed(line).kind),
              line.substr(0, line.find(' ')));
  }
  EXPECT_EQ(AnswerKindName(AnswerKind::kNone), "nothing");
}

TEST(AnswerTest, WrongNumberOfFieldsIsSaid) {
  EXPECT_EQ(Complaint("acquired"),
            "the line \"acquired\" has 1 field; it needs 2, separated by one "
            "space");
  EXPECT_EQ(Complaint("acquired a b"),
            "the line \"acquired a b\" has 3 fields; it needs 2, separated by "
            "one space");
  EXPECT_THAT(Complaint("busy"), HasSubstr("has 1 field; it needs 2"));
  EXPECT_THAT(Complaint("released"), HasSubstr("has 1 field; it needs 2"));
  EXPECT_THAT(Complaint("error a"), HasSubstr("has 2 fields; it needs 3"));
  EXPECT_THAT(Complaint("error a no such file"),
              HasSubstr("has 5 fields; it needs 3"));
  EXPECT_THAT(Complaint("log ERROR"), HasSubstr("has 2 fields; it needs 3"));
  EXPECT_THAT(Complaint("touched a"), HasSubstr("has 2 fields; it needs 1"));
  EXPECT_THAT(Complaint("unsupported a"), HasSubstr("it needs 1"));
  EXPECT_THAT(Complaint("forked"), HasSubstr("has 1 field; it needs 2"));
  EXPECT_THAT(Complaint("forked 1 busy now"), HasSubstr("it needs 2"));
}

TEST(AnswerTest, ProcessIdsAreNumbersThatAProcessCanHave) {
  for (const absl::string_view pid :
       {"0", "-1", "x", "1x", "%20", "4294967297", "99999999999999999999"}) {
    EXPECT_THAT(Complaint(absl::StrCat("forked ", pid)),
                HasSubstr("has a PID that is no process id"));
    EXPECT_THAT(
        Complaint(absl::StrCat("hello lockfile-contender/1 name=a pid=", pid)),
        HasSubstr("has a pid= that is no process id"));
  }
}

TEST(AnswerTest, OtherTextIsNone) {
  for (const absl::string_view line :
       {"loading", "Acquired a", "ok", "true", "acquire a", "nothing", "%"}) {
    EXPECT_THAT(Complaint(line),
                HasSubstr("is no answer of the protocol; standard output is "
                          "for answers only, free text goes to standard error"))
        << line;
  }
  EXPECT_THAT(Complaint("Warning: deprecated!"), HasSubstr("written as %21"));
  EXPECT_THAT(Complaint("acquired a\r"), HasSubstr("written as %0D"));
}

// ---- hello ------------------------------------------------------------------

TEST(HelloTest, SaysWhoItIs) {
  const Introduction intro =
      Parsed(
          "hello lockfile-contender/1 name=zc.lockfile version=2.0 pid=4711 "
          "can=log,fork")
          .introduction;
  EXPECT_EQ(intro.name, "zc.lockfile");
  EXPECT_EQ(intro.version, "2.0");
  EXPECT_EQ(intro.pid, 4711);
  EXPECT_THAT(intro.can, ElementsAre("fork", "log"));
}

TEST(HelloTest, KeysComeInAnyOrderAndNewOnesAreSkipped) {
  const Introduction intro =
      Parsed(
          "hello lockfile-contender/1 pid=1 shoe-size=43 can= "
          "name=a%20lock=b plain")
          .introduction;
  EXPECT_EQ(intro.name, "a lock=b");
  EXPECT_EQ(intro.version, "");
  EXPECT_TRUE(intro.can.empty());
}

TEST(HelloTest, EveryKnownCapabilityCanBeClaimed) {
  std::string can;
  std::set<std::string> all;
  for (const absl::string_view capability : AllCapabilities()) {
    absl::StrAppend(&can, ",", capability);
    all.emplace(capability);
  }
  EXPECT_EQ(all.size(), AllCapabilities().size());
  const Introduction intro =
      Parsed(absl::StrCat("hello lockfile-contender/1 name=a pid=1 can=", can))
          .introduction;
  EXPECT_THAT(intro.can, testing::ElementsAreArray(all));
}

TEST(HelloTest, WhatIsWrongWithItIsSaid) {
  EXPECT_THAT(
      Complaint("hello lockfile-contender/1 name=a pid=1 can=spork"),
      HasSubstr("claims \"spork\", which is no capability; the known "
                "ones: wait forever fork thread touch log seed-log "
                "owner-pid chdir exit catch cancel setenv become shared"));
  for (const absl::string_view line :
       {"hello", "hello lockfile-contender/2 name=a pid=1",
        "hello name=a pid=1 lockfile-contender/1", "hello world"}) {
    EXPECT_THAT(Complaint(line),
                HasSubstr("does not name the protocol, lockfile-contender/1, "
                          "after \"hello\""))
        << line;
  }
  EXPECT_THAT(Complaint("hello lockfile-contender/1 pid=1"),
              HasSubstr("lacks name="));
  EXPECT_THAT(Complaint("hello lockfile-contender/1 name= pid=1"),
              HasSubstr("lacks name="));
  EXPECT_THAT(Complaint("hello lockfile-contender/1 name=a version=1"),
              HasSubstr("lacks pid="));
}

TEST(HelloTest, SaysWhatKindOfLockItIs) {
  const Introduction intro =
      Parsed(
          "hello lockfile-contender/1 name=a pid=1 profile=existence-lock "
          "at=@.lock stale=30 user=ordinary")
          .introduction;
  EXPECT_EQ(intro.profile, "existence-lock");
  EXPECT_EQ(intro.at, "@.lock");
  EXPECT_EQ(intro.stale, "30");
  EXPECT_EQ(intro.user, "ordinary");
  for (const absl::string_view profile : AllProfileNames()) {
    EXPECT_EQ(Parsed(absl::StrCat("hello lockfile-contender/1 name=a pid=1 "
                                  "profile=",
                                  profile))
                  .introduction.profile,
              profile);
  }
}

TEST(HelloTest, WhatIsWrongWithTheKindOfLockIsSaid) {
  const auto said = [](absl::string_view more) {
    return Complaint(
        absl::StrCat("hello lockfile-contender/1 name=a pid=1 ", more));
  };
  EXPECT_THAT(said("profile=spork"),
              HasSubstr("claims the profile \"spork\"; the known ones: seed "
                        "kernel-lock record-lock existence-lock windows "
                        "unclaimed"));
  EXPECT_THAT(said("at=lock"), HasSubstr("an at= that is neither"));
  for (const absl::string_view at : {"at=@/lock", "at=../@", "at=.locks/@"}) {
    EXPECT_THAT(said(at), HasSubstr("an at= of another folder")) << at;
  }
  EXPECT_THAT(said("stale=soon"), HasSubstr("a stale= that is not"));
  EXPECT_THAT(said("stale=0"), HasSubstr("a stale= that is not"));
  EXPECT_THAT(said("user=root"), HasSubstr("a user= that is not"));
}

// ---- Which answer fits which command ----------------------------------------

TEST(AnswerFitsTest, EveryCommandHasItsAnswers) {
  const std::vector<std::pair<Command, std::set<AnswerKind>>> commands = {
      {HelloCommand(), {AnswerKind::kHello}},
      {AcquireCommand("a", "p"),
       {AnswerKind::kAcquired, AnswerKind::kBusy, AnswerKind::kError}},
      {ThreadCommand("a", "p"),
       {AnswerKind::kAcquired, AnswerKind::kBusy, AnswerKind::kError}},
      {ReleaseCommand("a"), {AnswerKind::kReleased, AnswerKind::kError}},
      {TouchCommand("p"), {AnswerKind::kTouched, AnswerKind::kError}},
      {ChdirCommand("p"), {AnswerKind::kChanged}},
      {ForkCommand("a", "idle"), {AnswerKind::kForked}},
      {CatchCommand(), {AnswerKind::kCatching}},
      {CancelCommand("a"), {AnswerKind::kCancelling, AnswerKind::kError}},
      {SetenvCommand("N", "v"), {AnswerKind::kSet}},
      {BecomeCommand(1, 1), {AnswerKind::kBecame, AnswerKind::kError}},
      {ExitCommand(), {}},
      {{"frobnicate", "a"}, {}},
  };
  for (const auto& [command, kinds] : commands) {
    for (int k = 0; k <= static_cast<int>(AnswerKind::kLog); ++k) {
      Answer answer;
      answer.kind = static_cast<AnswerKind>(k);
      answer.handle = "a";
      const bool fits =
          kinds.count(answer.kind) > 0 || answer.is(AnswerKind::kUnsupported);
      EXPECT_EQ(AnswerFits(command, answer).ok(), fits)
          << AnswerKindName(answer.kind) << " to " << command.front();
    }
  }
}

TEST(AnswerFitsTest, SaysWhatWouldFit) {
  EXPECT_TRUE(AnswerFits(TouchCommand("p"), Parsed("error q why")).ok());
  EXPECT_EQ(AnswerFits(AcquireCommand("a", "p"), Parsed("touched")).message(),
            "answered touched to acquire, whose answer is acquired or busy or "
            "error or unsupported");
  EXPECT_EQ(AnswerFits({"frobnicate"}, Parsed("acquired a")).message(),
            "answered acquired to frobnicate, whose answer is unsupported");
}

TEST(AnswerFitsTest, TheHandleIsTheOneThatWasAskedAbout) {
  for (const Command& command :
       {AcquireCommand("a", "p"), ThreadCommand("a", "p")}) {
    EXPECT_TRUE(AnswerFits(command, Parsed("busy a")).ok());
    EXPECT_EQ(AnswerFits(command, Parsed("busy b")).message(),
              "answered about the handle \"b\" when it was asked about \"a\"");
  }
  EXPECT_FALSE(AnswerFits(ReleaseCommand("a"), Parsed("error b c")).ok());
}

TEST(AnswerFitsTest, OnlyWhatWasCancelledCanBeCancelled) {
  const Command acquire = AcquireCommand("a", "p", absl::InfiniteDuration());
  const Answer cancelled = Parsed("cancelled a");
  EXPECT_FALSE(AnswerFits(acquire, cancelled).ok());
  EXPECT_TRUE(AnswerFitsCancelled(acquire, cancelled).ok());
  EXPECT_TRUE(AnswerFitsCancelled(acquire, Parsed("acquired a")).ok());
  EXPECT_FALSE(AnswerFitsCancelled(acquire, Parsed("cancelled b")).ok());
  EXPECT_FALSE(AnswerFitsCancelled(acquire, Parsed("cancelling a")).ok());
}

TEST(CommandTest, LinesAreAsDocumented) {
  EXPECT_EQ(EncodeLine(HelloCommand()), "hello lockfile-contender/1");
  EXPECT_EQ(EncodeLine(AcquireCommand("a", "/x y")), "acquire a /x%20y 0");
  EXPECT_EQ(EncodeLine(AcquireCommand("a", "", absl::InfiniteDuration())),
            "acquire a % forever");
  EXPECT_EQ(EncodeLine(ThreadCommand("a", "p", absl::Seconds(1))),
            "thread a p 1000");
  EXPECT_EQ(EncodeLine(ReleaseCommand("a")), "release a");
  EXPECT_EQ(EncodeLine(TouchCommand("p")), "touch p");
  EXPECT_EQ(EncodeLine(ChdirCommand("p")), "chdir p");
  EXPECT_EQ(EncodeLine(ForkCommand("a", "exec")), "fork a exec");
  EXPECT_EQ(EncodeLine(ExitCommand()), "exit");
  EXPECT_EQ(EncodeLine(CatchCommand()), "catch");
  EXPECT_EQ(EncodeLine(CancelCommand("a")), "cancel a");
  EXPECT_EQ(EncodeLine(SetenvCommand("N", "a b")), "setenv N a%20b");
  EXPECT_EQ(EncodeLine(SetenvCommand("N", "")), "setenv N %");
  EXPECT_EQ(EncodeLine(SetenvCommand("N", std::nullopt)), "setenv N");
  EXPECT_EQ(EncodeLine(BecomeCommand(65534, 1)), "become 65534 1");
}

// ---- For people -------------------------------------------------------------

TEST(PrintableTest, IsOneQuotedLine) {
  EXPECT_EQ(Printable(""), "\"\"");
  EXPECT_EQ(Printable("a b"), "\"a b\"");
  EXPECT_EQ(Printable("a\n\x1b[31m\"\xff"), "\"a\\n\\033[31m\\\"\\377\"");
  EXPECT_EQ(Printable("\xc3\xa9"), "\"\xc3\xa9\"");
}

TEST(PrintableTest, LongTextIsCut) {
  const std::string cut = Printable(std::string(100'000, 'x'));
  EXPECT_LT(cut.size(), 400);
  EXPECT_THAT(cut, HasSubstr("... (100000 bytes)"));
}

TEST(PrintableTextTest, LongLinesAndLongTextsAreCut) {
  const std::string line(5000, 'x');
  EXPECT_EQ(PrintableText(absl::StrCat(line, "\nshort\n")),
            absl::StrCat(std::string(4096, 'x'), "... (5000 bytes)\nshort\n"));
  std::string text;
  for (int i = 0; i < 1000; ++i) absl::StrAppend(&text, line, "\n");
  const std::string cut = PrintableText(text);
  EXPECT_LT(cut.size(), 300'000);
  EXPECT_TRUE(absl::EndsWith(cut, " more bytes)")) << cut.substr(290'000);
  // Right to left: a line would be read as it isn't.
  EXPECT_EQ(PrintableText(absl::StrCat("\xe2\x80", "\xae")), "\\342\\200\\256");
}

TEST(PrintableTextTest, KeepsLinesAndEscapesWhatATerminalObeys) {
  EXPECT_EQ(PrintableText("a\n\tb \xc3\xa9 \"q\""), "a\n\tb \xc3\xa9 \"q\"");
  EXPECT_EQ(PrintableText("\x1b]0;title\x07\rx\x7f"),
            "\\033]0;title\\007\\rx\\177");
  EXPECT_EQ(PrintableText("\xc2\x9b"
                          "2J\xc2\xa0."),
            "\\302\\2332J\xc2\xa0.");
  EXPECT_EQ(PrintableText(absl::string_view("\0\xc2", 2)), "\\000\\302");
}

}  // namespace
}  // namespace conformance
