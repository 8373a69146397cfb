// Queues for logins to accounts whose passwords are being guessed. The queue of an account limits how many passwords
// are checked for it in a given time, from all addresses together. It also decides whose password is checked next.
//
// Each account whose password is being guessed has a lane. A lane is a fair queue (ipc/fair_queue.h) whose principals
// are addresses. A lane gives one turn at a time, and a turn lasts as long as the throttle's pace says
// (credentials/throttle.h). An address that had no turn lately goes before addresses that had turns. So a member whose
// address is not used for guessing goes before all addresses that had a recent turn, however many guesses wait there.
// The member waits only for other addresses without a recent turn.
//
// At most kGuessed waiting places of a lane are given to addresses that lately failed at the account
// (Admission::guessed). The other places are for addresses that did not fail there lately. A caller that gets no place
// is refused, and this does not count as a failed login.
//
// A turn is the right to begin an attempt. The password is hashed after that, and hashing has a queue of its own. So an
// attacker who makes hashing slow does not keep the lane busy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>

#include "credentials/waiting_at.h"
#include "ipc/fair_queue.h"
#include "ipc/loop.h"
#include "ipc/task.h"

namespace zoobar {

// To be used on one loop's thread only.
class GuessLanes {
 public:
  static constexpr std::size_t kPlaces = 24;           // that may wait in one lane, in all
  static constexpr std::size_t kPlacesPerAddress = 3;  // of these, from one address
  static constexpr std::size_t kGuessed = 4;           // of these, from addresses that lately failed here
  static constexpr Milliseconds kLongestWait{10000};   // a caller that would wait longer for a turn is refused at once
  static constexpr std::size_t kRemembered = 4096;     // with this many lanes, all unused ones are removed

  explicit GuessLanes(Loop& loop) : loop_(loop) {}
  GuessLanes(const GuessLanes&) = delete;
  GuessLanes& operator=(const GuessLanes&) = delete;

  struct Passed {
    FairQueue::Outcome outcome = FairQueue::Outcome::kTurn;
    std::int64_t retry_after_s = 0;  // unless kTurn: when to try again
  };
  // Waits for a turn at the account. `ask.principal` is the address. The caller waits at most for the duration
  // kLongestWait, even if its deadline is later. `pace` is how long the turn lasts. `guessed` is Admission::guessed of
  // this attempt. If `at` is not null, Pass writes into it in which queue the caller waits.
  Task<Passed> Pass(std::uint64_t account, FairQueue::Ask ask, Milliseconds pace, bool guessed,
                    WaitingAt* at = nullptr);

  // Refuses all callers that wait, and all later callers, with Outcome::kClosed.
  void Close();
  // Removes the lanes that nobody has used since the last call of Forget.
  void Forget();

  // Figures for counters and tests.
  struct Sizes {
    std::size_t lanes = 0, waiting = 0;
    std::int64_t refused = 0;
  };
  Sizes sizes() const;

 private:
  struct Lane;
  std::shared_ptr<Lane> LaneOf(std::uint64_t account);

  Loop& loop_;
  std::unordered_map<std::uint64_t, std::shared_ptr<Lane>> lanes_;
  std::int64_t refused_ = 0;
  bool closed_ = false;
};

}  // namespace zoobar
