// What the logger writes to: log files it may only append to, and the master's stderr, which it may share with a shell.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ipc/fd.h"

namespace zoobar {

// Lines that were lost, once lines can be written again.
struct LostLines {
  std::uint64_t lines = 0;
  std::string why;  // the last error
};

// A log file: lines are gathered and written at once; the newest of them are kept for Recent.
class AppendFile {
 public:
  static constexpr std::size_t kRecent = 1000;        // lines kept
  static constexpr std::size_t kWriteAt = 64 * 1024;  // bytes gathered before a write that need not wait

  // fd: opened O_WRONLY|O_APPEND; invalid: lines are only kept. again: so many bytes that could not be written are
  // written when they can be; the rest is lost.
  AppendFile(std::string name, Fd fd, std::size_t again = 0);

  const std::string& name() const { return name_; }
  // line: ends in a line feed.
  void Append(std::string line);
  // Writes what was gathered. What does not go in (no space left) waits for the next Flush, as far as `again` allows;
  // past it lines are lost and counted. Never fatal.
  void Flush();
  // From now on lines go to this file.
  void Replace(Fd fd);

  std::uint64_t size() const { return size_; }
  bool has_file() const { return static_cast<bool>(fd_); }
  // When the file was written to before this process had it, wall clock; 0: it was empty then.
  std::int64_t found_modified_ms() const { return found_modified_ms_; }
  bool failing() const { return failing_; }
  // Once after a time of failing, when a write has worked again.
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
  bool begun_ = false;  // what waits begins inside a line, whose beginning the file has
  bool failing_ = false;
  LostLines lost_;
  std::uint64_t lost_in_all_ = 0;
};

// The master's stderr. It may be a pipe nobody reads or a stopped terminal, and it is often shared with a shell, whose
// reads and writes non-blocking mode would break. So each write is at most a pipe's atomic size and is made only when
// poll says that it fits now; what does not fit is dropped and counted. (Another writer of the same pipe can still take
// the room between poll and write; a master that hands over a descriptor opened O_NONBLOCK closes that gap.)
class SharedStderr {
 public:
  explicit SharedStderr(Fd fd);

  void Append(std::string line);
  void Flush();
  std::uint64_t lost() const { return lost_in_all_; }
  // Lines dropped since this was asked last; 0 while none can be written.
  std::uint64_t TakeLost();

 private:
  enum class Wrote { kAll, kNothing, kPart, kGone };
  Wrote Write(std::string_view part);

  Fd fd_;
  bool socket_ = false;
  std::deque<std::string> lines_;
  bool torn_ = false;
  std::uint64_t lost_ = 0, lost_in_all_ = 0;
};

}  // namespace zoobar
