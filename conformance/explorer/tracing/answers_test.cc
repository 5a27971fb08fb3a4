// Lines, whole and in pieces, and things that are no answers.

#include "conformance/explorer/tracing/answers.h"

#include <string>

#include "conformance/protocol.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

TEST(AnswersTest, WholeLinesAreFetchedInTheirOrder) {
  Answers answers;
  EXPECT_TRUE(answers.Take("acquired a\nreleased a\n"));
  EXPECT_EQ(answers.Fetch(), "acquired a");
  EXPECT_FALSE(answers.empty());
  EXPECT_EQ(answers.Fetch(), "released a");
  EXPECT_TRUE(answers.empty());
  EXPECT_TRUE(answers.silent());
}

TEST(AnswersTest, ALineMayComeInPieces) {
  Answers answers;
  EXPECT_FALSE(answers.Take("bu"));
  EXPECT_TRUE(answers.empty());
  EXPECT_FALSE(answers.silent());
  EXPECT_FALSE(answers.Take("sy a"));
  EXPECT_TRUE(answers.Take("\nacq"));
  EXPECT_EQ(answers.Fetch(), "busy a");
  EXPECT_TRUE(answers.Take("uired a\n"));
  EXPECT_EQ(answers.Fetch(), "acquired a");
}

TEST(AnswersTest, LogEventsAreNoAnswers) {
  Answers answers;
  EXPECT_FALSE(answers.Take("log one\n"));
  EXPECT_TRUE(answers.silent());
  EXPECT_TRUE(answers.Take("log two\nbusy a\n"));
  EXPECT_EQ(answers.Fetch(), "busy a");
  EXPECT_TRUE(answers.empty());
}

TEST(AnswersTest, ALineThatIsTooLongIsToldByItsBeginning) {
  Answers answers;
  EXPECT_FALSE(answers.Take(std::string(kMaxLineBytes, 'x')));
  EXPECT_TRUE(answers.Take("x"));
  EXPECT_EQ(answers.Fetch(), std::string(60, 'x') + "...");
  EXPECT_TRUE(answers.silent());
}

TEST(AnswersTest, ThoseThatNobodyWaitsForAreDropped) {
  Answers answers;
  answers.Take("busy a\nacq");
  answers.Drop();
  EXPECT_TRUE(answers.empty());
  EXPECT_FALSE(answers.silent());  // the beginning of a line is kept
  EXPECT_TRUE(answers.Take("uired a\n"));
  EXPECT_EQ(answers.Fetch(), "acquired a");
}

}  // namespace
}  // namespace conformance::explorer
