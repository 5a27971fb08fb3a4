// The table of paths, and their hash.

#include "lockfile/internal/known_paths.h"

#include <functional>

namespace lockfile {
namespace internal {

std::atomic<KnownPaths::Hash> KnownPaths::slots_[KnownPaths::kSlots];

KnownPaths::Hash KnownPaths::HashOf(absl::string_view path) {
  const std::hash<absl::string_view> hash;
  // 0 means an empty slot.
  return static_cast<Hash>(hash(path)) | Hash{1} << 63;
}

}  // namespace internal
}  // namespace lockfile
