// The event loops of a simulated machine: what libuv's functions (uv.cc) work on.
#pragma once

#include <uv.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "simulation/machine.h"

namespace zoobar::simulation {

// A libuv handle. It is found from uv_handle_t::u.
struct HandleState {
  enum class Kind { kTimer, kPoll, kPrepare, kAsync, kSignal };
  Kind kind;
  uv_handle_t* uv;
  LoopState* loop;
  std::uint64_t number;
  bool active = false, closing = false;
  uv_close_cb on_close = nullptr;

  // A timer.
  uv_timer_cb on_timer = nullptr;
  std::int64_t due = kNever, every = 0;
  // A poll.
  uv_poll_cb on_poll = nullptr;
  int fd = -1, events = 0;  // UV_READABLE and so on
  std::uint32_t ready = 0;  // EPOLLIN and so on
  std::int64_t ready_at = kNever;
  std::uint64_t seen = 0;  // the look at which it was ready
  // An async.
  uv_async_cb on_async = nullptr;
  std::int64_t sent_at = kNever;
  // A prepare.
  uv_prepare_cb on_prepare = nullptr;
};

// Work that was given to the pool of threads, and is done.
struct DoneWork {
  uv_work_t* request;
  uv_after_work_cb after;
};

struct LoopState {
  uv_loop_t* uv;
  Process* process;
  Fiber* runner = nullptr;
  std::vector<std::unique_ptr<HandleState>> handles;
  std::vector<DoneWork> done;
  std::int64_t now = 0;
  bool stop = false;
  bool fresh = true;  // it has not run, or was touched from outside of a turn
};

// When the loop has something to do; kNever: it waits for events.
std::int64_t DueOfLoop(const LoopState& loop);
// Notices which descriptors are ready. An event counts only after its delay.
void LookForEvents();
// The process has ended: its descriptors are not watched any more.
void ForgetLoopsOf(const Process& process);

}  // namespace zoobar::simulation
