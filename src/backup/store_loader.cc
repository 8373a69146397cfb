#include "backup/store_loader.h"

#include "backup/format.h"
#include "ipc/try.h"
#include "store/transaction.h"

namespace zoobar::backup {
namespace {

constexpr std::uint64_t kFirstMap = 64u << 20;
constexpr std::uint64_t kCommitBytes = 16u << 20;  // so that a transaction changes few pages

Status Lmdb(int code) {
  if (code == 0) return {};
  return Error::Of("filling a store: {}", mdb_strerror(code));
}

}  // namespace

Result<std::unique_ptr<StoreLoader>> StoreLoader::Open(const std::string& folder) {
  std::unique_ptr<StoreLoader> loader(new StoreLoader);
  loader->map_bytes_ = kFirstMap;
  TRY_STATUS(Lmdb(mdb_env_create(&loader->env_)));
  TRY_STATUS(Lmdb(mdb_env_set_maxdbs(loader->env_, kMostTables)));
  TRY_STATUS(Lmdb(mdb_env_set_mapsize(loader->env_, loader->map_bytes_)));
  // Nobody else has the folder, and it is used only after End, so no commit needs a sync of its own.
  TRY_STATUS(Lmdb(mdb_env_open(loader->env_, folder.c_str(), MDB_NOSYNC | MDB_NOLOCK, 0600)));
  TRY_STATUS(loader->Begin());
  return loader;
}

StoreLoader::~StoreLoader() {
  if (txn_) mdb_txn_abort(txn_);
  if (env_) mdb_env_close(env_);
}

Status StoreLoader::Begin() { return Lmdb(mdb_txn_begin(env_, nullptr, 0, &txn_)); }

// The map always has room for four times the bytes that were loaded. This is more than LMDB needs for pages that are
// filled in order.
Status StoreLoader::Commit() {
  MDB_txn* const txn = txn_;
  txn_ = nullptr;
  TRY_STATUS(Lmdb(mdb_txn_commit(txn)));
  pending_ = 0;
  if (map_bytes_ < 4 * (bytes_ + kCommitBytes)) {
    map_bytes_ *= 2;
    while (map_bytes_ < 4 * (bytes_ + kCommitBytes)) map_bytes_ *= 2;
    TRY_STATUS(Lmdb(mdb_env_set_mapsize(env_, map_bytes_)));
  }
  TRY_STATUS(Begin());
  if (table_name_.empty()) return {};
  return Lmdb(mdb_dbi_open(txn_, table_name_.c_str(), 0, &table_));
}

Status StoreLoader::BeginTable(const std::string& name) {
  if (name.empty() || name.find('\0') != name.npos) return Error{"a table without a name"};
  table_name_ = name;
  return Lmdb(mdb_dbi_open(txn_, name.c_str(), MDB_CREATE, &table_));
}

Status StoreLoader::Put(std::string_view key, std::string_view value) {
  if (pending_ + value.size() > kCommitBytes) {
    bytes_ += value.size();  // a large value needs its room at once
    TRY_STATUS(Commit());
    bytes_ -= value.size();
  }
  MDB_val mdb_key = ToValue(key), mdb_value = ToValue(value);
  TRY_STATUS(Lmdb(mdb_put(txn_, table_, &mdb_key, &mdb_value, MDB_APPEND)));
  bytes_ += key.size() + value.size();
  pending_ += key.size() + value.size();
  return {};
}

Status StoreLoader::End() {
  TRY_STATUS(Lmdb(mdb_txn_commit(std::exchange(txn_, nullptr))));
  return Lmdb(mdb_env_sync(env_, 1));
}

}  // namespace zoobar::backup
