// Whether a text may be shown to people, judged apart from the code that makes
// such texts.

#ifndef CONFORMANCE_FUZZ_PRINTABLE_H_
#define CONFORMANCE_FUZZ_PRINTABLE_H_

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace conformance {

// Whether it is UTF-8 without a character that a terminal obeys, but for those
// of `allowed`. By tables of its own: RFC 3629, section 4, and ECMA-48.
inline bool IsHarmless(absl::string_view text, absl::string_view allowed = "") {
  while (!text.empty()) {
    const auto byte = [&](size_t i) {
      return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    const unsigned lead = byte(0);
    size_t length = 1;
    unsigned low = 0x80;
    unsigned high = 0xBF;
    if (lead < 0x80) {
      const bool control = lead < 0x20 || lead == 0x7F;
      if (control && !absl::StrContains(allowed, text[0])) {
        return false;
      }
    } else if (lead >= 0xC2 && lead <= 0xDF) {
      length = 2;
      if (lead == 0xC2) low = 0xA0;  // below are the controls of C1
    } else if (lead >= 0xE0 && lead <= 0xEF) {
      length = 3;
      if (lead == 0xE0) low = 0xA0;
      if (lead == 0xED) high = 0x9F;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
      length = 4;
      if (lead == 0xF0) low = 0x90;
      if (lead == 0xF4) high = 0x8F;
    } else {
      return false;
    }
    if (text.size() < length) return false;
    for (size_t i = 1; i < length; ++i) {
      if (byte(i) < (i == 1 ? low : 0x80) || byte(i) > (i == 1 ? high : 0xBF)) {
        return false;
      }
    }
    // These turn the direction: U+200E, U+200F, U+202A to E, U+2066 to 9.
    if (lead == 0xE2 &&
        ((byte(1) == 0x80 && (byte(2) == 0x8E || byte(2) == 0x8F ||
                              (byte(2) >= 0xAA && byte(2) <= 0xAE))) ||
         (byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9))) {
      return false;
    }
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace conformance

#endif  // CONFORMANCE_FUZZ_PRINTABLE_H_
