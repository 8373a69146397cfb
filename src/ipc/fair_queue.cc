#include "ipc/fair_queue.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "ipc/fair_queue_core.h"

namespace zoobar {
namespace {

constexpr double kNewest = 1.0 / 16;  // the weight of a new measurement in a moving mean

}  // namespace

// ---- the core's turns

void FairQueue::Core::Begin(Principal& principal, const Ask& ask) {
  ++running;
  if (++principal.running == 1) ++holders;
  running_cost += ask.cost;
  if (!ask.lane.empty()) {
    ++lanes[ask.lane].running;
    lanes[ask.lane].cost += ask.cost;
  }
  principal.time = Start(principal);
  virtual_time = std::max(virtual_time, principal.time);
  principal.time += Advance(ask);  // an estimate; End corrects it when the turn ends
  Count(Outcome::kTurn);
}

void FairQueue::Core::End(const Turn::Held& held, std::int64_t charged_us) {
  const std::int64_t now = MonotonicMicros();
  const auto took = static_cast<double>(std::max<std::int64_t>(0, charged_us));
  Principal& principal = *held.principal;
  principal.time += took / held.weight - held.advanced_us;
  // Moves the virtual time of the queue forward, because it passes for all principals that want turns. Otherwise, if
  // new principals came without end, all of them would be served before any principal that has already had a turn.
  virtual_time += took / held.weight / static_cast<double>(active.size() + holders);
  Spent(principal, now);
  principal.spent_us += took;
  if (--principal.running == 0) --holders;
  --running;
  running_cost -= held.cost;
  if (!held.lane.empty()) {
    Lane& lane = lanes[held.lane];
    lane.cost -= held.cost;
    if (--lane.running == 0) lanes.erase(held.lane);
  }
  if (charged_us >= 0 && held.cost > 0) {
    const auto lasted = static_cast<double>(now - held.since);
    const bool first = took_us == 0;
    took_us = first ? lasted : took_us + (lasted - took_us) * kNewest;
    took_cost = first ? held.cost : took_cost + (held.cost - took_cost) * kNewest;
    mean_us = took_us / took_cost;
  }
  // When nobody waits and no turn runs, the time that this principal has used no longer counts against it.
  if (running == 0 && waiting == 0) virtual_time = std::max(virtual_time, principal.time);
  MayForget(principal, now);
  GrantSoon();
}

void FairQueue::Core::Count(Outcome outcome) {
  switch (outcome) {
    case Outcome::kTurn:
      ++counted.granted;
      break;
    case Outcome::kShareFull:
      ++counted.share_full;
      break;
    case Outcome::kFull:
      ++counted.full;
      break;
    case Outcome::kLate:
      ++counted.late;
      break;
    case Outcome::kGone:
      ++counted.gone;
      break;
    case Outcome::kClosed:
      break;
  }
}

void FairQueue::Core::GrantSoon() {
  if (grant_due || waiting == 0) return;
  grant_due = true;
  loop.AtEndOfTurn([weak = weak_from_this()] {
    if (const auto core = weak.lock()) core->Grant();
  });
}

void FairQueue::Core::Grant() {
  grant_due = false;
  while (waiting > 0) {
    const std::int64_t now = MonotonicMicros();
    const std::shared_ptr<Waiter> next = Next(now);
    if (!next) break;
    if (next->ask.gone && next->ask.gone()) {
      Refuse(next, Outcome::kGone);
      continue;
    }
    if (next->ask.deadline != 0 && now >= next->ask.deadline) {
      Refuse(next, Outcome::kLate);
      continue;
    }
    Remove(next);
    Begin(*next->principal, next->ask);
    next->answer.Set(Outcome::kTurn);
  }
  SetTimer();
}

// ---- Turn

FairQueue::Turn& FairQueue::Turn::operator=(Turn&& other) noexcept {
  if (this == &other) return *this;
  End();
  outcome_ = other.outcome_;
  retry_after_s_ = other.retry_after_s_;
  held_ = std::move(other.held_);
  return *this;
}

void FairQueue::Turn::End() {
  if (held_) Finish(MonotonicMicros() - held_->since);
}
void FairQueue::Turn::End(std::int64_t charged_us) { Finish(std::max<std::int64_t>(0, charged_us)); }
void FairQueue::Turn::Cancel() { Finish(-1); }

void FairQueue::Turn::Finish(std::int64_t charged_us) {
  const std::shared_ptr<Held> held = std::exchange(held_, nullptr);
  if (!held) return;
  if (const std::shared_ptr<Core> core = held->core.lock()) core->End(*held, charged_us);
}

// ---- FairQueue

FairQueue::FairQueue(Loop& loop, Limits limits, Milliseconds expected)
    : core_(std::make_shared<Core>(loop, limits, expected)) {}

FairQueue::~FairQueue() { core_->timer.reset(); }

// Makes the Turn object for a turn that Core::Begin has given to this principal.
FairQueue::Turn FairQueue::Granted(const std::shared_ptr<Core>& core, Principal& principal, const Ask& ask) {
  Turn turn;
  turn.outcome_ = Outcome::kTurn;
  turn.held_ = std::make_shared<Turn::Held>();
  *turn.held_ = {core, &principal, ask.lane, ask.cost, ask.weight, core->Advance(ask), MonotonicMicros()};
  return turn;
}

Task<FairQueue::Turn> FairQueue::Wait(Ask ask, Place* place) {
  const std::shared_ptr<Core> core = core_;
  Principal& principal = core->Named(ask.principal);
  const std::optional<Outcome> at_once = core->AnswerAtOnce(ask, principal);
  if (place) place->id = 0;
  Outcome outcome;
  if (at_once == Outcome::kTurn) {
    core->Begin(principal, ask);
    outcome = Outcome::kTurn;
  } else if (at_once) {
    core->Count(*at_once);
    outcome = *at_once;
    core->MayForget(principal, MonotonicMicros());
  } else {
    const auto waiter = core->Enqueue(ask, principal);
    if (place) place->id = waiter->id;
    outcome = co_await waiter->answer;
  }
  if (outcome == Outcome::kTurn) co_return Granted(core, principal, ask);
  Turn turn;
  turn.outcome_ = outcome;
  ask.gone = ask.fits = {};
  turn.retry_after_s_ = std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(core->ExpectedUs(ask) / 1e6)));
  co_return turn;
}

FairQueue::Turn FairQueue::Try(const Ask& ask) {
  Principal& principal = core_->Named(ask.principal);
  if (!core_->closed && core_->MayBeginAtOnce(principal, ask, MonotonicMicros())) {
    core_->Begin(principal, ask);
    return Granted(core_, principal, ask);
  }
  Turn turn;
  turn.outcome_ = core_->closed ? Outcome::kClosed : Outcome::kFull;
  core_->MayForget(principal, MonotonicMicros());
  return turn;
}

std::size_t FairQueue::Before(const Place& place) const { return core_->Before(place.id); }

bool FairQueue::IsLight(const std::string& principal) const {
  const auto found = core_->principals.find(principal);
  return found == core_->principals.end() || core_->IsLight(found->second, MonotonicMicros());
}

Milliseconds FairQueue::ExpectedWait(const Ask& ask) const {
  return Milliseconds(static_cast<std::int64_t>(core_->ExpectedUs(ask) / 1000));
}

void FairQueue::SetLimits(Limits limits) {
  core_->limits = limits;
  core_->GrantSoon();
}

void FairQueue::Close() {
  const std::shared_ptr<Core> core = core_;
  core->closed = true;
  while (!core->active.empty()) core->Refuse((*core->active.begin())->waiting.front(), Outcome::kClosed);
  core->SetTimer();
}

FairQueue::Figures FairQueue::figures() const {
  Figures figures = core_->counted;
  figures.running = core_->running;
  figures.waiting = core_->waiting;
  for (const auto& [name, principal] : core_->principals) {
    if (principal.running > 0 || !principal.waiting.empty()) ++figures.principals;
    figures.most_waiting = std::max(figures.most_waiting, principal.waiting.size());
  }
  figures.mean_us = static_cast<std::int64_t>(core_->mean_us);
  return figures;
}

}  // namespace zoobar
