// Reads the records (format.h) that a copier writes to its pipe. The copier reads a file that a taken role may have
// made, so it is not trusted: each record has a limit of size and time, and all records of a store together have a limit
// of time.
#pragma once

#include <cstdint>
#include <string_view>

#include "ipc/bytes.h"
#include "ipc/fd.h"
#include "ipc/result.h"

namespace zoobar::backup {

class RecordReader {
 public:
  explicit RecordReader(Fd pipe) : pipe_(std::move(pipe)) {}

  // Gives the rest of the records this much time in all, in microseconds. Only the time in Next counts. Without this
  // call there is no such limit.
  void SetPatience(std::int64_t patience_us) { patience_us_ = patience_us; }

  // Waits at most `wait_us` for one record, and returns its type. Returns an Error with the cause kGone if the writer has
  // closed the pipe.
  Result<char> Next(std::int64_t wait_us);
  // The content of the record that Next has read last.
  std::string_view content() const { return View(content_); }

 private:
  Status Fill(char* place, std::size_t count, std::int64_t deadline);

  Fd pipe_;
  std::int64_t patience_us_ = INT64_MAX;
  Bytes content_;
};

}  // namespace zoobar::backup
