// Turns at accounts that are being guessed at: how many attempts at one account are judged in a time, whoever makes
// them, and in which order.
//
// Each such account has a lane, a fair queue of its own (ipc/fair_queue.h) whose principals are addresses. A lane gives
// one turn at a time, and a turn lasts as long as the throttle's pace says (credentials/throttle.h). An address that
// has had no turn lately goes before those that have had some. A member who comes from an address of their own is thus
// next however many guesses wait from addresses that have guessed before, and behind those alone that are as new as it
// is.
//
// Places: addresses that have failed at the account lately (Admission::guessed) may hold kGuessed of a lane's places,
// so that the others are free for addresses that have not. Who has no place is refused; a refused attempt costs
// nothing.
//
// A turn is a right to begin: hashing comes after it and has a queue of its own. An attacker who makes hashing slow
// does not thereby keep the lane.
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
  static constexpr std::size_t kGuessed = 4;           // of these, of addresses that have failed here lately
  static constexpr Milliseconds kLongestWait{10000};   // for a turn; who would wait longer is refused at once
  static constexpr std::size_t kRemembered = 4096;     // lanes in which nobody waits

  explicit GuessLanes(Loop& loop) : loop_(loop) {}
  GuessLanes(const GuessLanes&) = delete;
  GuessLanes& operator=(const GuessLanes&) = delete;

  struct Passed {
    FairQueue::Outcome outcome = FairQueue::Outcome::kTurn;
    std::int64_t retry_after_s = 0;  // unless kTurn
  };
  // Waits for a turn at the account. `ask.principal`: the address; its deadline is brought forward to kLongestWait from
  // now. `at` may be null.
  Task<Passed> Pass(std::uint64_t account, FairQueue::Ask ask, Milliseconds pace, bool guessed,
                    WaitingAt* at = nullptr);

  // Refuses who waits, and everybody from now on, with kClosed.
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
