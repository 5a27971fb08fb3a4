// Escapes what could forge a line, one UTF-8 sequence at a time.

#include "lockfile/internal/printable.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "absl/strings/str_format.h"

namespace lockfile {
namespace internal {
namespace {

struct CodePoint {
  uint32_t value = 0;
  size_t size = 0;  // In bytes; 0: not UTF-8.
};

// The code point `text` begins with, by RFC 3629: no overlong forms (which
// would smuggle a newline past us), no surrogates, nothing above U+10FFFF.
CodePoint Decode(absl::string_view text) {
  const auto byte = [text](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < size) return {};
  uint32_t value = lead & (0xffu >> (size + 1));
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    value = value << 6 | (byte(i) & 0x3fu);
  }
  constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  if (value < kSmallest[size] || value > 0x10ffff || surrogate) return {};
  return {value, size};
}

bool IsHarmless(CodePoint c) {
  const bool control = c.value < 0x20 || (c.value >= 0x7f && c.value < 0xa0);
  const bool separator = c.value == 0x2028 || c.value == 0x2029;
  return c.size != 0 && !control && !separator;
}

}  // namespace

std::string Printable(absl::string_view text) {
  // Nearly all paths are plain ASCII.
  if (std::all_of(text.begin(), text.end(),
                  [](char c) { return c >= ' ' && c <= '~'; })) {
    return std::string(text);
  }
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const CodePoint c = Decode(text);
    const size_t size = c.size == 0 ? 1 : c.size;
    const absl::string_view bytes = text.substr(0, size);
    text.remove_prefix(size);
    if (IsHarmless(c)) {
      result.append(bytes.data(), bytes.size());
    } else if (c.value == '\n' && c.size == 1) {
      result += "\\n";
    } else if (c.value == '\r' && c.size == 1) {
      result += "\\r";
    } else if (c.value == '\t' && c.size == 1) {
      result += "\\t";
    } else {
      for (const char byte : bytes) {
        absl::StrAppendFormat(&result, "\\x%02x", static_cast<uint8_t>(byte));
      }
    }
  }
  return result;
}

}  // namespace internal
}  // namespace lockfile
