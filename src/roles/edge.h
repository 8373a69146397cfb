// Role:      edge. It accepts the clients' TLS connections, does the handshakes, and passes the plain bytes to the
//            dispatcher and back.
// Called by: keys (the certificates have changed).
// Calls:     keys (signatures, certificates, keys of tickets), dispatcher (to serve a connection).
// Holds:     the listening sockets of TLS, and the sessions that are open.
// Shares:    each address (an IPv6 /64 counts as one) has a share of the open connections, of the handshakes that are
//            going on, of the signatures, of the pairs on their way to the dispatcher, and of the loop's time.
// If compromised: it reads and alters the traffic that passes while it is held, passwords included. It has no private
//            key to take along, and reaches no store.
// Known limits: the keys of TLS tickets are in its memory. Whoever takes them can pose as the site to clients that
//            resume a session, for at most a day. A client over a limit is disconnected without a reason, because
//            without a handshake there is no way to tell it one.
//
// The parts: listen/acceptor (accepts connections and bounds their number), tls/server and tls/stream (TLS),
// edge/connection (one connection), edge/signatures (what keys signs), edge/relay (HTTP/1.1), edge/http2 and http2/connection (HTTP/2), edge/pairs (the way to the
// dispatcher).
#pragma once

#include <array>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "edge.pb.h"
#include "listen/acceptor.h"
#include "roles/edge/connection.h"
#include "roles/edge/http2.h"
#include "roles/edge/pairs.h"
#include "roles/edge/signatures.h"
#include "site/role.h"
#include "tls/server.h"

namespace zoobar {

class Edge : public RoleBody, public ConnectionOwner {
 public:
  // Handshakes that may go on at the same time, in all and of one address: each holds memory that its client chooses
  // (up to 128 KiB of a ClientHello), before anything is known of it. Past it, the address that has most of them loses
  // its oldest one.
  static constexpr std::size_t kHandshakes = 1024, kHandshakesOfOne = 256;

  // open_files: how many descriptors this process may open (RLIMIT_NOFILE); 0: ask the kernel.
  explicit Edge(Site& site, std::size_t open_files = 0);
  ~Edge() override;

  Task<Result<Outgoing<Nothing>>> CertificatesChanged(Incoming<CertificatesChangedRequest> call);

  void Rest() override;
  void Drain(std::function<void()> done) override;
  void Reload(const Config& config) override;
  void PeerWired(Role role, std::uint32_t instance, std::int32_t pid, Fd peer_stderr) override;

  // Applies the deadlines as if the loop's clock showed `now` (milliseconds, as uv_now). A timer calls this function. It
  // is public only for tests.
  void Sweep(std::uint64_t now);

 private:
  static constexpr std::size_t kPatiences = 5;

  // The life of a connection.
  void Welcome(IpAddress peer, std::uint64_t number, Fd socket);
  bool GiveWay(std::uint64_t number, bool also_busy);
  void MakeRoomForHandshake(const IpAddress& peer);

  // ConnectionOwner
  Loop& loop() override { return site_.loop(); }
  TurnShares& turns() override { return turns_; }
  Signatures& signatures() override { return signatures_; }
  Pairs& pairs() override { return pairs_; }
  std::span<char> scratch() override { return {scratch_.data(), scratch_.size()}; }
  std::int64_t HandshakeDeadline() const override;
  void Allow(Connection& connection, Patience patience) override;
  std::shared_ptr<Protocol> Begin(Connection& connection) override;
  void HandshakeFailed() override { ++failed_; }
  void Left(Connection& connection) override;

  void DrainConnections(bool also_fresh);

  // What comes from keys.
  void Refresh();
  static Task<void> AskKeys(Edge& self, std::weak_ptr<bool> alive);
  void TakeTicketKeys(const TicketKeysReply& reply, const Bytes& secret);
  void OpenForClients();

  Milliseconds TimeFor(Patience patience) const;
  void CountThings();

  Site& site_;
  const std::size_t open_files_;
  const std::size_t capacity_;
  const std::size_t unnamed_;  // how many connections may wait for the header of the PROXY protocol
  Config::Http limits_;
  TrustedProxies proxies_;
  TurnShares turns_;
  Bytes scratch_;
  Signatures signatures_;
  Pairs pairs_;
  Http2Plan http2_;
  TlsServer server_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Connection>> connections_;
  std::array<std::list<Connection*>, kPatiences> waiting_;  // by Patience, the one that is due first in front
  std::vector<std::unique_ptr<Connection>> left_;           // destroyed at the end of the loop's turn
  Places handshakes_;
  std::optional<Acceptor> acceptor_;  // from the moment on at which keys has told the certificates
  Timer sweep_, refresh_, last_call_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  bool asking_ = false, ask_again_ = false, draining_ = false, resting_ = false;
  std::function<void()> drained_;
  std::int64_t done_ = 0, resumed_ = 0, tls13_ = 0, failed_ = 0, cut_off_ = 0, turned_away_ = 0;
};

extern const RoleSpec kEdgeRole;

}  // namespace zoobar
