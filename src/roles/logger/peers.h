// What the logger knows of those who write to it: their pids, how much they may write, and their stderr.
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

// How many lines per second one kind of writer may add; a second's worth may come at once.
class LineBudget {
 public:
  // False: over budget; the line is counted as dropped.
  bool Take(std::int64_t now_micros, std::uint32_t lines_per_second);
  // Counts lines the writer says it dropped itself.
  void AddDropped(std::uint64_t lines) { dropped_ += lines; }
  // What to put on the next line.
  std::uint64_t TakeDropped() { return std::exchange(dropped_, 0); }

 private:
  bool started_ = false;
  std::int64_t filled_at_ = 0;
  double lines_ = 0;
  std::uint64_t dropped_ = 0;
};

// The read ends of the roles' stderr pipes. Whatever a role, its libraries or an intruder print there arrives here:
// text from nobody knows whom, cut into lines of bounded length. Bounded per turn, so that one role's flood starves
// nobody.
class PeerOutputs {
 public:
  static constexpr std::size_t kMaxPipes = 128;
  static constexpr std::size_t kMaxText = 1000;  // bytes of one line; longer ones go on in the next

  // line: called with each line, without its line feed.
  PeerOutputs(Loop& loop, std::function<void(const LogOrigin&, std::string_view)> line);

  // Reads this pipe until its end: what a dying role printed last comes after it is gone. Past kMaxPipes: not read.
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
