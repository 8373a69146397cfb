// Finds the heads of the frames in what a client sends, before nghttp2 reads it (RFC 9113, 4.1). nghttp2 reports no
// frame of an unknown type and none that it ignores, but each must be counted (frame_budget.h).
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace zoobar {

class FrameScanner {
 public:
  struct Head {
    std::uint32_t length;
    std::uint8_t type, flags;
    std::uint32_t stream;
  };

  // Calls `look` with the head of each frame, as soon as it is complete, until `look` returns false. Returns how many
  // of the bytes come before the end of the head at which it stopped; all of them if it did not.
  template <typename Look>
  std::size_t Scan(std::string_view bytes, const Look& look) {
    std::size_t at = 0;
    while (at < bytes.size()) {
      if (skip_ > 0) {
        const std::size_t step = std::min<std::size_t>(skip_, bytes.size() - at);
        skip_ -= static_cast<std::uint32_t>(step);
        at += step;
        continue;
      }
      head_[have_++] = static_cast<std::uint8_t>(bytes[at++]);
      if (have_ < sizeof(head_)) continue;
      have_ = 0;
      const Head head = {Number(0, 3), head_[3], head_[4], Number(5, 4) & 0x7fffffff};
      skip_ = head.length;
      if (!look(head)) return at;
    }
    return at;
  }

 private:
  static constexpr std::uint32_t kPreface = 24;  // RFC 9113, 3.4

  std::uint32_t Number(int at, int bytes) const {
    std::uint32_t number = 0;
    for (int i = at; i < at + bytes; ++i) number = number << 8 | head_[i];
    return number;
  }

  std::uint32_t skip_ = kPreface;  // bytes until the next head
  std::uint8_t head_[9] = {};
  std::size_t have_ = 0;
};

}  // namespace zoobar
