// Reads the file of a backup (backup/format.h), and finds out whether a bit of it has changed.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "backup/format.h"
#include "backup/keys.h"
#include "ipc/bytes.h"
#include "ipc/fd.h"
#include "ipc/result.h"

namespace zoobar::backup {

class FileReader {
 public:
  // Opens the file and reads what stands before the first chunk. Returns an Error if it is no backup; its cause
  // is kGone if the file cannot be opened. `key` is needed
  // for the records of a sealed backup; if it is another one, the result is an Error.
  static Result<std::unique_ptr<FileReader>> Open(const std::string& path, const std::optional<SecretKey>& key);
  ~FileReader();
  FileReader(const FileReader&) = delete;
  FileReader& operator=(const FileReader&) = delete;

  bool sealed() const { return sealed_; }
  // Whether the records can be read: the backup is plain, or the key is here.
  bool readable() const { return !sealed_ || opened_; }

  struct Record {
    char type = 0;
    Bytes content;
  };
  // Reads the next record. Returns false at the end of the file, after the end and the hash were checked. Until then it
  // is not known whether the records are those that were written. Precondition: readable().
  Result<bool> Next(Record* record);
  // Reads the rest of a file that cannot be opened, and checks its hash.
  Status CheckHash();

 private:
  explicit FileReader(Fd file) : file_(std::move(file)) {}
  Status ReadHead(const std::optional<SecretKey>& key);
  Status Unseal(const SecretKey& key, std::string_view sealed_key, std::string_view header);
  Status Read(char* place, std::size_t count);
  Result<bool> ReadChunk();
  Status OpenChunk();
  Status CheckEnd();
  Result<bool> Take(char* place, std::size_t count);

  Fd file_;
  bool sealed_ = false, opened_ = false, final_ = false, ended_ = false;
  crypto_secretstream_xchacha20poly1305_state seal_{};
  std::string head_;
  Bytes chunk_;
  std::size_t used_ = 0;  // bytes of chunk_ that were taken
  Hash hash_;
  std::uint64_t chunks_ = 0;
};

}  // namespace zoobar::backup
