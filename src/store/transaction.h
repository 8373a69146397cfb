// What runs inside an LMDB transaction: reads, writes, ordered walks.
//
// A transaction's failure sticks: after one (a damaged page, a full map, a value that does not parse) every read finds
// nothing, every write does nothing, and Environment throws the function's result away. So functions written against
// these classes check what they read for meaning only, never for I/O errors.
#pragma once

#include <lmdb.h>

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "ipc/result.h"

namespace zoobar {

// One of an environment's tables (Environment::table).
struct Table {
  MDB_dbi dbi = 0;
  const char* name = "";  // for errors
};

// LMDB's greatest key; an empty key fails the transaction too.
inline constexpr std::size_t kMaxKeySize = 511;

class ReadTransaction {
 public:
  ReadTransaction(const ReadTransaction&) = delete;
  ReadTransaction& operator=(const ReadTransaction&) = delete;

  // The value, pointing into the map: valid until the function returns or writes. nullopt: no such key (or failed()).
  std::optional<std::string_view> Get(Table table, std::string_view key) const;
  bool Has(Table table, std::string_view key) const { return Get(table, key).has_value(); }

  // The same, parsed into `message`; false: no such key (or failed()). A value that does not parse fails the
  // transaction.
  template <typename Message>
  bool GetMessage(Table table, std::string_view key, Message* message) const {
    const std::optional<std::string_view> value = Get(table, key);
    if (!value) return false;
    if (message->ParseFromArray(value->data(), static_cast<int>(value->size()))) return true;
    FailDamaged(table, key);
    return false;
  }

  template <typename Message>
  std::optional<Message> GetMessage(Table table, std::string_view key) const {
    std::optional<Message> message(std::in_place);
    if (!GetMessage(table, key, &*message)) message.reset();
    return message;
  }

  // Entries in the table.
  std::uint64_t Count(Table table) const;

  // For what was read but cannot be so: "TABLE: the entry KEY (hexadecimal) is damaged".
  void FailDamaged(Table table, std::string_view key) const;
  // The first failure stays.
  void Fail(Error error) const;
  bool failed() const { return code_ != 0; }

 protected:
  friend class Cursor;
  friend class Database;
  friend class Writer;
  static constexpr int kOurs = -1;         // a failure that is not LMDB's
  static constexpr int kInterrupted = -2;  // the map is about to grow: a long read must let go and begin again

  explicit ReadTransaction(MDB_txn* txn, const std::atomic<bool>* interrupted = nullptr)
      : txn_(txn), interrupted_(interrupted) {}
  // True for success; records a failure.
  bool Succeeded(int code, const char* what, const char* table) const;

  MDB_txn* txn_;
  const std::atomic<bool>* interrupted_;
  mutable int code_ = 0;  // of the first failure: LMDB's, errno's, or one of ours
  mutable Error error_;
};

class WriteTransaction : public ReadTransaction {
 public:
  // Writes the entry, replacing an earlier one.
  void Put(Table table, std::string_view key, std::string_view value);
  // Returns whether there was one.
  bool Delete(Table table, std::string_view key);

  template <typename Message>
  void PutMessage(Table table, std::string_view key, const Message& message) {
    buffer_.clear();
    message.AppendToString(&buffer_);
    Put(table, key, buffer_);
  }

 private:
  friend class Database;
  friend class Writer;
  using ReadTransaction::ReadTransaction;

  bool wrote_ = false;  // since the function running now began
  std::string buffer_;
};

// Walks a table in the order of its keys' bytes. Its transaction outlives it.
//   for (bool at = cursor.AtOrAfter(prefix); at && cursor.key().starts_with(prefix); at = cursor.Next()) ...
// While walking, do not write to the same table: collect first, then write.
class Cursor {
 public:
  Cursor(const ReadTransaction& transaction, Table table);
  ~Cursor();
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;

  // Each moves the cursor and says whether there is an entry; false too once the transaction has failed.
  bool First() { return Move(MDB_FIRST); }
  bool Last() { return Move(MDB_LAST); }
  bool Next() { return Move(MDB_NEXT); }
  bool Previous() { return Move(MDB_PREV); }
  bool AtOrAfter(std::string_view key);  // the least key not below `key`
  bool Before(std::string_view key);     // the greatest key below `key`

  // Of the entry it stands at; valid as ReadTransaction::Get's.
  std::string_view key() const { return {static_cast<const char*>(key_.mv_data), key_.mv_size}; }
  std::string_view value() const { return {static_cast<const char*>(value_.mv_data), value_.mv_size}; }

  // Parses the value; one that does not parse fails the transaction.
  template <typename Message>
  bool Parse(Message* message) const {
    if (message->ParseFromArray(value_.mv_data, static_cast<int>(value_.mv_size))) return true;
    transaction_.FailDamaged(table_, key());
    return false;
  }

 private:
  bool Move(MDB_cursor_op operation);

  const ReadTransaction& transaction_;
  const Table table_;
  MDB_cursor* cursor_ = nullptr;
  MDB_val key_{}, value_{};
};

}  // namespace zoobar
