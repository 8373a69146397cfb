#include "ipc/fair_queue.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

namespace zoobar {
namespace {

constexpr double kHalfLifeUs = 10e6;       // of what a principal has spent
constexpr double kForgottenUs = 1000;      // a principal that has spent less is not remembered
constexpr std::size_t kRemembered = 4096;  // principals that neither wait nor run
constexpr double kNewest = 1.0 / 16;       // a new measurement's part in the mean
constexpr int kRounds = 12;                // until an estimate is good enough

}  // namespace

struct FairQueue::Waiter {
  Ask ask;
  Principal* principal = nullptr;
  std::uint64_t id = 0;
  Promised<Outcome> answer;
};

struct FairQueue::Principal {
  std::string name;
  double time = 0;      // virtual, microseconds
  double spent_us = 0;  // as of spent_at; halves every kHalfLifeUs
  std::int64_t spent_at = 0;
  std::size_t running = 0;
  std::list<std::shared_ptr<Waiter>> waiting;  // in order of arrival
};

struct FairQueue::Core : std::enable_shared_from_this<Core> {
  Core(Loop& event_loop, Limits bounds, Milliseconds expected)
      : loop(event_loop),
        limits(bounds),
        timer(std::make_unique<Timer>(event_loop)),
        mean_us(static_cast<double>(std::chrono::microseconds(expected).count())),
        took_us(mean_us) {}

  // ---- principals

  Principal& Of(const std::string& name) {
    Principal& principal = principals[name];
    if (principal.name.empty()) principal.name = name;
    return principal;
  }

  double Spent(Principal& principal, std::int64_t now) const {
    const auto passed = static_cast<double>(now - principal.spent_at);
    principal.spent_us *= std::exp2(-std::max(0.0, passed) / kHalfLifeUs);
    principal.spent_at = now;
    return principal.spent_us;
  }

  bool Light(Principal& principal, std::int64_t now) const {
    return Spent(principal, now) < static_cast<double>(std::chrono::microseconds(limits.light).count());
  }

  // Where its next turn begins in virtual time. A principal that has used less than its share lately goes before the
  // others, by one turn at most, however long it did not ask, or could not run.
  double Start(const Principal& principal) const { return std::max(principal.time, virtual_time - mean_us); }
  double Advance(const Ask& ask) const { return ask.cost * mean_us / ask.weight; }
  // By what principals are compared, the least first.
  double Tag(double start, const Ask& ask) const { return limits.short_first ? start + Advance(ask) : start; }

  void MayForget(Principal& principal, std::int64_t now) {
    if (!principal.waiting.empty() || principal.running > 0) return;
    const bool owes = principal.time > virtual_time - mean_us || Spent(principal, now) > kForgottenUs;
    if (!owes) principals.erase(std::string(principal.name));
    if (principals.size() > kRemembered + running + waiting) ForgetLeast(now);
  }

  // Drops, of those that neither wait nor run, the half that has spent least.
  void ForgetLeast(std::int64_t now) {
    std::vector<std::pair<double, std::string>> idle;
    for (auto& [name, principal] : principals) {
      if (principal.waiting.empty() && principal.running == 0) idle.emplace_back(Spent(principal, now), name);
    }
    const auto middle = idle.begin() + static_cast<std::ptrdiff_t>(idle.size() / 2);
    std::nth_element(idle.begin(), middle, idle.end());
    for (auto each = idle.begin(); each != middle; ++each) principals.erase(each->second);
  }

  // ---- who is next

  bool LaneFree(const std::string& lane) const {
    if (lane.empty()) return true;
    const auto found = lanes.find(lane);
    return found == lanes.end() || found->second.running < limits.slots_per_lane;
  }

  bool HasSlot(Principal& principal, std::int64_t now) const {
    if (running >= limits.slots || principal.running >= limits.slots_per_principal) return false;
    return running + limits.reserved < limits.slots || Light(principal, now);
  }

  bool MayRun(Principal& principal, const Ask& ask, std::int64_t now) const {
    return HasSlot(principal, now) && LaneFree(ask.lane) && (!ask.fits || ask.fits());
  }

  // The waiter whose turn it is; null when none may run now.
  std::shared_ptr<Waiter> Next(std::int64_t now) {
    std::shared_ptr<Waiter> best;
    double least = 0;
    for (Principal* principal : active) {
      if (!HasSlot(*principal, now)) continue;
      const double start = Start(*principal);
      if (best && start > least) continue;
      for (const auto& waiter : principal->waiting) {
        const double tag = Tag(start, waiter->ask);
        const bool before = !best || tag < least || (tag == least && waiter->id < best->id);
        if (!before || !MayRun(*principal, waiter->ask, now)) continue;
        best = waiter;
        least = tag;
        break;
      }
    }
    return best;
  }

  // Nobody who waits could have the turn.
  bool MayRunAtOnce(Principal& principal, const Ask& ask, std::int64_t now) {
    return MayRun(principal, ask, now) && !Next(now);
  }

  void Remove(const std::shared_ptr<Waiter>& waiter) {
    Principal& principal = *waiter->principal;
    principal.waiting.remove(waiter);
    if (principal.waiting.empty()) active.erase(&principal);
    if (waiter->ask.deadline != 0) deadlines.erase({waiter->ask.deadline, waiter});
    --waiting;
  }

  // By value: what the caller names is often the last one to hold it.
  void Refuse(std::shared_ptr<Waiter> waiter, Outcome outcome) {
    Principal& principal = *waiter->principal;
    Remove(waiter);
    Count(outcome);
    MayForget(principal, MonotonicMicros());
    waiter->answer.Set(outcome);
  }

  void Count(Outcome outcome) {
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

  // Grants what may be granted. Not inside a Turn's end: resumed waiters run on their own stack frames.
  void PumpSoon() {
    if (pump_due || waiting == 0) return;
    pump_due = true;
    loop.AtEndOfTurn([weak = weak_from_this()] {
      if (const auto core = weak.lock()) core->Pump();
    });
  }

  void Pump() {
    pump_due = false;
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

  void Begin(Principal& principal, const Ask& ask) {
    ++running;
    if (++principal.running == 1) ++holders;
    running_cost += ask.cost;
    if (!ask.lane.empty()) {
      ++lanes[ask.lane].running;
      lanes[ask.lane].cost += ask.cost;
    }
    principal.time = Start(principal);
    virtual_time = std::max(virtual_time, principal.time);
    principal.time += Advance(ask);  // corrected when the turn ends
    Count(Outcome::kTurn);
  }

  void SetTimer() {
    if (!timer) return;
    if (deadlines.empty()) return timer->Stop();
    const std::int64_t left = std::max<std::int64_t>(0, deadlines.begin()->first - MonotonicMicros());
    timer->Start(Milliseconds(left / 1000 + 1), [this] { Expire(); });
  }

  void Expire() {
    const auto alive = shared_from_this();
    const std::int64_t now = MonotonicMicros();
    while (!deadlines.empty() && deadlines.begin()->first <= now) Refuse(deadlines.begin()->second, Outcome::kLate);
    SetTimer();
  }

  // ---- estimates, in microseconds

  // What will be served before one more ask of this principal.
  struct Ahead {
    double own = 0;    // of the same principal
    double loose = 0;  // in no lane
    std::map<std::string, double> by_lane;
  };

  Ahead AheadOf(const Ask& ask, const Principal* principal) const {
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

  // When a slot is free of what is ahead. A lane, however much waits in it, holds slots_per_lane of them: so the time
  // is the greatest at which all slots would still be busy.
  double SlotFreeAfter(const Ahead& ahead) const {
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

  double LaneFreeAfter(const std::string& lane, const Ahead& ahead) const {
    if (lane.empty()) return 0;
    const auto waits = ahead.by_lane.find(lane);
    const auto runs = lanes.find(lane);
    double before = waits == ahead.by_lane.end() ? 0 : waits->second;
    if (runs != lanes.end() && runs->second.running >= limits.slots_per_lane) before += runs->second.cost * mean_us / 2;
    return before / static_cast<double>(std::max<std::size_t>(1, limits.slots_per_lane));
  }

  double ExpectedUs(const Ask& ask) {
    const auto found = principals.find(ask.principal);
    Principal* const principal = found == principals.end() ? nullptr : &found->second;
    Principal stranger;
    if (MayRunAtOnce(principal ? *principal : stranger, ask, MonotonicMicros())) return 0;
    const Ahead ahead = AheadOf(ask, principal);
    const double own = ahead.own / static_cast<double>(std::max<std::size_t>(1, limits.slots_per_principal));
    return std::max({own, SlotFreeAfter(ahead), LaneFreeAfter(ask.lane, ahead)});
  }

  // ---- asking

  // What can be said at once; nothing: it has to wait.
  std::optional<Outcome> AtOnce(const Ask& ask, Principal& principal) {
    if (closed) return Outcome::kClosed;
    const std::int64_t now = MonotonicMicros();
    if (MayRunAtOnce(principal, ask, now)) return Outcome::kTurn;
    if (principal.waiting.size() >= limits.waiting_per_principal) return Outcome::kShareFull;
    const double ends = static_cast<double>(now) + ExpectedUs(ask) + (ask.begins ? 0 : ask.cost * mean_us);
    if (ask.deadline != 0 && (now >= ask.deadline || ends > static_cast<double>(ask.deadline))) return Outcome::kLate;
    if (!ask.lane.empty() && WaitingIn(ask.lane) >= limits.waiting_per_lane && !MakeRoom(principal, ask.lane))
      return Outcome::kFull;
    if (waiting >= limits.waiting && !MakeRoom(principal, {})) return Outcome::kFull;
    return std::nullopt;
  }

  // Places that a principal holds in a lane; in all with an empty one.
  static std::size_t Holds(const Principal& principal, const std::string& lane) {
    if (lane.empty()) return principal.waiting.size();
    return static_cast<std::size_t>(std::count_if(principal.waiting.begin(), principal.waiting.end(),
                                                  [&lane](const auto& waiter) { return waiter->ask.lane == lane; }));
  }

  std::size_t WaitingIn(const std::string& lane) const {
    std::size_t sum = 0;
    for (const Principal* each : active) sum += Holds(*each, lane);
    return sum;
  }

  // The principal with most places there loses its newest one, if it holds more than this one would.
  bool MakeRoom(const Principal& asking, const std::string& lane) {
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
    // Told at the end of the turn, as it may act on it at once.
    loop.AtEndOfTurn([loser] { loser->answer.Set(Outcome::kFull); });
    return true;
  }

  std::shared_ptr<Waiter> Enqueue(Ask ask, Principal& principal) {
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
    PumpSoon();
    return waiter;
  }

  Loop& loop;
  Limits limits;
  std::unique_ptr<Timer> timer;  // at the earliest deadline; null once the queue is gone
  double mean_us;                // of a unit of cost: took_us / took_cost, the moving means of both
  double took_us, took_cost = 1;
  double virtual_time = 0, running_cost = 0;
  std::unordered_map<std::string, Principal> principals;
  std::set<Principal*> active;  // that wait
  struct Lane {
    std::size_t running = 0;
    double cost = 0;
  };
  std::unordered_map<std::string, Lane> lanes;  // with turns
  std::set<std::pair<std::int64_t, std::shared_ptr<Waiter>>> deadlines;
  std::size_t running = 0, waiting = 0, holders = 0;  // holders: principals with a turn
  std::uint64_t last_id = 0;
  bool pump_due = false, closed = false;
  Figures counted;
};

// What a granted turn holds.
struct FairQueue::Turn::Held {
  std::weak_ptr<Core> core;
  Principal* principal;  // core keeps it while it holds a turn
  std::string lane;
  double cost, weight, advanced_us;
  std::int64_t since;
};

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

// charged_us: below 0: nothing is charged, and nothing learnt of how long turns take.
void FairQueue::Turn::Finish(std::int64_t charged_us) {
  const std::shared_ptr<Held> held = std::exchange(held_, nullptr);
  if (!held) return;
  const std::shared_ptr<Core> core = held->core.lock();
  if (!core) return;
  const std::int64_t now = MonotonicMicros();
  const auto took = static_cast<double>(std::max<std::int64_t>(0, charged_us));
  Principal& principal = *held->principal;
  principal.time += took / held->weight - held->advanced_us;
  // Time passes for all that want turns together. Else those that come for the first time, one after the other without
  // end, would keep everybody behind them who has had a turn.
  core->virtual_time += took / held->weight / static_cast<double>(core->active.size() + core->holders);
  core->Spent(principal, now);
  principal.spent_us += took;
  if (--principal.running == 0) --core->holders;
  --core->running;
  core->running_cost -= held->cost;
  if (!held->lane.empty()) {
    Core::Lane& lane = core->lanes[held->lane];
    lane.cost -= held->cost;
    if (--lane.running == 0) core->lanes.erase(held->lane);
  }
  if (charged_us >= 0 && held->cost > 0) {
    const auto lasted = static_cast<double>(now - held->since);
    const bool first = core->took_us == 0;
    core->took_us = first ? lasted : core->took_us + (lasted - core->took_us) * kNewest;
    core->took_cost = first ? held->cost : core->took_cost + (held->cost - core->took_cost) * kNewest;
    core->mean_us = core->took_us / core->took_cost;
  }
  // At rest nobody owes anybody a turn.
  if (core->running == 0 && core->waiting == 0) core->virtual_time = std::max(core->virtual_time, principal.time);
  core->MayForget(principal, now);
  core->PumpSoon();
}

FairQueue::FairQueue(Loop& loop, Limits limits, Milliseconds expected)
    : core_(std::make_shared<Core>(loop, limits, expected)) {}

FairQueue::~FairQueue() { core_->timer.reset(); }

// The turn that Core::Begin has given to this principal.
FairQueue::Turn FairQueue::Granted(const std::shared_ptr<Core>& core, Principal& principal, const Ask& ask) {
  Turn turn;
  turn.outcome_ = Outcome::kTurn;
  turn.held_ = std::make_shared<Turn::Held>();
  *turn.held_ = {
      core, &principal, ask.lane, ask.cost, ask.weight, ask.cost * core->mean_us / ask.weight, MonotonicMicros()};
  return turn;
}

Task<FairQueue::Turn> FairQueue::Wait(Ask ask, Place* place) {
  const std::shared_ptr<Core> core = core_;
  Principal& principal = core->Of(ask.principal);
  const std::optional<Outcome> at_once = core->AtOnce(ask, principal);
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
    Promised<Outcome>& answer = waiter->answer;
    outcome = co_await answer;
  }
  if (outcome == Outcome::kTurn) co_return Granted(core, principal, ask);
  Turn turn;
  turn.outcome_ = outcome;
  ask.gone = ask.fits = {};
  turn.retry_after_s_ = std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(core->ExpectedUs(ask) / 1e6)));
  co_return turn;
}

FairQueue::Turn FairQueue::Try(const Ask& ask) {
  Principal& principal = core_->Of(ask.principal);
  if (!core_->closed && core_->MayRunAtOnce(principal, ask, MonotonicMicros())) {
    core_->Begin(principal, ask);
    return Granted(core_, principal, ask);
  }
  Turn turn;
  turn.outcome_ = core_->closed ? Outcome::kClosed : Outcome::kFull;
  core_->MayForget(principal, MonotonicMicros());
  return turn;
}

std::size_t FairQueue::Before(const Place& place) const {
  for (const Principal* principal : core_->active) {
    std::size_t own = 0;
    for (const auto& waiter : principal->waiting) {
      if (waiter->id != place.id) {
        ++own;
        continue;
      }
      std::size_t before = own;
      for (const Principal* other : core_->active) {
        if (other != principal) before += std::min(other->waiting.size(), own + 1);
      }
      return before;
    }
  }
  return 0;
}

bool FairQueue::IsLight(const std::string& principal) const {
  const auto found = core_->principals.find(principal);
  return found == core_->principals.end() || core_->Light(found->second, MonotonicMicros());
}

Milliseconds FairQueue::ExpectedWait(const Ask& ask) const {
  return Milliseconds(static_cast<std::int64_t>(core_->ExpectedUs(ask) / 1000));
}

void FairQueue::SetLimits(Limits limits) {
  core_->limits = limits;
  core_->PumpSoon();
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

std::string MemberPrincipal(const std::string& member) { return "m" + member; }

std::string AddressPrincipal(const std::string& address) {
  constexpr std::size_t kNetwork = 8;  // bytes of an IPv6 address that name its network
  in6_addr parsed;
  if (inet_pton(AF_INET6, address.c_str(), &parsed) != 1 || IN6_IS_ADDR_V4MAPPED(&parsed)) return "a" + address;
  return "n" + std::string(reinterpret_cast<const char*>(&parsed), kNetwork);
}

}  // namespace zoobar
