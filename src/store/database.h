// Database holds the open files of an Environment, and the memory map through which they are read. Roles do not use
// this class; they use Environment.
//
// LMDB runs with its lock file and with the flag MDB_NOTLS. The lock file contains a table of readers. Because of this
// table, the loop's thread can read while the writer's thread commits. The flag MDB_NOLOCK is not used, because without
// the table a reader could see a meta page that is not on disk yet. LMDB needs no other resource of the machine for its
// locks, because its mutexes are futexes inside lock.mdb. After a kill -9, the next process that opens the environment
// initialises lock.mdb again. Our own lock makes sure that no other process uses the folder at that moment.
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
  // Opens the files. Blocks and returns Errors as Environment::Open does.
  static Result<std::unique_ptr<Database>> Open(EnvironmentOptions options);
  // Precondition: no transaction is open.
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  Table table(std::string_view name) const;
  MDB_env* env() { return env_; }

  // Calls `act` with a read transaction, which sees the present state. May be called on any thread. If `interruptible`
  // is true and the map must grow, a walk through a table inside `act` ends early, and `act` is called again from its
  // beginning.
  Status Read(const std::function<void(ReadTransaction&)>& act, bool interruptible);

  // Doubles the size of the map. Call this on the writer's thread, while no write transaction is open. Returns an Error
  // if the map already has the maximum size.
  Status Grow();
  // Adopts the size that another process gave the map, after LMDB returned MDB_MAP_RESIZED. Call this on the writer's
  // thread, while no write transaction is open.
  Status AdoptSize();

  // Returns an Error with the text "store FOLDER: text", for callers and for the log.
  Error Explain(const Error& error) const;
  Error Explain(int code, std::string_view doing) const;

  std::uint64_t map_bytes() const;
  std::uint64_t used_bytes() const;
  std::uint64_t growths() const { return growths_; }

 private:
  explicit Database(EnvironmentOptions options) : options_(std::move(options)) {}
  Status TakeLock();
  Status RemoveBegun();
  Status OpenFiles();
  Status Extend();
  Status CheckFormat();
  Status CheckFormatIn(MDB_txn* txn, bool* to_write);
  Status OpenTables(bool write_format);
  // Both functions return LMDB's result code. They write to *doing which step returned the code.
  int TryToOpenTables(bool write_format, std::string* doing);
  int OpenTablesIn(MDB_txn* txn, bool write_format, std::string* doing);
  Result<MDB_txn*> TakeReader();
  Status Resize(std::uint64_t bytes);

  const EnvironmentOptions options_;
  Fd lock_;
  MDB_env* env_ = nullptr;
  std::vector<Table> tables_;

  // Guards the memory map. Threads that read the map lock it shared. The thread that resizes the map locks it
  // exclusively.
  mutable std::shared_mutex map_;
  std::atomic<bool> growing_ = false;
  std::atomic<std::uint64_t> growths_ = 0;

  std::mutex readers_lock_;
  std::vector<MDB_txn*> idle_readers_;  // reset transactions; using one again saves an allocation and a search
};

}  // namespace zoobar
