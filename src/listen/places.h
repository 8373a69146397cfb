// Records which address holds which open connections, and which address holds most. An IPv6 /64 counts as one address.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <set>
#include <unordered_map>
#include <vector>

#include "http/address.h"

namespace zoobar {

class Places {
 public:
  struct Share {
    IpAddress peer;                   // the first address of this /64 that came
    std::set<std::uint64_t> numbers;  // the numbers of its connections, the oldest first
   private:
    friend class Places;
    std::list<Share*>::iterator in_level;
  };

  void Take(const IpAddress& peer, std::uint64_t number);
  void Free(const IpAddress& peer, std::uint64_t number);

  std::size_t size() const { return size_; }
  std::size_t HeldBy(const IpAddress& peer) const;
  const Share* Of(const IpAddress& peer) const;  // null: the address holds no connection
  // Calls `look` with each share of more than `more_than` connections, the largest first, until `look` returns true or
  // was called `at_most` times. Returns whether `look` returned true. `look` may change this object only if it then
  // returns true.
  bool LargestFirst(std::size_t more_than, std::size_t at_most, const std::function<bool(const Share&)>& look) const;

 private:
  void Move(Share& share, std::size_t before);

  std::unordered_map<IpAddress, Share, IpAddressHash> shares_;
  std::vector<std::list<Share*>> levels_;  // [n]: the shares of n connections; [0]: shares being added or removed
  std::size_t most_ = 0;                   // the highest level that has a share
  std::size_t size_ = 0;
};

}  // namespace zoobar
