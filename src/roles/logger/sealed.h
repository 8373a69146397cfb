// A log whose lines are sealed (src/audit): audit.log or money.log.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audit/chain.h"
#include "roles/logger/file.h"
#include "roles/logger/line.h"
#include "site/role.h"

namespace zoobar {

class SealedLog {
 public:
  // If the file cannot be written, this many bytes of sealed lines wait. A sealed line is never dropped, because a gap
  // in the chain would look like a removed record. Past this, lines are dropped before they are sealed, and counted. The
  // next record says how many there were.
  static constexpr std::size_t kMaxWaiting = 256 * 1024;

  // starts: what the master has handed out (Site::TakeSeals). The one for this log is taken. Its epoch begins, and its
  // key is wiped, as soon as there is a file. Before, or without a key, no line is taken.
  SealedLog(const std::string& log, Fd fd, std::vector<SealStart>& starts);

  // Seals the line and appends it to the file. Returns its id, or nullopt if the line was dropped and counted.
  std::optional<audit::RecordId> Add(const LogOrigin& origin, const WriteRequest& line,
                                     std::size_t bytes = kMaxAlarmLine);
  // Counts lines that somebody else has dropped. The next record gives their number.
  void AddDropped(std::uint64_t lines) { dropped_ += lines, dropped_in_all_ += lines; }
  // Writes the waiting lines. Returns whether all sealed lines are in the file.
  bool Flush();
  // Ends the epoch. Further lines are dropped.
  void End();
  // As AppendFile::Replace. If a part of a line is in the old file, its rest is written there first, however long that
  // takes.
  void Replace(Fd fd);

  AppendFile& file() { return file_; }
  const audit::Chain* chain() const { return chain_ ? &*chain_ : nullptr; }
  std::uint64_t records() const { return records_; }
  std::uint64_t dropped() const { return dropped_in_all_; }

 private:
  void BeginIfPossible();

  AppendFile file_;
  Fd next_file_;
  std::optional<SealStart> start_;  // of the epoch, until it begins
  std::optional<audit::Chain> chain_;
  std::uint64_t records_ = 0, dropped_ = 0, dropped_in_all_ = 0;
};

// How an epoch begins in the file. Returns the event and its fields.
WriteRequest BeginRecord(const SealStart& start);

}  // namespace zoobar
