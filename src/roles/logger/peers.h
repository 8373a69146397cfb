// The roles that write to logger: how many lines each may write, and what each prints on its stderr.
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

// Bounds lines to so many a second. The lines of one second may come all at once.
class LineBudget {
 public:
  // True: one more line may be written. False: it is over the budget, and was counted as dropped.
  bool Take(std::int64_t now_micros, std::uint32_t lines_per_second);
  // Counts lines as dropped that the writer dropped itself.
  void AddDropped(std::uint64_t lines) { dropped_ += lines; }
  // The lines dropped since the last call. The next line gives this number.
  std::uint64_t TakeDropped() { return std::exchange(dropped_, 0); }

 private:
  bool started_ = false;
  std::int64_t filled_at_ = 0;
  double lines_ = 0;
  std::uint64_t dropped_ = 0;
};

// The read ends of the roles' stderr pipes. A role, its libraries or an attacker may print there, so the text is not
// trusted. It is cut into lines of bounded length. In each turn of the event loop so many bytes are read from one pipe,
// so that one role's flood does not delay the others.
class PeerOutputs {
 public:
  static constexpr std::size_t kMaxPipes = 128;
  static constexpr std::size_t kMaxText = 1000;  // bytes of one line; a longer line is cut into several

  // line: called with each line, without its line feed.
  PeerOutputs(Loop& loop, std::function<void(const LogOrigin&, std::string_view)> line);

  // Reads this pipe until its end, because the last lines of a dying role come after its death. If there are kMaxPipes
  // pipes already, this one is closed unread.
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
