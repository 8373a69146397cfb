#include "roles/edge/connection.h"

#include <sys/socket.h>

namespace zoobar {

Connection::Connection(ConnectionOwner& owner, std::uint64_t number, IpAddress address, Fd socket, SslPtr ssl)
    : owner_(owner),
      number_(number),
      address_(address),
      socket_(std::move(socket)),
      handshake_deadline_(owner.HandshakeDeadline()),
      stream_(std::move(ssl)),
      self_(std::make_shared<Connection*>(this)) {
  watch_.emplace(owner_.loop(), socket_.get(), [this](int events) { OnReady(events); });
}

Connection::~Connection() { EndJob(); }

// A paused job of OpenSSL must end before its SSL object does, or its stack is lost. Without a signature the handshake
// fails at once. The socket must still be open, because libssl may write an alert to it.
void Connection::EndJob() {
  if (!wish_.pending()) return;
  wish_.Answer(std::nullopt);
  owner_.signatures().During(wish_, [this] { return stream_.Handshake(); });
}

// Most clients send their first bytes with the connection, but not always.
void Connection::Start() {
  Allow(Patience::kHandshake);
  WatchClient(UV_READABLE);
}

void Connection::WatchClient(int events) {
  if (watch_) watch_->Set(events);
}

bool Connection::InTurn(const std::function<void()>& work) {
  return stage_ == Stage::kLeft || owner_.turns().Handle(address_, source_, work);
}

void Connection::OnReady(int events) {
  owner_.turns().Handle(address_, source_, [this, events] {
    switch (stage_) {
      case Stage::kHandshake:
        return wish_.pending() ? Leave() : Shake();  // while it waits for keys, only its leaving is watched
      case Stage::kOpen:
        return protocol_->Proceed(events);
      case Stage::kClosing:
        return Close();
      case Stage::kLeft:
        return;
    }
  });
}

void Connection::Shake() {
  switch (owner_.signatures().During(wish_, [this] { return stream_.Handshake(); })) {
    case TlsStream::Outcome::kWantRead:
      return WatchClient(UV_READABLE);
    case TlsStream::Outcome::kWantWrite:
      return WatchClient(UV_WRITABLE);
    case TlsStream::Outcome::kWantSignature:
      WatchClient(UV_DISCONNECT);  // a client may leave meanwhile; then nobody needs the signature
      Spawn(Sign(self_, owner_.signatures()));
      return;
    case TlsStream::Outcome::kDone:
      stage_ = Stage::kOpen;
      protocol_ = owner_.Begin(*this);
      return protocol_->Begin();
    case TlsStream::Outcome::kEnded:
    case TlsStream::Outcome::kFailed:
      owner_.HandshakeFailed();
      return Leave();
  }
}

Task<void> Connection::Sign(std::weak_ptr<Connection*> alive, Signatures& signatures) {
  Connection& before = **alive.lock();
  auto fetching =
      signatures.Fetch(before.wish_, before.address_, before.handshake_deadline_, [alive] { return alive.expired(); });
  std::optional<std::string> signature = co_await fetching;
  const std::shared_ptr<Connection*> self = alive.lock();
  if (!self) co_return;
  Connection& connection = **self;
  connection.wish_.Answer(std::move(signature));
  const std::int64_t began = MonotonicMicros();
  connection.Shake();
  connection.owner_.turns().Charge(connection.address_.CapKey(), MonotonicMicros() - began);
}

bool Connection::quiet() const {
  switch (stage_) {
    case Stage::kOpen:
      return protocol_->quiet();
    case Stage::kHandshake:
    case Stage::kClosing:
      return true;
    case Stage::kLeft:
      return false;
  }
  return false;
}

void Connection::Drain() {
  if (stage_ == Stage::kOpen) return protocol_->Drain();
  if (stage_ == Stage::kHandshake) Leave();
}

void Connection::Expire() {
  if (stage_ == Stage::kHandshake) owner_.HandshakeFailed();
  // A client that is silent is told that this is the end. One that does not read would not see it.
  if (stage_ == Stage::kOpen && patience_ == Patience::kQuiet) return Finish();
  Leave();
}

void Connection::Finish() {
  if (over()) return;
  stage_ = Stage::kClosing;
  stream_.End();  // if the socket is full, the client does without
  if (stream_.client_ended()) return Leave();
  shutdown(socket_.get(), SHUT_WR);
  Allow(Patience::kClosing);
  WatchClient(UV_READABLE);
}

// Reads what the client still sends, until it closes too. If this process closed first, unread bytes would make the
// kernel reset the connection, and the client could lose the end of its response.
void Connection::Close() {
  constexpr int kBlocks = 16;
  const std::span<char> block = owner_.scratch();
  for (int i = 0; i < kBlocks; ++i) {
    const ssize_t count = recv(socket_.get(), block.data(), block.size(), 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) return Leave();
  }
}

void Connection::Leave() {
  if (stage_ == Stage::kLeft) return;
  stage_ = Stage::kLeft;
  self_.reset();
  watch_.reset();
  EndJob();
  socket_.Close();
  owner_.Left(*this);
}

}  // namespace zoobar
