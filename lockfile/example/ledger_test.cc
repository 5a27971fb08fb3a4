// Processes append to one ledger at once, some of them are killed, and nothing
// is lost, doubled or torn.

#include "lockfile/example/ledger.h"

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/log/check.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "lockfile/lock_file.h"
#include "lockfile/testing/child.h"
#include "lockfile/testing/file_testing.h"

namespace lockfile {
namespace {

class LedgerTest : public ::testing::Test {
 protected:
  ScopedWorkingDirectory directory_;
  Ledger ledger_{"ledger", absl::InfiniteDuration()};
};

TEST_F(LedgerTest, NumbersItsEntries) {
  EXPECT_EQ(*ledger_.Append("opened"), 1);
  EXPECT_EQ(*ledger_.Append("paid in 100"), 2);
  const absl::StatusOr<std::vector<LedgerEntry>> entries = ledger_.Read();
  ASSERT_TRUE(entries.ok()) << entries.status();
  ASSERT_EQ(entries->size(), 2u);
  EXPECT_EQ((*entries)[1].number, 2);
  EXPECT_EQ((*entries)[1].text, "paid in 100");
}

TEST_F(LedgerTest, NoticesDamage) {
  ASSERT_TRUE(ledger_.Append("paid in 100").ok());
  std::string bytes = ReadFile("ledger");
  bytes[bytes.size() - 2] = '9';
  WriteFile("ledger", bytes);
  EXPECT_EQ(ledger_.Read().status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(ledger_.Append("more").status().code(),
            absl::StatusCode::kDataLoss);
}

TEST_F(LedgerTest, CutsOffWhatADeadProcessHasBegun) {
  ASSERT_TRUE(ledger_.Append("whole").ok());
  WriteFile("ledger", ReadFile("ledger") + "2 0123");
  EXPECT_EQ(ledger_.Read()->size(), 1u);
  EXPECT_EQ(*ledger_.Append("next"), 2);
  EXPECT_EQ((*ledger_.Read())[1].text, "next");
}

TEST_F(LedgerTest, SaysWhenOthersTakeTooLong) {
  const absl::StatusOr<LockFile> lock = LockFile::Acquire("ledger.lock");
  ASSERT_TRUE(lock.ok());
  const Ledger impatient("ledger", absl::ZeroDuration());
  EXPECT_TRUE(IsRefused(impatient.Append("text").status()));
  EXPECT_TRUE(IsRefused(impatient.Read().status()));
  EXPECT_FALSE(Exists("ledger"));
}

TEST_F(LedgerTest, ProcessesAppendAtOnceAndNothingIsLost) {
  constexpr int kProcesses = 4;
  constexpr int kEntries = 100;
  std::vector<std::unique_ptr<Child>> children;
  children.reserve(kProcesses);
  for (int i = 0; i < kProcesses; ++i) {
    children.push_back(std::make_unique<Child>([this, i](Channel& channel) {
      channel.Receive();
      for (int j = 0; j < kEntries; ++j) {
        CHECK(ledger_.Append(absl::StrCat("entry ", i, " ", j)).ok());
      }
      return 0;
    }));
  }
  for (const auto& child : children) child->channel().Send("go");
  for (const auto& child : children) EXPECT_EQ(ExitStatus(child->Await()), 0);
  const absl::StatusOr<std::vector<LedgerEntry>> entries = ledger_.Read();
  ASSERT_TRUE(entries.ok()) << entries.status();
  std::set<std::string> texts;
  for (const LedgerEntry& entry : *entries) texts.insert(entry.text);
  EXPECT_EQ(entries->size(), size_t{kProcesses} * kEntries);
  EXPECT_EQ(texts.size(), entries->size());
}

// An entry that an appender was told was written is there, whenever it was
// killed.
TEST_F(LedgerTest, ProcessesAreKilledAndNothingIsLost) {
  int acknowledged = 0;
  for (int round = 0; round < 20; ++round) {
    Child child([this](Channel& channel) {
      while (true) {
        CHECK(ledger_.Append("entry").ok());
        channel.Send("appended");
      }
      return 0;
    });
    for (int i = 0; i < 3; ++i, ++acknowledged) {
      ASSERT_EQ(child.channel().Receive(), "appended");
    }
    // In the midst of another, most likely.
  }
  const absl::StatusOr<std::vector<LedgerEntry>> entries = ledger_.Read();
  ASSERT_TRUE(entries.ok()) << entries.status();
  EXPECT_GE(entries->size(), static_cast<size_t>(acknowledged));
}

}  // namespace
}  // namespace lockfile
