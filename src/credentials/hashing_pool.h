// The threads that hash passwords, so that the loop never waits for one. A bounded number of them, a bounded queue
// before them: past it a login is told at once that the site is busy, rather than after its member has gone.
//
// libuv's pool is not used: whatever else runs there would wait behind logins.
#pragma once

#include <uv.h>

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

  // One thread per core, two at most: a login is latency, more threads are other pages' latency.
  static unsigned DefaultThreads();

  // Dies when a thread or its work area cannot be had.
  HashingPool(Loop& loop, unsigned threads, std::size_t queue_bound, Argon2Parameters kept);
  // Waits for jobs that run; jobs still queued are dropped and who waits for them is never resumed. Drain first.
  ~HashingPool();
  HashingPool(const HashingPool&) = delete;
  HashingPool& operator=(const HashingPool&) = delete;

  // True when the job has run, false at once when `queue_bound` jobs wait for a thread already. Each job's stack is
  // wiped when it ends, 64 KiB deep.
  Task<bool> Run(Job job);

  // From the next job on.
  void Configure(std::size_t queue_bound, Argon2Parameters kept);

  std::size_t waiting() const;
  bool idle() const { return in_flight_ == 0; }  // nobody waits for Run

 private:
  struct Item {
    Job job;
    Promised<bool>* done;
  };
  struct Wake;  // the handle by which a thread wakes the loop

  void Work();
  void Deliver();

  Wake* wake_;
  std::size_t in_flight_ = 0;  // of the loop's thread alone

  mutable std::mutex mutex_;
  std::condition_variable more_;
  std::deque<Item> queue_;
  std::vector<Promised<bool>*> done_;
  std::size_t free_threads_ = 0;
  std::size_t queue_bound_;
  Argon2Parameters kept_;
  bool stopping_ = false;

  std::vector<std::thread> threads_;
};

}  // namespace zoobar
