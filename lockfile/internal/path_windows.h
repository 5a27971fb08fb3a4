// A path as the functions of Windows take it.
//
// The library's paths are UTF-8. Windows reads some of them otherwise than they
// look:
//   - CON, NUL, COM1 and their like name devices, in whatever folder, and with
//     whatever is behind a dot or a colon ("Naming Files, Paths, and
//     Namespaces");
//   - 260 characters are the limit, unless the path begins with \\?\, and then
//     nothing else is read otherwise either: no slashes, no "..", no folder to
//     begin with. So a longer path is made whole first, as Windows itself does
//     it, and then given that beginning.

#ifndef LOCKFILE_INTERNAL_PATH_WINDOWS_H_
#define LOCKFILE_INTERNAL_PATH_WINDOWS_H_

#include <string>

#include "absl/strings/string_view.h"

namespace lockfile {
namespace internal {

struct WindowsPath {
  // `path` has no NUL in it, and isn't empty.
  static WindowsPath Of(absl::string_view path);

  std::wstring text;
  // It names a device, and not a file. It must not be opened: Windows versions
  // differ in what that would do.
  bool is_device = false;
  int error = 0;  // An errno: it can't be made.
};

// Whether the last part of `path` is the name of a device.
bool NamesDevice(absl::string_view path);

}  // namespace internal
}  // namespace lockfile

#endif  // LOCKFILE_INTERNAL_PATH_WINDOWS_H_
