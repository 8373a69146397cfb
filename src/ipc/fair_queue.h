// The one queue in which callers wait for something bounded: threads that hash, runs of programs, a parser, a commit.
// It shares turns among principals (the member where there is one, else the address; IPv6 by its /64), so that nobody
// gets more than a share by asking more often.
//
// Order: start-time fair queueing (Goyal, Vin, Cheng: "Start-time Fair Queuing", SIGCOMM 1996). Each principal has a
// virtual time that grows by the time its turns took, divided by its weight. The waiting principal with the smallest
// virtual time is next; within one principal the order is that of arrival. A principal that has used less than its
// share lately goes before those that have used theirs, by one turn at most. With Limits::short_first the cost of the
// turn counts too: of two principals that have used the same, the one that asks for less is next.
//
// Bounds: turns at once, turns at once for one principal, waiting places in all and for one principal. When all places
// are taken, the principal that holds most of them loses its newest one to a principal that holds fewer. Nobody can
// thus keep others out by filling the queue.
//
// A waiter is refused at once when it could not be served before its deadline; a waiter whose deadline passes, or whom
// nobody waits for any more, gives up its place and is never served.
//
// For one loop's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "ipc/loop.h"
#include "ipc/task.h"

namespace zoobar {

class FairQueue {
 public:
  struct Limits {
    std::size_t slots = 1;                   // turns held at once, in all
    std::size_t slots_per_principal = 1;     // of these, by one principal
    std::size_t slots_per_lane = 1;          // of these, in one lane; see Ask::lane
    std::size_t reserved = 0;                // of `slots`: for light principals alone
    Milliseconds light{100};                 // a principal whose turns took less than this lately is light
    std::size_t waiting = 1024;              // places, in all
    std::size_t waiting_per_principal = 64;  // of these, for one principal
    std::size_t waiting_per_lane = 1024;     // of these, in one lane
    bool short_first = false;                // see above
  };

  enum class Outcome {
    kTurn,       // granted
    kShareFull,  // the principal has waiting_per_principal places already
    kFull,       // all places (of the lane) are taken, by principals that hold no more than this one would; or lost to
                 // such a one
    kLate,       // it cannot be, or was not, served before its deadline
    kGone,       // nobody waits for it any more (Ask::gone)
    kClosed,     // the queue was closed
  };

  struct Ask {
    std::string principal;      // whose share this turn comes from
    std::int64_t deadline = 0;  // MonotonicMicros by which the turn must have ended; 0: none
    // How much work the turn is, in units whose mean duration the queue measures. A turn that is twenty times as long
    // as another asks for 20.
    double cost = 1;
    double weight = 1;  // a principal of weight 2 gets twice the time of one of weight 1
    std::string lane;   // turns of one lane are bounded by slots_per_lane, whoever asks; empty: no lane
    // Asked right before the turn is granted: true if nobody waits for it any more. May be empty.
    std::function<bool()> gone;
    // The deadline is for the beginning of the turn alone.
    bool begins = false;
    // A further condition on the turn. Asked when a slot is free, and only considered again when a turn has ended or
    // somebody else asks. May be empty.
    std::function<bool()> fits;
  };

  // The right to use one slot, until it is destroyed. Empty when the outcome is no turn. May outlive the queue.
  class Turn {
   public:
    Turn() = default;
    Turn(Turn&&) noexcept = default;
    Turn& operator=(Turn&& other) noexcept;
    ~Turn() { End(); }

    bool granted() const { return outcome_ == Outcome::kTurn; }
    Outcome outcome() const { return outcome_; }
    // Not granted: after how long a place or a turn may be had, as the queue estimates it; one second at least.
    std::int64_t retry_after_s() const { return retry_after_s_; }
    // Frees the slot now. The principal is charged the time from the grant until now.
    void End();
    // As End, but the principal is charged this many microseconds.
    void End(std::int64_t charged_us);
    // As End, but nothing is charged: for work that turned out not to be needed.
    void Cancel();

   private:
    friend class FairQueue;
    struct Held;
    void Finish(std::int64_t charged_us);

    Outcome outcome_ = Outcome::kClosed;
    std::int64_t retry_after_s_ = 1;
    std::shared_ptr<Held> held_;
  };

  // Names one waiter, for Before. Filled in by Wait before it suspends; 0 when the turn was granted or refused at once.
  struct Place {
    std::uint64_t id = 0;
  };

  // Counters, for `ctl status` and tests.
  struct Figures {
    std::size_t running = 0, waiting = 0, principals = 0;  // principals: that wait or hold a turn
    std::size_t most_waiting = 0;                          // places held by the principal that holds most
    std::int64_t granted = 0, share_full = 0, full = 0, late = 0, gone = 0;
    std::int64_t mean_us = 0;  // of a unit of cost
  };

  // `expected`: how long a unit of cost is taken to last until some have been measured.
  FairQueue(Loop& loop, Limits limits, Milliseconds expected = Milliseconds(0));
  ~FairQueue();  // who waits is never resumed: Close first where somebody may
  FairQueue(const FairQueue&) = delete;
  FairQueue& operator=(const FairQueue&) = delete;

  // Waits for a turn. `place` (may be null) must outlive the call's start alone.
  Task<Turn> Wait(Ask ask, Place* place = nullptr);
  // A turn that can be had at once without passing anybody who could have it too; else an empty one (kFull).
  Turn Try(const Ask& ask);
  // How many turns will be granted before that waiter's, if nobody else comes. 0: next, or it does not wait any more.
  std::size_t Before(const Place& place) const;
  // Whether this principal may have the reserved slots: its turns took less than Limits::light lately.
  bool IsLight(const std::string& principal) const;
  // How long one more asker would wait for its turn, as far as can be told now.
  Milliseconds ExpectedWait(const Ask& ask) const;

  void SetLimits(Limits limits);
  void Close();  // refuses who waits, and from now on everybody, with kClosed
  Figures figures() const;

 private:
  struct Core;
  struct Waiter;
  struct Principal;
  static Turn Granted(const std::shared_ptr<Core>& core, Principal& principal, const Ask& ask);
  std::shared_ptr<Core> core_;
};

// The principal of a request: the member's where it is known, else that of the address (a network of 64 bits in IPv6).
// Members and addresses never share a principal.
std::string MemberPrincipal(const std::string& member);
std::string AddressPrincipal(const std::string& address);

}  // namespace zoobar
