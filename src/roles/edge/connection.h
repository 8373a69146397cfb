// One client's TLS connection, from its first byte to its end.
//
// The handshake comes first. Then a Protocol has the connection (protocol.h). At the end the client is told
// (close_notify), and has a few seconds to read what is still on its way.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>

#include "http/turn_shares.h"
#include "ipc/fd.h"
#include "roles/edge/protocol.h"
#include "roles/edge/signatures.h"
#include "tls/stream.h"

namespace zoobar {

class Connection;

// What all connections of this process share. Edge implements it.
class ConnectionOwner {
 public:
  virtual ~ConnectionOwner() = default;
  virtual Loop& loop() = 0;
  virtual TurnShares& turns() = 0;
  virtual Signatures& signatures() = 0;
  virtual Pairs& pairs() = 0;
  virtual std::span<char> scratch() = 0;
  // By MonotonicMicros: when a handshake that begins now must be over.
  virtual std::int64_t HandshakeDeadline() const = 0;
  // From now on the connection has this much time. Edge calls Expire when it is over.
  virtual void Allow(Connection& connection, Patience patience) = 0;
  // Returns what the connection speaks from now on, as its handshake has agreed on.
  virtual std::shared_ptr<Protocol> Begin(Connection& connection) = 0;
  virtual void HandshakeFailed() = 0;
  // The connection is over and its socket is closed. Edge destroys it at the end of the loop's turn.
  virtual void Left(Connection& connection) = 0;
};

class Connection : public ProtocolHost {
 public:
  Connection(ConnectionOwner& owner, std::uint64_t number, IpAddress address, Fd socket, SslPtr ssl);
  ~Connection() override;

  void Start();
  // Its time is over (Patience).
  void Expire();
  void Drain();
  // Whether its client has not asked for anything yet.
  bool fresh() const { return stage_ == Stage::kHandshake || (stage_ == Stage::kOpen && protocol_->fresh()); }
  // Whether it only waits for its client.
  bool quiet() const;
  bool handshaking() const { return stage_ == Stage::kHandshake; }
  bool waits_for_keys() const { return wish_.pending(); }
  std::uint64_t number() const { return number_; }

  // ProtocolHost
  Loop& loop() override { return owner_.loop(); }
  TlsStream& stream() override { return stream_; }
  const IpAddress& address() const override { return address_; }
  Pairs& pairs() override { return owner_.pairs(); }
  std::span<char> scratch() override { return owner_.scratch(); }
  void WatchClient(int events) override;
  void Allow(Patience patience) override { owner_.Allow(*this, patience); }
  bool InTurn(const std::function<void()>& work) override;
  void Finish() override;
  void Leave() override;
  bool over() const override { return stage_ == Stage::kClosing || stage_ == Stage::kLeft; }

 private:
  friend class Edge;
  enum class Stage { kHandshake, kOpen, kClosing, kLeft };

  void OnReady(int events);
  void Shake();
  void Close();
  void EndJob();
  static Task<void> Sign(std::weak_ptr<Connection*> alive, Signatures& signatures);

  ConnectionOwner& owner_;
  const std::uint64_t number_;
  const IpAddress address_;
  Fd socket_;
  std::int64_t handshake_deadline_;
  TurnShares::Source source_;
  Signatures::Wish wish_;
  TlsStream stream_;
  std::optional<Watch> watch_;
  Stage stage_ = Stage::kHandshake;
  std::shared_ptr<Protocol> protocol_;
  std::shared_ptr<Connection*> self_;  // a coroutine that waits for a signature sees by it whether this still lives

  // Its place in one of Edge's lists of connections that have the same Patience.
  std::list<Connection*>::iterator place_;
  Patience patience_ = Patience::kElsewhere;
  std::uint64_t due_ms_ = 0;
};

}  // namespace zoobar
