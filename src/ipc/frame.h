// The header of a frame on a channel, byte for byte (channel.h says what follows it).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "ipc/result.h"

namespace zoobar::frame {

constexpr std::size_t kHeader = 28;

enum class Kind : std::uint8_t { kRequest = 1, kReply = 2, kUnavailable = 3 };

struct Header {
  std::uint32_t body, secret, id, method;
  Kind kind;
  std::uint8_t fds;
  Cause cause;  // with kUnavailable; else kOther
  std::uint8_t reserved;
  std::int64_t deadline;  // of a request: when its caller gives up, in monotonic microseconds; 0: not said
};

inline void Put32(char* place, std::uint32_t value) {
  for (int i = 0; i < 4; ++i) place[i] = static_cast<char>(value >> (8 * i));
}

inline std::uint32_t Get32(const char* place) {
  std::uint32_t value = 0;
  for (int i = 3; i >= 0; --i) value = value << 8 | static_cast<unsigned char>(place[i]);
  return value;
}

inline void WriteHeader(char* place, const Header& header) {
  Put32(place, header.body);
  Put32(place + 4, header.secret);
  Put32(place + 8, header.id);
  Put32(place + 12, header.method);
  place[16] = static_cast<char>(header.kind);
  place[17] = static_cast<char>(header.fds);
  place[18] = static_cast<char>(header.cause);
  place[19] = static_cast<char>(header.reserved);
  const auto deadline = static_cast<std::uint64_t>(header.deadline);
  Put32(place + 20, static_cast<std::uint32_t>(deadline));
  Put32(place + 24, static_cast<std::uint32_t>(deadline >> 32));
}

inline Header ReadHeader(std::string_view bytes) {
  const char* p = bytes.data();
  const std::uint64_t deadline = Get32(p + 20) | static_cast<std::uint64_t>(Get32(p + 24)) << 32;
  return {Get32(p),
          Get32(p + 4),
          Get32(p + 8),
          Get32(p + 12),
          static_cast<Kind>(p[16]),
          static_cast<std::uint8_t>(p[17]),
          static_cast<Cause>(p[18]),
          static_cast<std::uint8_t>(p[19]),
          static_cast<std::int64_t>(deadline)};
}

}  // namespace zoobar::frame
