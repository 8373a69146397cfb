// What logger does for each role that writes to it: it limits the role's lines, and reads what the role prints on its
// stderr.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "ipc/fd.h"
#include "ipc/loop.h"
#include "roles/logger/line.h"

namespace zoobar {

// Limits the number of lines per second. All lines of one second may come at the same moment.
class LineBudget {
 public:
  // Returns whether one more line may be written now. If not, counts the line as dropped.
  bool Take(std::int64_t now_micros, std::uint32_t lines_per_second);
  // Adds lines that the writer itself dropped to the number of dropped lines.
  void AddDropped(std::uint64_t lines) { dropped_ += lines; }
  // Returns the number of lines dropped since the last call. The caller writes this number into the next line.
  std::uint64_t TakeDropped() { return std::exchange(dropped_, 0); }

 private:
  bool started_ = false;
  std::int64_t filled_at_ = 0;
  double lines_ = 0;
  std::uint64_t dropped_ = 0;
};

// Reads the roles' stderr pipes. A role, its libraries or an attacker may print there, so the text is not trusted. It
// is cut into lines of bounded length. In each turn of the event loop only a limited number of bytes is read from each
// pipe, so that a flood from one role does not delay the others.
class PeerOutputs {
 public:
  static constexpr std::size_t kMaxPipes = 128;
  static constexpr std::size_t kMaxText = 1000;  // bytes of one line; a longer line is cut into several lines

  // line: is called with each line that was read, without the line feed.
  PeerOutputs(Loop& loop, std::function<void(const LogOrigin&, std::string_view)> line);

  // Reads this pipe until its end, even if the role has died, because the last lines of a role may still be in the pipe
  // then. If there are already kMaxPipes pipes, closes this one without reading it.
  void Add(const LogOrigin& origin, Fd pipe);
  std::size_t count() const { return pipes_.size(); }

 private:
  struct Pipe {
    LogOrigin origin;
    Fd fd;
    std::unique_ptr<Watch> watch;
    std::string unfinished;
  };
  void Read(std::list<Pipe>::iterator pipe);
  void Split(Pipe& pipe, std::string_view bytes);

  Loop& loop_;
  std::function<void(const LogOrigin&, std::string_view)> line_;
  std::list<Pipe> pipes_;
};

}  // namespace zoobar
