#include "roles/edge/relay.h"

#include <sys/socket.h>

#include <cerrno>

#include "roles/edge/pairs.h"

namespace zoobar {
namespace {

// A response has ended, as far as can be seen from here, if nothing has followed it for this long.
constexpr std::uint64_t kPauseMs = 1000;
constexpr int kBlocks = 4;  // blocks in one direction before other connections have their turn

}  // namespace

void Relay::Begin() {
  host_.Allow(Patience::kQuiet);
  Run(Ready::kBoth);
}

void Relay::Proceed(int) { Run(Ready::kClient); }

void Relay::Drain() {
  // With a pair, the dispatcher ends the connection when its response is written.
  if (fresh()) host_.Finish();
}

bool Relay::quiet() const {
  const bool idle = answered_ && !opening_ && up_.empty() && down_.empty();
  return idle && (!pair_ || uv_now(host_.loop().uv()) >= moved_ms_ + kPauseMs);
}

// A direction that has found its side empty has nothing to do until this side is ready. To try it costs system calls.
void Relay::Run(Ready ready) {
  if (ready != Ready::kPair || up_stop_ != Stop::kEmpty) up_stop_ = opening_ ? Stop::kFull : Upwards();
  const bool down = ready != Ready::kClient || down_stop_ != Stop::kEmpty;
  if (down && pair_ && up_stop_ != Stop::kBroken) down_stop_ = Downwards();
  if (up_stop_ == Stop::kBroken || down_stop_ == Stop::kBroken) return host_.Leave();
  if (down_stop_ == Stop::kEnded) {
    watch_.reset();  // a pair at its end stays readable, and would wake the loop again and again
    pair_.Close();
    return host_.Finish();
  }
  if (client_ended_ && !pair_ && !opening_) return host_.Finish();  // it has never asked for anything
  Wait();
}

Relay::Stop Relay::Upwards() {
  for (int i = 0; i < kBlocks; ++i) {
    if (!up_.empty()) {
      const ssize_t count = send(pair_.get(), up_.view().data(), up_.size(), MSG_NOSIGNAL);
      if (count < 0) return errno == EAGAIN || errno == EINTR ? Stop::kFull : Stop::kEnded;
      up_.Consume(static_cast<std::size_t>(count));
      if (!up_.empty()) return Stop::kFull;
    }
    if (client_ended_) {
      if (pair_ && !std::exchange(told_end_, true)) shutdown(pair_.get(), SHUT_WR);
      return Stop::kEnded;
    }
    const std::span<char> block = host_.scratch();
    std::size_t got = 0;
    const TlsStream::Outcome outcome = host_.stream().Read(block, got);
    read_wants_write_ = outcome == TlsStream::Outcome::kWantWrite;
    if (outcome == TlsStream::Outcome::kFailed) return Stop::kBroken;
    if (outcome == TlsStream::Outcome::kEnded) {
      client_ended_ = true;
      continue;
    }
    if (outcome != TlsStream::Outcome::kDone) return Stop::kEmpty;
    const Stop sent = SendUp({block.data(), got});
    sodium_memzero(block.data(), got);
    // Whatever comes later makes the socket readable again.
    if (sent != Stop::kEmpty || !host_.stream().holds_bytes()) return sent;
  }
  return Stop::kTurnOver;
}

// Passes bytes of the client on. kEmpty: all of them are gone.
Relay::Stop Relay::SendUp(std::string_view bytes) {
  answered_ = false;
  if (!pair_) {
    opening_ = true;
    Spawn(OpenPair(shared_from_this(), ToBytes(bytes)));
    return Stop::kFull;
  }
  const ssize_t count = send(pair_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (count < 0 && errno != EAGAIN && errno != EINTR) return Stop::kEnded;
  const std::size_t sent = count < 0 ? 0 : static_cast<std::size_t>(count);
  if (sent == bytes.size()) return Stop::kEmpty;
  up_.Append(bytes.substr(sent));
  return Stop::kFull;
}

Relay::Stop Relay::Downwards() {
  for (int i = 0; i < kBlocks; ++i) {
    if (!down_.empty()) {
      std::size_t sent = 0;
      const Stop stop = SendDown(down_.view(), sent);
      down_.Consume(sent);
      if (stop != Stop::kEmpty) return stop;
      down_.Release();
    }
    if (pair_ended_) return Stop::kEnded;
    const std::span<char> block = host_.scratch();
    const ssize_t count = recv(pair_.get(), block.data(), block.size(), 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return Stop::kEmpty;
    if (count <= 0) {
      pair_ended_ = true;
      return Stop::kEnded;
    }
    const std::string_view bytes(block.data(), static_cast<std::size_t>(count));
    std::size_t sent = 0;
    const Stop stop = SendDown(bytes, sent);
    down_.Append(bytes.substr(sent));
    sodium_memzero(block.data(), bytes.size());
    if (stop != Stop::kEmpty || bytes.size() < block.size()) return stop;
  }
  return Stop::kTurnOver;
}

// Passes bytes of the dispatcher on, `sent` of them. kEmpty: all.
Relay::Stop Relay::SendDown(std::string_view bytes, std::size_t& sent) {
  answered_ = true;
  moved_ms_ = uv_now(host_.loop().uv());
  while (sent < bytes.size()) {
    std::size_t put = 0;
    const TlsStream::Outcome outcome = host_.stream().Write(bytes.substr(sent), put);
    write_wants_read_ = outcome == TlsStream::Outcome::kWantRead;
    if (outcome == TlsStream::Outcome::kWantWrite || outcome == TlsStream::Outcome::kWantRead) return Stop::kFull;
    if (outcome != TlsStream::Outcome::kDone) return Stop::kBroken;
    sent += put;
    if (stalled_) host_.Allow(Patience::kStalled);  // it reads, if slowly
  }
  return Stop::kEmpty;
}

void Relay::Wait() {
  const Stop up = up_stop_;
  const bool full_down = down_stop_ == Stop::kFull;
  int client = 0, pair = 0;
  if (up == Stop::kEmpty || up == Stop::kTurnOver) client |= UV_READABLE;
  if (full_down) client |= write_wants_read_ ? UV_READABLE : UV_WRITABLE;
  if (read_wants_write_) client |= UV_WRITABLE;
  if (up == Stop::kFull && pair_) pair |= UV_WRITABLE;
  if (pair_ && !full_down) pair |= UV_READABLE;
  // After a turn that is over, decrypted bytes may be in libssl's buffer: the socket says nothing of them. A writable
  // socket brings this connection's next turn.
  if (up == Stop::kTurnOver) client |= UV_WRITABLE;
  if (up_.empty()) up_.Release();
  host_.WatchClient(client);
  if (watch_) watch_->Set(pair);
  if (full_down != stalled_) {
    stalled_ = full_down;
    host_.Allow(stalled_ ? Patience::kStalled : pair_ ? Patience::kElsewhere : Patience::kQuiet);
  }
}

Task<void> Relay::OpenPair(std::shared_ptr<Relay> self, Bytes first) {
  const std::weak_ptr<Relay> alive = self;
  Relay& relay = *self;
  Pairs& pairs = relay.host_.pairs();
  const IpAddress address = relay.host_.address();
  relay.host_.Allow(Patience::kElsewhere);  // the queue for the dispatcher has a limit of its own
  self.reset();
  auto opening = pairs.Open(address, std::move(first), [alive] { return alive.expired(); });
  Result<Fd> pair = co_await opening;
  self = alive.lock();
  if (!self || self->host_.over()) co_return;
  self->opening_ = false;
  if (!pair.ok()) {
    self->host_.Leave();
    co_return;
  }
  self->pair_ = std::move(*pair);
  Relay* const raw = self.get();
  self->watch_.emplace(self->host_.loop(), self->pair_.get(),
                       [raw](int) { raw->host_.InTurn([raw] { raw->Run(Ready::kPair); }); });
  self->Run(Ready::kBoth);
}

}  // namespace zoobar
