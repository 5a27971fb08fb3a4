// UTF-8, character by character, in bytes that may be anything. Output and
// names of contenders are untrusted, and reports must be text.

#ifndef CONFORMANCE_UTF8_H_
#define CONFORMANCE_UTF8_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"

namespace conformance {

struct Utf8Character {
  uint32_t code = 0;
  size_t length = 0;  // in bytes; 0: these bytes are no UTF-8
};

// The character at the beginning of `text`, which is not empty (RFC 3629).
Utf8Character FirstCharacter(absl::string_view text);

// Whether a terminal does something else with it than to show it where it
// stands: C0, DEL and C1 (ECMA-48), and what turns the direction of the text
// around it (Unicode, UAX #9).
bool IsObeyedByTerminals(uint32_t code);

// `bytes` with all characters that `plain` is true of, and the rest, as well as
// what is no UTF-8, escaped as in C, e.g. \n or \377.
std::string EscapeUnless(absl::string_view bytes,
                         absl::FunctionRef<bool(uint32_t code)> plain);

}  // namespace conformance

#endif  // CONFORMANCE_UTF8_H_
