#include "http/turn_shares.h"

#include <algorithm>

namespace zoobar {
namespace {

constexpr std::size_t kEvents = 1024;  // the most events that libuv takes from the kernel at once

}  // namespace

void TurnShares::BeginRound(std::uint64_t turn) {
  turn_ = turn;
  ++round_;
  used_us_ = 0;
  put_off_ = 0;
  if (!present_.empty()) {
    const auto least = std::min_element(present_.begin(), present_.end(),
                                        [](const Share* a, const Share* b) { return a->time < b->time; });
    time_ = std::max(time_, (*least)->time);
    present_.clear();
  }
  if (shares_.size() >= forget_at_) Forget();
}

// Forgets the addresses that are not ahead of the loop. When such an address has its next event, it starts at the
// loop's virtual time, as it would also do if it were remembered.
void TurnShares::Forget() {
  std::erase_if(shares_, [this](const auto& entry) { return entry.second.time <= time_; });
  forget_at_ = std::max<std::size_t>(64, 2 * shares_.size());
}

TurnShares::Share& TurnShares::Present(const IpAddress& key) {
  // When the kernel has as many events as libuv takes at once, libuv asks the kernel again within the same turn. A new
  // round begins then.
  if (const std::uint64_t turn = loop_.turn(); turn != turn_ || put_off_ >= kEvents) BeginRound(turn);
  Share& share = shares_[key];
  share.time = std::max(share.time, time_);
  if (share.round != round_) {
    share.round = round_;
    present_.push_back(&share);
    if (!share.owed) share.pass = ++last_pass_;
    share.owed = false;
  }
  return share;
}

bool TurnShares::Admit(const IpAddress& key, Source& source) {
  Share& share = Present(key);
  const bool its_turn = share.time <= time_ + (used_us_ < kTurnUs ? kQuantumUs : 0);
  const bool handled_in_pass = source.pass == share.pass;
  if (its_turn && !handled_in_pass) {
    source.pass = share.pass;
    return true;
  }
  share.owed = share.owed || !handled_in_pass;
  ++put_off_;
  return false;
}

void TurnShares::Charge(const IpAddress& key, std::int64_t took_us) {
  Share& share = Present(key);  // may begin a new round, which sets used_us_ to 0
  used_us_ += took_us;
  share.time = std::min(share.time + std::min(took_us, kMostUs), time_ + kMostAheadUs);
}

}  // namespace zoobar
