// Atomic exchanges.

#include "conformance/explorer/campaign/shared_work.h"

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <new>

namespace conformance::explorer {

SharedWork* SharedWork::Create() {
  void* const memory =
      ::mmap(nullptr, sizeof(SharedWork), PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? nullptr : new (memory) SharedWork();
}

bool SharedWork::Take(size_t search, int64_t part, int worker, int workers) {
  if (Needless(search, part)) return false;
  if (search >= kMaxSearches || part >= kMaxParts) {
    if (search < kMaxSearches) bound_[search] = true;
    return part % workers == worker;
  }
  uint8_t nobody = 0;
  return taken_[search][static_cast<size_t>(part)].compare_exchange_strong(
      nobody, static_cast<uint8_t>(worker + 1));
}

bool SharedWork::HasBoundParts(size_t search) const {
  return search >= kMaxSearches || bound_[search];
}

bool SharedWork::Agrees(uint64_t searches) {
  uint64_t nothing = 0;
  searches |= 1;  // 0 is nothing
  return agreed_.compare_exchange_strong(nothing, searches) ||
         nothing == searches;
}

void SharedWork::Found(size_t search, int64_t part) {
  if (search >= kMaxSearches) return;
  std::atomic<int64_t>& first = first_[search];
  int64_t before = first.load();
  while ((before == 0 || part + 1 < before) &&
         !first.compare_exchange_weak(before, part + 1)) {
  }
}

bool SharedWork::Needless(size_t search, int64_t part) const {
  if (search >= kMaxSearches) return false;
  const int64_t first = first_[search].load();
  return first != 0 && part + 1 > first;
}

}  // namespace conformance::explorer
