// The threads that hash passwords, so that the loop never waits for one. A bounded number of them, bounded queues
// before them: past these, or where it would have to wait too long, a login is told at once that the site is busy,
// rather than after its member has gone.
//
// Three kinds of jobs wait apart, and threads take from their queues by turns, 4 : 2 : 1. A flood of logins from
// nowhere thus leaves members who come from their own browsers more than half of the hashing, and none of the kinds
// starves.
//
// libuv's pool is not used: whatever else runs there would wait behind logins.
#pragma once

#include <uv.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "credentials/hashing.h"
#include "ipc/loop.h"
#include "ipc/task.h"

namespace zoobar {

class HashingPool {
 public:
  // Runs on a thread of the pool; touches nothing of the loop's. Hold secrets by reference: a job's captures are not
  // wiped.
  using Job = std::function<void(Hasher&)>;

  // What a job is for. Turns out of seven while all three kinds wait; one that has nothing waiting gives up its turns.
  enum class Weight {
    kKnownDevice,  // 4: a login from a device that has logged in to the account before
    kLogin,        // 2: any other login
    kNewPassword,  // 1: a hash for a new password, of which one password takes as many as it has sweetwords
  };
  using Microseconds = std::chrono::duration<double, std::micro>;

  // Past these expected waits a job is refused: nobody is served by an answer that comes after they have tried again.
  // Known devices and new passwords wait longer: for the first the queue's bound comes long before, and of the second
  // many hashes have been done in vain when one is refused.
  static constexpr Microseconds kShedLogin = std::chrono::seconds(2);
  static constexpr Microseconds kShedOthers = std::chrono::seconds(10);
  // Jobs for new passwords that may wait, times the queue's bound: up to 64 of them are one password.
  static constexpr std::size_t kJobsPerNewPassword = 32;

  // One thread less than there are cores, one at least and two at most: pages need a core too while a flood of logins
  // hashes, and a login is latency where more threads are other pages' latency.
  static unsigned DefaultThreads();

  // Dies when a thread or its work area cannot be had. `expected`: how long a job is taken to run until jobs have been
  // measured; with nothing, none is refused for its wait before.
  HashingPool(Loop& loop, unsigned threads, std::size_t queue_bound, Argon2Parameters kept, Microseconds expected = {});
  // Waits for jobs that run; jobs still queued are dropped and who waits for them is never resumed. Drain first.
  ~HashingPool();
  HashingPool(const HashingPool&) = delete;
  HashingPool& operator=(const HashingPool&) = delete;

  // True when the job has run. False at once when `queue_bound` jobs of its weight (of kNewPassword,
  // kJobsPerNewPassword times as many) wait for a thread already, or when it would wait longer than its weight may: the
  // jobs that come before it by turns, times the mean of what jobs take, over the threads. Never while a thread is
  // free. Each job's stack is wiped when it ends, 64 KiB deep.
  Task<bool> Run(Job job, Weight weight = Weight::kLogin);

  // From the next job on. The mean is scaled as the parameters' cost is.
  void Configure(std::size_t queue_bound, Argon2Parameters kept);

  std::size_t waiting() const;                   // jobs of all weights
  Microseconds mean() const;                     // of what jobs take; the last sixteen or so count most
  bool idle() const { return in_flight_ == 0; }  // nobody waits for Run

 private:
  struct Item {
    Job job;
    Promised<bool>* done;
  };
  struct Wake;  // the handle by which a thread wakes the loop

  static constexpr std::size_t kWeights = 3;

  // With mutex_ held.
  bool Admits(Weight weight) const;
  Microseconds ExpectedWait(Weight weight) const;
  std::size_t Queued() const;
  Item Take();
  void Measured(Microseconds took);

  void Work();
  void Deliver();

  Wake* wake_;
  std::size_t in_flight_ = 0;  // of the loop's thread alone

  mutable std::mutex mutex_;
  std::condition_variable more_;
  std::array<std::deque<Item>, kWeights> queues_;  // by weight
  std::size_t turn_ = 0;                           // in the round of seven
  Microseconds mean_;
  std::vector<Promised<bool>*> done_;
  std::size_t free_threads_ = 0;
  std::size_t queue_bound_;
  Argon2Parameters kept_;
  bool stopping_ = false;

  std::vector<std::thread> threads_;
};

}  // namespace zoobar
