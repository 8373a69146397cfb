// The operations inside an LMDB transaction: reading, writing, and walking through a table in the order of its keys.
//
// A failure (a damaged page, a full map, a value that cannot be parsed) makes the whole transaction fail. Afterwards
// every read finds nothing, every write does nothing, and Environment discards the result of the function that used the
// transaction. So code that uses these classes need not check for I/O errors.
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

// Returns an MDB_val that points to `bytes`. LMDB only reads these bytes, so the const_cast does no harm.
inline MDB_val ToValue(std::string_view bytes) { return {bytes.size(), const_cast<char*>(bytes.data())}; }

// One table of an environment. Environment::table returns it.
struct Table {
  MDB_dbi dbi = 0;
  const char* name = "";  // for error texts
};

// The size of the longest key that LMDB accepts, in bytes. Writing a longer or an empty key makes the transaction fail.
inline constexpr std::size_t kMaxKeySize = 511;

class ReadTransaction {
 public:
  ReadTransaction(const ReadTransaction&) = delete;
  ReadTransaction& operator=(const ReadTransaction&) = delete;

  // Returns the value. It points into the memory map and is valid until the function that uses the transaction returns
  // or writes. Returns nullopt if there is no such key or the transaction has failed.
  std::optional<std::string_view> Get(Table table, std::string_view key) const;
  bool Has(Table table, std::string_view key) const { return Get(table, key).has_value(); }

  // As Get, but parses the value into `message`. Returns false if there is no such key or the transaction has failed. A
  // value that cannot be parsed makes the transaction fail.
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

  // Returns the number of entries in the table.
  std::uint64_t Count(Table table) const;

  // Makes the transaction fail because of an entry that cannot be right. The error's text is "TABLE: the entry KEY
  // (hexadecimal) is damaged".
  void FailDamaged(Table table, std::string_view key) const;
  // Makes the transaction fail with `error`. If it has failed before, the first error stays.
  void Fail(Error error) const;
  bool failed() const { return code_ != 0; }

 protected:
  friend class Cursor;
  friend class Database;
  friend class Writer;
  static constexpr int kOurs = -1;         // the code of a failure that LMDB did not report
  static constexpr int kInterrupted = -2;  // the map must grow, so a long read must end and begin again

  explicit ReadTransaction(MDB_txn* txn, const std::atomic<bool>* interrupted = nullptr)
      : txn_(txn), interrupted_(interrupted) {}
  // Returns whether `code` means success. If not, the transaction fails with this code.
  bool Succeeded(int code, const char* what, const char* table) const;

  MDB_txn* txn_;
  const std::atomic<bool>* interrupted_;
  mutable int code_ = 0;  // the first failure: LMDB's code, errno, kOurs or kInterrupted; 0: none
  mutable Error error_;
};

class WriteTransaction : public ReadTransaction {
 public:
  // Writes the entry. Replaces an earlier entry with the same key.
  void Put(Table table, std::string_view key, std::string_view value);
  // Deletes the entry. Returns whether there was an entry with this key.
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

  bool wrote_ = false;  // whether the present function of the group has written
  std::string buffer_;
};

// Walks through a table in the order of its keys' bytes. The transaction must outlive the cursor.
//   for (bool at = cursor.AtOrAfter(prefix); at && cursor.key().starts_with(prefix); at = cursor.Next()) ...
// Do not write to the same table during a walk. Collect the keys first, and write after the walk.
class Cursor {
 public:
  Cursor(const ReadTransaction& transaction, Table table);
  ~Cursor();
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;

  // Each of these functions moves the cursor and returns whether there is an entry at the new place. After the
  // transaction has failed, they return false.
  bool First() { return Move(MDB_FIRST); }
  bool Last() { return Move(MDB_LAST); }
  bool Next() { return Move(MDB_NEXT); }
  bool Previous() { return Move(MDB_PREV); }
  bool AtOrAfter(std::string_view key);  // to the first key that is not below `key`
  bool Before(std::string_view key);     // to the last key below `key`

  // The key and the value of the present entry. They are valid as long as a result of ReadTransaction::Get.
  std::string_view key() const { return {static_cast<const char*>(key_.mv_data), key_.mv_size}; }
  std::string_view value() const { return {static_cast<const char*>(value_.mv_data), value_.mv_size}; }

  // Parses the value of the present entry. If this is not possible, makes the transaction fail and returns false.
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

// Returns all keys of the table that start with `prefix`, in the order of their bytes.
std::vector<std::string> KeysWithPrefix(const ReadTransaction& transaction, Table table, std::string_view prefix);

}  // namespace zoobar
