// Numbers of a JSON text from another process. JSON has one kind of number, and
// the library turns any into any: 1e300 into an int, which isn't defined.

#ifndef CONFORMANCE_JSON_NUMBERS_H_
#define CONFORMANCE_JSON_NUMBERS_H_

#include <cstdint>
#include <limits>
#include <optional>

#include "absl/time/time.h"
#include "nlohmann/json.hpp"

namespace conformance {

// nullopt for what is no integer, or none of an Integer, which is signed.
template <typename Integer>
std::optional<Integer> IntegerFrom(const nlohmann::ordered_json& json) {
  static_assert(std::numeric_limits<Integer>::is_signed);
  if (!json.is_number_integer()) return std::nullopt;
  constexpr int64_t kMost = std::numeric_limits<Integer>::max();
  constexpr int64_t kLeast = std::numeric_limits<Integer>::min();
  // The library keeps what isn't negative as an unsigned number.
  if (json.is_number_unsigned() &&
      json.get<uint64_t>() > static_cast<uint64_t>(kMost)) {
    return std::nullopt;
  }
  const auto number = json.get<int64_t>();
  if (number < kLeast || number > kMost) return std::nullopt;
  return static_cast<Integer>(number);
}

// A number of `unit`; nullopt for what is none, or longer than any Duration but
// the infinite one, which JSON couldn't tell.
inline std::optional<absl::Duration> DurationFrom(
    const nlohmann::ordered_json& json, absl::Duration unit) {
  if (!json.is_number()) return std::nullopt;
  const absl::Duration duration = json.get<double>() * unit;
  if (duration == absl::InfiniteDuration() ||
      duration == -absl::InfiniteDuration()) {
    return std::nullopt;
  }
  return duration;
}

}  // namespace conformance

#endif  // CONFORMANCE_JSON_NUMBERS_H_
