#include "roles/profile_queue.h"

#include <algorithm>
#include <utility>

namespace zoobar {

RunQueue::RunQueue(Loop& loop, Limits limits, std::function<std::int64_t()> clock)
    : loop_(loop), limits_(limits), clock_(std::move(clock)) {}

void RunQueue::SetLimits(Limits limits) {
  limits_ = limits;
  Admit();
}

RunQueue::Spent& RunQueue::SpentBy(const std::string& owner) {
  const std::int64_t now = clock_();
  Spent& spent = spent_[owner];
  spent.seconds = std::max(0.0, spent.seconds - static_cast<double>(now - spent.at_us) / 1e6 * kForgottenEachSecond);
  spent.at_us = now;
  return spent;
}

bool RunQueue::OverBudget(const std::string& owner) {
  return spent_.contains(owner) && SpentBy(owner).seconds > kBudget;
}

bool RunQueue::MayRun(const Place& place) {
  if (running_.contains(place.owner)) return false;
  if (!place.slowed && !OverBudget(place.owner)) return true;
  return std::none_of(running_.begin(), running_.end(), [](const auto& run) { return run.second.last_slot; });
}

Task<bool> RunQueue::Enter(std::string owner, std::string visitor, bool slowed, Milliseconds patience) {
  const auto of_visitor =
      std::count_if(waiting_.begin(), waiting_.end(), [&](const auto& place) { return place->visitor == visitor; });
  if (waiting_.size() >= limits_.waiting || static_cast<std::size_t>(of_visitor) >= kMaxWaitingOfVisitor)
    co_return false;
  const auto place = std::make_shared<Place>();
  place->owner = std::move(owner);
  place->visitor = std::move(visitor);
  place->slowed = slowed;
  waiting_.push_back(place);
  Timer limit(loop_);
  limit.Start(patience, [this, place] {
    waiting_.remove(place);
    if (!place->turn.set()) place->turn.Set(false);
  });
  Admit();
  Promised<bool>& turn = place->turn;
  co_return co_await turn;
}

void RunQueue::Leave(const std::string& owner, const std::string& visitor, std::uint64_t cpu_us) {
  SpentBy(owner).seconds += static_cast<double>(cpu_us) / 1e6;
  std::erase_if(spent_, [this, &owner](auto& each) { return each.first != owner && SpentBy(each.first).seconds <= 0; });
  running_.erase(owner);
  if (--visitors_[visitor] == 0) visitors_.erase(visitor);
  Admit();
}

// Whoever has the fewest runs going comes first; then whoever came first.
void RunQueue::Admit() {
  while (running_.size() < limits_.slots) {
    auto best = waiting_.end();
    const auto going = [this](const auto& place) {
      const auto found = visitors_.find(place->visitor);
      return found == visitors_.end() ? std::size_t{0} : found->second;
    };
    for (auto at = waiting_.begin(); at != waiting_.end(); ++at) {
      if (MayRun(**at) && (best == waiting_.end() || going(*at) < going(*best))) best = at;
    }
    if (best == waiting_.end()) return;
    const std::shared_ptr<Place> place = *best;
    waiting_.erase(best);
    running_[place->owner].last_slot = place->slowed || OverBudget(place->owner);
    ++visitors_[place->visitor];
    place->turn.Set(true);
  }
}

}  // namespace zoobar
