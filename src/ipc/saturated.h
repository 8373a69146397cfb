// Differences of numbers that may be anything, because they come from a file that may be damaged.
#pragma once

#include <cstdint>
#include <limits>

namespace zoobar {

// Returns a - b, or the nearest number that there is.
inline std::int64_t SaturatedDifference(std::int64_t a, std::int64_t b) {
  std::int64_t difference = 0;
  if (!__builtin_sub_overflow(a, b, &difference)) return difference;
  return b < 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
}

}  // namespace zoobar
