// Where connections come in: the listening sockets, and how many connections may be open in all and per address.
//
// Places are shared by address (IPv6 by /64). When none is left, the address that holds most gives one up to an address
// that holds fewer; at its cap, an address gives one up to itself. What gives way is the oldest connection that nothing
// is lost with: one that waits for its next request, or whose request is not whole yet. Only where the larger holder
// has none of these, and at least two more than the newcomer's address, it is one that app serves or that is being
// written to; an answer that app has begun is finished all the same.
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

class Door {
 public:
  enum class Entry { kWelcome, kFull, kAddressFull };
  struct Events {
    // A connection has come in. It holds a place under this number, unless it is turned away (0).
    std::function<void(IpAddress, std::uint64_t number, Fd, Entry)> on_entry;
    // Close this connection if it waits for its client; also_busy: whatever it does. Whether it was closed. Counted out
    // by Left as usual.
    std::function<bool(std::uint64_t number, bool also_busy)> give_way;
  };
  // What an address may hold where the configuration does not say (0): a quarter of all, and room for a classroom.
  static constexpr std::size_t kRoomForAClass = 512;
  static std::size_t AddressShare(std::size_t configured, std::size_t capacity);

  // Takes every descriptor passed as "listener.N".
  Door(Site& site, std::size_t capacity, std::size_t per_address, Events events);

  // A connection that holds a place has ended.
  void Left(const IpAddress& peer, std::uint64_t number);
  // Accepts no more; the listening sockets are closed.
  void Shut();
  // exempt: addresses many clients come from (trusted proxies).
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
  Fd spare_;  // given up to accept and refuse when no other descriptor is left
  Timer rest_;
  Places places_;
  std::uint64_t last_number_ = 0;
  std::int64_t turned_away_ = 0, accepted_ = 0, gave_way_ = 0;
};

}  // namespace zoobar
