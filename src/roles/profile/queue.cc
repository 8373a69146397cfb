#include "roles/profile/queue.h"

#include <algorithm>
#include <utility>

namespace zoobar {
namespace {

constexpr Milliseconds kRoomEvery{100};
constexpr std::int64_t kForgottenAfterUs = 600'000'000;  // after this time without a visit, `lasts` is forgotten

double Seconds(std::int64_t micros) { return static_cast<double>(micros) / 1e6; }
double Seconds(Milliseconds time) { return static_cast<double>(time.count()) / 1e3; }

// These functions return how many of the slots are reserved for quick visits, how many of the reserved slots are for
// short programs only, and how many long runs are never ended for quick visits.
std::size_t KeptForQuick(std::size_t slots) { return slots < 2 ? 0 : std::max<std::size_t>(1, slots / 4); }
std::size_t KeptForShort(std::size_t slots) { return slots < 8 ? 0 : 1; }
std::size_t LeftToLong(std::size_t slots) { return slots / 2; }

}  // namespace

struct RunQueue::Turn::ActiveRun {
  std::string owner;
  bool limited = false;      // the run has the slot that owners over budget and slowed owners share
  bool slow = false;         // the result of IsSlow when the run began
  bool known_short = false;  // the result of IsShort when the run began
  std::int64_t since_us = 0;
  std::function<void()> end;
  bool ended = false;
  std::uint64_t cpu_us = 0, given_us = 0;
  bool used = false;
};

RunQueue::Turn::Turn(Turn&& other) noexcept
    : queue_(std::exchange(other.queue_, nullptr)), run_(std::move(other.run_)), turn_(std::move(other.turn_)) {}

RunQueue::Turn::~Turn() {
  if (!queue_ || !run_) return;
  queue_->RunEnded(*run_);
  // The visitor's share pays only for the given time, and not for time in which the run waited for a processor.
  run_->used ? turn_.End(static_cast<std::int64_t>(run_->given_us)) : turn_.Cancel();
}

void RunQueue::Turn::CanBeEndedBy(std::function<void()> end) { run_->end = std::move(end); }

bool RunQueue::Turn::was_ended() const { return run_ && run_->ended; }

void RunQueue::Turn::Used(std::uint64_t cpu_us, std::uint64_t given_us) {
  run_->used = true;
  run_->cpu_us = cpu_us;
  run_->given_us = given_us;
}

FairQueue::Limits RunQueue::SharesOf(Limits limits) {
  FairQueue::Limits shares;
  shares.slots = limits.slots;
  shares.slots_per_principal = std::max<std::size_t>(1, limits.slots / 2);
  shares.slots_per_lane = 1;
  shares.reserved = KeptForQuick(limits.slots);
  shares.light = kLightVisitor;
  shares.waiting = limits.waiting;
  shares.waiting_per_principal = kWaitingOfVisitor;
  shares.waiting_per_lane = kWaitingOfOwner;
  shares.short_first = true;
  return shares;
}

RunQueue::RunQueue(Loop& loop, Limits limits, std::function<std::int64_t()> clock)
    : queue_(loop, SharesOf(limits), Milliseconds(1000)),  // the unit of cost is a second
      limits_(limits),
      clock_(std::move(clock)),
      room_(loop) {}

void RunQueue::SetLimits(Limits limits) {
  limits_ = limits;
  queue_.SetLimits(SharesOf(limits));
}

// ---- owners

RunQueue::Owner& RunQueue::OwnerOf(const std::string& name) {
  const std::int64_t now = clock_();
  Owner& owner = owners_[name];
  owner.cpu = std::max(0.0, owner.cpu - Seconds(now - owner.at_us) * kForgottenEachSecond);
  if (now - owner.at_us > kForgottenAfterUs) owner.lasts = 0;
  owner.at_us = now;
  return owner;
}

bool RunQueue::OverBudget(const std::string& owner) { return owners_.contains(owner) && OwnerOf(owner).cpu > kBudget; }

double RunQueue::Lasts(const std::string& owner) { return owners_.contains(owner) ? OwnerOf(owner).lasts : 0; }

bool RunQueue::IsSlow(const std::string& owner) { return Lasts(owner) > Seconds(kQuick); }

bool RunQueue::IsShort(const std::string& owner) {
  const double lasts = Lasts(owner);
  return lasts > 0 && lasts <= Seconds(kShort);
}

// If more than kOwnersKnown owners are known, removes the owner whose program ran longest ago.
void RunQueue::Forget() {
  if (owners_.size() <= kOwnersKnown) return;
  auto oldest = owners_.begin();
  for (auto each = owners_.begin(); each != owners_.end(); ++each) {
    if (each->second.at_us < oldest->second.at_us) oldest = each;
  }
  owners_.erase(oldest);
}

// ---- turns

// Returns whether all slots are taken except the one that is reserved for short programs. If a run of a short program
// has already taken longer than kUnderCrowd, it counts like a run of any other program.
bool RunQueue::FullButForShort() const {
  const std::int64_t since = clock_() - std::chrono::microseconds(kUnderCrowd).count();
  const auto count = std::count_if(running_.begin(), running_.end(),
                                   [since](const auto& run) { return !run->known_short || run->since_us <= since; });
  return static_cast<std::size_t>(count) + KeptForShort(limits_.slots) >= limits_.slots;
}

bool RunQueue::Fits(const Visit& visit) {
  const auto count = [this](auto is) {
    return static_cast<std::size_t>(
        std::count_if(running_.begin(), running_.end(), [is](const auto& run) { return is(*run); }));
  };
  if ((visit.slowed || OverBudget(visit.owner)) && count([](const Turn::ActiveRun& run) { return run.limited; }) > 0)
    return false;
  if (!IsShort(visit.owner) && FullButForShort()) return false;
  if (!IsSlow(visit.owner)) return true;
  return count([](const Turn::ActiveRun& run) { return run.slow; }) + KeptForQuick(limits_.slots) < limits_.slots;
}

Task<RunQueue::Turn> RunQueue::Enter(Visit visit) {
  const double lasts = Lasts(visit.owner);
  FairQueue::Ask ask;
  ask.principal = visit.visitor;
  ask.lane = visit.owner;
  ask.deadline = visit.deadline;
  ask.begins = true;
  ask.cost = lasts > 0 ? std::max(kLeastCost, lasts) : kUnknown;
  ask.fits = [this, visit] { return Fits(visit); };
  const bool is_quick =
      !IsSlow(visit.owner) && !visit.slowed && !OverBudget(visit.owner) && queue_.IsLight(visit.visitor);
  const auto quick = is_quick ? quick_.insert(quick_.end(), {visit.owner, clock_()}) : quick_.end();
  if (quick != quick_.end() && quick_.size() == 1) room_.StartEvery(kRoomEvery, [this] { MakeRoom(); });
  auto waiting = queue_.Wait(std::move(ask));
  FairQueue::Turn granted = co_await waiting;
  if (quick != quick_.end()) quick_.erase(quick);
  if (quick_.empty()) room_.Stop();
  Turn turn;
  turn.turn_ = std::move(granted);
  if (!turn.granted()) co_return turn;
  turn.queue_ = this;
  turn.run_ = std::make_shared<Turn::ActiveRun>();
  turn.run_->owner = visit.owner;
  turn.run_->limited = visit.slowed || OverBudget(visit.owner);
  turn.run_->slow = IsSlow(visit.owner);
  turn.run_->known_short = IsShort(visit.owner);
  turn.run_->since_us = clock_();
  running_.push_back(turn.run_);
  co_return turn;
}

void RunQueue::RunEnded(const Turn::ActiveRun& run) {
  if (run.used) {
    Owner& owner = OwnerOf(run.owner);
    owner.cpu += static_cast<double>(run.cpu_us) / 1e6;
    const double lasted = static_cast<double>(run.given_us) / 1e6;
    // A run that was ended for quick visits would have lasted longer. So its program counts as slow.
    owner.lasts = std::max({run.ended ? 2 * Seconds(kQuick) : 0, lasted, owner.lasts - owner.lasts / 4});
    Forget();
  }
  std::erase_if(running_, [&run](const auto& each) { return each.get() == &run; });
}

// ---- room for quick visits

// Returns the long run whose owner used most time. Returns null if the long runs hold no more slots than they may keep.
std::shared_ptr<RunQueue::Turn::ActiveRun> RunQueue::LongRunToEnd() const {
  const std::int64_t now = clock_();
  const std::chrono::microseconds time = quick_.size() > limits_.slots ? kUnderCrowd : kUnderLoad;
  std::shared_ptr<Turn::ActiveRun> most;
  double used = 0;
  std::size_t long_ones = 0;
  for (const auto& run : running_) {
    if (now - run->since_us < time.count() || run->ended) continue;
    ++long_ones;
    const auto owner = owners_.find(run->owner);
    const double theirs = Seconds(now - run->since_us) + (owner == owners_.end() ? 0 : owner->second.cpu);
    if (!run->end || (most && theirs <= used)) continue;
    most = run;
    used = theirs;
  }
  return long_ones > LeftToLong(limits_.slots) ? most : nullptr;
}

void RunQueue::MakeRoom() {
  const bool full = running_.size() >= limits_.slots;
  if (!full && !FullButForShort()) return;
  // Runs are ended one at a time. If a run that was told to end is still there, nothing more is done now.
  if (std::any_of(running_.begin(), running_.end(), [](const auto& run) { return run->ended; })) return;
  const std::int64_t now = clock_();
  const bool wanted = std::any_of(quick_.begin(), quick_.end(), [&](const QuickVisit& visit) {
    const auto runs = [&visit](const auto& run) { return run->owner == visit.owner; };
    return (full || !IsShort(visit.owner)) && now - visit.since_us >= std::chrono::microseconds(kPatience).count() &&
           std::none_of(running_.begin(), running_.end(), runs);
  });
  const std::shared_ptr<Turn::ActiveRun> ended = wanted ? LongRunToEnd() : nullptr;
  if (!ended) return;
  ended->ended = true;
  ++ended_for_others_;
  ended->end();
}

}  // namespace zoobar
