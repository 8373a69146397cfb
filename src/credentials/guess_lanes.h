// Turns at accounts whose passwords are being guessed. They bound how many attempts at one account are judged in a
// time, from all addresses together, and give the order.
//
// Each such account has a lane: a fair queue of its own (ipc/fair_queue.h), whose principals are addresses. A lane
// gives one turn at a time, and a turn lasts as long as the throttle's pace says (credentials/throttle.h). An address
// that had no turn lately goes before those that had some. So a member with an address of their own is next, however
// many guesses wait from addresses that have guessed before. Only addresses that are as new can be before the member.
//
// Places: addresses that lately failed at the account (Admission::guessed) may hold kGuessed of a lane's places. The
// other places are free for addresses that did not. A caller that gets no place is refused, and that costs it nothing.
//
// A turn is the right to begin. The hash comes after it and has a queue of its own. So an attacker who makes hashing
// slow does not keep the lane busy.
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

// For one loop's thread.
class GuessLanes {
 public:
  static constexpr std::size_t kPlaces = 24;           // waiting in one lane, in all
  static constexpr std::size_t kPlacesPerAddress = 3;  // of these, of one address
  static constexpr std::size_t kGuessed = 4;           // of these, of addresses that lately failed here
  static constexpr Milliseconds kLongestWait{10000};   // for a turn; a caller that would wait longer is refused at once
  static constexpr std::size_t kRemembered = 4096;     // lanes in which nobody waits

  explicit GuessLanes(Loop& loop) : loop_(loop) {}
  GuessLanes(const GuessLanes&) = delete;
  GuessLanes& operator=(const GuessLanes&) = delete;

  struct Passed {
    FairQueue::Outcome outcome = FairQueue::Outcome::kTurn;
    std::int64_t retry_after_s = 0;  // unless kTurn
  };
  // Waits for a turn at the account. `ask.principal` is the address. A deadline later than kLongestWait from now is
  // shortened to that. `guessed`: Admission::guessed. `at`, if not null, is told where the caller waits.
  Task<Passed> Pass(std::uint64_t account, FairQueue::Ask ask, Milliseconds pace, bool guessed,
                    WaitingAt* at = nullptr);

  // Refuses all who wait, and all later callers, with kClosed.
  void Close();
  // Forgets lanes that nobody has used since the last call.
  void Forget();

  // For counters and tests.
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
