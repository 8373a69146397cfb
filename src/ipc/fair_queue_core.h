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
  double time = 0;      // the virtual time, in microseconds
  double spent_us = 0;  // the value at the time spent_at; see Core::Spent
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
  // Ends a turn. charged_us: the time that the principal is charged for the turn. If it is below 0, nothing is charged,
  // and the turn does not count in the mean duration of turns.
  void End(const Turn::Held& held, std::int64_t charged_us);
  // Counts an outcome in `counted`.
  void Count(Outcome outcome);
  // GrantSoon calls Grant at the end of the loop's turn. Grant grants all turns that may begin. Turn::End does not call
  // Grant directly, so that waiters do not resume on the stack of the code that ended a turn.
  void GrantSoon();
  void Grant();

  // ---- principals, and whose turn is next (fair_queue_order.cc)

  // Returns the principal with this name. Creates it if it is not known.
  Principal& Named(const std::string& name);
  // Returns how much time the recent turns of the principal took, in microseconds. This amount halves every ten
  // seconds.
  double Spent(Principal& principal, std::int64_t now) const;
  bool IsLight(Principal& principal, std::int64_t now) const;
  // Deletes the principal if it has no turn, does not wait, and has used hardly more time than a new principal. If too
  // many idle principals are kept, calls ForgetLeast.
  void MayForget(Principal& principal, std::int64_t now);
  // Returns the virtual time at which the principal's next turn begins. A principal that used less than its share goes
  // before the others by at most one turn, however long it did not ask or could not begin.
  double Start(const Principal& principal) const { return std::max(principal.time, virtual_time - mean_us); }
  // Returns by how much this turn is expected to move its principal forward in virtual time.
  double Advance(const Ask& ask) const { return ask.cost * mean_us / ask.weight; }
  // Returns the value by which waiting principals are compared. The principal with the smallest value is next.
  double Tag(double start, const Ask& ask) const { return limits.short_first ? start + Advance(ask) : start; }
  bool LaneFree(const std::string& lane) const;
  bool HasSlot(Principal& principal, std::int64_t now) const;
  bool MayBegin(Principal& principal, const Ask& ask, std::int64_t now) const;
  // Returns true if the principal may begin this turn now and no waiter could begin a turn.
  bool MayBeginAtOnce(Principal& principal, const Ask& ask, std::int64_t now);
  // Returns the waiter whose turn is next, or null if no waiter may begin now.
  std::shared_ptr<Waiter> Next(std::int64_t now);
  // Returns how many turns will be granted before the turn of the waiter with this id. Returns 0 if it does not wait.
  std::size_t Before(std::uint64_t waiter) const;

  // ---- waiting places (fair_queue_places.cc)

  // Returns the outcome if the request can be granted or refused at once, or nullopt if it must wait.
  std::optional<Outcome> AnswerAtOnce(const Ask& ask, Principal& principal);
  std::shared_ptr<Waiter> Enqueue(Ask ask, Principal& principal);
  void Remove(const std::shared_ptr<Waiter>& waiter);
  // Removes the waiter and tells it the outcome. Takes the pointer by value, because the caller often passes the
  // pointer that the queue itself holds, and Remove deletes that one.
  void Refuse(std::shared_ptr<Waiter> waiter, Outcome outcome);
  // Returns how many places a principal holds in a lane. If `lane` is empty, returns how many it holds in all.
  static std::size_t Holds(const Principal& principal, const std::string& lane);
  std::size_t WaitingIn(const std::string& lane) const;
  // Takes the newest place away from the principal that holds most places, if it holds more than `asking` would hold
  // with one more. Returns false if no place was taken away. `lane`: as for Holds.
  bool MakeRoom(const Principal& asking, const std::string& lane);
  // Sets the timer to the earliest deadline.
  void SetTimer();
  // Refuses the waiters whose deadline has passed.
  void Expire();

  // ---- estimates, in microseconds (fair_queue_estimates.cc)

  // The work, in microseconds, that will be served before a new request of a principal.
  struct Ahead {
    double own = 0;    // work of the same principal
    double loose = 0;  // work that is in no lane
    std::map<std::string, double> by_lane;
  };
  Ahead AheadOf(const Ask& ask, const Principal* principal) const;
  // Return how long it takes until the work ahead leaves a slot free, in the whole queue and in the lane.
  double SlotFreeAfter(const Ahead& ahead) const;
  double LaneFreeAfter(const std::string& lane, const Ahead& ahead) const;
  // Returns how long a new request would wait for its turn.
  double ExpectedUs(const Ask& ask);

  struct Lane {
    std::size_t running = 0;
    double cost = 0;
  };

  Loop& loop;
  Limits limits;
  std::unique_ptr<Timer> timer;  // set to the earliest deadline; null after the queue is destroyed
  double mean_us;                // mean duration of a unit of cost: took_us / took_cost, two moving means
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
  // Deletes the half of the idle principals that has spent the least time.
  void ForgetLeast(std::int64_t now);
};

// The data that belong to a granted turn.
struct FairQueue::Turn::Held {
  std::weak_ptr<Core> core;
  Principal* principal;  // is not deleted as long as it has a turn
  std::string lane;
  double cost, weight, advanced_us;
  std::int64_t since;
};

}  // namespace zoobar
