// Whose program runs next. Parallel across owners, one at a time within one, shared fairly by visitor.
//
// An owner's CPU time is counted and forgotten at a tenth of a second each second. Past the budget, or when slowed for
// what it tried, an owner's runs share one slot with all others of their kind: the last.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>

#include "ipc/loop.h"
#include "ipc/task.h"

namespace zoobar {

class RunQueue {
 public:
  static constexpr double kForgottenEachSecond = 0.1;  // seconds of CPU
  static constexpr double kBudget = 5.0;               // seconds of CPU
  static constexpr std::size_t kMaxWaitingOfVisitor = 16;

  struct Limits {
    std::size_t slots = 8, waiting = 256;
  };
  // clock: monotonic microseconds.
  RunQueue(Loop& loop, Limits limits, std::function<std::int64_t()> clock = MonotonicMicros);

  void SetLimits(Limits limits);

  // Waits for a turn, at most `patience`. False: none came in time, or too many wait already. Each true is followed by
  // one Leave.
  Task<bool> Enter(std::string owner, std::string visitor, bool slowed, Milliseconds patience);
  void Leave(const std::string& owner, const std::string& visitor, std::uint64_t cpu_us);

  std::size_t running() const { return running_.size(); }
  std::size_t waiting() const { return waiting_.size(); }
  bool OverBudget(const std::string& owner);

 private:
  struct Place {
    std::string owner, visitor;
    bool slowed;
    Promised<bool> turn;
  };
  struct Spent {
    double seconds = 0;
    std::int64_t at_us = 0;
  };
  struct Running {
    bool last_slot = false;
  };
  void Admit();
  bool MayRun(const Place& place);
  Spent& SpentBy(const std::string& owner);

  Loop& loop_;
  Limits limits_;
  const std::function<std::int64_t()> clock_;
  std::list<std::shared_ptr<Place>> waiting_;    // in order of arrival
  std::map<std::string, Running> running_;       // by owner
  std::map<std::string, std::size_t> visitors_;  // how many runs each has going
  std::map<std::string, Spent> spent_;
};

}  // namespace zoobar
