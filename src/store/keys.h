// Functions that build the keys of tables. Numbers in keys are big-endian, so that the order of their bytes is the
// order of the numbers.
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

// Reads a number from the first kNumberSize bytes of `key`. Precondition: `key` has at least that many bytes.
inline std::uint64_t NumberOf(std::string_view key) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < kNumberSize; ++i) number = number << 8 | static_cast<unsigned char>(key[i]);
  return number;
}

inline std::string EntryKey(std::string_view member, std::uint64_t number) {
  return std::string(member).append(NumberKey(number));
}

inline std::string JoinedKey(std::string_view first, std::string_view rest) { return std::string(first).append(rest); }

}  // namespace zoobar
