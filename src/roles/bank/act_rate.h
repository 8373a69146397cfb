// Limits how fast members may act. Each member has a bucket of `burst` acts, which refills evenly with `per_hour` acts
// an hour.
//
// The buckets are kept in memory and used by one thread. A full bucket is not stored. If kMembers buckets are stored
// and another one is needed, the fullest bucket is removed. The member of the removed bucket gains the few acts that
// were missing in it. So no member is refused because other members act.
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

  // A number below 1 counts as 1.
  struct Limits {
    std::uint32_t burst = 1;
    std::uint32_t per_hour = 1;
  };
  explicit ActRate(Limits limits) { Configure(limits, 0); }

  // Sets new limits. The number of acts that are missing in each bucket stays the same, but is at most the new burst.
  void Configure(Limits limits, std::int64_t now_ms);

  // Takes one act out of the member's bucket. Returns false if the bucket is empty. `now_ms` may come from any clock.
  // If the clock is set back, an empty bucket gets its next act at the latest after the time in which one act is
  // refilled.
  bool Take(const std::string& member, std::int64_t now_ms);
  // Puts back an act that Take took, if the act was not carried out.
  void GiveBack(const std::string& member, std::int64_t now_ms);
  // Returns the number of seconds until Take can succeed, at least 1.
  std::uint32_t RetryAfterSeconds(const std::string& member, std::int64_t now_ms) const;

  Limits limits() const { return limits_; }
  std::size_t members() const { return full_at_.size(); }

 private:
  std::int64_t FullAt(const std::string& member, std::int64_t now) const;
  void Put(const std::string& member, std::int64_t full_at, std::int64_t now);

  Limits limits_;
  // Durations in microseconds.
  std::int64_t act_ = 1;     // the time in which one act is refilled
  std::int64_t bucket_ = 1;  // the time in which an empty bucket becomes full
  // The time when each bucket will be full, in microseconds. full_at_ finds it by member. order_ has the same pairs in
  // the order of the times, so the fullest bucket is first.
  std::unordered_map<std::string, std::int64_t> full_at_;
  std::set<std::pair<std::int64_t, std::string>> order_;
};

}  // namespace zoobar
