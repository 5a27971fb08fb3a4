// Random choices that come out the same on every system: the standard's
// engines are prescribed to the bit, its distributions and shuffle aren't.

#ifndef CONFORMANCE_EXPLORER_SCHEDULES_PORTABLE_RANDOM_H_
#define CONFORMANCE_EXPLORER_SCHEDULES_PORTABLE_RANDOM_H_

#include <cstddef>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace conformance::explorer {

// From 0 to n - 1. The numbers drawn here are so small that the bias of the
// remainder can't be noticed.
inline size_t Draw(std::mt19937_64& random, size_t n) {
  return static_cast<size_t>(random() % n);
}

inline bool DrawChance(std::mt19937_64& random, double probability) {
  constexpr int kBits = 53;  // of a double
  return static_cast<double>(random() >> (64 - kBits)) /
             static_cast<double>(uint64_t{1} << kBits) <
         probability;
}

template <typename T>
void Shuffle(std::mt19937_64& random, std::vector<T>& values) {
  for (size_t i = values.size(); i > 1; --i) {
    std::swap(values[i - 1], values[Draw(random, i)]);
  }
}

// The seed of one execution: splitmix64 (Steele, Lea and Flood, 2014), so that
// neighbouring seeds and executions have nothing in common.
inline uint64_t SeedOf(uint64_t seed, int64_t execution) {
  uint64_t x = seed;
  for (const uint64_t part : {uint64_t{0}, static_cast<uint64_t>(execution)}) {
    x += part + 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    x ^= x >> 31;
  }
  return x;
}

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_SCHEDULES_PORTABLE_RANDOM_H_
