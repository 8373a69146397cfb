// BytesReader: reads numbers and texts from the bytes of a file, one after the other. A read past the end fails, and so
// does every read after that.
#pragma once

#include <cstdint>
#include <string_view>

namespace zoobar {

class BytesReader {
 public:
  explicit BytesReader(std::string_view bytes) : left_(bytes) {}

  bool failed() const { return failed_; }
  std::string_view left() const { return left_; }

  std::string_view Take(std::size_t count) {
    if (count > left_.size()) {
      failed_ = true;
      left_ = {};
      return {};
    }
    const std::string_view taken = left_.substr(0, count);
    left_.remove_prefix(count);
    return taken;
  }
  // Returns a number of `count` bytes (at most 4), the most significant byte first; 0 past the end.
  std::uint32_t Big(std::size_t count) {
    std::uint32_t number = 0;
    for (const char byte : Take(count)) number = number << 8 | static_cast<unsigned char>(byte);
    return number;
  }
  // The same, with the least significant byte first.
  std::uint32_t Little(std::size_t count) {
    std::uint32_t number = 0, shift = 0;
    for (const char byte : Take(count)) {
      number |= std::uint32_t{static_cast<unsigned char>(byte)} << shift;
      shift += 8;
    }
    return number;
  }

 private:
  std::string_view left_;
  bool failed_ = false;
};

}  // namespace zoobar
