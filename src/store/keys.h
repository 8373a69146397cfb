// Numbers as parts of keys: big-endian, so that the order of the bytes is the order of the numbers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace zoobar {

inline constexpr std::size_t kNumberSize = 8;

inline std::string NumberKey(std::uint64_t number) {
  std::string key(kNumberSize, '\0');
  for (std::size_t i = 0; i < kNumberSize; ++i) key[i] = static_cast<char>(number >> (56 - 8 * i));
  return key;
}

// Precondition: kNumberSize bytes at least; the first ones count.
inline std::uint64_t NumberOf(std::string_view key) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < kNumberSize; ++i) number = number << 8 | static_cast<unsigned char>(key[i]);
  return number;
}

}  // namespace zoobar
