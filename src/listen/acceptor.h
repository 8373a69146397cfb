// Accepts connections on the listening sockets, and decides which of them stay open. There is a limit for all
// connections, and a limit for each address. dispatcher has one for plain connections and for those that edge passes
// on; each instance of edge has one for TLS.
//
// Each open connection holds a place. Places are shared by address (an IPv6 /64 counts as one). If no place is left,
// the address that holds most places gives one of them to an address that holds fewer. An address that is at its own
// limit gives up one of its own places for its new connection. The connection that is ended is the oldest one that
// loses no response. This is a connection that waits for its next request, or whose request is not complete. If the
// address that holds most has no connection of this kind, but at least two places more than the newcomer's address, it
// gives up a connection that app serves or that is being written to. app still finishes a response that it has begun.
//
// On a listener with `proxy_protocol`, a connection gets a place when its header has named the client
// (http/proxy_gate.h). The place is the client's, not the proxy's.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <vector>

#include "config.pb.h"
#include "http/address.h"
#include "http/proxy_gate.h"
#include "listen/places.h"
#include "site/role.h"

namespace zoobar {

class Acceptor {
 public:
  enum class Entry { kWelcome, kFull, kAddressFull, kResting };
  // How a connection came here.
  struct Way {
    bool secure = false;           // another process has removed its TLS
    std::uint32_t https_port = 0;  // its listener redirects each request to https at this port; 0: it does not
  };
  struct Events {
    // A connection was accepted. It holds a place under `number`; `number` is 0 if the connection must be turned away.
    std::function<void(IpAddress, std::uint64_t number, Fd, Entry, Way)> on_entry;
    // Closes the connection with this number if it waits for its client. With also_busy, closes it in any state.
    // Returns whether the connection was closed. Left must be called for it, as for any connection that ends.
    std::function<bool(std::uint64_t number, bool also_busy)> give_way;
  };
  // Returns how many places an address may hold. If the configuration sets no number (0), the number is a quarter of
  // all places, but at least enough for a classroom.
  static constexpr std::size_t kRoomForAClass = 512;
  static std::size_t AddressShare(std::size_t configured, std::size_t capacity);

  // Returns how many connections may wait for the header of the PROXY protocol, each with a descriptor. 0: no listener
  // of this configuration expects the header. tls: whether this process has the listeners with TLS, or the others.
  static std::size_t Unnamed(const Config& config, bool tls, std::size_t open_files);

  // Takes every descriptor that was passed to this process under a name "listener.N". It has the settings of
  // config.listen(N). unnamed: the result of Unnamed.
  Acceptor(Site& site, std::size_t capacity, std::size_t per_address, std::size_t unnamed, Events events);

  // Treats `socket`, which another process has accepted from `peer`, like a connection of a listening socket.
  void Enter(IpAddress peer, Fd socket, Way way);
  // To be called when a connection that holds a place has ended.
  void Left(const IpAddress& peer, std::uint64_t number);
  // Closes the listening sockets, so no more connections are accepted.
  void Shut();
  // exempt: trusted proxies. Many clients come from the address of a proxy, so this address has no limit of its own.
  void SetLimits(std::size_t capacity, std::size_t per_address, TrustedProxies exempt);

  // From now on turns every new connection away, with kResting.
  void Rest() { resting_ = true; }
  bool resting() const { return resting_; }

  bool listening() const { return !listeners_.empty(); }
  std::size_t count() const { return places_.size(); }
  std::size_t capacity() const { return capacity_; }
  std::size_t per_address() const { return AddressShare(per_address_, capacity_); }
  std::int64_t turned_away() const { return turned_away_; }
  std::int64_t accepted() const { return accepted_; }
  std::int64_t gave_way() const { return gave_way_; }
  const ProxyGate& gate() const { return gate_; }

 private:
  struct Listener {
    bool expects_header = false;  // of the PROXY protocol
    Way way;
    Fd socket;
    std::optional<Watch> watch;
  };

  void Listen(const Config::Listen& settings, Fd socket);
  void Accept(Listener& listener);
  bool MakeRoom(const IpAddress& peer);
  bool GiveWay(const Places::Share& share, bool also_busy);
  void OutOfDescriptors(Listener& listener);

  Site& site_;
  std::size_t capacity_, per_address_;
  Events events_;
  TrustedProxies exempt_;
  std::list<Listener> listeners_;
  Fd spare_;  // closed to accept and refuse one connection when no other descriptor is left
  Timer rest_;
  Places places_;
  ProxyGate gate_;
  bool resting_ = false;
  std::uint64_t last_number_ = 0;
  std::int64_t turned_away_ = 0, accepted_ = 0, gave_way_ = 0;
};

}  // namespace zoobar
