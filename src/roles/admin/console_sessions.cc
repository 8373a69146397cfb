#include "roles/admin/console_sessions.h"

namespace zoobar {
namespace {

constexpr std::size_t kTokenBytes = 32;

std::int64_t Micros(Milliseconds time) { return std::chrono::microseconds(time).count(); }

// Takes the same time wherever the two differ.
bool Same(const Bytes& token, std::string_view other) {
  return token.size() == other.size() && sodium_memcmp(token.data(), other.data(), token.size()) == 0;
}

}  // namespace

Bytes ConsoleSessions::Open(std::int64_t now_us) {
  RemoveEnded(now_us);
  if (sessions_.size() == kMost) sessions_.pop_back();
  Bytes random(kTokenBytes), token(2 * kTokenBytes + 1);
  randombytes_buf(random.data(), random.size());
  sodium_bin2hex(token.data(), token.size(), reinterpret_cast<const unsigned char*>(random.data()), random.size());
  token.pop_back();
  sessions_.push_front({token, now_us, now_us});
  return token;
}

bool ConsoleSessions::Use(std::string_view token, std::int64_t now_us) {
  RemoveEnded(now_us);
  for (auto session = sessions_.begin(); session != sessions_.end(); ++session) {
    if (!Same(session->token, token)) continue;
    session->used_us = now_us;
    sessions_.splice(sessions_.begin(), sessions_, session);
    return true;
  }
  return false;
}

void ConsoleSessions::Close(std::string_view token) {
  sessions_.remove_if([token](const Session& session) { return Same(session.token, token); });
}

void ConsoleSessions::RemoveEnded(std::int64_t now_us) {
  sessions_.remove_if([now_us](const Session& session) {
    return now_us - session.used_us >= Micros(kIdle) || now_us - session.opened_us >= Micros(kLongest);
  });
}

}  // namespace zoobar
