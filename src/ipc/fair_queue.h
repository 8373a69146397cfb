// FairQueue: a queue in which callers wait for a limited resource, such as threads that hash passwords, runs of
// programs, a parser, or a commit. The right to use the resource once is called a turn. The queue shares turns among
// principals (ipc/principal.h), so that nobody gets more than a fair share by asking more often.
//
// Order: start-time fair queueing (Goyal, Vin, Cheng: "Start-time Fair Queuing", SIGCOMM 1996). Each principal has a
// virtual time. Each turn moves it forward by the time that the turn took, divided by the principal's weight. The
// waiting principal with the smallest virtual time is next. The requests of one principal are served in order of
// arrival. A principal that has used less than its share lately goes before the others, but its advantage is at most
// one turn. With Limits::short_first the cost of the turn counts too: if two principals have used the same time, the
// principal that asks for less is next.
//
// Bounds: the turns at one time and the waiting places are limited, both for all principals together and for each
// principal. When all places are taken and a principal with few places asks, the principal that holds most places loses
// its newest one. So nobody can keep others out by filling the queue.
//
// A request is refused at once if it could probably not be served before its deadline. If the deadline of a waiter
// passes, or if nobody waits for its answer any more, the waiter loses its place and is never served.
//
// A FairQueue may be used only on the thread of its loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "ipc/loop.h"
#include "ipc/principal.h"
#include "ipc/task.h"

namespace zoobar {

class FairQueue {
 public:
  struct Limits {
    std::size_t slots = 1;                   // the most turns at the same time
    std::size_t slots_per_principal = 1;     // the most turns of one principal at the same time
    std::size_t slots_per_lane = 1;          // the most turns of one lane at the same time; see Ask::lane
    std::size_t reserved = 0;                // how many of `slots` only light principals may use
    Milliseconds light{100};                 // a principal is light if its recent turns took less time than this
    std::size_t waiting = 1024;              // the most waiting places
    std::size_t waiting_per_principal = 64;  // the most waiting places of one principal
    std::size_t waiting_per_lane = 1024;     // the most waiting places of one lane
    bool short_first = false;                // whether the cost of a turn counts; see "Order" above
  };

  enum class Outcome {
    kTurn,       // the turn was granted
    kShareFull,  // the principal has waiting_per_principal places already
    kFull,       // all places, or all of the lane, are taken, and no principal holds more than this one would; or
                 // this place was given to another principal, which holds fewer places
    kLate,       // the request could not be served before its deadline
    kGone,       // nobody waits for the turn any more (Ask::gone)
    kClosed,     // the queue was closed
  };

  struct Ask {
    std::string principal;      // who asks; the turn counts in the share of this principal
    std::int64_t deadline = 0;  // when the turn must have ended, in MonotonicMicros; 0: never
    // How much work the turn is. The queue measures the mean duration of one unit of cost. A turn that takes twenty
    // times as long as a turn of cost 1 has cost 20.
    double cost = 1;
    double weight = 1;  // a principal of weight 2 gets twice the time of one of weight 1
    // The name of a group of turns (a lane); empty: none. At most slots_per_lane turns of one lane run at the same
    // time, whichever principals they belong to.
    std::string lane;
    // Called right before the turn is granted. Returns true if nobody waits for the turn any more. May be empty.
    std::function<bool()> gone;
    // If true, `deadline` is the time by which the turn must begin. If false, it is the time by which the turn must
    // have ended.
    bool begins = false;
    // A further condition for the turn. It is called when a slot is free. If it returns false, it is called again only
    // after a turn has ended or after somebody else has asked for a turn. May be empty.
    std::function<bool()> fits;
  };

  // The result of a request. If the turn was granted, this object is the right to use one slot, until it is destroyed
  // or End or Cancel is called. It may outlive the queue.
  class Turn {
   public:
    Turn() = default;
    Turn(Turn&&) noexcept = default;
    Turn& operator=(Turn&& other) noexcept;
    ~Turn() { End(); }

    bool granted() const { return outcome_ == Outcome::kTurn; }
    Outcome outcome() const { return outcome_; }
    // If the turn was not granted: after how many seconds the caller should ask again, as the queue estimates; at least
    // 1.
    std::int64_t retry_after_s() const { return retry_after_s_; }
    // Frees the slot now. The principal is charged the time since the turn was granted.
    void End();
    // As End, but the principal is charged this many microseconds.
    void End(std::int64_t charged_us);
    // As End, but the principal is charged nothing. It is for a turn whose work turned out not to be needed.
    void Cancel();

   private:
    friend class FairQueue;
    struct Held;
    void Finish(std::int64_t charged_us);

    Outcome outcome_ = Outcome::kClosed;
    std::int64_t retry_after_s_ = 1;
    std::shared_ptr<Held> held_;
  };

  // Identifies one waiter, as the argument of Before. Wait sets the id before it suspends. The id is 0 if the turn was
  // granted or refused at once.
  struct Place {
    std::uint64_t id = 0;
  };

  // Counters, for `ctl status` and tests.
  struct Figures {
    std::size_t running = 0, waiting = 0, principals = 0;  // principals: those that wait or have a turn
    std::size_t most_waiting = 0;                          // the places of the principal that holds most places
    std::int64_t granted = 0, share_full = 0, full = 0, late = 0, gone = 0;
    std::int64_t mean_us = 0;  // the mean duration of a unit of cost
  };

  // `expected`: the assumed duration of a unit of cost, until some turns have been measured. The loop must outlive the
  // queue.
  FairQueue(Loop& loop, Limits limits, Milliseconds expected = Milliseconds(0));
  // Waiters that are left are never resumed. Call Close first if there may be waiters.
  ~FairQueue();
  FairQueue(const FairQueue&) = delete;
  FairQueue& operator=(const FairQueue&) = delete;

  // Waits for a turn. The result says whether the turn was granted. `place` may be null. Wait writes to `place` before
  // it first suspends, and does not use it later.
  Task<Turn> Wait(Ask ask, Place* place = nullptr);
  // Grants a turn if a slot is free now and no waiter could use it. Otherwise the result is not granted (kFull, or
  // kClosed). Never waits.
  Turn Try(const Ask& ask);
  // Returns how many turns will be granted before the turn of this waiter, if nobody else asks. Returns 0 if the waiter
  // is next, or does not wait any more.
  std::size_t Before(const Place& place) const;
  // Returns true if the recent turns of this principal took less time than Limits::light. It may then use the reserved
  // slots.
  bool IsLight(const std::string& principal) const;
  // Estimates how long this request would wait for its turn.
  Milliseconds ExpectedWait(const Ask& ask) const;

  void SetLimits(Limits limits);
  // Refuses all waiters, and every later request, with kClosed.
  void Close();
  Figures figures() const;

 private:
  struct Core;
  struct Waiter;
  struct Principal;
  static Turn Granted(const std::shared_ptr<Core>& core, Principal& principal, const Ask& ask);
  std::shared_ptr<Core> core_;
};

}  // namespace zoobar
