// The challenges that authenticators sign. Each is good for one ceremony, for five minutes, and for one use.
//
// Nothing is kept about a challenge that was given out, so nobody can fill anything by asking for them. A challenge is
// 56 bytes:
//
//   8    when it was made, in milliseconds of a clock that nobody sets, big-endian
//   16   random bytes
//   32   HMAC-SHA256 of the 24 bytes before, of the ceremony, and of the purpose, under a key that is drawn here
//
// Only used challenges are remembered, until they expire. A challenge is used when a passkey has answered it rightly, so
// each entry counts to the share of the member who has logged in, or added a passkey: a member holds kPerMember of
// kMost places, and kPerMemberWhenFull while more than half of them are taken. Who has used up the share must wait until
// one expires.
#pragma once

#include <sodium.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "webauthn/client_data.h"

namespace zoobar {

// To be used on one thread only.
class PasskeyChallenges {
 public:
  using Clock = std::function<std::int64_t()>;  // milliseconds; must never go back
  static constexpr std::size_t kBytes = 56;
  static constexpr std::int64_t kValidMs = 5 * 60 * 1000;
  static constexpr std::size_t kMost = 65536;  // used challenges that are remembered, in all; 9 MB when full
  static constexpr std::size_t kPerMember = 32, kPerMemberWhenFull = 2;

  explicit PasskeyChallenges(Clock clock);
  PasskeyChallenges(const PasskeyChallenges&) = delete;
  PasskeyChallenges& operator=(const PasskeyChallenges&) = delete;

  // `purpose`: what the challenge is bound to besides the ceremony. Of a registration the member and the session.
  std::string Make(Ceremony ceremony, std::string_view purpose) const;
  // Whether the challenge was made here for this ceremony and purpose, has not expired, and was not used.
  bool IsValid(std::string_view challenge, Ceremony ceremony, std::string_view purpose);

  enum class Use {
    kFirst,   // it was not used before. It is now
    kAgain,   // it was used before, or is not valid any more
    kNoRoom,  // the member has used too many lately; `challenge` is not used
  };
  // Uses a challenge that is valid. To be called when everything else was right. Of two callers with the same challenge
  // one gets kFirst.
  Use UseUp(std::string_view challenge, const std::string& member);
  // Whether UseUp has room for one more of this member.
  bool HasRoom(const std::string& member) const;
  // Seconds until the oldest used challenge expires, at least 1.
  std::int64_t RetryAfterSeconds() const;

  std::size_t used() const { return used_.size(); }

 private:
  struct Used {
    std::int64_t expires_ms = 0;
    std::string nonce, member;
  };
  std::string Tag(std::string_view head, Ceremony ceremony, std::string_view purpose) const;
  void Forget();

  const Clock clock_;
  std::array<unsigned char, crypto_auth_hmacsha256_KEYBYTES> key_;
  std::deque<Used> order_;  // the one that was used first is first
  std::unordered_set<std::string> used_;
  std::unordered_map<std::string, std::size_t> by_member_;
};

}  // namespace zoobar
