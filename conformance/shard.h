// One of several machines' shares of an exploration, which exchange nothing
// while they are at it.

#ifndef CONFORMANCE_SHARD_H_
#define CONFORMANCE_SHARD_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"

namespace conformance {

struct Shard {
  static constexpr int kMostShards = 256;

  int number = 1;  // from 1 to `count`
  int count = 1;   // 1: it is all of it

  bool is_whole() const { return count == 1; }

  // Whether a part of the tree of a search is its own; both are counted from 0.
  // Of most trees the first parts are the largest, so they go to one shard in
  // one search and to the next one in the next.
  bool Owns(size_t search, int64_t part) const {
    const auto shards = static_cast<uint64_t>(count);
    return (static_cast<uint64_t>(part) + search) % shards ==
           static_cast<uint64_t>(number - 1);
  }

  std::string ToString() const {
    return absl::StrCat("shard ", number, " of ", count);
  }
};

}  // namespace conformance

#endif  // CONFORMANCE_SHARD_H_
