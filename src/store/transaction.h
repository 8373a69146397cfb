// The operations inside an LMDB transaction: reads, writes, walks in order.
//
// A failure (a damaged page, a full map, a value that does not parse) ends the whole transaction: afterwards every read
// finds nothing, every write does nothing, and Environment discards the result of the function. So code that uses these
// classes need not check for I/O errors.
#pragma once

#include <lmdb.h>

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ipc/result.h"

namespace zoobar {

// LMDB's view of these bytes, which it only reads.
inline MDB_val ToValue(std::string_view bytes) { return {bytes.size(), const_cast<char*>(bytes.data())}; }

// One of an environment's tables (Environment::table).
struct Table {
  MDB_dbi dbi = 0;
  const char* name = "";  // for error texts
};

// The longest key that LMDB accepts. Writing a longer or an empty key fails the transaction.
inline constexpr std::size_t kMaxKeySize = 511;

class ReadTransaction {
 public:
  ReadTransaction(const ReadTransaction&) = delete;
  ReadTransaction& operator=(const ReadTransaction&) = delete;

  // The value. It points into the map and is valid until the function returns or writes. nullopt: there is no such key,
  // or failed().
  std::optional<std::string_view> Get(Table table, std::string_view key) const;
  bool Has(Table table, std::string_view key) const { return Get(table, key).has_value(); }

  // As Get, parsed into `message`. False: there is no such key, or failed(). A value that does not parse fails the
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

  // The number of entries in the table.
  std::uint64_t Count(Table table) const;

  // Fails the transaction because of an entry that cannot be right. The text is "TABLE: the entry KEY (hexadecimal) is
  // damaged".
  void FailDamaged(Table table, std::string_view key) const;
  // Fails the transaction. Only the first failure is kept.
  void Fail(Error error) const;
  bool failed() const { return code_ != 0; }

 protected:
  friend class Cursor;
  friend class Database;
  friend class Writer;
  static constexpr int kOurs = -1;         // the code of a failure that LMDB did not report
  static constexpr int kInterrupted = -2;  // the map must grow: a long read has to end and begin again

  explicit ReadTransaction(MDB_txn* txn, const std::atomic<bool>* interrupted = nullptr)
      : txn_(txn), interrupted_(interrupted) {}
  // Returns true for success and records a failure.
  bool Succeeded(int code, const char* what, const char* table) const;

  MDB_txn* txn_;
  const std::atomic<bool>* interrupted_;
  mutable int code_ = 0;  // of the first failure: a code of LMDB, errno, or one of those above
  mutable Error error_;
};

class WriteTransaction : public ReadTransaction {
 public:
  // Writes the entry in place of an earlier one.
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

  bool wrote_ = false;  // since the present function of the group began
  std::string buffer_;
};

// Walks through a table in the order of its keys' bytes. The transaction must outlive the cursor.
//   for (bool at = cursor.AtOrAfter(prefix); at && cursor.key().starts_with(prefix); at = cursor.Next()) ...
// Do not write to the same table during a walk: collect the keys first, then write.
class Cursor {
 public:
  Cursor(const ReadTransaction& transaction, Table table);
  ~Cursor();
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;

  // Each of these moves the cursor and returns whether there is an entry. Also false after the transaction has failed.
  bool First() { return Move(MDB_FIRST); }
  bool Last() { return Move(MDB_LAST); }
  bool Next() { return Move(MDB_NEXT); }
  bool Previous() { return Move(MDB_PREV); }
  bool AtOrAfter(std::string_view key);  // to the least key that is not below `key`
  bool Before(std::string_view key);     // to the greatest key below `key`

  // The present entry; valid as long as the result of ReadTransaction::Get.
  std::string_view key() const { return {static_cast<const char*>(key_.mv_data), key_.mv_size}; }
  std::string_view value() const { return {static_cast<const char*>(value_.mv_data), value_.mv_size}; }

  // Parses the value. A value that does not parse fails the transaction.
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

// All keys of the table that start with `prefix`, in their order.
std::vector<std::string> KeysWithPrefix(const ReadTransaction& transaction, Table table, std::string_view prefix);

}  // namespace zoobar
