#include "roles/keys/ticket_keys.h"

#include <sodium.h>

namespace zoobar {

void TicketKeyRing::Advance(std::int64_t now_ms) {
  while (!keys_.empty() && now_ms - keys_.back().drawn_ms >= kLifeMs) keys_.pop_back();
  if (!keys_.empty() && now_ms - keys_.front().drawn_ms < kNewestMs) return;
  Key& fresh = keys_.emplace_front();
  fresh.bytes.resize(kBytes);
  randombytes_buf(fresh.bytes.data(), fresh.bytes.size());
  fresh.drawn_ms = now_ms;
}

TicketKeysReply TicketKeyRing::Give(std::int64_t now_ms, Bytes& secret) {
  Advance(now_ms);
  TicketKeysReply reply;
  for (const Key& key : keys_) {
    reply.add_keys()->set_expires_in_ms(key.drawn_ms + kLifeMs - now_ms);
    secret.insert(secret.end(), key.bytes.begin(), key.bytes.end());
  }
  reply.set_next_in_ms(keys_.front().drawn_ms + kNewestMs - now_ms);
  return reply;
}

}  // namespace zoobar
