// Every race mutant is a lock as long as nobody interferes, so that what kills
// it is its race; and so are the locks that they break.

#include "conformance/mutants/races/races.h"

#include <signal.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/explorer/execution/initial_state.h"
#include "conformance/monotonic_now.h"
#include "conformance/mutants/mutant.h"
#include "conformance/protocol.h"
#include "conformance/testing/sources.h"
#include "conformance/testing/temp_folder.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

using explorer::InitialState;
using explorer::InitialStates;
using explorer::ResetFolder;

// A contender, and one question after the other.
class Peer {
 public:
  Peer(const ContenderSource& source, std::string path)
      : path_(std::move(path)) {
    absl::StatusOr<std::unique_ptr<Contender>> contender =
        Contender::Start(source);
    EXPECT_TRUE(contender.ok()) << contender.status();
    if (contender.ok()) contender_ = *std::move(contender);
    EXPECT_EQ(Ask(HelloCommand()), "hello");
  }

  std::string Acquire() { return Ask(AcquireCommand("a", path_)); }
  std::string Release() { return Ask(ReleaseCommand("a")); }

 private:
  // The first word of the answer, and the reason of an error.
  std::string Ask(const Command& command) {
    if (contender_ == nullptr) return "";
    EXPECT_TRUE(contender_->Send(EncodeLine(command)));
    const Contender::Line line =
        contender_->Await(MonotonicNow() + absl::Seconds(60));
    EXPECT_EQ(line.kind, Contender::Line::Kind::kLine);
    const absl::StatusOr<Answer> answer = ParseAnswer(line.text);
    if (!answer.ok()) return std::string(answer.status().message());
    EXPECT_TRUE(AnswerFits(command, *answer).ok()) << line.text;
    if (answer->is(AnswerKind::kError)) {
      return absl::StrCat("error: ", answer->message);
    }
    return std::string(AnswerKindName(answer->kind));
  }

  std::string path_;
  std::unique_ptr<Contender> contender_;
};

std::vector<Mutant> RacesAndWholeLocks() {
  std::vector<Mutant> all = AllRaceMutants();
  const std::vector<Mutant>& whole = AllWholeLocks();
  all.insert(all.end(), whole.begin(), whole.end());
  return all;
}

class RaceTest : public testing::TestWithParam<Mutant> {
 protected:
  void SetUp() override { source_.main = GetParam().main; }
  Peer Start() { return Peer(source_, folder_ + "/lock"); }

  const TempFolder temp_;
  const std::string folder_ = temp_.path();
  ContenderSource source_;
};

TEST_P(RaceTest, IsLockWhenAlone) {
  for (const InitialState& state : InitialStates("lock")) {
    SCOPED_TRACE(state.name);
    ASSERT_TRUE(ResetFolder(folder_, state.entries).ok());
    Peer only = Start();
    for (int cycle = 0; cycle < 2; ++cycle) {
      EXPECT_EQ(only.Acquire(), "acquired");
      EXPECT_EQ(only.Release(), "released");
    }
  }
}

TEST_P(RaceTest, ExcludesOneAfterTheOther) {
  if (GetParam().name == "answers_before_locking") {
    GTEST_SKIP() << "when it has the lock can't be told";
  }
  for (const InitialState& state : InitialStates("lock")) {
    SCOPED_TRACE(state.name);
    ASSERT_TRUE(ResetFolder(folder_, state.entries).ok());
    Peer first = Start();
    Peer second = Start();
    EXPECT_EQ(first.Acquire(), "acquired");
    EXPECT_EQ(second.Acquire(), "busy");
    EXPECT_EQ(second.Acquire(), "busy");
    EXPECT_EQ(first.Release(), "released");
    EXPECT_EQ(second.Acquire(), "acquired");
    EXPECT_EQ(first.Acquire(), "busy");
    EXPECT_EQ(second.Release(), "released");
    EXPECT_EQ(first.Acquire(), "acquired");
    EXPECT_EQ(first.Release(), "released");
  }
}

INSTANTIATE_TEST_SUITE_P(All, RaceTest, testing::ValuesIn(RacesAndWholeLocks()),
                         [](const testing::TestParamInfo<Mutant>& info) {
                           return std::string(info.param.name);
                         });

TEST(RacesTest, NamesAreUnique) {
  std::set<absl::string_view> names;
  for (const Mutant& mutant : AllMutants()) names.insert(mutant.name);
  for (const Mutant& mutant : AllRaceMutants()) {
    EXPECT_TRUE(names.insert(mutant.name).second) << mutant.name;
  }
}

// None has a file that isn't in BUILD.bazel, or was left out by the linker.
TEST(RacesTest, NamesAreThoseOfFiles) {
  std::vector<std::string> names;
  names.reserve(AllRaceMutants().size());
  for (const Mutant& mutant : AllRaceMutants()) names.emplace_back(mutant.name);
  EXPECT_EQ(names, SourcesWith("conformance/mutants/races",
                               "const RegisteredRaceMutant k"));
}

TEST(RacesTest, AreNotFewerThanThereWere) {
  EXPECT_GE(AllRaceMutants().size(), 47);
}

TEST(RacesTest, DefectsAreSentences) {
  for (const Mutant& mutant : AllRaceMutants()) {
    EXPECT_TRUE(absl::EndsWith(mutant.defect, ".")) << mutant.name;
  }
}

TEST(RacesTest, AreInAlphabeticalOrder) {
  const std::vector<Mutant>& all = AllRaceMutants();
  EXPECT_TRUE(std::is_sorted(
      all.begin(), all.end(),
      [](const Mutant& x, const Mutant& y) { return x.name < y.name; }));
}

TEST(RacesTest, AreKilledBySystematicRequirements) {
  const std::set<absl::string_view> known = {
      "Systematic.NoInterleavingAdmitsTwo",
      "Systematic.CrashAtAnyCallFrees",
      "Systematic.FailureAtAnyCallIsHonest",
  };
  for (const Mutant& mutant : AllRaceMutants()) {
    EXPECT_FALSE(mutant.killed_by.empty()) << mutant.name;
    for (const Mutant::Kill& kill : mutant.killed_by) {
      EXPECT_EQ(known.count(kill.id), 1) << mutant.name << ": " << kill.id;
    }
  }
}

}  // namespace
}  // namespace conformance

int main(int argc, char** argv) {
  ::signal(SIGPIPE, SIG_IGN);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
