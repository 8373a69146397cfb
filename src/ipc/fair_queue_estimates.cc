#include "ipc/fair_queue_core.h"

namespace zoobar {

FairQueue::Core::Ahead FairQueue::Core::AheadOf(const Ask& ask, const Principal* principal) const {
  Ahead ahead;
  double start = Start(principal ? *principal : Principal());
  if (principal) {
    for (const auto& waiter : principal->waiting) start += Advance(waiter->ask);
  }
  const double mine = Tag(start, ask);
  for (const Principal* other : active) {
    double at = Start(*other);
    for (const auto& waiter : other->waiting) {
      if (other != principal && Tag(at, waiter->ask) > mine) break;
      at += Advance(waiter->ask);
      const double takes = waiter->ask.cost * mean_us;
      if (other == principal) ahead.own += takes;
      (waiter->ask.lane.empty() ? ahead.loose : ahead.by_lane[waiter->ask.lane]) += takes;
    }
  }
  return ahead;
}

// Computes `after`, the time at which the work ahead no longer fills all slots. A lane uses at most slots_per_lane
// slots, however much work waits in it. So until `after`, a lane can use at most slots_per_lane times `after`. Each
// round computes `after` again from the value of the round before, and comes closer to the result.
double FairQueue::Core::SlotFreeAfter(const Ahead& ahead) const {
  constexpr int kRounds = 12;  // after this many rounds the estimate is good enough
  const auto slots = static_cast<double>(std::max<std::size_t>(1, limits.slots));
  const double present = running < limits.slots ? 0 : running_cost * mean_us / 2 / slots;
  double total = ahead.loose;
  for (const auto& [lane, sum] : ahead.by_lane) total += sum;
  double after = total / slots;
  for (int round = 0; round < kRounds; ++round) {
    total = ahead.loose;
    for (const auto& [lane, sum] : ahead.by_lane) {
      total += std::min(sum, after * static_cast<double>(limits.slots_per_lane));
    }
    after = total / slots;
  }
  return present / slots + after;
}

double FairQueue::Core::LaneFreeAfter(const std::string& lane, const Ahead& ahead) const {
  if (lane.empty()) return 0;
  const auto waits = ahead.by_lane.find(lane);
  const auto runs = lanes.find(lane);
  double before = waits == ahead.by_lane.end() ? 0 : waits->second;
  if (runs != lanes.end() && runs->second.running >= limits.slots_per_lane) before += runs->second.cost * mean_us / 2;
  return before / static_cast<double>(std::max<std::size_t>(1, limits.slots_per_lane));
}

double FairQueue::Core::ExpectedUs(const Ask& ask) {
  const auto found = principals.find(ask.principal);
  Principal* const principal = found == principals.end() ? nullptr : &found->second;
  Principal stranger;
  if (MayBeginAtOnce(principal ? *principal : stranger, ask, MonotonicMicros())) return 0;
  const Ahead ahead = AheadOf(ask, principal);
  const double own = ahead.own / static_cast<double>(std::max<std::size_t>(1, limits.slots_per_principal));
  return std::max({own, SlotFreeAfter(ahead), LaneFreeAfter(ask.lane, ahead)});
}

}  // namespace zoobar
