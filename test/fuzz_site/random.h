// Numbers that depend on a seed alone, so that a run with the same seed sends the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace zoobar::fuzz_site {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  // The beginning of a sequence of its own for each pair.
  static std::uint64_t Mix(std::uint64_t a, std::uint64_t b) { return Random(a ^ (b * 0x9e3779b97f4a7c15U)).Next(); }

  std::uint64_t Next() {  // SplitMix64
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
  }
  // 0 to bound - 1; 0 for a bound of 0.
  std::size_t Below(std::size_t bound) { return bound == 0 ? 0 : static_cast<std::size_t>(Next() % bound); }
  std::size_t Between(std::size_t least, std::size_t most) { return least + Below(most - least + 1); }
  bool OneIn(std::size_t count) { return Below(count) == 0; }
  bool Percent(std::size_t share) { return Below(100) < share; }
  template <typename Values>
  const auto& Pick(const Values& values) {
    return values[Below(std::size(values))];
  }
  char Byte() { return static_cast<char>(Next() & 0xff); }
  std::string Bytes(std::size_t size) {
    std::string bytes;
    while (bytes.size() < size) bytes += Byte();
    return bytes;
  }
  std::string Letters(std::size_t size) {
    static constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
    std::string letters;
    while (letters.size() < size) letters += Pick(kLetters);
    return letters;
  }

 private:
  std::uint64_t state_;
};

}  // namespace zoobar::fuzz_site
