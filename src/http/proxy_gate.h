// Reads the header of the PROXY protocol from connections that a listener with `proxy_protocol` has accepted. So the
// client's address is known before the connection gets a place. No byte behind the header is read: the next reader of
// the socket, be it HTTP or TLS, finds them.
//
// Only trusted proxies may connect to such a listener. A connection from another address, or without a valid header in
// time, is closed and counted. A proxy sends the header as the first bytes, so the wait is short.
//
// Whose share: the connections that wait here are bounded in number, and shared among the proxies. If all places are
// taken, the proxy that holds most of them loses its oldest connection. A client cannot take these places: it gets one
// only by way of a proxy, which has sent the header before anything of the client's.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <unordered_map>

#include "http/address.h"
#include "ipc/bytes.h"
#include "ipc/fd.h"
#include "ipc/loop.h"

namespace zoobar {

class ProxyGate {
 public:
  // The client's address, as the header says, and the connection. If the header says no address, it is the proxy's.
  using Named = std::function<void(IpAddress client, Fd socket)>;

  static constexpr Milliseconds kPatience{5000};  // for the whole header, from the connection's begin

  // capacity: the most connections that wait for their header, at least 1.
  ProxyGate(Loop& loop, std::size_t capacity, Milliseconds patience = kPatience);
  ~ProxyGate();
  ProxyGate(const ProxyGate&) = delete;
  ProxyGate& operator=(const ProxyGate&) = delete;

  // Takes a connection from `peer` and calls `named` when its header is complete, perhaps at once. Closes the
  // connection if `peer` is not one of `trusted`, or if the header is invalid, late or cut off.
  void Enter(const IpAddress& peer, Fd socket, const TrustedProxies& trusted, Named named);
  // Closes the connections that wait.
  void Shut();

  std::size_t waiting() const { return waiting_.size(); }
  std::int64_t strangers() const { return strangers_; }  // connections from addresses that are not trusted
  std::int64_t refused() const { return refused_; }      // connections whose header was invalid, late or cut off

 private:
  struct Waiting {
    IpAddress proxy;
    Fd socket;
    std::uint64_t due;
    Bytes header;        // what has arrived of it
    std::size_t wanted;  // its size, as far as it is known
    Named named;
    std::unique_ptr<Watch> watch;
  };
  using Place = std::list<Waiting>::iterator;

  void Read(Place place);
  bool ReadMore(Waiting& waiting, bool* whole);
  void Finish(Place place);
  void Refuse(Place place);
  Waiting Take(Place place);
  void MakeRoom();
  void Sweep();

  Loop& loop_;
  const std::size_t capacity_;
  const Milliseconds patience_;
  std::list<Waiting> waiting_;                                      // the oldest first
  std::unordered_map<IpAddress, std::size_t, IpAddressHash> held_;  // how many of them each proxy has
  Timer sweep_;
  std::int64_t strangers_ = 0, refused_ = 0;
};

}  // namespace zoobar
