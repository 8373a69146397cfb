// The threads that hash passwords, so that the loop never waits for one, and the queues before them.
//
// Who wants to hash first waits for an admission, then runs jobs. Both orders come from fair queues (ipc/fair_queue.h):
//   - Admissions: each kind of work has a queue of its own, shared by principals: the member where a device of theirs
//     is known, else the address. A login is one hash; a new password is as many as it has sweetwords, and is admitted
//     as one piece of work, in order of arrival: of sixty who register at once the first are done soon, where sixty
//     that took turns hash by hash would all be done last.
//   - Threads: the kinds share them 4 : 2 : 1, hash by hash. A flood of logins from nowhere leaves members who come
//     from their own browsers more than half of the hashing, and logins pass between the hashes of a registration.
//
// libuv's pool is not used: whatever else runs there would wait behind logins.
#pragma once

#include <uv.h>

#include <array>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "credentials/hashing.h"
#include "ipc/fair_queue.h"
#include "ipc/loop.h"
#include "ipc/task.h"

namespace zoobar {

class HashingPool {
 public:
  // Runs on a thread of the pool; touches nothing of the loop's. Hold secrets by reference: a job's captures are not
  // wiped.
  using Job = std::function<void(Hasher&)>;

  // What a job is for, and its share of the threads while all three kinds wait.
  enum class Kind {
    kKnownDevice,  // 4: a login from a device that has logged in to the account before
    kLogin,        // 2: any other login
    kNewPassword,  // 1: a new password's draw and hashes
  };

  // Places in the queues for admissions, in all. One principal may hold every place that nobody else wants: a class
  // behind one address must fit. FairQueue takes places back when others come.
  struct Places {
    std::size_t logins = 256;         // of known devices, and as many of other logins
    std::size_t new_passwords = 256;  // registrations and changes of passwords
  };

  // New passwords worked on at once. The second keeps the threads busy while the first waits for a disk.
  static constexpr std::size_t kNewPasswordsAtOnce = 2;
  static constexpr unsigned kMostThreads = 4;

  // Every core of two. Of more, all but one, at most kMostThreads: each thread keeps a work area for good.
  static unsigned DefaultThreads();

  // Dies when a thread or its work area cannot be had.
  HashingPool(Loop& loop, unsigned threads, Places places, Argon2Parameters kept);
  // Waits for jobs that run; jobs still queued are dropped and who waits for them is never resumed. Drain first.
  ~HashingPool();
  HashingPool(const HashingPool&) = delete;
  HashingPool& operator=(const HashingPool&) = delete;

  // Leave to run jobs of this kind, until the turn is destroyed. `ask.cost` is how many hashes the work takes: one that
  // cannot be done by `ask.deadline` is refused at once. `place` as with FairQueue::Wait.
  Task<FairQueue::Turn> Admit(Kind kind, FairQueue::Ask ask, FairQueue::Place* place = nullptr);
  // Runs a job on a thread, when its kind's turn comes. For who has an admission, since this queue has no bounds of its
  // own. False: closed, and the job has not run. Each job's stack is wiped when it ends, 64 KiB deep.
  Task<bool> Run(Job job, Kind kind);

  // From the next job on.
  void Configure(Places places, Argon2Parameters kept);
  // Refuses who waits for an admission, and everybody from now on (kClosed). Admitted work goes on.
  void Close();

  const FairQueue& queue(Kind kind) const { return *admissions_[static_cast<std::size_t>(kind)]; }
  const FairQueue& threads() const { return turns_; }
  unsigned size() const { return static_cast<unsigned>(threads_.size()); }
  std::size_t waiting() const;                   // for an admission or a thread
  bool idle() const { return in_flight_ == 0; }  // nobody waits for Run

 private:
  struct Item {
    Job job;
    Promised<bool>* done;
  };
  struct Wake;  // the handle by which a thread wakes the loop
  static constexpr std::size_t kKinds = 3;

  static FairQueue::Limits LimitsOf(Kind kind, unsigned threads, Places places);
  void Work();
  void Deliver();

  Wake* wake_;
  // Of the loop's thread alone.
  std::array<std::unique_ptr<FairQueue>, kKinds> admissions_;  // by kind
  FairQueue turns_;                                            // for a thread; the principals are the kinds
  std::size_t in_flight_ = 0;

  // Between the loop and the threads. Never more items than threads: a turn comes first. Held for a few instructions.
  mutable std::mutex mutex_;
  std::condition_variable more_;
  std::deque<Item> given_;
  std::vector<Promised<bool>*> done_;
  Argon2Parameters kept_;
  bool stopping_ = false;

  std::vector<std::thread> threads_;
};

}  // namespace zoobar
