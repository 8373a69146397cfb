// Whose the open connections are: how many each address holds (IPv6 by /64), and who holds most.
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
    IpAddress peer;                   // one of its addresses: the first
    std::set<std::uint64_t> numbers;  // of its connections, the oldest first
   private:
    friend class Places;
    std::list<Share*>::iterator in_level;
  };

  void Take(const IpAddress& peer, std::uint64_t number);
  void Free(const IpAddress& peer, std::uint64_t number);

  std::size_t size() const { return size_; }
  std::size_t HeldBy(const IpAddress& peer) const;
  const Share* Of(const IpAddress& peer) const;  // null: none
  // Shows the shares with more than `more_than` connections, the largest first, until `look` returns true or the
  // bound is reached. `look` may change this object when it then returns true. Whether it did.
  bool LargestFirst(std::size_t more_than, std::size_t at_most, const std::function<bool(const Share&)>& look) const;

 private:
  void Move(Share& share, std::size_t before);

  std::unordered_map<IpAddress, Share, IpAddressHash> shares_;
  std::vector<std::list<Share*>> levels_;  // by the number of connections; [0] holds those on their way in or out
  std::size_t most_ = 0;                   // no level above it has a share
  std::size_t size_ = 0;
};

}  // namespace zoobar
