// Numbers that are taken, and those that are refused.

#include "conformance/json_numbers.h"

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace conformance {
namespace {

nlohmann::ordered_json Json(const std::string& text) {
  return nlohmann::ordered_json::parse(text);
}

TEST(IntegerFromTest, TakesWhatFits) {
  EXPECT_EQ(IntegerFrom<int>(Json("0")), 0);
  EXPECT_EQ(IntegerFrom<int>(Json("2147483647")), 2147483647);
  EXPECT_EQ(IntegerFrom<int>(Json("-2147483648")), INT32_MIN);
  EXPECT_EQ(IntegerFrom<int64_t>(Json("9223372036854775807")), INT64_MAX);
  EXPECT_EQ(IntegerFrom<int64_t>(Json("-9223372036854775808")), INT64_MIN);
}

TEST(IntegerFromTest, RefusesAllElse) {
  for (const char* text :
       {"2147483648", "-2147483649", "18446744073709551615", "1e300", "-1e300",
        "1.0", "true", "null", "\"1\"", "[1]", "{}"}) {
    EXPECT_EQ(IntegerFrom<int>(Json(text)), std::nullopt) << text;
  }
  EXPECT_EQ(IntegerFrom<int64_t>(Json("9223372036854775808")), std::nullopt);
}

TEST(DurationFromTest, TakesNumbersAndRefusesTheInfinite) {
  EXPECT_EQ(DurationFrom(Json("1500"), absl::Milliseconds(1)),
            absl::Seconds(1.5));
  EXPECT_EQ(DurationFrom(Json("-0.5"), absl::Seconds(1)),
            -absl::Milliseconds(500));
  for (const char* text : {"1e300", "-1e300", "null", "\"1\"", "false"}) {
    EXPECT_EQ(DurationFrom(Json(text), absl::Seconds(1)), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace conformance
