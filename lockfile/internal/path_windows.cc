// Names of devices, and long paths.

#include "lockfile/internal/path_windows.h"

#include <errno.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "lockfile/internal/handle_windows.h"

namespace lockfile {
namespace internal {
namespace {

// In characters. The limit for folders, which is the shorter one: a name of 8.3
// must still fit below it ("Maximum Path Length Limitation").
constexpr size_t kLongestShortPath = MAX_PATH - 13;

// The path, of whatever form, from its root on. "": it can't be told.
std::wstring WholePath(const std::wstring& path) {
  std::wstring whole(MAX_PATH, L'\0');
  // Another thread may change the current folder between two calls.
  for (int i = 0; i < 8; ++i) {
    const DWORD size = ::GetFullPathNameW(
        path.c_str(), static_cast<DWORD>(whole.size()), whole.data(), nullptr);
    const bool fits = size < whole.size();
    whole.resize(size);
    if (fits) return whole;
  }
  return L"";
}

bool StartsWith(const std::wstring& text, const wchar_t* beginning) {
  return text.rfind(beginning, 0) == 0;
}

}  // namespace

bool NamesDevice(absl::string_view path) {
  const size_t slash = path.find_last_of("/\\");
  absl::string_view name =
      slash == absl::string_view::npos ? path : path.substr(slash + 1);
  // A drive in front, as in "C:NUL".
  if (slash == absl::string_view::npos && name.size() > 2 && name[1] == ':') {
    name.remove_prefix(2);
  }
  name = name.substr(0, name.find_first_of(".:"));
  while (!name.empty() && name.back() == ' ') name.remove_suffix(1);
  constexpr absl::string_view kDevices[] = {"CON", "PRN",    "AUX",
                                            "NUL", "CONIN$", "CONOUT$"};
  const bool is_one = std::any_of(
      std::begin(kDevices), std::end(kDevices),
      [&](absl::string_view d) { return absl::EqualsIgnoreCase(name, d); });
  if (is_one) return true;
  if (!absl::StartsWithIgnoreCase(name, "COM") &&
      !absl::StartsWithIgnoreCase(name, "LPT")) {
    return false;
  }
  name.remove_prefix(3);
  // The superscript digits count, too.
  constexpr absl::string_view kSuperscripts[] = {"\xc2\xb9", "\xc2\xb2",
                                                 "\xc2\xb3"};
  return (name.size() == 1 && name[0] >= '1' && name[0] <= '9') ||
         std::find(std::begin(kSuperscripts), std::end(kSuperscripts), name) !=
             std::end(kSuperscripts);
}

WindowsPath WindowsPath::Of(absl::string_view path) {
  WindowsPath result;
  const int size = static_cast<int>(path.size());
  const int wide_size = ::MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS,
                                              path.data(), size, nullptr, 0);
  if (wide_size <= 0) {
    result.error = ErrnoOf(::GetLastError());
    return result;
  }
  result.text.resize(static_cast<size_t>(wide_size));
  ::MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path.data(), size,
                        result.text.data(), wide_size);
  // A path with this prefix is the caller's own affair.
  if (StartsWith(result.text, LR"(\\?\)")) return result;
  result.is_device = NamesDevice(path) || StartsWith(result.text, LR"(\\.\)");
  if (result.is_device) return result;
  const std::wstring whole = WholePath(result.text);
  if (whole.empty()) {
    result.error = EINVAL;
  } else if (StartsWith(whole, LR"(\\.\)")) {
    result.is_device = true;
  } else if (whole.size() > kLongestShortPath &&
             !StartsWith(whole, LR"(\\?\)")) {  // as //?/C:/ becomes
    result.text = StartsWith(whole, LR"(\\)") ? LR"(\\?\UNC)" + whole.substr(1)
                                              : LR"(\\?\)" + whole;
  }
  return result;
}

}  // namespace internal
}  // namespace lockfile
