// The facts that Windows tells of an open file.

#ifndef LOCKFILE_INTERNAL_FILE_WINDOWS_H_
#define LOCKFILE_INTERNAL_FILE_WINDOWS_H_

#include <cstdint>

namespace lockfile {
namespace internal {

// As GetFileType, GetFileInformationByHandle and FILE_ATTRIBUTE_TAG_INFO have
// it. All but `type` are of files on disks alone.
struct WindowsFile {
  uint32_t type = 0;
  uint32_t attributes = 0;
  uint32_t reparse_tag = 0;
  uint32_t volume = 0;
  uint64_t index = 0;
  int64_t size = 0;
};

}  // namespace internal
}  // namespace lockfile

#endif  // LOCKFILE_INTERNAL_FILE_WINDOWS_H_
