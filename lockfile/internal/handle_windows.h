// What the files for Windows share: handles as descriptors, the byte that is
// locked, and Windows' errors as those of POSIX. Included by *_windows.cc only.

#ifndef LOCKFILE_INTERNAL_HANDLE_WINDOWS_H_
#define LOCKFILE_INTERNAL_HANDLE_WINDOWS_H_

#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>

#include <cstdint>

namespace lockfile {
namespace internal {

// A handle has 32 bits that count, in programs of 64 bits, too ("Interprocess
// Communication Between 32-bit and 64-bit Applications"). So it fits into the
// int that the rest of the library calls a descriptor, and INVALID_HANDLE_VALUE
// is -1.
inline int DescriptorOf(HANDLE handle) {
  return static_cast<int>(reinterpret_cast<intptr_t>(handle));
}
inline HANDLE HandleOf(int descriptor) {
  return reinterpret_cast<HANDLE>(static_cast<intptr_t>(descriptor));
}

// The byte that is locked, at 2^62. Windows enforces its locks: nobody else
// could read a byte of an owner record that was locked (ERROR_LOCK_VIOLATION).
// A byte behind the end may be locked, too ("LockFileEx function"), and no file
// system has files so large.
inline OVERLAPPED LockedByte() {
  OVERLAPPED at = {};
  at.OffsetHigh = 0x40000000;
  return at;
}

// The errno that says the same as an error of GetLastError. Never 0.
int ErrnoOf(DWORD error);

}  // namespace internal
}  // namespace lockfile

#endif  // LOCKFILE_INTERNAL_HANDLE_WINDOWS_H_
