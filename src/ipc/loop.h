// The event loop of a role: libuv with RAII handles. All callbacks run on one thread. Only the work of PoolWork runs
// on other threads.
#pragma once

#include <uv.h>

#include <chrono>
#include <coroutine>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "ipc/task.h"

namespace zoobar {

using Milliseconds = std::chrono::milliseconds;

// Returns the time of the wall clock, in milliseconds since 1970.
std::int64_t WallMillis();
// The same in microseconds.
std::int64_t WallMicros();
// Returns the time of the monotonic clock, in microseconds since an unspecified moment.
std::int64_t MonotonicMicros();

class Loop {
 public:
  Loop();
  // Every Watch, Timer, SignalWatch and PoolWork of this loop must be destroyed before the loop is.
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Runs until Stop is called.
  void Run();
  void Stop();
  // Handles the events that are ready, and does not wait. For tests.
  void RunOnce();

  // Calls `action` once, at the end of this turn of the loop, before the loop sleeps. Channels and logs use it to send
  // what they have queued.
  void AtEndOfTurn(std::function<void()> action);

  // The number of this turn of the loop; never 0.
  std::uint64_t turn() const { return turn_; }

  uv_loop_t* uv() { return &loop_; }

 private:
  void RunPending();

  uv_loop_t loop_;
  uv_prepare_t prepare_;  // calls the pending actions right before each sleep
  std::vector<std::function<void()>> pending_;
  std::uint64_t turn_ = 1;
};

// Watches a descriptor and calls a function when the descriptor is ready. The Watch does not own the descriptor. The
// function may destroy the Watch.
class Watch {
 public:
  // The callback gets the events that are ready: UV_READABLE, UV_WRITABLE and UV_DISCONNECT, joined by |. An error on
  // the descriptor, such as a reset connection, is reported as UV_READABLE | UV_WRITABLE, even if Set named other
  // events. The owner then gets the error itself when it reads or writes.
  Watch(Loop& loop, int fd, std::function<void(int events)> ready);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // Sets the events for which the callback is called from now on. 0: none.
  void Set(int events);

 private:
  struct State;  // libuv's close callback frees it, so that a callback may destroy its Watch
  State* state_;
};

class Timer {
 public:
  explicit Timer(Loop& loop);
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // Calls `due` once, after `delay`. Replaces an earlier start. The callback may destroy the Timer.
  void Start(Milliseconds delay, std::function<void()> due);
  // Calls `due` again and again, at this interval. Replaces an earlier start.
  void StartEvery(Milliseconds period, std::function<void()> due);
  void Stop();

 private:
  struct State;
  State* state_;
};

// Waits for the duration `time`. The loop must outlive the task.
Task<void> Sleep(Loop& loop, Milliseconds time);

// Runs a function on a thread of libuv's pool. `PoolWork work(loop, f); co_await work;` calls f there and then resumes
// the coroutine on the loop's thread. f must not use the loop, nor anything else that only the loop's thread may use.
class PoolWork {
 public:
  PoolWork(Loop& loop, std::function<void()> work) : loop_(loop), work_(std::move(work)) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiter);
  void await_resume() const noexcept {}

 private:
  Loop& loop_;
  std::function<void()> work_;
  Suspended waiter_;
  uv_work_t request_;
};

// Calls `arrived` on the loop's thread when the process gets the signal. A SignalWatch does not keep the loop running.
class SignalWatch {
 public:
  SignalWatch(Loop& loop, int signal, std::function<void()> arrived);
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

 private:
  struct State;
  State* state_;
};

}  // namespace zoobar
