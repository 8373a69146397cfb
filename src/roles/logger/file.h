// What logger writes to: log files, to which it can only append, and the master's stderr, which a shell may share.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ipc/fd.h"

namespace zoobar {

// Lines that were lost because a file could not be written.
struct LostLines {
  std::uint64_t lines = 0;
  std::string why;  // the last error
};

// A log file. Lines are gathered, and Flush writes them together. The newest lines are kept for Recent.
class AppendFile {
 public:
  static constexpr std::size_t kRecent = 1000;        // lines kept
  static constexpr std::size_t kWriteAt = 64 * 1024;  // bytes gathered after which Append writes by itself

  // fd: opened O_WRONLY|O_APPEND. If it is invalid, lines are only kept for Recent. again: how many bytes that could
  // not be written wait for a later write; what is over is lost.
  AppendFile(std::string name, Fd fd, std::size_t again = 0);

  const std::string& name() const { return name_; }
  // line: must end in a line feed.
  void Append(std::string line);
  // Writes the gathered lines. What cannot be written (no space left) waits for the next Flush, as far as `again`
  // allows; lines past that are lost and counted. A failure is never fatal.
  void Flush();
  // Writes what waits to the old file if it can; later lines go to this one.
  void Replace(Fd fd);

  std::uint64_t size() const { return size_; }
  bool has_file() const { return static_cast<bool>(fd_); }
  // When the file was last written before this process got it, wall clock; 0: it was empty.
  std::int64_t found_modified_ms() const { return found_modified_ms_; }
  // Whether the last write failed.
  bool failing() const { return failing_; }
  // The lines lost since the last call. Nothing while writes still fail.
  std::optional<LostLines> TakeLost();
  std::uint64_t lost() const { return lost_in_all_; }
  // The last `count` lines, oldest first, without line feeds.
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
  bool torn_ = false;   // the file ends inside a line
  bool begun_ = false;  // gathered_ begins inside a line, whose first part is in the file
  bool failing_ = false;
  LostLines lost_;
  std::uint64_t lost_in_all_ = 0;
};

// The master's stderr. It may be a pipe that nobody reads, or a stopped terminal. A shell often shares it, and
// non-blocking mode would break the shell's own reads and writes. So a write has at most the size that a pipe takes
// atomically, and is made only if poll says that it fits now. What does not fit is dropped and counted. (Another writer
// of the same pipe can still take the room between poll and write. If the master passes a descriptor that was opened
// O_NONBLOCK, this cannot happen.)
class SharedStderr {
 public:
  explicit SharedStderr(Fd fd);

  void Append(std::string line);
  void Flush();
  std::uint64_t lost() const { return lost_in_all_; }
  // The lines dropped since the last call. 0 while no line can be written.
  std::uint64_t TakeLost();

 private:
  enum class Wrote { kAll, kNothing, kPart, kGone };
  Wrote Write(std::string_view part);

  Fd fd_;
  bool socket_ = false;
  std::deque<std::string> lines_;
  bool torn_ = false;  // the last byte written is inside a line
  std::uint64_t lost_ = 0, lost_in_all_ = 0;
};

}  // namespace zoobar
