// Tests of initial states: what is put into a folder is read out of it again.

#include "conformance/explorer/execution/initial_state.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "conformance/explorer/tracing/file_model.h"
#include "conformance/testing/temp_folder.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

class InitialStateTest : public ::testing::Test {
 protected:
  void TearDown() override { EXPECT_TRUE(ResetFolder(directory_, {}).ok()); }

  const TempFolder folder_;
  const std::string& directory_ = folder_.path();
};

TEST_F(InitialStateTest, WhatIsMadeIsReadAgain) {
  using Kind = Entry::Kind;
  const std::vector<Entry> entries = {
      {"folder", Kind::kFolder, "", 0700},
      {"folder/inside", Kind::kFile, "x", 0600},
      {"link", Kind::kLink, "nowhere", 0777},
      {"lock", Kind::kFile, "12\n", 0444},
  };
  // The second time it replaces the first.
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(ResetFolder(directory_, entries).ok());
  }
  const absl::StatusOr<std::vector<Entry>> read = ReadFolder(directory_);
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_EQ(read->size(), entries.size());
  for (size_t i = 0; i < entries.size(); ++i) {
    EXPECT_EQ((*read)[i].name, entries[i].name);
    EXPECT_EQ((*read)[i].kind, entries[i].kind);
    EXPECT_EQ((*read)[i].content, entries[i].content);
    EXPECT_EQ((*read)[i].mode, entries[i].mode);
  }
}

TEST_F(InitialStateTest, NamedOnesCanBeMade) {
  for (const InitialState& state : InitialStates("lock")) {
    EXPECT_TRUE(ResetFolder(directory_, state.entries).ok()) << state.name;
    EXPECT_EQ(::access((directory_ + "/lock").c_str(), F_OK) == 0,
              state.name != "empty");
  }
}

TEST_F(InitialStateTest, WhatIsOldIsAYearOldAndItsFolderToo) {
  using Kind = Entry::Kind;
  const std::vector<Entry> entries = {{"folder", Kind::kFolder, "", 0700},
                                      {"folder/inside", Kind::kFile, "x", 0600},
                                      {"link", Kind::kLink, "nowhere", 0777}};
  const auto age_of = [&](const std::string& name) {
    struct stat status = {};
    EXPECT_EQ(::lstat((directory_ + "/" + name).c_str(), &status), 0) << name;
    return ::time(nullptr) - status.st_mtime;
  };
  constexpr time_t kDay = time_t{24} * 3600;
  for (const bool later : {false, true}) {
    ASSERT_TRUE(ResetFolder(directory_, later ? entries : Aged(entries)).ok());
    if (later) {
      for (const Entry& entry : entries) EXPECT_LT(age_of(entry.name), kDay);
      ASSERT_TRUE(AgeFolder(directory_).ok());
    }
    for (const Entry& entry : entries) {
      EXPECT_GT(age_of(entry.name), 300 * kDay) << entry.name;
    }
  }
}

TEST_F(InitialStateTest, ErrorsNameThePath) {
  const absl::Status status = ResetFolder(directory_ + "/none", {});
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_NE(status.message().find("/none: No such file"), std::string::npos);
}

}  // namespace
}  // namespace conformance::explorer
