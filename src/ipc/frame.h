// The header of a frame on a channel, and how it is written as bytes. channel.h describes what follows the header.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "ipc/result.h"
#include "request/request.h"

namespace zoobar::frame {

constexpr std::size_t kHeader = 44;

enum class Kind : std::uint8_t { kRequest = 1, kReply = 2, kUnavailable = 3 };

struct Header {
  std::uint32_t body = 0, secret = 0;  // lengths in bytes
  std::uint32_t id = 0, method = 0;
  Kind kind = Kind::kRequest;
  std::uint8_t fds = 0;         // how many descriptors come with the frame
  Cause cause = Cause::kOther;  // kOther unless `kind` is kUnavailable
  std::uint8_t traced = 0;      // 1 if `request` is traced, else 0
  std::int64_t deadline = 0;    // of a request: when its caller stops waiting, in MonotonicMicros; 0: none
  RequestId request{};          // of a request: for which request of a client the call is made
};

// Put32 and Get32 write and read a 32-bit little-endian number. `place` must have four bytes.
inline void Put32(char* place, std::uint32_t value) {
  for (int i = 0; i < 4; ++i) place[i] = static_cast<char>(value >> (8 * i));
}

inline std::uint32_t Get32(const char* place) {
  std::uint32_t value = 0;
  for (int i = 3; i >= 0; --i) value = value << 8 | static_cast<unsigned char>(place[i]);
  return value;
}

// Writes a header. `place` must have room for kHeader bytes.
inline void WriteHeader(char* place, const Header& header) {
  Put32(place, header.body);
  Put32(place + 4, header.secret);
  Put32(place + 8, header.id);
  Put32(place + 12, header.method);
  place[16] = static_cast<char>(header.kind);
  place[17] = static_cast<char>(header.fds);
  place[18] = static_cast<char>(header.cause);
  place[19] = static_cast<char>(header.request.traced);
  const auto deadline = static_cast<std::uint64_t>(header.deadline);
  Put32(place + 20, static_cast<std::uint32_t>(deadline));
  Put32(place + 24, static_cast<std::uint32_t>(deadline >> 32));
  std::ranges::copy(header.request.bytes, place + 28);
}

// Reads a header. `bytes` must have at least kHeader bytes. The values are not checked.
inline Header ReadHeader(std::string_view bytes) {
  const char* p = bytes.data();
  const std::uint64_t deadline = Get32(p + 20) | static_cast<std::uint64_t>(Get32(p + 24)) << 32;
  RequestId request;
  std::copy(p + 28, p + kHeader, request.bytes.begin());
  request.traced = p[19] == 1;
  return {Get32(p),
          Get32(p + 4),
          Get32(p + 8),
          Get32(p + 12),
          static_cast<Kind>(p[16]),
          static_cast<std::uint8_t>(p[17]),
          static_cast<Cause>(p[18]),
          static_cast<std::uint8_t>(p[19]),
          static_cast<std::int64_t>(deadline),
          request};
}

}  // namespace zoobar::frame
