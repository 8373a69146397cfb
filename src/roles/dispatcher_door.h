// Where connections come in: the listening sockets, and how many connections may be open in all and per address.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <unordered_map>
#include <vector>

#include "http/address.h"
#include "roles/role.h"

namespace zoobar {

// What the descriptors this process may open are spent on.
struct DescriptorPlan {
  std::size_t connections = 0;  // of clients, each one descriptor
  std::size_t files = 0;        // of the web root, kept open
  std::size_t in_flight = 0;    // duplicates on their way to app

  // wanted: the configured number of connections. open_files: RLIMIT_NOFILE. Every part is at least 1.
  static DescriptorPlan For(std::size_t wanted, std::size_t open_files);
};

class Door {
 public:
  enum class Entry { kWelcome, kFull, kAddressFull };
  struct Events {
    // A connection has come in; counted unless it is turned away.
    std::function<void(IpAddress, Fd, Entry)> on_entry;
    // One more would be too many: close one that can be spared, if there is one. Counted out by Left as usual.
    std::function<bool()> make_room;
  };

  // Takes every descriptor passed as "listener.N".
  Door(Site& site, std::size_t capacity, std::size_t per_address, Events events);

  // A counted connection has ended.
  void Left(const IpAddress& peer);
  // Accepts no more; the listening sockets are closed.
  void Shut();
  // exempt: addresses many clients come from (trusted proxies).
  void SetLimits(std::size_t capacity, std::size_t per_address, TrustedProxies exempt);

  std::size_t count() const { return count_; }
  std::size_t capacity() const { return capacity_; }
  std::int64_t turned_away() const { return turned_away_; }
  std::int64_t accepted() const { return accepted_; }

 private:
  struct Listener {
    Fd socket;
    std::optional<Watch> watch;
  };

  void Listen(Fd socket);
  void Accept(Listener& listener);
  void Enter(IpAddress peer, Fd socket);
  void OutOfDescriptors(Listener& listener);

  Site& site_;
  std::size_t capacity_, per_address_;
  Events events_;
  TrustedProxies exempt_;
  std::list<Listener> listeners_;
  Fd spare_;  // given up to accept and refuse when no other descriptor is left
  Timer rest_;
  std::unordered_map<IpAddress, std::uint32_t, IpAddressHash> by_address_;
  std::size_t count_ = 0;
  std::int64_t turned_away_ = 0, accepted_ = 0;
};

}  // namespace zoobar
