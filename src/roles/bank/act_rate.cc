#include "roles/bank/act_rate.h"

#include <algorithm>

namespace zoobar {
namespace {

constexpr std::int64_t kHourMicros = 3'600'000'000;
constexpr std::int64_t kSecondMicros = 1'000'000;

}  // namespace

void ActRate::Configure(Limits limits, std::int64_t now_ms) {
  limits_ = {std::max(limits.burst, 1u), std::max(limits.per_hour, 1u)};
  const std::int64_t now = now_ms * 1000, act_before = act_;
  act_ = (kHourMicros + limits_.per_hour - 1) / limits_.per_hour;
  bucket_ = act_ * limits_.burst;
  order_.clear();
  for (auto& [member, full_at] : full_at_) {
    const double owed = static_cast<double>(full_at - now) / static_cast<double>(act_before);
    full_at = now + static_cast<std::int64_t>(std::min(owed, double{1} * limits_.burst) * static_cast<double>(act_));
    order_.emplace(full_at, member);
  }
}

// Returns the time when the member's bucket will be full. It is at most `bucket_` after `now`, even if the clock was
// set back.
std::int64_t ActRate::FullAt(const std::string& member, std::int64_t now) const {
  const auto found = full_at_.find(member);
  return found == full_at_.end() ? now : std::clamp(found->second, now, now + bucket_);
}

bool ActRate::Take(const std::string& member, std::int64_t now_ms) {
  const std::int64_t now = now_ms * 1000, full_at = FullAt(member, now) + act_;
  if (full_at > now + bucket_) return false;
  Put(member, full_at, now);
  return true;
}

void ActRate::GiveBack(const std::string& member, std::int64_t now_ms) {
  const std::int64_t now = now_ms * 1000;
  if (full_at_.contains(member)) Put(member, FullAt(member, now) - act_, now);
}

std::uint32_t ActRate::RetryAfterSeconds(const std::string& member, std::int64_t now_ms) const {
  const std::int64_t now = now_ms * 1000, wait = FullAt(member, now) + act_ - bucket_ - now;
  return static_cast<std::uint32_t>(std::max((wait + kSecondMicros - 1) / kSecondMicros, std::int64_t{1}));
}

void ActRate::Put(const std::string& member, std::int64_t full_at, std::int64_t now) {
  if (const auto before = full_at_.find(member); before != full_at_.end()) {
    order_.erase({before->second, member});
    full_at_.erase(before);
  }
  const auto forget_least = [this] {
    full_at_.erase(order_.begin()->second);
    order_.erase(order_.begin());
  };
  while (!order_.empty() && order_.begin()->first <= now) forget_least();
  if (full_at <= now) return;
  if (full_at_.size() >= kMembers) forget_least();
  full_at_.emplace(member, full_at);
  order_.emplace(full_at, member);
}

}  // namespace zoobar
