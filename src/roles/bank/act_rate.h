// How fast members may act: each has a bucket of `burst` acts, which fills again evenly at `per_hour`.
//
// In memory, of one thread. A full bucket is not kept. When kMembers have acted lately, the one who owes least is
// forgotten, which gives that member back the little that was owed: nobody is refused because others act.
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

  // Both 1 at least.
  struct Limits {
    std::uint32_t burst = 1;
    std::uint32_t per_hour = 1;
  };
  explicit ActRate(Limits limits) { Configure(limits, 0); }

  // From now on. What is owed stays as many acts.
  void Configure(Limits limits, std::int64_t now_ms);

  // Takes one act out of the member's bucket; false: it is empty, and nothing was taken. now_ms: of any clock. Set
  // back, an empty bucket stays so no longer than until one act has filled again.
  bool Take(const std::string& member, std::int64_t now_ms);
  // For an act that was not carried out after all.
  void GiveBack(const std::string& member, std::int64_t now_ms);
  // After how long Take has something to take: 1 at least.
  std::uint32_t RetryAfterSeconds(const std::string& member, std::int64_t now_ms) const;

  Limits limits() const { return limits_; }
  std::size_t members() const { return full_at_.size(); }

 private:
  std::int64_t FullAt(const std::string& member, std::int64_t now) const;
  void Put(const std::string& member, std::int64_t full_at, std::int64_t now);

  Limits limits_;
  // In microseconds.
  std::int64_t act_ = 1;     // in which one act fills again
  std::int64_t bucket_ = 1;  // in which an empty bucket does
  // When each bucket will be full, and the same in the order of these moments, which is the order of what is owed.
  std::unordered_map<std::string, std::int64_t> full_at_;
  std::set<std::pair<std::int64_t, std::string>> order_;
};

}  // namespace zoobar
