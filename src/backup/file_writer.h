// Writes the file of a backup (backup/format.h).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "backup/format.h"
#include "backup/keys.h"
#include "ipc/bytes.h"
#include "ipc/fd.h"
#include "ipc/result.h"

namespace zoobar::backup {

class FileWriter {
 public:
  // file: an empty file, open for writing. With `key`, the contents are sealed.
  FileWriter(Fd file, std::optional<PublicKey> key) : file_(std::move(file)), key_(key) {}
  ~FileWriter();
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;

  // Writes everything that stands before the first chunk. Call it once, first.
  Status Begin();
  // Adds one record.
  Status Add(char type, std::string_view content);
  // Writes the end, and waits until the file is on the disk.
  Status End();
  std::uint64_t bytes() const { return bytes_; }  // of the file, until now

 private:
  Status Append(std::string_view bytes);
  Status WriteChunk(bool last);
  Status Write(std::string_view bytes);

  Fd file_;
  const std::optional<PublicKey> key_;
  crypto_secretstream_xchacha20poly1305_state seal_{};
  std::string head_;  // the additional data of the seal
  Bytes chunk_;
  Hash hash_;
  std::uint64_t bytes_ = 0, chunks_ = 0, written_back_ = 0;
};

}  // namespace zoobar::backup
