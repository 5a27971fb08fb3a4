// Entries that come in any order.

#include "conformance/testing/registry.h"

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Entry {
  std::string name;
};

Registry<Entry>& Entries() {
  static auto* const entries = new Registry<Entry>();
  return *entries;
}

struct Registered {
  explicit Registered(Entry entry) { Entries().Add(std::move(entry)); }
};

const Registered kPear({"pear"});
const Registered kApple({"apple"});
const Registered kFig({"fig"});

std::vector<std::string> Names(const std::vector<Entry>& entries) {
  std::vector<std::string> names;
  names.reserve(entries.size());
  for (const Entry& entry : entries) names.push_back(entry.name);
  return names;
}

TEST(RegistryTest, HasAllInAlphabeticalOrder) {
  EXPECT_THAT(Names(Entries().All()), ElementsAre("apple", "fig", "pear"));
  EXPECT_EQ(&Entries().All(), &Entries().All());
}

TEST(RegistryTest, MayBeEmpty) {
  EXPECT_THAT(Registry<Entry>().All(), IsEmpty());
}

TEST(RegistryTest, FindsByName) {
  const std::vector<Entry>& all = Entries().All();
  EXPECT_EQ(FindNamed(all, "fig"), &all[1]);
  EXPECT_EQ(FindNamed(all, "figs"), nullptr);
  EXPECT_EQ(&Named(all, "pear"), &all[2]);
}

TEST(RegistryDeathTest, SaysWhatIsMissing) {
  EXPECT_DEATH(Named(Entries().All(), "figs"), "no figs among the 3");
}

TEST(RegistryDeathTest, TakesNobodyWhoIsLate) {
  EXPECT_DEATH(
      {
        Entries().All();
        Entries().Add({"plum"});
      },
      "plum comes after");
}

}  // namespace
}  // namespace conformance
