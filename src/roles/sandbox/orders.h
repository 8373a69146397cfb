// The supervisor's end of the interpreter's socket: orders one way, an answer to each the other, in order
// (sandbox/wire.h).
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "ipc/fd.h"
#include "ipc/loop.h"
#include "sandbox/wire.h"

namespace zoobar {

class Orders {
 public:
  // With an interpreter that is gone, or does not answer for so long, the process ends: both begin again.
  static constexpr Milliseconds kPatience{10000};

  // fresh: called whenever a fresh interpreter stands ready, the first one too.
  Orders(Loop& loop, Fd socket, std::function<void()> fresh);

  // answered: what the order's Answer says (0 or more for success, -errno); empty: nobody cares. False: the order could
  // not be given, and `answered` is never called.
  bool Give(const Order& order, const std::vector<int>& fds, std::function<void(std::int32_t)> answered);
  // Asks for a fresh interpreter; until it is there, nothing is `ready`. Orders given before are carried out first.
  void Renew();

  bool ready() const { return ready_; }
  std::uint64_t interpreter() const { return interpreter_; }  // counts them, from 1
  // Runs are built without mounts, on one scratch tmpfs: one at a time.
  bool scratch() const { return scratch_; }

 private:
  void Read();
  void Await();

  Loop& loop_;
  Fd socket_;
  const std::function<void()> fresh_;
  std::unique_ptr<Watch> watch_;
  Timer patience_;
  std::deque<std::function<void(std::int32_t)>> open_;
  bool ready_ = false, scratch_ = false;
  std::uint64_t interpreter_ = 0;
};

}  // namespace zoobar
