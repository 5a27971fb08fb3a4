// Breaking lines between words.

#include "conformance/wrap.h"

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace conformance {

std::string Wrap(absl::string_view text, size_t column) {
  return WrapFrom(column, text, column);
}

std::string WrapFrom(size_t first, absl::string_view text, size_t column) {
  std::vector<std::string> lines;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    lines.emplace_back();
    for (const absl::string_view word : absl::StrSplit(line, ' ')) {
      const size_t begin = lines.size() == 1 ? first : column;
      if (!lines.back().empty() &&
          begin + lines.back().size() + 1 + word.size() > kLineWidth) {
        lines.emplace_back();
      }
      absl::StrAppend(&lines.back(), lines.back().empty() ? "" : " ", word);
    }
  }
  return absl::StrJoin(lines, absl::StrCat("\n", std::string(column, ' ')));
}

}  // namespace conformance
