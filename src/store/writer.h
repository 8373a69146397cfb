// Writer: the only thread that writes to a database, and the groups of writes that it commits. Roles do not use it;
// they use Environment::Write.
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

  // Starts the thread. `loop` and `database` must outlive the call of Close.
  Writer(Loop& loop, Database& database);
  ~Writer();  // precondition: Close was called
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Returns false if the submission is not accepted; its answer then says why. If true, its waiter is resumed later on
  // the loop's thread.
  bool Add(Submission& submission);
  // Answers the submission on the caller's thread. Precondition: nothing was added yet, so the writer's thread only
  // waits.
  void AnswerFirst(Submission& submission);
  // Commits everything that was added, ends the thread and resumes the waiters.
  void Close();

  std::uint64_t commits() const { return commits_; }
  std::uint64_t writes() const { return writes_; }
  std::uint64_t late() const { return late_; }

 private:
  using Group = std::vector<Submission*>;

  // How one transaction over a whole group ended.
  enum class End {
    kCommitted,
    kMapFull,    // grow the map, then try again
    kResized,    // adopt the map's new size, then try again
    kTooLarge,   // the group changes more pages than LMDB can keep: try smaller groups
    kOneFailed,  // `failed` is the only reason: try again without it
    kAllFailed,
  };
  struct Attempt {
    End end;
    Error error;
    std::size_t failed = 0;
  };

  void HandOver();
  void Deliver();
  // The functions below belong to the writer's thread; AnswerFirst uses them too.
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
  Group turn_;  // added in this turn of the loop; all are handed over at its end
  std::size_t waiting_ = 0;
  bool closed_ = false;

  std::mutex lock_;
  std::condition_variable wake_thread_;
  Group queue_, done_;  // guarded by lock_
  bool ending_ = false;

  std::atomic<std::uint64_t> commits_ = 0, writes_ = 0, late_ = 0;
  std::thread thread_;
};

}  // namespace zoobar
