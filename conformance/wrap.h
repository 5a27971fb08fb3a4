// Texts for people, in lines of 80 columns.

#ifndef CONFORMANCE_WRAP_H_
#define CONFORMANCE_WRAP_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace conformance {

inline constexpr size_t kLineWidth = 80;  // columns

// `text` in lines of kLineWidth at most, to be printed from column `column` on:
// further lines begin there, too, after blanks. Newlines stay, and a word that
// is longer than a line, such as a path, stays whole.
std::string Wrap(absl::string_view text, size_t column);

// The same, where the first line begins in `first`.
std::string WrapFrom(size_t first, absl::string_view text, size_t column);

}  // namespace conformance

#endif  // CONFORMANCE_WRAP_H_
