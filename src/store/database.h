// Database: the open files behind an Environment, and the map they are read through. Not for stores' owners, who use
// Environment.
//
// LMDB runs with its lock file and MDB_NOTLS. Its table of readers is what lets the loop's thread read while the
// writer's thread commits: MDB_NOLOCK forbids exactly that (a reader could see a meta page that is not on disk yet).
// Nothing else is needed from the machine: the mutexes are futexes inside lock.mdb, and after a kill -9 the next
// opener, alone in the folder thanks to our own lock, lays lock.mdb out anew.
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
  // No transaction is open any more.
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  Table table(std::string_view name) const;
  MDB_env* env() { return env_; }

  // Any thread: runs it in a read transaction of the present state. `interruptible`: a walk ends early when the map
  // wants to grow, and is run again from its beginning.
  Status Read(const std::function<void(ReadTransaction&)>& run, bool interruptible);

  // The writer's thread, no write transaction open: doubles the map. An Error at the maximum.
  Status Grow();
  // The same place: takes the size another opener gave the map (LMDB's MDB_MAP_RESIZED).
  Status AdoptSize();

  // "FOLDER: text", for what is answered to callers and logged.
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
  // LMDB's code, and what gave it.
  int TryToOpenTables(bool write_format, std::string* doing);
  int OpenTablesIn(MDB_txn* txn, bool write_format, std::string* doing);
  Status SyncFolder();
  Result<MDB_txn*> TakeReader();
  Status Resize(std::uint64_t bytes);

  const EnvironmentOptions options_;
  Fd lock_;
  MDB_env* env_ = nullptr;
  std::vector<Table> tables_;

  // Held shared by whoever reads through the map, alone by whoever maps it anew.
  mutable std::shared_mutex map_;
  std::atomic<bool> growing_ = false;
  std::atomic<std::uint64_t> growths_ = 0;

  std::mutex readers_lock_;
  std::vector<MDB_txn*> idle_readers_;  // reset, to be renewed: saves a slot's search and an allocation per read
};

}  // namespace zoobar
