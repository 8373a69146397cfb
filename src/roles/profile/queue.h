// Whose program runs next. Each run is a turn in a fair queue (ipc/fair_queue.h) whose principal is the visitor: who
// asks for a run pays for it with their share, not the owner, so that nobody makes a member's program busy by looking
// at it. One owner's runs are one at a time, each with the files of the one before: the owner is the turn's lane.
//
// Some slots are kept for quick looks: at programs that have not been slow lately, by visitors who have not used much.
// One of these is kept for programs that are known to be short. Slow programs may have the others. While quick looks
// wait and every slot that they may have is taken, a run that has had its time under load is ended, if more than half
// of the slots are held by such: first that of the owner who has used most.
//
// An owner's CPU time is counted and forgotten at a tenth of a second each second. Past the budget, or when slowed for
// what it tried, an owner's runs share one slot with all others of their kind: the last.
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
  static constexpr double kForgottenEachSecond = 0.1;         // seconds of CPU
  static constexpr double kBudget = 5.0;                      // seconds of CPU
  static constexpr std::size_t kWaitingOfVisitor = 16;        // places
  static constexpr std::size_t kWaitingOfOwner = 64;          // places, whoever looks
  static constexpr Milliseconds kQuick{1000};                 // programs that take longer are slow
  static constexpr Milliseconds kShort{100};                  // programs that are known to take no longer are short
  static constexpr Milliseconds kLightVisitor{2000};          // of runs lately: FairQueue::Limits::light
  static constexpr Milliseconds kPatience{300};               // of a quick look, before a slow run is ended for it
  static constexpr Milliseconds kUnderLoad{1000};             // a run's time, before it may be ended for a quick look
  static constexpr Milliseconds kUnderCrowd{500};             // the same, when more looks wait than there are slots
  static constexpr std::size_t kOwnersKnown = 4096;           // what programs used lately is remembered of so many
  static constexpr double kUnknown = 0.5, kLeastCost = 0.05;  // seconds a run is taken to last

  struct Limits {
    std::size_t slots = 8, waiting = 256;
  };
  struct Look {
    std::string owner, visitor;
    bool slowed = false;
    std::int64_t deadline = 0;  // MonotonicMicros by which the run must have begun
  };

  // The right to one run, until it is destroyed. Not granted: see FairQueue::Turn. Within the life of the queue.
  class Turn {
   public:
    Turn() = default;
    Turn(Turn&&) noexcept;
    Turn& operator=(Turn&&) = delete;
    ~Turn();

    bool granted() const { return turn_.granted(); }
    FairQueue::Outcome outcome() const { return turn_.outcome(); }
    std::int64_t retry_after_s() const { return turn_.retry_after_s(); }
    // How to end the run, should its slot be needed for others.
    void CanBeEndedBy(std::function<void()> end);
    bool was_ended() const;  // in that way
    // What the run has used: processor time, and the time it was given (proto/sandbox.proto, WaitReply).
    void Used(std::uint64_t cpu_us, std::uint64_t given_us);

   private:
    friend class RunQueue;
    struct Run;
    RunQueue* queue_ = nullptr;
    std::shared_ptr<Run> run_;
    FairQueue::Turn turn_;
  };

  // clock: monotonic microseconds, for what owners have used. The waiting itself goes by the loop's time.
  RunQueue(Loop& loop, Limits limits, std::function<std::int64_t()> clock = MonotonicMicros);

  void SetLimits(Limits limits);

  Task<Turn> Enter(Look look);

  std::size_t running() const { return running_.size(); }
  std::size_t waiting() const { return queue_.figures().waiting; }
  std::int64_t ended_for_others() const { return ended_for_others_; }
  const FairQueue& queue() const { return queue_; }
  bool OverBudget(const std::string& owner);

 private:
  struct Owner {
    double cpu = 0;    // seconds, as of at_us; forgotten as above
    double lasts = 0;  // seconds a run of theirs lasts: the last one, or longer when one before it did. 0: not known
    std::int64_t at_us = 0;
  };
  struct QuickLook {
    std::string owner;
    std::int64_t since_us;
  };
  static FairQueue::Limits SharesOf(Limits limits);
  Owner& OwnerOf(const std::string& owner);
  double Lasts(const std::string& owner);  // seconds; 0: not known
  bool IsSlow(const std::string& owner);
  bool IsShort(const std::string& owner);
  bool Fits(const Look& look);
  bool FullButForShort() const;
  void Left(const Turn::Run& run);
  void Forget();
  // Ends a run, if quick looks wait for it.
  void MakeRoom();
  std::shared_ptr<Turn::Run> Longest() const;

  FairQueue queue_;
  Limits limits_;
  const std::function<std::int64_t()> clock_;
  Timer room_;
  std::map<std::string, Owner> owners_;
  std::list<std::shared_ptr<Turn::Run>> running_;
  std::list<QuickLook> quick_;  // that wait, in order of arrival
  std::int64_t ended_for_others_ = 0;
};

}  // namespace zoobar
