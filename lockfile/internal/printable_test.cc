// Bytes that are shown as they are, and bytes that are not.

#include "lockfile/internal/printable.h"

#include <string>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace lockfile {
namespace internal {
namespace {

TEST(PrintableTest, OrdinaryTextStaysAsItIs) {
  for (const absl::string_view text : {"", "lock", "a b", "100%", "\"'`$(x)\\n",
                                       "ünïcödé", "錠前", "🔒", "e\xcc\x81"}) {
    EXPECT_EQ(Printable(text), text);
  }
}

TEST(PrintableTest, ControlCharactersAreEscaped) {
  EXPECT_EQ(Printable("a\nb\rc\td"), "a\\nb\\rc\\td");
  EXPECT_EQ(Printable(absl::string_view("\0\x01\x1b\x7f", 4)),
            "\\x00\\x01\\x1b\\x7f");
}

TEST(PrintableTest, UnicodesControlsAndSeparatorsAreEscaped) {
  EXPECT_EQ(Printable("\xc2\x85"), "\\xc2\\x85");           // NEL
  EXPECT_EQ(Printable("\xc2\x9b"), "\\xc2\\x9b");           // CSI
  EXPECT_EQ(Printable("\xe2\x80\xa8"), "\\xe2\\x80\\xa8");  // LS
  EXPECT_EQ(Printable("\xe2\x80\xa9"), "\\xe2\\x80\\xa9");  // PS
  EXPECT_EQ(Printable("\xc2\xa0\xe2\x80\xa7"), "\xc2\xa0\xe2\x80\xa7");
}

TEST(PrintableTest, BytesThatAreNotUtf8AreEscaped) {
  EXPECT_EQ(Printable("\xff"), "\\xff");
  EXPECT_EQ(Printable("\x9b"), "\\x9b");
  EXPECT_EQ(Printable("\xc3"), "\\xc3");                    // Cut short.
  EXPECT_EQ(Printable("\xc0\x8a"), "\\xc0\\x8a");           // Overlong.
  EXPECT_EQ(Printable("\xe0\x80\x8a"), "\\xe0\\x80\\x8a");  // Overlong.
  EXPECT_EQ(Printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // Surrogate.
  EXPECT_EQ(Printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
  EXPECT_EQ(Printable("\xe2\x80\n"), "\\xe2\\x80\\n");
}

TEST(PrintableTest, NoTwoBytesMakeALine) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const char bytes[] = {static_cast<char>(first),
                            static_cast<char>(second)};
      for (const char byte : Printable(absl::string_view(bytes, 2))) {
        EXPECT_TRUE(static_cast<unsigned char>(byte) >= 0x20 && byte != 0x7f);
      }
    }
  }
}

}  // namespace
}  // namespace internal
}  // namespace lockfile
