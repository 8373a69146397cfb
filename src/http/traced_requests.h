// Chooses the requests that are traced: the first ones of each second. A site with few visitors so gets a trace of each
// request, and a busy one a sample.
//
// One address (IPv6: one /64) gets at most half of them, so that somebody who sends many requests does not take the traces
// of all others. Whoever gets none is served as quickly, and his lines are in the other logs as always.
#pragma once

#include <algorithm>
#include <cstdint>
#include <unordered_map>

#include "http/address.h"

namespace zoobar {

class TracedRequests {
 public:
  explicit TracedRequests(std::uint32_t per_second) : per_second_(per_second) {}

  // The new number applies at once. 0: none.
  void SetPerSecond(std::uint32_t requests) { per_second_ = requests; }

  // Returns whether a request of this address that begins now is traced. `key`: IpAddress::CapKey. `now_us`: the time
  // of MonotonicMicros.
  bool Take(const IpAddress& key, std::int64_t now_us) {
    if (per_second_ == 0) return false;
    if (now_us - began_us_ >= kSecond) {
      began_us_ = now_us;
      taken_ = 0;
      of_one_.clear();
    }
    if (taken_ >= per_second_) return false;
    std::uint32_t& had = of_one_[key];  // at most per_second_ addresses, because each new one takes a trace
    if (had >= std::max(1u, per_second_ / 2)) return false;
    ++had;
    ++taken_;
    return true;
  }

 private:
  static constexpr std::int64_t kSecond = 1'000'000;

  std::uint32_t per_second_, taken_ = 0;
  std::int64_t began_us_ = -kSecond;
  std::unordered_map<IpAddress, std::uint32_t, IpAddressHash> of_one_;
};

}  // namespace zoobar
