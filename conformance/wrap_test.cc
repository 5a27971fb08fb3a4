// Lines end between words, at column 80 at the latest.

#include "conformance/wrap.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

TEST(WrapTest, BreaksBetweenWords) {
  const std::string forty(40, 'a');
  const std::string rest(39, 'b');
  EXPECT_EQ(Wrap(absl::StrCat(forty, " ", rest), 0),
            absl::StrCat(forty, " ", rest));
  EXPECT_EQ(Wrap(absl::StrCat(forty, " ", rest), 1),
            absl::StrCat(forty, "\n ", rest));
  EXPECT_EQ(Wrap("", 3), "");
}

TEST(WrapTest, KeepsNewlinesAndLongWords) {
  const std::string path(100, 'p');
  EXPECT_EQ(Wrap(absl::StrCat("a ", path, " b\nc"), 2),
            absl::StrCat("a\n  ", path, "\n  b\n  c"));
}

TEST(WrapTest, TheFirstLineMayBeginElsewhere) {
  const std::string thirty(30, 'a');
  EXPECT_EQ(WrapFrom(40, absl::StrCat(thirty, " ", thirty, " ", thirty), 4),
            absl::StrCat(thirty, "\n    ", thirty, " ", thirty));
}

}  // namespace
}  // namespace conformance
