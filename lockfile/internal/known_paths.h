// Paths at which a lock file was found before.
//
// To open the wrong thing is to do something to it: a tape rewinds, a watchdog
// starts, the process at the other end of a FIFO wakes up. So an acquisition
// looks what is at the path (lstat(2)) before it opens it, which costs a third
// of open, flock and close together. That is well spent on a path that may be a
// mistake. At one where there was a lock file a moment ago it is not: whatever
// somebody has put there since is opened so that nothing blocks, is followed or
// written, and is refused when it is open.
//
// Remembered are hashes, in a table of fixed size. One that is forgotten, or
// taken for another, does no harm beyond the above. Thread-safe, and
// indifferent to fork.

#ifndef LOCKFILE_INTERNAL_KNOWN_PATHS_H_
#define LOCKFILE_INTERNAL_KNOWN_PATHS_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace lockfile {
namespace internal {

class KnownPaths {
 public:
  using Hash = uint64_t;

  static Hash HashOf(absl::string_view path);

  static bool Contain(Hash path) {
    return SlotOf(path).load(std::memory_order_relaxed) == path;
  }
  static void Add(Hash path) {
    SlotOf(path).store(path, std::memory_order_relaxed);
  }
  static void Remove(Hash path) {
    if (Contain(path)) SlotOf(path).store(0, std::memory_order_relaxed);
  }

 private:
  static constexpr size_t kSlots = 256;

  static std::atomic<Hash>& SlotOf(Hash path) { return slots_[path % kSlots]; }

  static std::atomic<Hash> slots_[kSlots];
};

}  // namespace internal
}  // namespace lockfile

#endif  // LOCKFILE_INTERNAL_KNOWN_PATHS_H_
