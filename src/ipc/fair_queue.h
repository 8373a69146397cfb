// FairQueue: the queue in which callers wait for something bounded: threads that hash, runs of programs, a parser, a
// commit. It shares turns among principals (ipc/principal.h), so that nobody gets more than a share by asking more
// often.
//
// Order: start-time fair queueing (Goyal, Vin, Cheng: "Start-time Fair Queuing", SIGCOMM 1996). Each principal has a
// virtual time. It grows by the time that the principal's turns took, divided by its weight. The waiting principal with
// the smallest virtual time is next; the asks of one principal are served in order of arrival. A principal that has
// used less than its share lately goes before the others, but only by one turn. With Limits::short_first the cost of
// the turn counts too: if two principals have used the same, the one that asks for less is next.
//
// Bounds: the number of turns at once, and of waiting places, in all and for one principal. When all places are taken,
// the principal that holds most of them loses its newest one to a principal that holds fewer. So nobody can keep others
// out by filling the queue.
//
// An ask is refused at once if it could not be served before its deadline. A waiter whose deadline passes, or whose
// answer nobody waits for any more, loses its place and is never served.
//
// To be used on one loop's thread only.
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
    std::size_t slots = 1;                   // turns at the same time, in all
    std::size_t slots_per_principal = 1;     // of these, by one principal
    std::size_t slots_per_lane = 1;          // of these, in one lane; see Ask::lane
    std::size_t reserved = 0;                // of `slots`: only for light principals
    Milliseconds light{100};                 // a principal is light if its turns took less than this lately
    std::size_t waiting = 1024;              // places, in all
    std::size_t waiting_per_principal = 64;  // of these, for one principal
    std::size_t waiting_per_lane = 1024;     // of these, in one lane
    bool short_first = false;                // see above
  };

  enum class Outcome {
    kTurn,       // granted
    kShareFull,  // the principal has waiting_per_principal places already
    kFull,       // all places, or all of the lane, are taken by principals that hold no more than this one would; or
                 // another principal took this place because it holds fewer
    kLate,       // it could not be served before its deadline
    kGone,       // nobody waits for the turn any more (Ask::gone)
    kClosed,     // the queue was closed
  };

  struct Ask {
    std::string principal;      // the turn comes from this principal's share
    std::int64_t deadline = 0;  // when the turn must have ended, in MonotonicMicros; 0: never
    // How much work the turn is, in units whose mean duration the queue measures. A turn that is twenty times as long
    // as another asks for 20.
    double cost = 1;
    double weight = 1;  // a principal of weight 2 gets twice the time of one of weight 1
    // Turns of one lane are bounded together by slots_per_lane, for all principals. Empty: no lane.
    std::string lane;
    // Called right before the turn is granted. Returns true if nobody waits for the turn any more. May be empty.
    std::function<bool()> gone;
    // Whether `deadline` is when the turn must begin, and not when it must have ended.
    bool begins = false;
    // Another condition for the turn. Called when a slot is free. If it returns false, it is called again only after a
    // turn has ended or somebody else has asked. May be empty.
    std::function<bool()> fits;
  };

  // The right to use one slot until this object is destroyed, if the turn was granted. May outlive the queue.
  class Turn {
   public:
    Turn() = default;
    Turn(Turn&&) noexcept = default;
    Turn& operator=(Turn&& other) noexcept;
    ~Turn() { End(); }

    bool granted() const { return outcome_ == Outcome::kTurn; }
    Outcome outcome() const { return outcome_; }
    // If not granted: the queue's estimate of when the caller should ask again, in seconds; at least 1.
    std::int64_t retry_after_s() const { return retry_after_s_; }
    // Frees the slot now. The principal is charged the time since the turn was granted.
    void End();
    // As End, but the principal is charged this many microseconds.
    void End(std::int64_t charged_us);
    // As End, but the principal is charged nothing. For work that was not needed after all.
    void Cancel();

   private:
    friend class FairQueue;
    struct Held;
    void Finish(std::int64_t charged_us);

    Outcome outcome_ = Outcome::kClosed;
    std::int64_t retry_after_s_ = 1;
    std::shared_ptr<Held> held_;
  };

  // Names one waiter, for Before. Wait sets it before it suspends; 0 if the turn was granted or refused at once.
  struct Place {
    std::uint64_t id = 0;
  };

  // Counters, for `ctl status` and tests.
  struct Figures {
    std::size_t running = 0, waiting = 0, principals = 0;  // principals: those that wait or have a turn
    std::size_t most_waiting = 0;                          // places of the principal that holds most of them
    std::int64_t granted = 0, share_full = 0, full = 0, late = 0, gone = 0;
    std::int64_t mean_us = 0;  // the mean duration of a unit of cost
  };

  // `expected`: the assumed duration of a unit of cost, until some turns have been measured. The loop must outlive the
  // queue.
  FairQueue(Loop& loop, Limits limits, Milliseconds expected = Milliseconds(0));
  // Waiters are never resumed after this. Call Close first if there may be some.
  ~FairQueue();
  FairQueue(const FairQueue&) = delete;
  FairQueue& operator=(const FairQueue&) = delete;

  // Waits for a turn. `place` may be null. It is written before this call first suspends, and not used later.
  Task<Turn> Wait(Ask ask, Place* place = nullptr);
  // Returns a turn if it is free now and nobody who waits could have it; else a turn that is not granted (kFull).
  Turn Try(const Ask& ask);
  // How many turns will be granted before that waiter's, if nobody else asks. 0: it is next, or does not wait any more.
  std::size_t Before(const Place& place) const;
  // Whether this principal may use the reserved slots, because its turns took less than Limits::light lately.
  bool IsLight(const std::string& principal) const;
  // The queue's estimate of how long this ask would wait for its turn.
  Milliseconds ExpectedWait(const Ask& ask) const;

  void SetLimits(Limits limits);
  // Refuses all waiters, and every later ask, with kClosed.
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
