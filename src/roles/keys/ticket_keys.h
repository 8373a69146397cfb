// The keys of TLS tickets (RFC 8446, 4.6.1). They are drawn here, kept in memory only, and wiped when they are old. So a
// ticket is worth nothing after a day, and nobody can find its key in a file.
#pragma once

#include <cstdint>
#include <list>

#include "ipc/bytes.h"
#include "keys.pb.h"

namespace zoobar {

class TicketKeyRing {
 public:
  static constexpr std::size_t kBytes = 16 + 32 + 32;  // a name, an AES-256 key, an HMAC-SHA256 key
  static constexpr std::int64_t kHourMs = 60 * 60 * 1000;
  static constexpr std::int64_t kNewestMs = 6 * kHourMs;  // new tickets are made with a key for this long
  static constexpr std::int64_t kLifeMs =
      24 * kHourMs;  // its tickets are accepted for this long, counted from its draw

  // `now_ms`: a monotonic clock. Drops the keys that are too old, and draws a new one when the newest has had its time.
  void Advance(std::int64_t now_ms);
  // Advances, then returns the lifetimes, and appends the keys to `secret`, both with the newest first.
  TicketKeysReply Give(std::int64_t now_ms, Bytes& secret);

  std::size_t size() const { return keys_.size(); }

 private:
  struct Key {
    Bytes bytes;
    std::int64_t drawn_ms = 0;
  };
  std::list<Key> keys_;  // the newest first
};

}  // namespace zoobar
