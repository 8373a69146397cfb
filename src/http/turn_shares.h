// Whose events are handled in this turn of the loop, and whose in the next one. Shares the loop's time by address (IPv6
// by /64), so that one address with many connections, or with requests that cost much to read, does not keep the loop
// from the others.
//
// Each address has a virtual time that grows by the time its events took (start-time fair queueing, as in
// ipc/fair_queue.h). The loop's own virtual time is that of the address that has used least, of those that had events
// in the turn before. An address may be ahead of it by a quantum. Once events have taken a turn's time, only those are
// handled that are not ahead at all: the others are ready again in the next turn.
//
// Within an address, connections have their events handled in passes: each once, before one is handled again.
//
// For one loop's thread.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "http/address.h"
#include "ipc/loop.h"

namespace zoobar {

class TurnShares {
 public:
  static constexpr std::int64_t kQuantumUs = 250, kTurnUs = 500;
  // An event that took longer is taken to have waited for the processor meanwhile, and is charged this much.
  static constexpr std::int64_t kMostUs = 10000;
  static constexpr std::int64_t kMostAheadUs = 100000;  // no address gets further ahead

  // What has events: a connection. It keeps one of these, for TurnShares to know it by.
  struct Source {
    std::uint64_t pass = 0;  // in which it was handled last
  };

  explicit TurnShares(Loop& loop) : loop_(loop) {}

  // Runs `handle` for an event of this address and measures how long it takes. False: it was not run, it is another's
  // turn. The event then has to be there again in the next turn, as a descriptor that is watched and still ready is.
  template <typename Handle>
  bool Run(const IpAddress& address, Source& source, const Handle& handle) {
    const IpAddress key = address.CapKey();
    if (!Admit(key, source)) return false;
    const std::int64_t now = MonotonicMicros();
    handle();
    Charge(key, MonotonicMicros() - now);
    return true;
  }

  // The halves of Run. Charge alone: for work that could not be put off.
  bool Admit(const IpAddress& key, Source& source);
  void Charge(const IpAddress& key, std::int64_t took_us);

  std::size_t remembered() const { return shares_.size(); }

 private:
  struct Share {
    std::int64_t time = 0;    // virtual, microseconds
    std::uint64_t round = 0;  // the last in which it had an event
    std::uint64_t pass = 0;   // no two passes of any address have one number
    bool owed = false;        // an event was put off that was not handled in this pass
  };
  Share& Present(const IpAddress& key);
  void BeginRound(std::uint64_t turn);
  void Forget();

  Loop& loop_;
  std::uint64_t turn_ = 0, round_ = 0;  // the loop's; our own, a turn of the loop or a part of one
  std::uint64_t last_pass_ = 0;
  std::size_t put_off_ = 0;              // events of this round
  std::int64_t time_ = 0, used_us_ = 0;  // virtual; of this round, real
  std::unordered_map<IpAddress, Share, IpAddressHash> shares_;
  std::vector<const Share*> present_;  // that had events in this round
  std::size_t forget_at_ = 64;
};

}  // namespace zoobar
