// Fills an empty LMDB environment with the tables of a backup.
#pragma once

#include <lmdb.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "ipc/result.h"

namespace zoobar::backup {

class StoreLoader {
 public:
  // Makes the environment in an empty folder.
  static Result<std::unique_ptr<StoreLoader>> Open(const std::string& folder);
  ~StoreLoader();
  StoreLoader(const StoreLoader&) = delete;
  StoreLoader& operator=(const StoreLoader&) = delete;

  Status BeginTable(const std::string& name);
  // Adds an entry to the table that was begun last. Its key must come after all keys that the table has.
  Status Put(std::string_view key, std::string_view value);
  // Waits until everything is on the disk.
  Status End();

 private:
  StoreLoader() = default;
  Status Begin();
  Status Commit();

  MDB_env* env_ = nullptr;
  MDB_txn* txn_ = nullptr;
  std::string table_name_;
  MDB_dbi table_ = 0;
  std::uint64_t bytes_ = 0, map_bytes_ = 0, pending_ = 0;
};

}  // namespace zoobar::backup
