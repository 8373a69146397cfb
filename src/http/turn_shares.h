// Decides which events are handled in this turn of the loop and which wait for the next one. It shares the loop's time
// between addresses (IPv6: by /64). So one address with many connections, or with requests that take long to read, does
// not block the loop for all others.
//
// Each address has a virtual time, which grows by the time that its events took (start-time fair queueing, as in
// ipc/fair_queue.h). The loop has a virtual time too: that of the address that has used least, among those that had
// events in the turn before. An address may be ahead of the loop by one quantum. When the events of a turn have taken
// kTurnUs, only addresses that are not ahead at all are still handled in this turn. The events of the others are ready
// again in the next turn.
//
// Within one address, connections are handled in passes: each is handled once before one is handled again.
//
// To be used on the loop's thread only.
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
  static constexpr std::int64_t kMostAheadUs = 100000;  // the most that an address can be ahead

  // A source of events, which is a connection. Each connection keeps one of these, so that TurnShares can recognise it.
  struct Source {
    std::uint64_t pass = 0;  // the pass in which it was handled last
  };

  explicit TurnShares(Loop& loop) : loop_(loop) {}

  // Calls `work` for an event of this address and measures how long it takes. Returns false if it did not call `work`
  // because it is the turn of other addresses. The event must then appear again in the next turn; a watched descriptor
  // that is still ready does.
  template <typename Work>
  bool Handle(const IpAddress& address, Source& source, const Work& work) {
    const IpAddress key = address.CapKey();
    if (!Admit(key, source)) return false;
    const std::int64_t now = MonotonicMicros();
    work();
    Charge(key, MonotonicMicros() - now);
    return true;
  }

  // The two halves of Handle. Charge without Admit is for work that could not be put off.
  bool Admit(const IpAddress& key, Source& source);
  void Charge(const IpAddress& key, std::int64_t took_us);

  std::size_t remembered() const { return shares_.size(); }

 private:
  struct Share {
    std::int64_t time = 0;    // virtual, in microseconds
    std::uint64_t round = 0;  // the last round in which it had an event
    std::uint64_t pass = 0;   // every pass of every address has a number of its own
    bool owed = false;        // an event was put off that has not been handled in this pass
  };
  Share& Present(const IpAddress& key);
  void BeginRound(std::uint64_t turn);
  void Forget();

  Loop& loop_;
  std::uint64_t turn_ = 0;   // the loop's present turn
  std::uint64_t round_ = 0;  // counted here; a round is a turn of the loop or a part of one
  std::uint64_t last_pass_ = 0;
  std::size_t put_off_ = 0;   // events of this round
  std::int64_t time_ = 0;     // the loop's virtual time
  std::int64_t used_us_ = 0;  // real time that the events of this round took
  std::unordered_map<IpAddress, Share, IpAddressHash> shares_;
  std::vector<const Share*> present_;  // the addresses that had events in this round
  std::size_t forget_at_ = 64;
};

}  // namespace zoobar
