#include "store/transaction.h"

#include <cerrno>
#include <utility>

#include "ipc/bytes.h"

namespace zoobar {
namespace {

bool UsableKey(std::string_view key) { return !key.empty() && key.size() <= kMaxKeySize; }

}  // namespace

std::optional<std::string_view> ReadTransaction::Get(Table table, std::string_view key) const {
  if (failed() || !UsableKey(key)) return std::nullopt;
  MDB_val wanted = ToValue(key), found;
  const int code = mdb_get(txn_, table.dbi, &wanted, &found);
  if (code == MDB_NOTFOUND || !Succeeded(code, "reading", table.name)) return std::nullopt;
  return std::string_view(static_cast<const char*>(found.mv_data), found.mv_size);
}

std::uint64_t ReadTransaction::Count(Table table) const {
  if (failed()) return 0;
  MDB_stat stat;
  return Succeeded(mdb_stat(txn_, table.dbi, &stat), "counting", table.name) ? stat.ms_entries : 0;
}

void ReadTransaction::FailDamaged(Table table, std::string_view key) const {
  Fail(Error::Of("{}: the entry {} is damaged", table.name, ToHex(key)));
}

void ReadTransaction::Fail(Error error) const {
  if (failed()) return;
  code_ = kOurs;
  error_ = std::move(error);
}

bool ReadTransaction::Succeeded(int code, const char* what, const char* table) const {
  if (code == 0) return true;
  if (!failed()) {
    code_ = code;
    error_ = Error::Of("{} {}: {}", what, table, mdb_strerror(code));
    if (code == ENOMEM) error_.cause = Cause::kBusy;  // nothing is wrong with the store
  }
  return false;
}

void WriteTransaction::Put(Table table, std::string_view key, std::string_view value) {
  wrote_ = true;
  if (failed()) return;
  if (!UsableKey(key)) return Fail(Error::Of("{}: a key of {} bytes", table.name, key.size()));
  MDB_val place = ToValue(key), bytes = ToValue(value);
  Succeeded(mdb_put(txn_, table.dbi, &place, &bytes, 0), "writing", table.name);
}

bool WriteTransaction::Delete(Table table, std::string_view key) {
  if (failed() || !UsableKey(key)) return false;
  MDB_val place = ToValue(key);
  const int code = mdb_del(txn_, table.dbi, &place, nullptr);
  if (code == MDB_NOTFOUND) return false;
  wrote_ = true;
  return Succeeded(code, "deleting from", table.name);
}

Cursor::Cursor(const ReadTransaction& transaction, Table table) : transaction_(transaction), table_(table) {
  if (transaction_.failed()) return;
  transaction_.Succeeded(mdb_cursor_open(transaction_.txn_, table_.dbi, &cursor_), "walking", table_.name);
}

Cursor::~Cursor() {
  if (cursor_) mdb_cursor_close(cursor_);
}

bool Cursor::AtOrAfter(std::string_view key) {
  if (key.empty()) return First();
  key_ = ToValue(key);
  return Move(MDB_SET_RANGE);
}

bool Cursor::Before(std::string_view key) {
  if (AtOrAfter(key)) return Previous();
  return Last();
}

bool Cursor::Move(MDB_cursor_op operation) {
  if (transaction_.failed() || !cursor_) return false;
  if (transaction_.interrupted_ && *transaction_.interrupted_) {
    return transaction_.Succeeded(ReadTransaction::kInterrupted, "walking", table_.name);
  }
  const int code = mdb_cursor_get(cursor_, &key_, &value_, operation);
  return code != MDB_NOTFOUND && transaction_.Succeeded(code, "walking", table_.name);
}

std::vector<std::string> KeysWithPrefix(const ReadTransaction& transaction, Table table, std::string_view prefix) {
  std::vector<std::string> keys;
  Cursor cursor(transaction, table);
  for (bool at = cursor.AtOrAfter(prefix); at && cursor.key().starts_with(prefix); at = cursor.Next()) {
    keys.emplace_back(cursor.key());
  }
  return keys;
}

}  // namespace zoobar
