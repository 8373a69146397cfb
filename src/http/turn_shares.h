// Decides which events are handled in this turn of the loop and which wait for the next turn. The loop's time is shared
// between client addresses (IPv6: between /64 networks). So one address with many connections, or with requests that
// take long to read, does not block the loop for all others.
//
// Each address has a virtual time, which grows by the time that its events took (start-time fair queueing, as in
// ipc/fair_queue.h). The loop has a virtual time too. It is the least virtual time of all addresses that had events in
// the turn before. An address may be ahead of the loop by one quantum (kQuantumUs). When the events of a turn have
// taken kTurnUs, only addresses that are not ahead of the loop at all are still handled in this turn. The events of the
// other addresses are ready again in the next turn.
//
// The connections of one address are handled in passes. In a pass, each connection with an event is handled once before
// any connection is handled again.
//
// Use this class only on the loop's thread.
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
  // An event that took longer than this probably waited for the processor, so the address is charged only this much.
  static constexpr std::int64_t kMostUs = 10000;
  static constexpr std::int64_t kMostAheadUs = 100000;  // the most that an address can be ahead of the loop

  // A source of events, which is a connection. Each connection keeps one of these, so that TurnShares can recognise it.
  struct Source {
    std::uint64_t pass = 0;  // the pass in which the connection was handled last
  };

  explicit TurnShares(Loop& loop) : loop_(loop) {}

  // Calls `work` for an event of this address and measures how long `work` takes. Returns false without calling `work`
  // if other addresses come first. The event must then appear again in the next turn, as it does for a watched
  // descriptor that is still ready.
  template <typename Work>
  bool Handle(const IpAddress& address, Source& source, const Work& work) {
    const IpAddress key = address.CapKey();
    if (!Admit(key, source)) return false;
    const std::int64_t now = MonotonicMicros();
    work();
    Charge(key, MonotonicMicros() - now);
    return true;
  }

  // The two halves of Handle: Admit decides whether an event is handled, Charge adds the time that its work took.
  // Charge is called without Admit for work that cannot wait.
  bool Admit(const IpAddress& key, Source& source);
  void Charge(const IpAddress& key, std::int64_t took_us);

  std::size_t remembered() const { return shares_.size(); }

 private:
  struct Share {
    std::int64_t time = 0;    // the address's virtual time, in microseconds
    std::uint64_t round = 0;  // the last round in which the address had an event
    std::uint64_t pass = 0;   // number of the present pass; no two passes have the same number
    bool owed = false;        // a connection waits that was not handled in this pass, so the pass goes on
  };
  Share& Present(const IpAddress& key);
  void BeginRound(std::uint64_t turn);
  void Forget();

  Loop& loop_;
  std::uint64_t turn_ = 0;   // the loop's present turn
  std::uint64_t round_ = 0;  // number of the present round: a turn of the loop or a part of one
  std::uint64_t last_pass_ = 0;
  std::size_t put_off_ = 0;   // how many events of this round were put off
  std::int64_t time_ = 0;     // the loop's virtual time
  std::int64_t used_us_ = 0;  // real time that the events of this round took
  std::unordered_map<IpAddress, Share, IpAddressHash> shares_;
  std::vector<const Share*> present_;  // the addresses that had events in this round
  std::size_t forget_at_ = 64;
};

}  // namespace zoobar
