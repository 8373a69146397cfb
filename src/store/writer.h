// Writer: the thread that alone writes to a database, and the groups it commits. Not for stores' owners, who use
// Environment::Write.
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

  // Starts the thread. `loop` and `database` outlive Close().
  Writer(Loop& loop, Database& database);
  ~Writer();  // closed
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // False when it is not taken; its answer says why. Else its waiter is resumed, later, on the loop's thread.
  bool Add(Submission& submission);
  // Answers it on the caller's thread. Nothing was added yet, so the writer's own only waits.
  void AnswerFirst(Submission& submission);
  // Commits what was added, ends the thread, resumes the waiters.
  void Close();

  std::uint64_t commits() const { return commits_; }
  std::uint64_t writes() const { return writes_; }
  std::uint64_t late() const { return late_; }

 private:
  using Group = std::vector<Submission*>;

  // How one transaction over a whole group ended.
  enum class End {
    kCommitted,
    kMapFull,    // grow, then again
    kResized,    // take the map's new size, then again
    kTooLarge,   // more changed pages than LMDB keeps: smaller groups
    kOneFailed,  // `failed` is to blame: again without it
    kAllFailed,
  };
  struct Attempt {
    End end;
    Error error;
    std::size_t failed = 0;
  };

  void HandOver();
  void Deliver();
  // The rest is the thread's, but for AnswerFirst.
  void Run();
  void Answer(Group group);
  void AnswerEachAlone(const Group& group);
  Attempt Try(const Group& group);
  Attempt Judge(const ReadTransaction& tx, std::size_t index) const;
  Attempt Commit(MDB_txn* txn, std::size_t writes);
  Group WithoutLate(const Group& group);
  Error Failure(int code, const Error& error) const;
  static End EndOf(int code);

  Loop& loop_;
  Database& database_;
  uv_async_t* wake_loop_;

  // Of the loop's thread.
  Group turn_;  // added in this turn of the loop; handed over together at its end
  std::size_t waiting_ = 0;
  bool closed_ = false;

  std::mutex lock_;
  std::condition_variable wake_thread_;
  Group queue_, done_;  // under lock_
  bool ending_ = false;

  std::atomic<std::uint64_t> commits_ = 0, writes_ = 0, late_ = 0;
  std::thread thread_;
};

}  // namespace zoobar
