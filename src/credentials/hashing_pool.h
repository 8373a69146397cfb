// The threads that hash passwords, and the queues in which callers wait for these threads. The loop never waits for a
// hash.
//
// A caller first waits for an admission, which is the right to hash. Then it gives jobs to the threads. Fair queues
// (ipc/fair_queue.h) decide the order of the admissions and of the jobs:
//   - Admissions. Each kind of work has its own queue, which its principals share. For a login from a device that the
//     member has used before, the principal is the member, else it is the address. A login needs one hash. A new
//     password needs as many hashes as it has sweetwords, and gets one admission for all of them. So if sixty people
//     register at once, the first are done soon. If the sixty took turns hash by hash, all of them would be done late.
//   - Threads. The three kinds of work (see Kind) share the threads 4 : 2 : 1, hash by hash. Under a flood of logins
//     from unknown devices, members who log in from their own browsers still get more than half of the hashing. Logins
//     come between the hashes of a registration.
//
// libuv's thread pool is not used, because the other users of that pool would have to wait for logins.
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
  // A job is called on a thread of the pool, and must not touch what belongs to the loop. Capture secrets by reference,
  // because the captures of a job are not wiped.
  using Job = std::function<void(Hasher&)>;

  // What a job is for, and its share of the threads while all three kinds wait for them.
  enum class Kind {
    kKnownDevice,  // 4: a login from a device that has logged in to the account before
    kLogin,        // 2: any other login
    kNewPassword,  // 1: drawing and hashing the sweetwords of a new password
  };

  // How many callers may wait in the queues for admissions. One principal may hold every place that nobody else wants,
  // since a school class may be behind one address. When others come, FairQueue takes places away from that principal.
  struct Places {
    std::size_t logins = 256;         // from known devices, and as many other logins
    std::size_t new_passwords = 256;  // registrations and changes of passwords
  };

  // How many new passwords are worked on at the same time. The second one keeps the threads busy while the first waits
  // for a disk.
  static constexpr std::size_t kNewPasswordsAtOnce = 2;
  static constexpr unsigned kMostThreads = 4;

  // The default number of threads. With one or two cores, there is a thread for each core. With more cores, one core is
  // left free, and there are at most kMostThreads threads, because each thread keeps its work area in memory.
  static unsigned DefaultThreads();

  // Ends the process if a thread or its work area cannot be made.
  HashingPool(Loop& loop, unsigned threads, Places places, Argon2Parameters kept);
  // Waits for the jobs that the threads are doing now. Drops the jobs that are still queued, and never resumes their
  // callers. So destroy the pool only when it is idle.
  ~HashingPool();
  HashingPool(const HashingPool&) = delete;
  HashingPool& operator=(const HashingPool&) = delete;

  // Waits for an admission. With it the caller may call Do for this kind until the returned turn is destroyed.
  // `ask.cost` is the number of hashes. Work that cannot be finished before `ask.deadline` is refused at once. `place`
  // has the same meaning as in FairQueue::Wait.
  Task<FairQueue::Turn> Admit(Kind kind, FairQueue::Ask ask, FairQueue::Place* place = nullptr);
  // Does a job on a thread, when its kind gets a turn. The caller must have an admission, since the queue for the
  // threads has no limit of its own. Returns false if the queue was closed and the job was not done. When a job ends,
  // 64 KiB of its stack are wiped.
  Task<bool> Do(Job job, Kind kind);

  // The new values apply from the next job on.
  void Configure(Places places, Argon2Parameters kept);
  // Refuses all callers that wait for an admission, and all later callers, with Outcome::kClosed. Work that has an
  // admission goes on.
  void Close();

  const FairQueue& queue(Kind kind) const { return *admissions_[static_cast<std::size_t>(kind)]; }
  const FairQueue& threads() const { return turns_; }
  unsigned size() const { return static_cast<unsigned>(threads_.size()); }
  std::size_t waiting() const;                   // callers that wait for an admission or a thread
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

  // The loop and the threads share these members under mutex_, which is held for a few instructions at a time. given_
  // never has more items than there are threads, since a job first waits for a turn.
  mutable std::mutex mutex_;
  std::condition_variable more_;
  std::deque<Item> given_;
  std::vector<Promised<bool>*> done_;
  Argon2Parameters kept_;
  bool stopping_ = false;

  std::vector<std::thread> threads_;
};

}  // namespace zoobar
