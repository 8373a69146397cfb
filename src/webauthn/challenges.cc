#include "webauthn/challenges.h"

#include <algorithm>

namespace zoobar {
namespace {

constexpr std::size_t kTimeBytes = 8, kNonceBytes = 16, kHeadBytes = kTimeBytes + kNonceBytes;
static_assert(kHeadBytes + crypto_auth_hmacsha256_BYTES == PasskeyChallenges::kBytes);

std::int64_t MadeAt(std::string_view challenge) {
  std::uint64_t made = 0;
  for (std::size_t i = 0; i < kTimeBytes; ++i) made = made << 8 | static_cast<unsigned char>(challenge[i]);
  return static_cast<std::int64_t>(made);
}

}  // namespace

PasskeyChallenges::PasskeyChallenges(Clock clock) : clock_(std::move(clock)) {
  crypto_auth_hmacsha256_keygen(key_.data());
}

std::string PasskeyChallenges::Tag(std::string_view head, Ceremony ceremony, std::string_view purpose) const {
  const char kind = ceremony == Ceremony::kCreate ? 'c' : 'g';
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, key_.data(), key_.size());
  // The head and the ceremony have a fixed length, so nothing of the purpose can be taken for them.
  for (const std::string_view part : {head, std::string_view(&kind, 1), purpose}) {
    crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(part.data()), part.size());
  }
  std::string tag(crypto_auth_hmacsha256_BYTES, '\0');
  crypto_auth_hmacsha256_final(&state, reinterpret_cast<unsigned char*>(tag.data()));
  return tag;
}

std::string PasskeyChallenges::Make(Ceremony ceremony, std::string_view purpose) const {
  std::string challenge(kHeadBytes, '\0');
  auto now = static_cast<std::uint64_t>(clock_());
  for (std::size_t i = kTimeBytes; i > 0; --i, now >>= 8) challenge[i - 1] = static_cast<char>(now & 0xff);
  randombytes_buf(challenge.data() + kTimeBytes, kNonceBytes);
  return challenge + Tag(challenge, ceremony, purpose);
}

bool PasskeyChallenges::IsValid(std::string_view challenge, Ceremony ceremony, std::string_view purpose) {
  if (challenge.size() != kBytes) return false;
  const std::string tag = Tag(challenge.substr(0, kHeadBytes), ceremony, purpose);
  if (sodium_memcmp(challenge.data() + kHeadBytes, tag.data(), tag.size()) != 0) return false;
  Forget();
  const std::int64_t age_ms = clock_() - MadeAt(challenge);
  return age_ms >= 0 && age_ms < kValidMs && !used_.contains(std::string(challenge.substr(kTimeBytes, kNonceBytes)));
}

PasskeyChallenges::Use PasskeyChallenges::UseUp(std::string_view challenge, const std::string& member) {
  Forget();
  std::string nonce(challenge.substr(kTimeBytes, kNonceBytes));
  const std::int64_t now_ms = clock_();
  if (now_ms - MadeAt(challenge) >= kValidMs || used_.contains(nonce)) return Use::kAgain;
  if (!HasRoom(member)) return Use::kNoRoom;
  used_.insert(nonce);
  ++by_member_[member];
  // From now on it is remembered for the whole time, so that entries expire in the order in which they came.
  order_.push_back({now_ms + kValidMs, std::move(nonce), member});
  return Use::kFirst;
}

bool PasskeyChallenges::HasRoom(const std::string& member) const {
  const auto held = by_member_.find(member);
  const std::size_t share = used_.size() > kMost / 2 ? kPerMemberWhenFull : kPerMember;
  return used_.size() < kMost && (held == by_member_.end() || held->second < share);
}

std::int64_t PasskeyChallenges::RetryAfterSeconds() const {
  if (order_.empty()) return 1;
  return std::max<std::int64_t>(1, (order_.front().expires_ms - clock_() + 999) / 1000);
}

void PasskeyChallenges::Forget() {
  const std::int64_t now_ms = clock_();
  while (!order_.empty() && order_.front().expires_ms <= now_ms) {
    used_.erase(order_.front().nonce);
    const auto held = by_member_.find(order_.front().member);
    if (--held->second == 0) by_member_.erase(held);
    order_.pop_front();
  }
}

}  // namespace zoobar
