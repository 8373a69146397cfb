// Cuts an input into pieces, always the same ones for the same seed.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace zoobar {

class Pieces {
 public:
  // seed: 0 makes pieces of one byte. Others make pieces of up to 3, 17, 100 or 1000 bytes.
  Pieces(std::string_view bytes, std::uint8_t seed) : rest_(bytes), seed_(seed), state_(seed) {}

  bool done() const { return rest_.empty(); }
  std::string_view Next() {
    constexpr std::uint32_t kMost[] = {1000, 3, 17, 100};
    state_ = state_ * 1664525 + 1013904223;
    const std::uint32_t size = seed_ == 0 ? 1 : 1 + (state_ >> 16) % kMost[seed_ % 4];
    const std::string_view piece = rest_.substr(0, size);
    rest_.remove_prefix(piece.size());
    return piece;
  }

 private:
  std::string_view rest_;
  const std::uint8_t seed_;
  std::uint32_t state_;
};

// The input as text.
inline std::string_view InputText(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Takes the next line off `text`, without its line feed. The last line needs none.
inline std::string_view TakeLine(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

}  // namespace zoobar
