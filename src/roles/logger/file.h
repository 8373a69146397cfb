// The places that logger writes to: log files, to which it can only append, and the master's stderr, which a shell may
// use at the same time.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ipc/fd.h"

namespace zoobar {

// Describes lines that were lost because a file could not be written.
struct LostLines {
  std::uint64_t lines = 0;
  std::string why;  // the text of the last error
};

// A log file. It gathers lines in memory, and Flush writes them together. It also keeps the newest lines for Recent.
class AppendFile {
 public:
  static constexpr std::size_t kRecent = 1000;        // how many lines are kept for Recent
  static constexpr std::size_t kWriteAt = 64 * 1024;  // if this many bytes are gathered, Append calls Flush

  // fd: a file opened with O_WRONLY|O_APPEND. If fd is invalid, lines are only kept for Recent. again: if a write
  // fails, at most this many bytes are kept for the next Flush. All further lines are lost.
  AppendFile(std::string name, Fd fd, std::size_t again = 0);

  const std::string& name() const { return name_; }
  // line: must end with a line feed.
  void Append(std::string line);
  // Writes the gathered lines. If the write fails (for example because the disk is full), lines of up to `again` bytes
  // wait for the next Flush. Further lines are lost and counted. A failure never ends the process.
  void Flush();
  // Changes to a new file. Tries first to write the waiting lines to the old file. All later lines go to `fd`.
  void Replace(Fd fd);

  // Says that the file ends in the middle of a line, which an earlier process has left. A line feed is written first.
  void ContinueTorn() { torn_ = true; }

  std::uint64_t size() const { return size_; }
  std::size_t waiting() const { return gathered_.size(); }  // bytes that are not written yet
  bool mid_line() const { return begun_; }                  // the first part of a waiting line is in the file
  bool has_file() const { return static_cast<bool>(fd_); }
  // When the file was last written before this process received it, in milliseconds of the wall clock. 0 if the file
  // was empty.
  std::int64_t found_modified_ms() const { return found_modified_ms_; }
  // Returns whether the last write failed.
  bool failing() const { return failing_; }
  // Returns the lines that were lost since the last call. Returns nullopt if none were lost, or if writes still fail.
  std::optional<LostLines> TakeLost();
  std::uint64_t lost() const { return lost_in_all_; }
  // Returns the last `count` lines, the oldest first, without their line feeds.
  std::vector<std::string> Recent(std::size_t count) const;

 private:
  void Keep(const std::string& why);
  void Lose(std::uint64_t lines, std::string_view why);

  std::string name_;
  Fd fd_;
  std::size_t again_;
  std::uint64_t size_ = 0;
  std::int64_t found_modified_ms_ = 0;
  std::string gathered_;
  std::deque<std::string> recent_;
  bool torn_ = false;   // the last line in the file is incomplete
  bool begun_ = false;  // gathered_ begins with the second part of a line, whose first part is in the file
  bool failing_ = false;
  LostLines lost_;
  std::uint64_t lost_in_all_ = 0;
};

// The master's stderr. It may be a pipe that nobody reads, or a stopped terminal, so a write to it could block. It
// cannot be made non-blocking, because a shell often uses the same open file, and the shell's own reads and writes
// would fail. Therefore each write has at most PIPE_BUF bytes, which a pipe takes as a whole, and is made only if
// poll says that there is room. Lines for which there is no room are dropped and counted. Between poll and write,
// another writer of the same pipe can still take the room, and then the write blocks. This cannot happen if the master
// passes a descriptor that was opened with O_NONBLOCK.
class SharedStderr {
 public:
  explicit SharedStderr(Fd fd);

  void Append(std::string line);
  void Flush();
  std::uint64_t lost() const { return lost_in_all_; }
  // Returns the number of lines dropped since the last call. Returns 0 while no line can be written.
  std::uint64_t TakeLost();

 private:
  enum class Wrote { kAll, kNothing, kPart, kGone };
  Wrote Write(std::string_view part);

  Fd fd_;
  bool socket_ = false;
  std::deque<std::string> lines_;
  bool torn_ = false;  // the last line on stderr is incomplete
  std::uint64_t lost_ = 0, lost_in_all_ = 0;
};

}  // namespace zoobar
