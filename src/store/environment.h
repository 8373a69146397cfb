// Environment: one folder with one LMDB database file, used by one process. docs/design.md, "Stores"; docs/stores.md.
//
//   auto done = co_await environment.Write([...](WriteTransaction& tx) -> Result<Outcome> { ... });  // durable by then
//   auto row = environment.Read([&](ReadTransaction& tx) -> Result<Row> { ... });  // at once, on the loop's thread
//
// (With GCC 12 a lambda is named first and moved into the call: `auto act = [...]...; co_await
// e.Write(std::move(act))`.)
//
// The function given to Write or ReadInPool may run more than once (the map grew; another write of its group failed);
// the last run counts. So it changes nothing but the transaction and its own result.
//
// Writes run on one thread of the environment's own, which alone begins and commits write transactions. Those that
// arrive while a commit is being synced form the next group: one transaction, one commit, one sync. Each Write resumes
// on the loop's thread after the commit that holds it is on disk.
//
// One failing write does not undo the others of its group: a function that returns an Error after it wrote is taken
// back by running the group again without it. What a function returns as a value stands, whatever the value says: judge
// first, then write.
//
// A full map is grown by doubling and the group run again; only at the configured maximum does the caller see an Error,
// which names the limit. A full disk is an Error too. Both have Cause::kNoRoom, and neither loses anything committed.
// After a failed write of LMDB's meta page nobody knows what the disk holds: the process dies, and its successor reads
// what is true. So whoever is answered with an Error knows that nothing of this write was kept.
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

#include "ipc/loop.h"
#include "ipc/result.h"
#include "ipc/task.h"
#include "ipc/try.h"
#include "store/transaction.h"

namespace zoobar {

// The folder a role with Folder::kStore finds its environment in.
inline constexpr const char* kStoreFolder = "/store";

struct EnvironmentOptions {
  std::string folder = kStoreFolder;   // exists; ours alone
  std::string kind;                    // whose it is: "bank". Another's environment is refused
  std::uint32_t format = 1;            // the format version this program writes; a later one is refused
  std::vector<std::string> tables;     // made when missing
  std::uint64_t map_bytes = 64 << 20;  // at first (Config.Store.map_bytes)
  std::uint64_t max_map_bytes = std::uint64_t{64} << 30;
  Milliseconds lock_wait{5000};  // how long to wait for a predecessor that was just killed
};

class Database;
class Writer;

class Environment {
 public:
  static constexpr std::size_t kMaxWaiting = 16384;  // writes not yet answered; past it Write fails at once
  static constexpr std::size_t kMaxGroup = 512;      // writes in one commit

  // Opens it, or makes a new one in an empty folder. Blocks (it syncs, and may wait for the lock): before serving.
  // Errors: another process has it open (named), made by a newer zoobar, another role's, damaged, I/O.
  static Result<std::unique_ptr<Environment>> Open(Loop& loop, EnvironmentOptions options);
  // Commits what was asked for and resumes whoever waits; what they write then fails.
  // Not inside a function or coroutine that the environment runs or resumes, and not while a ReadInPool runs.
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  // Dies if `name` was not among the options' tables.
  Table table(std::string_view name) const;

  // act: Result<T>(WriteTransaction&), run on the writer's thread: it captures by value, or by reference what lives
  // until the Task ends and nobody else touches meanwhile.
  // deadline: in MonotonicMicros; a write whose turn comes later is not begun, and answered with an Error: nobody waits
  // for it any more. 0: none.
  template <typename Act, typename Outcome = std::invoke_result_t<Act&, WriteTransaction&>>
  Task<Outcome> Write(Act act, std::int64_t deadline = 0) {
    Outcome outcome = Error{};
    std::function<Status(WriteTransaction&)> run = [&act, &outcome](WriteTransaction& tx) -> Status {
      outcome = act(tx);
      return outcome.ok() ? Status() : Status(outcome.error());
    };
    Submission submission(*writer_, std::move(run));
    submission.deadline = deadline;
    Status committed = co_await submission;
    if (!committed.ok()) co_return Failed(committed.error());
    co_return outcome;
  }

  // The same, here and now: blocks until it is on disk. For a store's owner while opening, before any Write.
  template <typename Act, typename Outcome = std::invoke_result_t<Act&, WriteTransaction&>>
  Outcome WriteFirst(Act act) {
    Outcome outcome = Error{};
    std::function<Status(WriteTransaction&)> run = [&act, &outcome](WriteTransaction& tx) -> Status {
      outcome = act(tx);
      return outcome.ok() ? Status() : Status(outcome.error());
    };
    TRY_STATUS(RunFirst(std::move(run)));
    return outcome;
  }

  // act: Result<T>(ReadTransaction&), run once, at once, on the loop's thread. Microseconds: no long walks, no Read
  // inside it.
  template <typename Act, typename Outcome = std::invoke_result_t<Act&, ReadTransaction&>>
  Outcome Read(Act act) {
    Outcome outcome = Error{};
    std::function<void(ReadTransaction&)> run = [&act, &outcome](ReadTransaction& tx) { outcome = act(tx); };
    TRY_STATUS(RunRead(run));
    return outcome;
  }

  // The same on libuv's pool, for walks over whole tables: one snapshot from beginning to end. While it runs, freed
  // pages are not used again, so the file grows.
  template <typename Act, typename Outcome = std::invoke_result_t<Act&, ReadTransaction&>>
  Task<Outcome> ReadInPool(Act act) {
    Outcome outcome = Error{};
    Status read;
    std::function<void(ReadTransaction&)> run = [&act, &outcome](ReadTransaction& tx) { outcome = act(tx); };
    std::function<void()> work = [this, &run, &read] { read = RunLongRead(run); };
    PoolWork pool(loop_, std::move(work));
    co_await pool;
    if (!read.ok()) co_return read.error();
    co_return outcome;
  }

  struct Usage {
    std::uint64_t map_bytes = 0;
    std::uint64_t used_bytes = 0;  // pages ever used, free ones among them
    // Since it was opened.
    std::uint64_t commits = 0;  // groups that reached the disk
    std::uint64_t writes = 0;   // writes answered, refused ones too
    std::uint64_t growths = 0;
    std::uint64_t no_room = 0;  // writes refused for want of room
    std::uint64_t late = 0;     // writes not begun, because their deadline had passed
  };
  Usage usage() const;

  // Called on the loop's thread for each write refused for want of room.
  void OnNoRoom(std::function<void(const Error& why)> tell) { tell_no_room_ = std::move(tell); }

 private:
  friend class Writer;

  // One Write on its way; lives in its coroutine's frame.
  struct Submission {
    Submission(Writer& to, std::function<Status(WriteTransaction&)> function) : writer(to), act(std::move(function)) {}
    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> waiting);
    Status await_resume() { return std::move(answer); }

    Writer& writer;
    std::function<Status(WriteTransaction&)> act;
    std::int64_t deadline = 0;
    std::coroutine_handle<> waiter;
    Status answer;
  };

  Environment(Loop& loop, std::unique_ptr<Database> database);
  const Error& Failed(const Error& error);
  Status RunFirst(std::function<Status(WriteTransaction&)> run);
  Status RunRead(const std::function<void(ReadTransaction&)>& run);
  Status RunLongRead(const std::function<void(ReadTransaction&)>& run);

  Loop& loop_;
  std::unique_ptr<Database> database_;
  std::shared_ptr<Writer> writer_;
  std::uint64_t no_room_ = 0;
  std::function<void(const Error& why)> tell_no_room_;
};

}  // namespace zoobar
