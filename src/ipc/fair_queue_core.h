// The state of a FairQueue, for the files that implement it: fair_queue.cc (turns), fair_queue_order.cc (whose turn is
// next), fair_queue_places.cc (who may wait) and fair_queue_estimates.cc (how long one waits).
#pragma once

#include <algorithm>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "ipc/fair_queue.h"

namespace zoobar {

struct FairQueue::Waiter {
  Ask ask;
  Principal* principal = nullptr;
  std::uint64_t id = 0;
  Promised<Outcome> answer;
};

struct FairQueue::Principal {
  std::string name;
  double time = 0;      // virtual, microseconds
  double spent_us = 0;  // as of spent_at; see Core::Spent
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

  // ---- turns (fair_queue.cc)

  // Gives this principal a turn. MayBegin must be true.
  void Begin(Principal& principal, const Ask& ask);
  // Ends that turn. charged_us: what the principal is charged; below 0 nothing is charged, and the turn does not count
  // in the mean duration of turns.
  void End(const Turn::Held& held, std::int64_t charged_us);
  // Counts an outcome in `counted`.
  void Count(Outcome outcome);
  // Grants all turns that may be granted, at the end of the loop's turn. It does not happen inside Turn::End, so that
  // waiters do not resume on the stack of the code that ended a turn.
  void GrantSoon();
  void Grant();

  // ---- principals, and whose turn is next (fair_queue_order.cc)

  // The principal of this name; a new one if it is not known.
  Principal& Named(const std::string& name);
  // The time that its turns took lately, in microseconds. It halves every ten seconds.
  double Spent(Principal& principal, std::int64_t now) const;
  bool IsLight(Principal& principal, std::int64_t now) const;
  // Forgets the principal if it has no turn, does not wait, and has used no more than a new one.
  void MayForget(Principal& principal, std::int64_t now);
  // Where the principal's next turn begins in virtual time. If it used less than its share lately, it goes before the
  // others by one turn at most, however long it did not ask or could not begin.
  double Start(const Principal& principal) const { return std::max(principal.time, virtual_time - mean_us); }
  // By how much a turn moves its principal forward in virtual time.
  double Advance(const Ask& ask) const { return ask.cost * mean_us / ask.weight; }
  // Principals are compared by this value; the smallest is next.
  double Tag(double start, const Ask& ask) const { return limits.short_first ? start + Advance(ask) : start; }
  bool LaneFree(const std::string& lane) const;
  bool HasSlot(Principal& principal, std::int64_t now) const;
  bool MayBegin(Principal& principal, const Ask& ask, std::int64_t now) const;
  // Whether the principal may begin this turn and nobody who waits could have it.
  bool MayBeginAtOnce(Principal& principal, const Ask& ask, std::int64_t now);
  // The waiter whose turn it is; null if none may begin now.
  std::shared_ptr<Waiter> Next(std::int64_t now);
  // How many turns will be granted before this waiter's; 0 if it does not wait.
  std::size_t Before(std::uint64_t waiter) const;

  // ---- waiting places (fair_queue_places.cc)

  // The outcome, if it is known without waiting.
  std::optional<Outcome> AnswerAtOnce(const Ask& ask, Principal& principal);
  std::shared_ptr<Waiter> Enqueue(Ask ask, Principal& principal);
  void Remove(const std::shared_ptr<Waiter>& waiter);
  // Takes the pointer by value, because the queue's own pointer is often the one that the caller passes.
  void Refuse(std::shared_ptr<Waiter> waiter, Outcome outcome);
  // The places that a principal holds in a lane; if the lane is empty, all its places.
  static std::size_t Holds(const Principal& principal, const std::string& lane);
  std::size_t WaitingIn(const std::string& lane) const;
  // Takes the newest place away from the principal that holds most of them, if it holds more than the asking one would.
  // `lane` as for Holds.
  bool MakeRoom(const Principal& asking, const std::string& lane);
  // Sets the timer to the earliest deadline.
  void SetTimer();
  // Refuses the waiters whose deadline has passed.
  void Expire();

  // ---- estimates, in microseconds (fair_queue_estimates.cc)

  // The work that will be served before one more ask of a principal.
  struct Ahead {
    double own = 0;    // of the same principal
    double loose = 0;  // in no lane
    std::map<std::string, double> by_lane;
  };
  Ahead AheadOf(const Ask& ask, const Principal* principal) const;
  // After how long the work ahead leaves a slot free, and a place in the lane.
  double SlotFreeAfter(const Ahead& ahead) const;
  double LaneFreeAfter(const std::string& lane, const Ahead& ahead) const;
  // How long one more ask would wait for its turn.
  double ExpectedUs(const Ask& ask);

  struct Lane {
    std::size_t running = 0;
    double cost = 0;
  };

  Loop& loop;
  Limits limits;
  std::unique_ptr<Timer> timer;  // at the earliest deadline; null after the queue is destroyed
  double mean_us;                // of a unit of cost: took_us / took_cost, the moving means of both
  double took_us, took_cost = 1;
  double virtual_time = 0, running_cost = 0;
  std::unordered_map<std::string, Principal> principals;
  std::set<Principal*> active;                  // the principals that wait
  std::unordered_map<std::string, Lane> lanes;  // the lanes that have turns
  std::set<std::pair<std::int64_t, std::shared_ptr<Waiter>>> deadlines;
  std::size_t running = 0, waiting = 0, holders = 0;  // holders: principals that have a turn
  std::uint64_t last_id = 0;
  bool grant_due = false, closed = false;
  Figures counted;

 private:
  // Forgets the half of the idle principals that has spent least.
  void ForgetLeast(std::int64_t now);
};

// What a granted turn holds.
struct FairQueue::Turn::Held {
  std::weak_ptr<Core> core;
  Principal* principal;  // exists as long as it has a turn
  std::string lane;
  double cost, weight, advanced_us;
  std::int64_t since;
};

}  // namespace zoobar
