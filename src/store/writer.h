// Writer owns the only thread that writes to a database. The thread commits writes in groups. Roles do not use this
// class; they use Environment::Write.
#pragma once

#include <uv.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "store/database.h"
#include "store/environment.h"

namespace zoobar {

class Writer : public std::enable_shared_from_this<Writer> {
 public:
  using Submission = Environment::Submission;

  // Starts the thread. `loop` and `database` must live until Close has returned.
  Writer(Loop& loop, Database& database);
  ~Writer();  // precondition: Close was called
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Adds a submission, which the writer's thread will execute. Returns false if it is not accepted; then
  // submission.answer contains the reason. Otherwise the coroutine that waits for it is resumed later, on the loop's
  // thread.
  bool Add(Submission& submission);
  // Executes the submission at once, on the caller's thread. Precondition: Add was not called yet, so that the writer's
  // thread is idle.
  void AnswerFirst(Submission& submission);
  // See Environment::Hold and Release.
  Task<std::uint64_t> Hold(Milliseconds at_most);
  bool Release(std::uint64_t hold);
  // Commits everything that was added, ends the thread, and resumes the coroutines that wait.
  void Close();

  std::uint64_t commits() const { return commits_; }
  std::uint64_t writes() const { return writes_; }
  std::uint64_t late() const { return late_; }

 private:
  using Group = std::vector<Submission*>;

  // The result of one attempt to execute a whole group in one transaction.
  enum class End {
    kCommitted,
    kMapFull,    // the map is full: grow it, then try again
    kResized,    // another process resized the map: adopt its size, then try again
    kTooLarge,   // the group changes more pages than LMDB allows: try smaller groups
    kOneFailed,  // only submission number `failed` is to blame: try again without it
    kAllFailed,
  };
  struct Attempt {
    End end;
    Error error;
    std::size_t failed = 0;
  };

  void HandOver();
  void Deliver();
  void WaitForWork(std::unique_lock<std::mutex>& lock);
  void ForgetDeadReaders();
  // The functions below run on the writer's thread. Only AnswerFirst calls them on another thread.
  void AnswerGroups();
  void Answer(Group group);
  void AnswerEachAlone(const Group& group);
  Attempt Try(const Group& group);
  Attempt FailedAttempt(const ReadTransaction& tx, std::size_t index) const;
  Attempt Commit(MDB_txn* txn, std::size_t writes);
  Group WithoutLate(const Group& group);
  Error Failure(int code, const Error& error) const;
  static End EndOf(int code);

  Loop& loop_;
  Database& database_;
  uv_async_t* wake_loop_;

  // Used only by the loop's thread.
  Group turn_;  // submissions of this turn of the loop; at its end, they go to queue_
  std::size_t waiting_ = 0;
  bool closed_ = false;
  std::unique_ptr<Promised<bool>> held_;         // set while Hold waits for the group that is being answered
  std::int64_t hold_began_ = 0, next_hold_ = 0;  // times of MonotonicMicros
  std::uint64_t holds_ = 0;                      // the number of the last hold

  std::mutex lock_;
  std::condition_variable wake_thread_;
  Group queue_, done_;  // guarded by lock_
  bool ending_ = false, answering_ = false;
  std::int64_t held_until_ = 0;  // no group is begun before this time of MonotonicMicros, unless ending_ is set

  std::int64_t readers_checked_ = 0;  // used only by the writer's thread
  std::atomic<std::uint64_t> commits_ = 0, writes_ = 0, late_ = 0;
  std::thread thread_;
};

}  // namespace zoobar
