// The supervisor's end of the socket to the interpreter. The supervisor sends orders, and the interpreter answers each
// of them, first to last (sandbox/wire.h).
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
  // If the interpreter is gone, or does not answer within this time, the supervisor ends itself. The master then starts
  // supervisor and interpreter again.
  static constexpr Milliseconds kPatience{10000};
  // A new interpreter has more time, because it may load packages, which takes seconds on a busy machine.
  static constexpr Milliseconds kPatienceWithNew{60000};

  // Calls `fresh` whenever a new interpreter is ready, also for the first interpreter.
  Orders(Loop& loop, Fd socket, std::function<void()> fresh);

  // Sends an order. When its Answer comes, calls `answered` with the answer's value, which is 0 or more for success,
  // else -errno. `answered` may be empty. Returns false if the order could not be sent. Then `answered` is never
  // called.
  bool Give(const Order& order, const std::vector<int>& fds, std::function<void(std::int32_t)> answered);
  // Orders the interpreter to start afresh. ready() is false until the new interpreter is ready. The interpreter first
  // carries out the orders that were sent earlier.
  void Renew();

  bool ready() const { return ready_; }
  std::uint64_t interpreter() const { return interpreter_; }  // the number of the present interpreter; the first has 1
  // Whether runs are built one at a time on the scratch, because the machine refuses mounts.
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
