// How fast members may act. Each member has a bucket of `burst` acts, which refills evenly at `per_hour`.
//
// It is kept in memory and used by one thread. A full bucket is not stored. When there are kMembers buckets, the
// fullest one is forgotten to make room. Its member gains the few acts that were missing in it; nobody is refused
// because others act.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

namespace zoobar {

class ActRate {
 public:
  static constexpr std::size_t kMembers = 65536;  // about 12 MB

  // Both are at least 1.
  struct Limits {
    std::uint32_t burst = 1;
    std::uint32_t per_hour = 1;
  };
  explicit ActRate(Limits limits) { Configure(limits, 0); }

  // Sets new limits. The number of acts that are missing in each bucket stays the same, up to the new burst.
  void Configure(Limits limits, std::int64_t now_ms);

  // Takes one act from the member's bucket. Returns false when the bucket is empty. now_ms: of any clock. If the clock
  // is set back, an empty bucket has an act again no later than after the time for one act.
  bool Take(const std::string& member, std::int64_t now_ms);
  // Puts an act back that was not carried out after all.
  void GiveBack(const std::string& member, std::int64_t now_ms);
  // How long until Take succeeds, at least 1.
  std::uint32_t RetryAfterSeconds(const std::string& member, std::int64_t now_ms) const;

  Limits limits() const { return limits_; }
  std::size_t members() const { return full_at_.size(); }

 private:
  std::int64_t FullAt(const std::string& member, std::int64_t now) const;
  void Put(const std::string& member, std::int64_t full_at, std::int64_t now);

  Limits limits_;
  // Microseconds.
  std::int64_t act_ = 1;     // in which one act is refilled
  std::int64_t bucket_ = 1;  // in which an empty bucket is refilled
  // When each bucket will be full; and the same in the order of these times, the fullest bucket first.
  std::unordered_map<std::string, std::int64_t> full_at_;
  std::set<std::pair<std::int64_t, std::string>> order_;
};

}  // namespace zoobar
