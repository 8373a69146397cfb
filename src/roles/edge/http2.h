// HTTP/2 inside TLS: passes the bytes of one client to an Http2Connection (http2/connection.h) and back, and makes the
// socket pairs for its streams (pairs.h). The dispatcher sees connections of HTTP/1.1.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "http2/connection.h"
#include "ipc/bytes.h"
#include "ipc/task.h"
#include "listen/places.h"
#include "roles/edge/protocol.h"
#include "site/role.h"

namespace zoobar {

// What all HTTP/2 connections of this process share.
//
// Each connection may always have one socket pair; Edge's plan of descriptors has it, as for a connection of HTTP/1.1.
// Further pairs, up to Http2Limits::backends, come out of `extra`. An address may have a quarter of them (an IPv6 /64
// counts as one). If they are all taken, or the address has its share, the streams of a connection wait for each other.
struct Http2Plan {
  Http2Plan(Site& role_site, TurnShares& turns, std::size_t extra_pairs);

  Site& site;
  Http2Shared shared;
  const std::size_t most_extra, most_extra_of_one;
  Places extra;
  std::uint64_t last_extra = 0;
};

class Http2 : public Protocol, public std::enable_shared_from_this<Http2> {
 public:
  static constexpr std::string_view kName = "h2";  // in ALPN (RFC 9113, 3.2)

  Http2(ProtocolHost& host, Http2Plan& plan);
  ~Http2() override;

  void Begin() override;
  void Proceed(int events) override;
  void Drain() override { connection_.Drain(); }
  bool quiet() const override { return connection_.streams() == 0; }

 private:
  Http2Connection::Hooks Hooks();
  bool Connect(std::size_t held);
  static Task<void> OpenPair(std::weak_ptr<Http2> alive, Pairs& pairs, IpAddress address);
  void Disconnected();
  void Run();
  bool Read();
  bool Write();
  void Settle();

  ProtocolHost& host_;
  Http2Plan& plan_;
  std::vector<std::uint64_t> extra_;  // the numbers of this connection's places in the plan's `extra`
  bool blocked_ = false;              // the client's socket takes no more
  bool read_wants_write_ = false;     // TLS itself has to write before more can be read
  bool write_wants_read_ = false;     // TLS itself has to read before more can be written
  bool unread_ = false;               // bytes may be here although the socket is not readable
  Http2Connection connection_;        // last: its destructor calls Disconnected
};

}  // namespace zoobar
