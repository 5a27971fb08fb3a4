// Texts that are UTF-8, and texts that are not.

#include "conformance/utf8.h"

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

// By RFC 3629, section 4, the other way round: from code to bytes.
std::string Encoded(uint32_t code) {
  const auto tail = [&](unsigned shift) {
    return static_cast<char>(0x80U | ((code >> shift) & 0x3FU));
  };
  if (code < 0x80) return {static_cast<char>(code)};
  if (code < 0x800) return {static_cast<char>(0xC0U | (code >> 6U)), tail(0)};
  if (code < 0x10000) {
    return {static_cast<char>(0xE0U | (code >> 12U)), tail(6), tail(0)};
  }
  return {static_cast<char>(0xF0U | (code >> 18U)), tail(12), tail(6), tail(0)};
}

TEST(Utf8Test, EveryCharacterIsDecoded) {
  for (uint32_t code = 0; code <= 0x10FFFF; ++code) {
    const std::string bytes = Encoded(code);
    const Utf8Character character = FirstCharacter(bytes + "x");
    if (code >= 0xD800 && code <= 0xDFFF) {
      ASSERT_EQ(character.length, 0) << code;
    } else {
      ASSERT_EQ(character.code, code);
      ASSERT_EQ(character.length, bytes.size());
      // Not with its end cut off.
      for (size_t size = 1; size < bytes.size(); ++size) {
        ASSERT_EQ(FirstCharacter(bytes.substr(0, size)).length, 0) << code;
      }
    }
  }
}

TEST(Utf8Test, OtherBytesAreNone) {
  for (const absl::string_view bytes :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf",
        "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80", "\xff", "\xc3(", "\xe2\x82(", "\xc3\xc3"}) {
    EXPECT_EQ(FirstCharacter(bytes).length, 0);
  }
}

TEST(Utf8Test, EscapesTheRest) {
  const auto escaped = [](absl::string_view bytes) {
    return EscapeUnless(bytes, [](uint32_t code) { return code != '\n'; });
  };
  EXPECT_EQ(escaped(""), "");
  EXPECT_EQ(escaped("a\n\xc3\xa9\xff.\xe2\x82"),
            "a\\n\xc3\xa9\\377.\\342\\202");
}

}  // namespace
}  // namespace conformance
