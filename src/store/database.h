// Database: the open files of an Environment, and the memory map through which they are read. Roles do not use it; they
// use Environment.
//
// LMDB runs with its lock file and with MDB_NOTLS. The table of readers in the lock file allows the loop's thread to
// read while the writer's thread commits. MDB_NOLOCK forbids exactly this: a reader could see a meta page that is not
// on disk yet. Nothing else is needed from the machine: the mutexes are futexes inside lock.mdb. After a kill -9 the
// next process that opens the environment initialises lock.mdb again; our own lock makes sure that it is alone in the
// folder.
#pragma once

#include <lmdb.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "ipc/fd.h"
#include "ipc/result.h"
#include "store/environment.h"
#include "store/transaction.h"

namespace zoobar {

class Database {
 public:
  // As Environment::Open.
  static Result<std::unique_ptr<Database>> Open(EnvironmentOptions options);
  // Precondition: no transaction is open.
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  Table table(std::string_view name) const;
  MDB_env* env() { return env_; }

  // Calls `act` in a read transaction of the present state. May be called on any thread. interruptible: when the map
  // must grow, walks inside `act` end early, and `act` is called again from its beginning.
  Status Read(const std::function<void(ReadTransaction&)>& act, bool interruptible);

  // Doubles the map. To be called on the writer's thread while no write transaction is open. An Error at the maximum.
  Status Grow();
  // Adopts the size that another process gave the map (LMDB's MDB_MAP_RESIZED). To be called under the same conditions.
  Status AdoptSize();

  // An Error with the text "store FOLDER: text", for callers and for the log.
  Error Explain(const Error& error) const;
  Error Explain(int code, std::string_view doing) const;

  std::uint64_t map_bytes() const;
  std::uint64_t used_bytes() const;
  std::uint64_t growths() const { return growths_; }

 private:
  explicit Database(EnvironmentOptions options) : options_(std::move(options)) {}
  Status TakeLock();
  Status OpenFiles();
  Status Extend();
  Status CheckFormat();
  Status CheckFormatIn(MDB_txn* txn, bool* to_write);
  Status OpenTables(bool write_format);
  // Both return LMDB's code. *doing says which step returned it.
  int TryToOpenTables(bool write_format, std::string* doing);
  int OpenTablesIn(MDB_txn* txn, bool write_format, std::string* doing);
  Status SyncFolder();
  Result<MDB_txn*> TakeReader();
  Status Resize(std::uint64_t bytes);

  const EnvironmentOptions options_;
  Fd lock_;
  MDB_env* env_ = nullptr;
  std::vector<Table> tables_;

  // Readers of the map hold it shared. The thread that resizes the map holds it alone.
  mutable std::shared_mutex map_;
  std::atomic<bool> growing_ = false;
  std::atomic<std::uint64_t> growths_ = 0;

  std::mutex readers_lock_;
  std::vector<MDB_txn*> idle_readers_;  // reset, to be renewed: saves the search for a slot and an allocation per read
};

}  // namespace zoobar
