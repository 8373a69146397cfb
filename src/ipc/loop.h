// The event loop of a role: libuv behind RAII handles. One thread; only Work runs elsewhere.
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

// Wall clock, milliseconds since 1970.
std::int64_t WallMillis();
// Monotonic, microseconds.
std::int64_t MonotonicMicros();

class Loop {
 public:
  Loop();
  ~Loop();  // every Watch, Timer and Work of this loop must be gone
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void Run();  // until Stop
  void Stop();
  // Runs what is ready without waiting; for tests.
  void RunOnce();

  // Runs `action` once at the end of this turn of the loop, before it sleeps: where channels and logs flush.
  void AtEndOfTurn(std::function<void()> action);

  // Which turn this is; never 0.
  std::uint64_t turn() const { return turn_; }

  uv_loop_t* uv() { return &loop_; }

 private:
  void RunPending();

  uv_loop_t loop_;
  uv_prepare_t prepare_;  // runs the pending actions right before each sleep
  std::vector<std::function<void()>> pending_;
  std::uint64_t turn_ = 1;
};

// Watches a descriptor it does not own. The callback may destroy the Watch.
class Watch {
 public:
  // events: UV_READABLE, UV_WRITABLE, UV_DISCONNECT or'ed. The callback gets those that are ready. An error on the
  // descriptor (a reset connection) comes as UV_READABLE | UV_WRITABLE, whatever was asked for, so that the owner meets
  // it by reading or writing.
  Watch(Loop& loop, int fd, std::function<void(int events)> ready);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  void Set(int events);  // 0: none, until set again

 private:
  struct State;  // freed by the loop after the handle's close, so a callback may destroy its Watch
  State* state_;
};

class Timer {
 public:
  explicit Timer(Loop& loop);
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // Replaces an earlier start. The callback may destroy the Timer.
  void Start(Milliseconds delay, std::function<void()> due);
  void StartEvery(Milliseconds period, std::function<void()> due);
  void Stop();

 private:
  struct State;
  State* state_;
};

// co_await Sleep(loop, 5ms)
Task<void> Sleep(Loop& loop, Milliseconds time);

// co_await RunInPool(loop, f): runs f on libuv's pool, resumes on the loop's thread. f must touch nothing of the
// loop's.
class RunInPool {
 public:
  RunInPool(Loop& loop, std::function<void()> work) : loop_(loop), work_(std::move(work)) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiter);
  void await_resume() const noexcept {}

 private:
  Loop& loop_;
  std::function<void()> work_;
  std::coroutine_handle<> waiter_;
  uv_work_t request_;
};

// Signals as the loop sees them.
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
