// Contenders that can't be started in another environment, or as another user,
// and change themselves instead, by the protocol.

#include <stdlib.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/contender_main.h"
#include "conformance/implementation.h"
#include "conformance/mutants/plain_lock.h"
#include "conformance/protocol.h"
#include "conformance/requirement.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/runner.h"
#include "conformance/verdict.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

using ::testing::HasSubstr;

constexpr absl::string_view kEnvironment =
    "Exclusion.OtherEnvironmentIsRefused";

// Claims one capability more.
class Claims : public PlainLock {
 public:
  explicit Claims(std::string capability)
      : capability_(std::move(capability)) {}
  Introduction Describe() const override {
    Introduction self = PlainLock::Describe();
    if (!capability_.empty()) self.can.insert(capability_);
    return self;
  }

 private:
  const std::string capability_;
};

// The same, whose file is beside the path, by the name of TMPDIR.
class BesideTmpdir : public Claims {
 public:
  using Claims::Claims;
  Introduction Describe() const override {
    Introduction self = Claims::Describe();
    self.profile = "";
    self.at = "";
    return self;
  }
  Attempt Acquire(const std::string& path, absl::Duration wait) override {
    const char* folder = ::getenv("TMPDIR");
    return Claims::Acquire(
        absl::StrCat(path, std::hash<std::string>()(folder ? folder : "")),
        wait);
  }
};

// A launcher that starts it in the environment of this test alone.
template <typename Lock>
std::function<int()> NeedsItsEnvironment(const std::string& capability) {
  const char* zone = ::getenv("TZ");
  const char* folder = ::getenv("TMPDIR");
  return [capability, zone = std::string(zone == nullptr ? "" : zone),
          folder = std::string(folder == nullptr ? "" : folder)] {
    const char* zone_now = ::getenv("TZ");
    const char* folder_now = ::getenv("TMPDIR");
    if (zone != (zone_now == nullptr ? "" : zone_now) ||
        folder != (folder_now == nullptr ? "" : folder_now)) {
      return 1;
    }
    Lock lock(capability);
    return ContenderMain(lock);
  };
}

Verdict VerdictOf(absl::string_view id, std::function<int()> main) {
  RunOptions options;
  options.source.main = std::move(main);
  return RunRequirements({*FindRequirement(id)}, options).front();
}

TEST(ChangesItselfTest, EnvironmentWithoutAStart) {
  const Verdict verdict =
      VerdictOf(kEnvironment, NeedsItsEnvironment<Claims>("setenv"));
  EXPECT_EQ(verdict.outcome, Outcome::kPass) << verdict.happened;
  EXPECT_THAT(verdict.history.ToString(1000), HasSubstr("> setenv TMPDIR "));
}

TEST(ChangesItselfTest, DefectIsFoundWithoutAStart) {
  const Verdict verdict =
      VerdictOf(kEnvironment, NeedsItsEnvironment<BesideTmpdir>("setenv"));
  EXPECT_EQ(verdict.outcome, Outcome::kViolation) << verdict.happened;
  EXPECT_THAT(verdict.happened, HasSubstr("TMPDIR"));
}

// No variable alone makes a difference: each of them must be what it was.
TEST(ChangesItselfTest, EnvironmentWithoutAStartOrAClaimIsNotRun) {
  std::string all;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    absl::StrAppend(&all, *variable, "\n");
  }
  const Verdict verdict = VerdictOf(kEnvironment, [all] {
    std::string now;
    for (char** variable = environ; *variable != nullptr; ++variable) {
      absl::StrAppend(&now, *variable, "\n");
    }
    if (now != all) return 1;
    Claims lock("");
    return ContenderMain(lock);
  });
  // To remove LANG changes nothing where there is none.
  const Outcome expected =
      ::getenv("LANG") == nullptr ? Outcome::kPass : Outcome::kNotRun;
  EXPECT_EQ(verdict.outcome, expected) << verdict.happened;
}

// Of a contender that starts as root only.
Verdict OtherUsersVerdict(const std::string& capability) {
  return VerdictOf("Users.OtherUserIsRefused", [capability] {
    if (::geteuid() != 0) return 1;
    Claims lock(capability);
    return ContenderMain(lock);
  });
}

TEST(ChangesItselfTest, UserWithoutAStart) {
  const Verdict verdict = OtherUsersVerdict("become");
  if (verdict.outcome == Outcome::kNotRun) GTEST_SKIP() << verdict.happened;
  EXPECT_EQ(verdict.outcome, Outcome::kPass) << verdict.happened;
  EXPECT_THAT(verdict.history.ToString(1000),
              HasSubstr("> become 65534 65534"));
}

TEST(ChangesItselfTest, UserWithoutAStartOrAClaimIsNotRun) {
  EXPECT_EQ(OtherUsersVerdict("").outcome, Outcome::kNotRun);
}

}  // namespace
}  // namespace conformance

int main(int argc, char** argv) {
  conformance::InitializeRunner();
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
