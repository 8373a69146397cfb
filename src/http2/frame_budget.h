// How many frames a client may send that carry no request and no body. Such frames are cheap to send, and each makes
// the server work or answer. The known floods consist of them: rapid reset (CVE-2023-44487), resets that the client
// provokes (CVE-2025-8671), pings, settings, priorities, empty frames (CVE-2019-9511 to 9518), CONTINUATION
// (CVE-2024-28182).
//
// A connection has points. Frames cost points. Points come back with time, with each byte of a response that was sent,
// and with each response that was sent completely; so a client that really uses the site does not run out of them,
// whatever the size of its windows. When a frame costs more than is left, the connection ends with GOAWAY and
// ENHANCE_YOUR_CALM.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace zoobar {

class FrameBudget {
 public:
  static constexpr std::int64_t kMost = 2000, kPerSecond = 200;
  static constexpr std::int64_t kForResponse = 8;      // for a response that was sent completely
  static constexpr std::size_t kBytesForPoint = 1024;  // for bytes of a response's body

  // What a frame costs, and why.
  static constexpr std::int64_t kReset = 10;     // a stream that was begun for nothing. A browser resets as many
                                                 // streams as are open when the user leaves a page: a hundred
  static constexpr std::int64_t kSettings = 10;  // is acknowledged, may change the tables. A client sends one
  static constexpr std::int64_t kPing = 5;       // is answered. Clients send one in some seconds
  static constexpr std::int64_t kContinuation =
      2;                                     // only a head over 16 KiB needs one. Also HEADERS that begin no stream
  static constexpr std::int64_t kEmpty = 2;  // DATA without a byte that does not end the stream
  static constexpr std::int64_t kOther = 1;  // WINDOW_UPDATE, PRIORITY and unknown frames

  // `now` is a time in milliseconds. It must not become less from call to call.
  explicit FrameBudget(std::uint64_t now) : at_(now) {}

  // Returns false if the points do not suffice.
  bool Spend(std::int64_t points, std::uint64_t now) {
    const std::uint64_t most_time = 1000 * kMost / kPerSecond;  // in this time all points come back
    milli_points_ += static_cast<std::int64_t>(std::min(now - at_, most_time)) * kPerSecond;
    milli_points_ = std::min(milli_points_, 1000 * kMost);
    at_ = now;
    milli_points_ -= 1000 * points;
    return milli_points_ >= 0;
  }
  void Earn(std::int64_t points) { milli_points_ = std::min(milli_points_ + 1000 * points, 1000 * kMost); }
  void EarnForBytes(std::size_t bytes) {
    bytes_ += bytes;
    Earn(static_cast<std::int64_t>(bytes_ / kBytesForPoint));
    bytes_ %= kBytesForPoint;
  }

 private:
  std::int64_t milli_points_ = 1000 * kMost;
  std::size_t bytes_ = 0;
  std::uint64_t at_;
};

}  // namespace zoobar
