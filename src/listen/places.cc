#include "listen/places.h"

#include <algorithm>

namespace zoobar {

void Places::Take(const IpAddress& peer, std::uint64_t number) {
  const auto [found, fresh] = shares_.try_emplace(peer.CapKey());
  Share& share = found->second;
  if (levels_.empty()) levels_.resize(1);
  if (fresh) {
    share.peer = peer;
    share.in_level = levels_[0].insert(levels_[0].end(), &share);
  }
  const std::size_t before = share.numbers.size();
  share.numbers.insert(number);
  Move(share, before);
  ++size_;
}

void Places::Free(const IpAddress& peer, std::uint64_t number) {
  const auto found = shares_.find(peer.CapKey());
  if (found == shares_.end() || found->second.numbers.erase(number) == 0) return;
  Share& share = found->second;
  Move(share, share.numbers.size() + 1);
  --size_;
  if (!share.numbers.empty()) return;
  levels_[0].erase(share.in_level);
  shares_.erase(found);
}

// Moves the share from the level of its earlier size, `before`, to the level of its present size.
void Places::Move(Share& share, std::size_t before) {
  const std::size_t now = share.numbers.size();
  if (levels_.size() <= now) levels_.resize(now + 1);
  levels_[now].splice(levels_[now].end(), levels_[before], share.in_level);
  most_ = std::max(most_, now);
  while (most_ > 0 && levels_[most_].empty()) --most_;
}

const Places::Share* Places::Of(const IpAddress& peer) const {
  const auto found = shares_.find(peer.CapKey());
  return found == shares_.end() ? nullptr : &found->second;
}

std::size_t Places::HeldBy(const IpAddress& peer) const {
  const Share* share = Of(peer);
  return share ? share->numbers.size() : 0;
}

bool Places::LargestFirst(std::size_t more_than, std::size_t at_most,
                          const std::function<bool(const Share&)>& look) const {
  for (std::size_t level = most_; level > more_than; --level) {
    for (const Share* share : levels_[level]) {
      if (at_most-- == 0) return false;
      if (look(*share)) return true;
    }
  }
  return false;
}

}  // namespace zoobar
