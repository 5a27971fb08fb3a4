// Colors on a terminal, and a line that is drawn over.

#ifndef CONFORMANCE_REPORT_PAINT_H_
#define CONFORMANCE_REPORT_PAINT_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace conformance {

// Select Graphic Rendition parameters (console_codes(4)).
inline constexpr absl::string_view kRed = "31";
inline constexpr absl::string_view kGreen = "32";
inline constexpr absl::string_view kYellow = "33";
inline constexpr absl::string_view kBold = "1";
inline constexpr absl::string_view kBoldRed = "1;31";
inline constexpr absl::string_view kBoldGreen = "1;32";
inline constexpr absl::string_view kDim = "2";

// Goes to the beginning of the line and clears it.
inline constexpr absl::string_view kClearLine = "\r\x1b[K";

class Paint {
 public:
  // Without colors it leaves texts as they are.
  explicit Paint(bool colors) : colors_(colors) {}

  std::string operator()(absl::string_view text,
                         absl::string_view color) const {
    if (!colors_) return std::string(text);
    return absl::StrCat("\x1b[", color, "m", text, "\x1b[0m");
  }

 private:
  bool colors_;
};

}  // namespace conformance

#endif  // CONFORMANCE_REPORT_PAINT_H_
