// Lines out of bytes.

#include "conformance/explorer/tracing/answers.h"

#include <cstddef>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "conformance/protocol.h"

namespace conformance::explorer {
namespace {

// Bytes of a line that is too long.
constexpr size_t kShownOfLongLine = 60;

}  // namespace

bool Answers::Take(absl::string_view bytes) {
  const size_t before = lines_.size();
  absl::StrAppend(&begun_, bytes);
  size_t begin = 0;
  for (;;) {
    const size_t end = begun_.find('\n', begin);
    if (end == std::string::npos) break;
    const absl::string_view line =
        absl::string_view{begun_}.substr(begin, end - begin);
    if (!absl::StartsWith(line, "log ")) lines_.emplace_back(line);
    begin = end + 1;
  }
  begun_.erase(0, begin);
  if (begun_.size() > kMaxLineBytes) {
    lines_.push_back(absl::StrCat(begun_.substr(0, kShownOfLongLine), "..."));
    begun_.clear();
  }
  return lines_.size() > before;
}

std::string Answers::Fetch() {
  std::string line = std::move(lines_.front());
  lines_.pop_front();
  return line;
}

}  // namespace conformance::explorer
