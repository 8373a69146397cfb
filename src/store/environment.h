// Environment: one folder with one LMDB database file, used by one process. docs/design.md, "Stores"; docs/stores.md.
//
//   // Resumes when the changes are on disk:
//   auto done = co_await environment.Write([...](WriteTransaction& tx) -> Result<Outcome> { ... });
//   // Reads at once, on the loop's thread:
//   auto row = environment.Read([&](ReadTransaction& tx) -> Result<Row> { ... });
//
// GCC 12 destroys temporaries of a co_await expression twice. So a lambda gets a name first and is then moved into the
// call: `auto act = [...]...; co_await e.Write(std::move(act))`.
//
// The function that is passed to Write or ReadInPool may be called more than once. This happens if the map had to grow,
// or if another write of its group failed. Only the last call counts. So the function must change nothing but the
// transaction and its own result.
//
// All writes happen on one thread of the environment. No other thread begins or commits write transactions. The writes
// that arrive while a commit is being synced form the next group. A group has one transaction, one commit and one sync.
// Each Write resumes on the loop's thread when the commit that contains it is on disk.
//
// A write that fails does not undo the other writes of its group. If a function returns an Error after it has written,
// the group is executed again without this function. If a function returns a value, its changes are kept, even if the
// value means a refusal. So a function should first decide and then write.
//
// If the map is full, its size is doubled and the group is executed again. If the map already has the configured
// maximum size, the caller gets an Error, which names the limit. If the disk is full, the caller gets an Error too.
// Both Errors have Cause::kNoRoom, and committed data is never lost. If LMDB fails to write its meta page, nobody knows
// what the disk contains. The process then ends, and the next process reads what is on disk. So an Error always means
// that nothing of this write was kept.
#pragma once

#include <coroutine>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "config.pb.h"
#include "ipc/loop.h"
#include "ipc/result.h"
#include "ipc/task.h"
#include "ipc/try.h"
#include "store/transaction.h"

namespace zoobar {

struct EnvironmentOptions {
  std::string folder;                  // must exist; only this role uses it
  std::string kind;                    // the owner, such as "bank"; an environment of another kind is refused
  std::uint32_t format = 1;            // the version that this program writes; a later version is refused
  std::vector<std::string> tables;     // created if they are missing
  std::uint64_t map_bytes = 64 << 20;  // the initial size (Config.Store.map_bytes)
  std::uint64_t max_map_bytes = std::uint64_t{64} << 30;
  Milliseconds lock_wait{5000};  // how long Open waits for the lock of a process that was just killed

  // Returns options with these values, the format of this kind (store/formats.h) and the map sizes of the configuration.
  static EnvironmentOptions Of(std::string folder, std::string kind, std::vector<std::string> tables,
                               const Config::Store& config);
};

class Database;
class Writer;

class Environment {
 public:
  static constexpr std::size_t kMaxWaiting = 16384;  // writes that are not answered yet; a further Write fails at once
  static constexpr std::size_t kMaxGroup = 512;      // writes in one commit

  // Opens an environment, or creates one in an empty folder. Call it before the role begins to serve, because it
  // blocks: it syncs the disk and may wait for the lock. Returns an Error if another process has the environment open
  // (the text names the lock file), if a newer zoobar or another role made it, if it is damaged, or if reading or
  // writing fails.
  static Result<std::unique_ptr<Environment>> Open(Loop& loop, EnvironmentOptions options);
  // Commits all waiting writes and resumes their callers. If such a caller writes again, this write fails. The
  // environment must not be destroyed inside a function or coroutine that it calls or resumes, nor while a ReadInPool
  // is active.
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  // Ends the process if `name` is not one of the options' tables.
  Table table(std::string_view name) const;

  // Calls `act`, a Result<T>(WriteTransaction&), on the writer's thread. `act` may capture objects by value. It may
  // capture an object by reference only if the object lives until the Task ends and nobody else uses it in that time.
  // `deadline` is a time of MonotonicMicros; 0 means none. If the deadline has passed before the write begins, the
  // write is not begun and the result is an Error, because its caller no longer waits for it.
  template <typename Act, typename Outcome = std::invoke_result_t<Act&, WriteTransaction&>>
  Task<Outcome> Write(Act act, std::int64_t deadline = 0) {
    Outcome outcome = Error{};
    Submission submission(*writer_, Keeping(act, outcome));
    submission.deadline = deadline;
    Status committed = co_await submission;
    if (!committed.ok()) co_return Failed(committed.error());
    co_return outcome;
  }

  // As Write, but blocks until the write is on disk. Only for the owner of a store while it opens the store, before the
  // first call of Write.
  template <typename Act, typename Outcome = std::invoke_result_t<Act&, WriteTransaction&>>
  Outcome WriteFirst(Act act) {
    Outcome outcome = Error{};
    TRY_STATUS(WriteAtOnce(Keeping(act, outcome)));
    return outcome;
  }

  // Calls `act`, a Result<T>(ReadTransaction&), once and at once, on the loop's thread. `act` should need only
  // microseconds. It must not walk through many entries and must not call Read.
  template <typename Act, typename Outcome = std::invoke_result_t<Act&, ReadTransaction&>>
  Outcome Read(Act act) {
    Outcome outcome = Error{};
    TRY_STATUS(ReadNow([&act, &outcome](ReadTransaction& tx) { outcome = act(tx); }));
    return outcome;
  }

  // As Read, but calls `act` on libuv's thread pool. This is for walks over whole tables. `act` sees one snapshot from
  // its beginning to its end. Until `act` ends, LMDB cannot use freed pages again, so the file grows.
  template <typename Act, typename Outcome = std::invoke_result_t<Act&, ReadTransaction&>>
  Task<Outcome> ReadInPool(Act act) {
    Outcome outcome = Error{};
    Status read;
    std::function<void(ReadTransaction&)> keep = [&act, &outcome](ReadTransaction& tx) { outcome = act(tx); };
    std::function<void()> work = [this, &keep, &read] { read = ReadLong(keep); };
    PoolWork pool(loop_, std::move(work));
    co_await pool;
    CO_TRY_STATUS(std::move(read));
    co_return outcome;
  }

  // Stops the commits, so that other stores can be read as of the same moment. Resumes when no commit is in progress.
  // From then until Release is called, or until `at_most` has passed since this call, no group is begun: the database
  // does not change, and writes wait. Returns the number of the hold. Returns 0 if the hold is already over, if another
  // one is in progress, or if it comes too early. A hold comes too early if the last one ended less than ten times its
  // own duration ago. So whoever may hold the store can take a tenth of its time, and not more.
  Task<std::uint64_t> Hold(Milliseconds at_most);
  // Ends the hold with this number. Returns whether it has lasted until now.
  bool Release(std::uint64_t hold);

  struct Usage {
    std::uint64_t map_bytes = 0;
    std::uint64_t used_bytes = 0;  // bytes of the pages that were ever used, including free ones
    // Counted since the environment was opened.
    std::uint64_t commits = 0;  // groups that are on disk
    std::uint64_t writes = 0;   // writes that were answered, including refused ones
    std::uint64_t growths = 0;
    std::uint64_t no_room = 0;  // writes refused because there was no room
    std::uint64_t late = 0;     // writes not begun because their deadline had passed
  };
  Usage usage() const;

  // `tell` is called on the loop's thread for each write that was refused because there was no room.
  void OnNoRoom(std::function<void(const Error& why)> tell) { tell_no_room_ = std::move(tell); }

 private:
  friend class Writer;

  // One Write that is not answered yet. It lives in the frame of Write's coroutine.
  struct Submission {
    Submission(Writer& to, std::function<Status(WriteTransaction&)> function) : writer(to), act(std::move(function)) {}
    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> waiting);
    Status await_resume() { return std::move(answer); }

    Writer& writer;
    std::function<Status(WriteTransaction&)> act;
    std::int64_t deadline = 0;
    Suspended waiter;
    Status answer;
  };

  Environment(Loop& loop, std::unique_ptr<Database> database);
  const Error& Failed(const Error& error);
  // Returns a function for the writer, which calls `act` and stores its result in `outcome`.
  template <typename Act, typename Outcome>
  static std::function<Status(WriteTransaction&)> Keeping(Act& act, Outcome& outcome) {
    return [&act, &outcome](WriteTransaction& tx) -> Status {
      outcome = act(tx);
      return outcome.ok() ? Status() : Status(outcome.error());
    };
  }
  Status WriteAtOnce(std::function<Status(WriteTransaction&)> act);
  Status ReadNow(const std::function<void(ReadTransaction&)>& act);
  Status ReadLong(const std::function<void(ReadTransaction&)>& act);

  Loop& loop_;
  std::unique_ptr<Database> database_;
  std::shared_ptr<Writer> writer_;
  std::uint64_t no_room_ = 0;
  std::function<void(const Error& why)> tell_no_room_;
};

}  // namespace zoobar
