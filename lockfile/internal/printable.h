// Paths as they may be shown in a log or a message: on one line, and unable to
// drive a terminal.

#ifndef LOCKFILE_INTERNAL_PRINTABLE_H_
#define LOCKFILE_INTERNAL_PRINTABLE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace lockfile {
namespace internal {

// `text` with everything that could end a line or control a terminal written
// as an escape: control characters (ASCII's and Unicode's), Unicode's line and
// paragraph separators, and bytes that aren't UTF-8. All else stays as it is,
// spaces, quotes, percent signs and backslashes too: the result is for people,
// and can't always be turned back into the path.
std::string Printable(absl::string_view text);

}  // namespace internal
}  // namespace lockfile

#endif  // LOCKFILE_INTERNAL_PRINTABLE_H_
