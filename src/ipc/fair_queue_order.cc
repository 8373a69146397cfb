#include <cmath>
#include <cstddef>
#include <vector>

#include "ipc/fair_queue_core.h"

namespace zoobar {
namespace {

constexpr double kHalfLifeUs = 10e6;       // the time in which the amount that a principal has spent halves
constexpr double kForgottenUs = 1000;      // a principal that has spent less may be deleted
constexpr std::size_t kRemembered = 4096;  // how many principals that neither wait nor have a turn are kept

}  // namespace

FairQueue::Principal& FairQueue::Core::Named(const std::string& name) {
  Principal& principal = principals[name];
  if (principal.name.empty()) principal.name = name;
  return principal;
}

double FairQueue::Core::Spent(Principal& principal, std::int64_t now) const {
  const auto passed = static_cast<double>(now - principal.spent_at);
  principal.spent_us *= std::exp2(-std::max(0.0, passed) / kHalfLifeUs);
  principal.spent_at = now;
  return principal.spent_us;
}

bool FairQueue::Core::IsLight(Principal& principal, std::int64_t now) const {
  return Spent(principal, now) < static_cast<double>(std::chrono::microseconds(limits.light).count());
}

void FairQueue::Core::MayForget(Principal& principal, std::int64_t now) {
  if (!principal.waiting.empty() || principal.running > 0) return;
  const bool owes = principal.time > virtual_time - mean_us || Spent(principal, now) > kForgottenUs;
  if (!owes) principals.erase(std::string(principal.name));
  if (principals.size() > kRemembered + running + waiting) ForgetLeast(now);
}

void FairQueue::Core::ForgetLeast(std::int64_t now) {
  std::vector<std::pair<double, std::string>> idle;
  for (auto& [name, principal] : principals) {
    if (principal.waiting.empty() && principal.running == 0) idle.emplace_back(Spent(principal, now), name);
  }
  const auto middle = idle.begin() + static_cast<std::ptrdiff_t>(idle.size() / 2);
  std::nth_element(idle.begin(), middle, idle.end());
  for (auto each = idle.begin(); each != middle; ++each) principals.erase(each->second);
}

bool FairQueue::Core::LaneFree(const std::string& lane) const {
  if (lane.empty()) return true;
  const auto found = lanes.find(lane);
  return found == lanes.end() || found->second.running < limits.slots_per_lane;
}

bool FairQueue::Core::HasSlot(Principal& principal, std::int64_t now) const {
  if (running >= limits.slots || principal.running >= limits.slots_per_principal) return false;
  return running + limits.reserved < limits.slots || IsLight(principal, now);
}

bool FairQueue::Core::MayBegin(Principal& principal, const Ask& ask, std::int64_t now) const {
  return HasSlot(principal, now) && LaneFree(ask.lane) && (!ask.fits || ask.fits());
}

bool FairQueue::Core::MayBeginAtOnce(Principal& principal, const Ask& ask, std::int64_t now) {
  return MayBegin(principal, ask, now) && !Next(now);
}

std::shared_ptr<FairQueue::Waiter> FairQueue::Core::Next(std::int64_t now) {
  std::shared_ptr<Waiter> best;
  double least = 0;
  for (Principal* principal : active) {
    if (!HasSlot(*principal, now)) continue;
    const double start = Start(*principal);
    if (best && start > least) continue;
    for (const auto& waiter : principal->waiting) {
      const double tag = Tag(start, waiter->ask);
      const bool before = !best || tag < least || (tag == least && waiter->id < best->id);
      if (!before || !MayBegin(*principal, waiter->ask, now)) continue;
      best = waiter;
      least = tag;
      break;
    }
  }
  return best;
}

std::size_t FairQueue::Core::Before(std::uint64_t waiter) const {
  for (const Principal* principal : active) {
    const auto own = std::ranges::find(principal->waiting, waiter, &Waiter::id);
    if (own == principal->waiting.end()) continue;
    const auto ahead = static_cast<std::size_t>(std::distance(principal->waiting.begin(), own));
    std::size_t before = ahead;
    for (const Principal* other : active) {
      if (other != principal) before += std::min(other->waiting.size(), ahead + 1);
    }
    return before;
  }
  return 0;
}

}  // namespace zoobar
