// Decides whose program runs next. Each visit to a program waits for a turn in a fair queue (ipc/fair_queue.h). The
// queue's principal is the visitor. The visitor's share pays for a run, and not the owner's share, so that nobody can
// make a member's program busy by visiting it. The queue's lane is the owner. One owner's runs follow each other, and
// each starts with the files that the run before it left.
//
// A visit is quick if the program was not slow lately and its visitor used little lately. Some slots are reserved for
// quick visits, and one of these slots is reserved for programs that are known to be short. Slow programs may have the
// other slots. If quick visits wait and no slot is free, one long run is ended for them: the run of the owner who used
// most CPU time. A run counts as long after it has lasted kUnderLoad. Long runs are not ended while they hold half of
// the slots or less.
//
// The CPU time of each owner is added up. Every second, a tenth of a second is subtracted from the sum. All owners
// whose sum is more than kBudget, and all owners who are slowed for offences, share one slot.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>

#include "ipc/fair_queue.h"
#include "ipc/loop.h"
#include "ipc/task.h"

namespace zoobar {

class RunQueue {
 public:
  static constexpr double kForgottenEachSecond = 0.1;   // seconds of CPU time that are subtracted each second
  static constexpr double kBudget = 5.0;                // seconds of CPU time; owners with more are over budget
  static constexpr std::size_t kWaitingOfVisitor = 16;  // places for the visits of one visitor
  static constexpr std::size_t kWaitingOfOwner = 64;    // places for the visits to one owner's program
  static constexpr Milliseconds kQuick{1000};           // programs that take longer are slow
  static constexpr Milliseconds kShort{100};            // programs that are known to take no longer are short
  static constexpr Milliseconds kLightVisitor{2000};    // a visitor whose runs took less lately is light
  static constexpr Milliseconds kPatience{300};         // a quick visit waits this long before a long run is ended
  static constexpr Milliseconds kUnderLoad{1000};       // after this time a run is long and may be ended
  static constexpr Milliseconds kUnderCrowd{500};       // used instead if more quick visits wait than there are slots
  static constexpr std::size_t kOwnersKnown = 4096;     // at most this many owners are remembered
  static constexpr double kUnknown = 0.5;               // seconds that a run is expected to last if nothing is known
  static constexpr double kLeastCost = 0.05;            // seconds that a run is expected to last at least

  struct Limits {
    std::size_t slots = 8, waiting = 256;
  };
  struct Visit {
    std::string owner, visitor;
    bool slowed = false;
    std::int64_t deadline = 0;  // when the run must have begun (MonotonicMicros); 0: no deadline
  };

  // The right to one run. The right ends when the Turn is destroyed. If a turn is not granted, outcome() says why. The
  // RunQueue must outlive its turns.
  class Turn {
   public:
    Turn() = default;
    Turn(Turn&&) noexcept;
    Turn& operator=(Turn&&) = delete;
    ~Turn();

    bool granted() const { return turn_.granted(); }
    FairQueue::Outcome outcome() const { return turn_.outcome(); }
    std::int64_t retry_after_s() const { return turn_.retry_after_s(); }
    // Sets the function that ends the run. The queue calls `end` if quick visits need the slot.
    void CanBeEndedBy(std::function<void()> end);
    bool was_ended() const;  // the function passed to CanBeEndedBy was called
    // Reports the CPU time and the given time of the run (proto/sandbox.proto, WaitReply), in microseconds.
    void Used(std::uint64_t cpu_us, std::uint64_t given_us);

   private:
    friend class RunQueue;
    struct ActiveRun;
    RunQueue* queue_ = nullptr;
    std::shared_ptr<ActiveRun> run_;
    FairQueue::Turn turn_;
  };

  // clock: returns monotonic microseconds. It measures what owners have used. Deadlines use the loop's time.
  RunQueue(Loop& loop, Limits limits, std::function<std::int64_t()> clock = MonotonicMicros);

  void SetLimits(Limits limits);

  Task<Turn> Enter(Visit visit);

  std::size_t running() const { return running_.size(); }
  std::size_t waiting() const { return queue_.figures().waiting; }
  std::int64_t ended_for_others() const { return ended_for_others_; }
  const FairQueue& queue() const { return queue_; }
  bool OverBudget(const std::string& owner);

 private:
  struct Owner {
    double cpu = 0;          // the sum of CPU time at at_us, in seconds (see kForgottenEachSecond)
    double lasts = 0;        // seconds that the last run lasted, or more if earlier runs took longer; 0: unknown
    std::int64_t at_us = 0;  // when `cpu` and `lasts` were brought up to date
  };
  struct QuickVisit {
    std::string owner;
    std::int64_t since_us;
  };
  static FairQueue::Limits SharesOf(Limits limits);
  Owner& OwnerOf(const std::string& owner);
  double Lasts(const std::string& owner);  // seconds; 0: unknown
  bool IsSlow(const std::string& owner);
  bool IsShort(const std::string& owner);
  bool Fits(const Visit& visit);
  bool FullButForShort() const;
  void RunEnded(const Turn::ActiveRun& run);
  void Forget();
  // Ends one long run if quick visits wait for its slot.
  void MakeRoom();
  std::shared_ptr<Turn::ActiveRun> LongRunToEnd() const;

  FairQueue queue_;
  Limits limits_;
  const std::function<std::int64_t()> clock_;
  Timer room_;
  std::map<std::string, Owner> owners_;
  std::list<std::shared_ptr<Turn::ActiveRun>> running_;
  std::list<QuickVisit> quick_;  // the quick visits that wait, in order of arrival
  std::int64_t ended_for_others_ = 0;
};

}  // namespace zoobar
