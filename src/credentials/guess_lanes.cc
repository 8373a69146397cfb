#include "credentials/guess_lanes.h"

#include <algorithm>
#include <utility>

namespace zoobar {
namespace {

constexpr FairQueue::Limits kLimits{.slots = 1,
                                    .slots_per_principal = 1,
                                    .waiting = GuessLanes::kPlaces,
                                    .waiting_per_principal = GuessLanes::kPlacesPerAddress};

}  // namespace

struct GuessLanes::Lane {
  explicit Lane(Loop& loop) : queue(loop, kLimits), end(loop) {}

  bool used() const {
    const FairQueue::Figures figures = queue.figures();
    return figures.running > 0 || figures.waiting > 0;
  }

  FairQueue queue;
  FairQueue::Turn turn;     // the turn that is used now
  Timer end;                // ends `turn`
  std::size_t guessed = 0;  // waiting attempts from addresses that lately failed here
  bool fresh = true;        // the lane was used after the last call of Forget
};

std::shared_ptr<GuessLanes::Lane> GuessLanes::LaneOf(std::uint64_t account) {
  if (const auto found = lanes_.find(account); found != lanes_.end()) return found->second;
  if (lanes_.size() >= kRemembered) {
    std::erase_if(lanes_, [](const auto& lane) { return !lane.second->used(); });
  }
  return lanes_.emplace(account, std::make_shared<Lane>(loop_)).first->second;
}

Task<GuessLanes::Passed> GuessLanes::Pass(std::uint64_t account, FairQueue::Ask ask, Milliseconds pace, bool guessed,
                                          WaitingAt* at) {
  if (closed_) co_return Passed{FairQueue::Outcome::kClosed, 1};
  const std::shared_ptr<Lane> lane = LaneOf(account);
  lane->fresh = true;
  const std::int64_t latest = MonotonicMicros() + std::chrono::microseconds(kLongestWait).count();
  ask.deadline = ask.deadline == 0 ? latest : std::min(ask.deadline, latest);
  ask.begins = true;
  if (guessed && lane->guessed >= kGuessed) {
    ++refused_;
    const Milliseconds wait = std::max(lane->queue.ExpectedWait(ask), pace);
    co_return Passed{FairQueue::Outcome::kFull, std::max<std::int64_t>(1, (wait.count() + 999) / 1000)};
  }
  if (at) at->queue = &lane->queue;
  auto granted = lane->queue.Wait(std::move(ask), at ? &at->place : nullptr);
  if (guessed) ++lane->guessed;
  FairQueue::Turn turn = co_await granted;
  if (guessed) --lane->guessed;
  if (at) *at = {};
  if (!turn.granted()) {
    ++refused_;
    co_return Passed{turn.outcome(), turn.retry_after_s()};
  }
  lane->turn = std::move(turn);
  // The timer may use a plain pointer to its lane. If the lane is removed meanwhile, its timer is removed too.
  Lane* const present = lane.get();
  lane->end.Start(pace, [present] { present->turn.End(); });
  co_return Passed{};
}

void GuessLanes::Close() {
  closed_ = true;
  for (auto& [account, lane] : lanes_) lane->queue.Close();
}

void GuessLanes::Forget() {
  std::erase_if(lanes_, [](const auto& each) {
    Lane& lane = *each.second;
    return !std::exchange(lane.fresh, false) && !lane.used();
  });
}

GuessLanes::Sizes GuessLanes::sizes() const {
  Sizes sizes{lanes_.size(), 0, refused_};
  for (const auto& [account, lane] : lanes_) sizes.waiting += lane->queue.figures().waiting;
  return sizes;
}

}  // namespace zoobar
