// The supervisor's end of the socket to the interpreter. The supervisor sends orders; the interpreter answers each of
// them, in their order (sandbox/wire.h).
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
  // If the interpreter is gone, or does not answer for so long, the supervisor ends the process. The master then
  // starts supervisor and interpreter again.
  static constexpr Milliseconds kPatience{10000};

  // fresh: called whenever a fresh interpreter is ready, also for the first one.
  Orders(Loop& loop, Fd socket, std::function<void()> fresh);

  // Sends an order. `answered` gets the value of its Answer (0 or more: success; else -errno) and may be empty. False:
  // the order could not be sent, and `answered` is never called.
  bool Give(const Order& order, const std::vector<int>& fds, std::function<void(std::int32_t)> answered);
  // Asks for a fresh interpreter. ready() is false until it is there. Earlier orders are carried out before.
  void Renew();

  bool ready() const { return ready_; }
  std::uint64_t interpreter() const { return interpreter_; }  // the number of the present one, from 1
  // Runs are built one at a time on the scratch, because mounts are refused.
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
