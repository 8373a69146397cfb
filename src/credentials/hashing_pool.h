// The threads that hash passwords, and the queues before them. The loop never waits for a hash.
//
// A caller first waits for an admission, then has jobs done. Fair queues (ipc/fair_queue.h) give the order of both:
//   - Admissions. Each kind of work has a queue of its own, which its principals share. The principal is the member if
//     a device of theirs is known, else the address. A login is one hash. A new password is as many hashes as it has
//     sweetwords, and is admitted as one piece of work. So if sixty people register at once, the first are done soon.
//     If the sixty took turns hash by hash, all would be done late.
//   - Threads. The kinds share them 4 : 2 : 1, hash by hash. Under a flood of logins from unknown devices, members who
//     log in from their own browsers still get more than half of the hashing. Logins come between the hashes of a
//     registration.
//
// libuv's thread pool is not used, because its other users would wait behind logins.
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
  // Is called on a thread of the pool, and must not touch what belongs to the loop. Capture secrets by reference: the
  // captures of a job are not wiped.
  using Job = std::function<void(Hasher&)>;

  // What a job is for, and its share of the threads while all three kinds wait for them.
  enum class Kind {
    kKnownDevice,  // 4: a login from a device that has logged in to the account before
    kLogin,        // 2: any other login
    kNewPassword,  // 1: a new password's draw and hashes
  };

  // Places in the queues for admissions, in all. One principal may hold every place that nobody else wants, since a
  // school class may be behind one address. FairQueue takes places back when others come.
  struct Places {
    std::size_t logins = 256;         // of known devices, and as many of other logins
    std::size_t new_passwords = 256;  // registrations and changes of passwords
  };

  // New passwords that are worked on at the same time. The second keeps the threads busy while the first waits for a
  // disk.
  static constexpr std::size_t kNewPasswordsAtOnce = 2;
  static constexpr unsigned kMostThreads = 4;

  // A thread for each core if there are one or two cores. If there are more: for each but one, at most kMostThreads,
  // because each thread keeps a work area for good.
  static unsigned DefaultThreads();

  // Dies when it cannot get a thread or the work area of a thread.
  HashingPool(Loop& loop, unsigned threads, Places places, Argon2Parameters kept);
  // Waits for the jobs that are on a thread now. Drops jobs that are still queued, and never resumes their callers: let
  // them end first.
  ~HashingPool();
  HashingPool(const HashingPool&) = delete;
  HashingPool& operator=(const HashingPool&) = delete;

  // Waits for an admission: the right to have jobs of this kind done until the turn is destroyed. `ask.cost` is the
  // number of hashes. Work that cannot be done by `ask.deadline` is refused at once. `place`: as in FairQueue::Wait.
  Task<FairQueue::Turn> Admit(Kind kind, FairQueue::Ask ask, FairQueue::Place* place = nullptr);
  // Does a job on a thread, when the turn of its kind comes. The caller must have an admission, since this queue has no
  // bound. False: the queue was closed and the job was not done. When a job ends, 64 KiB of its stack are wiped.
  Task<bool> Do(Job job, Kind kind);

  // Holds from the next job on.
  void Configure(Places places, Argon2Parameters kept);
  // Refuses all who wait for an admission, and all later callers, with kClosed. Admitted work goes on.
  void Close();

  const FairQueue& queue(Kind kind) const { return *admissions_[static_cast<std::size_t>(kind)]; }
  const FairQueue& threads() const { return turns_; }
  unsigned size() const { return static_cast<unsigned>(threads_.size()); }
  std::size_t waiting() const;                   // for an admission or a thread
  bool idle() const { return in_flight_ == 0; }  // no job is queued or being done

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
  // Used on the loop's thread only.
  std::array<std::unique_ptr<FairQueue>, kKinds> admissions_;  // by kind
  FairQueue turns_;                                            // for the threads; its principals are the kinds
  std::size_t in_flight_ = 0;

  // Shared by the loop and the threads. The mutex is held for a few instructions at a time. There are never more items
  // than threads, since a job first waits for a turn.
  mutable std::mutex mutex_;
  std::condition_variable more_;
  std::deque<Item> given_;
  std::vector<Promised<bool>*> done_;
  Argon2Parameters kept_;
  bool stopping_ = false;

  std::vector<std::thread> threads_;
};

}  // namespace zoobar
