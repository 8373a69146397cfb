// Accepts connections on the listening sockets, and decides which connections stay open: so many in all, and so many
// for each address.
//
// Each open connection holds a place. Places are shared by address (IPv6 by /64). If no place is left, the address that
// holds most gives one up to an address that holds fewer. An address at its cap gives up one of its own. The connection
// that ends is the oldest one that loses no response: it waits for its next request, or its request is not complete.
// If the larger holder has no such connection but at least two places more than the newcomer's address, it gives up a
// connection that app serves or that is being written to. A response that app has begun is still finished.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <vector>

#include "http/address.h"
#include "roles/dispatcher/places.h"
#include "site/role.h"

namespace zoobar {

class Acceptor {
 public:
  enum class Entry { kWelcome, kFull, kAddressFull };
  struct Events {
    // A connection was accepted. It holds a place under this number; the number is 0 if it must be turned away.
    std::function<void(IpAddress, std::uint64_t number, Fd, Entry)> on_entry;
    // Closes this connection if it waits for its client; with also_busy, in any state. Returns whether it was closed.
    // Left must be called for it, as for any connection that ends.
    std::function<bool(std::uint64_t number, bool also_busy)> give_way;
  };
  // How many places an address may hold. If the configuration does not say (0): a quarter of all, but at least enough
  // for a classroom.
  static constexpr std::size_t kRoomForAClass = 512;
  static std::size_t AddressShare(std::size_t configured, std::size_t capacity);

  // Takes every descriptor passed as "listener.N".
  Acceptor(Site& site, std::size_t capacity, std::size_t per_address, Events events);

  // A connection that holds a place has ended.
  void Left(const IpAddress& peer, std::uint64_t number);
  // Closes the listening sockets, so no more connections are accepted.
  void Shut();
  // exempt: trusted proxies. Many clients come from one such address, so it has no cap of its own.
  void SetLimits(std::size_t capacity, std::size_t per_address, TrustedProxies exempt);

  std::size_t count() const { return places_.size(); }
  std::size_t capacity() const { return capacity_; }
  std::size_t per_address() const { return AddressShare(per_address_, capacity_); }
  std::int64_t turned_away() const { return turned_away_; }
  std::int64_t accepted() const { return accepted_; }
  std::int64_t gave_way() const { return gave_way_; }

 private:
  struct Listener {
    Fd socket;
    std::optional<Watch> watch;
  };

  void Listen(Fd socket);
  void Accept(Listener& listener);
  void Enter(IpAddress peer, Fd socket);
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
  std::uint64_t last_number_ = 0;
  std::int64_t turned_away_ = 0, accepted_ = 0, gave_way_ = 0;
};

}  // namespace zoobar
