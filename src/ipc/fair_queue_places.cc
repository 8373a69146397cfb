#include "ipc/fair_queue_core.h"

namespace zoobar {

std::optional<FairQueue::Outcome> FairQueue::Core::AnswerAtOnce(const Ask& ask, Principal& principal) {
  if (closed) return Outcome::kClosed;
  const std::int64_t now = MonotonicMicros();
  if (MayBeginAtOnce(principal, ask, now)) return Outcome::kTurn;
  if (principal.waiting.size() >= limits.waiting_per_principal) return Outcome::kShareFull;
  const double ends = static_cast<double>(now) + ExpectedUs(ask) + (ask.begins ? 0 : ask.cost * mean_us);
  if (ask.deadline != 0 && (now >= ask.deadline || ends > static_cast<double>(ask.deadline))) return Outcome::kLate;
  if (!ask.lane.empty() && WaitingIn(ask.lane) >= limits.waiting_per_lane && !MakeRoom(principal, ask.lane))
    return Outcome::kFull;
  if (waiting >= limits.waiting && !MakeRoom(principal, {})) return Outcome::kFull;
  return std::nullopt;
}

std::shared_ptr<FairQueue::Waiter> FairQueue::Core::Enqueue(Ask ask, Principal& principal) {
  const auto waiter = std::make_shared<Waiter>();
  waiter->ask = std::move(ask);
  waiter->principal = &principal;
  waiter->id = ++last_id;
  principal.waiting.push_back(waiter);
  active.insert(&principal);
  ++waiting;
  if (waiter->ask.deadline != 0) {
    const bool first = deadlines.empty() || waiter->ask.deadline < deadlines.begin()->first;
    deadlines.insert({waiter->ask.deadline, waiter});
    if (first) SetTimer();
  }
  GrantSoon();
  return waiter;
}

void FairQueue::Core::Remove(const std::shared_ptr<Waiter>& waiter) {
  Principal& principal = *waiter->principal;
  principal.waiting.remove(waiter);
  if (principal.waiting.empty()) active.erase(&principal);
  if (waiter->ask.deadline != 0) deadlines.erase({waiter->ask.deadline, waiter});
  --waiting;
}

void FairQueue::Core::Refuse(std::shared_ptr<Waiter> waiter, Outcome outcome) {
  Principal& principal = *waiter->principal;
  Remove(waiter);
  Count(outcome);
  MayForget(principal, MonotonicMicros());
  waiter->answer.Set(outcome);
}

std::size_t FairQueue::Core::Holds(const Principal& principal, const std::string& lane) {
  if (lane.empty()) return principal.waiting.size();
  return static_cast<std::size_t>(
      std::ranges::count_if(principal.waiting, [&lane](const auto& waiter) { return waiter->ask.lane == lane; }));
}

std::size_t FairQueue::Core::WaitingIn(const std::string& lane) const {
  std::size_t sum = 0;
  for (const Principal* each : active) sum += Holds(*each, lane);
  return sum;
}

bool FairQueue::Core::MakeRoom(const Principal& asking, const std::string& lane) {
  Principal* most = nullptr;
  for (Principal* each : active) {
    if (!most || Holds(*each, lane) > Holds(*most, lane)) most = each;
  }
  if (!most || most == &asking || Holds(*most, lane) <= Holds(asking, lane) + 1) return false;
  const auto newest = std::find_if(most->waiting.rbegin(), most->waiting.rend(),
                                   [&lane](const auto& waiter) { return lane.empty() || waiter->ask.lane == lane; });
  const std::shared_ptr<Waiter> loser = *newest;
  Remove(loser);
  Count(Outcome::kFull);
  // Tells the loser only at the end of the loop's turn, because the loser may use the queue as soon as it is told.
  loop.AtEndOfTurn([loser] { loser->answer.Set(Outcome::kFull); });
  return true;
}

void FairQueue::Core::SetTimer() {
  if (!timer) return;
  if (deadlines.empty()) return timer->Stop();
  const std::int64_t left = std::max<std::int64_t>(0, deadlines.begin()->first - MonotonicMicros());
  timer->Start(Milliseconds(left / 1000 + 1), [this] { Expire(); });
}

void FairQueue::Core::Expire() {
  const auto alive = shared_from_this();
  const std::int64_t now = MonotonicMicros();
  while (!deadlines.empty() && deadlines.begin()->first <= now) Refuse(deadlines.begin()->second, Outcome::kLate);
  SetTimer();
}

}  // namespace zoobar
