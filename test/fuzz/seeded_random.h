// Random numbers for fuzz targets that call code which draws some: the same for each run of an input.
#pragma once

#include <sodium.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace zoobar {

class SeededRandom {
 public:
  // From now on sodium's random numbers follow from `seed`.
  static void Begin(std::string_view seed) {
    static const bool once = [] {
      static randombytes_implementation implementation = {
          [] { return "seeded"; }, [] { return Next(); }, nullptr, nullptr, &Fill, nullptr};
      return randombytes_set_implementation(&implementation) == 0 && sodium_init() >= 0;
    }();
    (void)once;
    state_ = 0x9E3779B97F4A7C15u;
    for (const char c : seed) state_ = (state_ ^ static_cast<unsigned char>(c)) * 1099511628211u;
  }

 private:
  // splitmix64 (xoshiro.di.unimi.it/splitmix64.c)
  static std::uint32_t Next() {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return static_cast<std::uint32_t>((z ^ z >> 31) >> 32);
  }
  static void Fill(void* memory, std::size_t size) {
    auto* const bytes = static_cast<unsigned char*>(memory);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<unsigned char>(Next());
  }

  static inline std::uint64_t state_ = 0;
};

}  // namespace zoobar
