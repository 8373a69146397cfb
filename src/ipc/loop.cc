#include "ipc/loop.h"

#include <ctime>

#include "ipc/result.h"

namespace zoobar {
namespace {

void Require(int status, const char* what) {
  if (status != 0) Die("{}: {}", what, uv_strerror(status));
}

// Closes the libuv handle of a State and then deletes the State. The State may be deleted only after libuv has closed
// the handle, because the handle is a member of it.
template <typename State>
void CloseAndDelete(State* state) {
  state->handle.data = state;
  uv_close(reinterpret_cast<uv_handle_t*>(&state->handle),
           [](uv_handle_t* handle) { delete static_cast<State*>(handle->data); });
}

}  // namespace

std::int64_t WallMillis() { return WallMicros() / 1000; }

std::int64_t WallMicros() {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1000000 + now.tv_nsec / 1000;
}

std::int64_t MonotonicMicros() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1000000 + now.tv_nsec / 1000;
}

Loop::Loop() {
  Require(uv_loop_init(&loop_), "event loop");
  Require(uv_prepare_init(&loop_, &prepare_), "event loop");
  prepare_.data = this;
  uv_prepare_start(&prepare_, [](uv_prepare_t* handle) { static_cast<Loop*>(handle->data)->RunPending(); });
}

Loop::~Loop() {
  uv_close(reinterpret_cast<uv_handle_t*>(&prepare_), nullptr);
  // libuv needs some turns of the loop to close handles. Pending actions may own the last handles. So the actions are
  // destroyed here, without being called.
  int status = UV_EBUSY;
  for (int turns = 0; status == UV_EBUSY && turns < 3; ++turns) {
    std::exchange(pending_, {});
    uv_run(&loop_, UV_RUN_NOWAIT);
    status = uv_loop_close(&loop_);
  }
  if (status != 0) Die("event loop closed while in use: {}", uv_strerror(status));
}

void Loop::Run() { uv_run(&loop_, UV_RUN_DEFAULT); }
void Loop::Stop() { uv_stop(&loop_); }
void Loop::RunOnce() { uv_run(&loop_, UV_RUN_NOWAIT); }

void Loop::AtEndOfTurn(std::function<void()> action) { pending_.push_back(std::move(action)); }

void Loop::RunPending() {
  ++turn_;
  detail::current_request = {};  // a scope that a fault left open must not mark the lines of others
  while (!pending_.empty()) {
    std::vector<std::function<void()>> now;
    now.swap(pending_);
    for (auto& action : now) action();
  }
}

struct Watch::State {
  uv_poll_t handle;
  std::function<void(int)> ready;
  int events = 0;  // the events that Set named
  int polled = 0;  // the events for which libuv polls: these, and some that may be named next
  bool closed = false;

  // Each change of what is polled costs two system calls. Owners change often between UV_READABLE and UV_DISCONNECT.
  void Start() {
    polled = events | (events & UV_READABLE ? UV_DISCONNECT : 0);
    uv_poll_start(&handle, polled, [](uv_poll_t* poll, int status, int happened) {
      static_cast<State*>(poll->data)->Happened(status, happened);
    });
  }

  // libuv stops the poll after an error on the descriptor. The owner gets the error when it reads or writes. If the
  // owner still wants events after that, the poll is started again.
  void Happened(int status, int happened) {
    if (status >= 0) {
      if (happened & ~events & UV_READABLE) Start();  // or it would be reported again and again
      if (happened & events) ready(happened & events);
      return;
    }
    polled = 0;
    ready(UV_READABLE | UV_WRITABLE);
    if (!closed && events != 0 && polled == 0) Start();
  }
};

Watch::Watch(Loop& loop, int fd, std::function<void(int)> ready) : state_(new State{{}, std::move(ready)}) {
  Require(uv_poll_init(loop.uv(), &state_->handle, fd), "watch");
  state_->handle.data = state_;
}

Watch::~Watch() {
  state_->closed = true;
  uv_poll_stop(&state_->handle);
  CloseAndDelete(state_);
}

void Watch::Set(int events) {
  State& state = *state_;
  state.events = events;
  // A socket is nearly always writable, so UV_WRITABLE is not polled for longer than it is wanted.
  const int kept = state.polled & (events | UV_READABLE | UV_DISCONNECT);
  if (kept == state.polled && (events & ~kept) == 0 && (events != 0 || kept == 0)) return;
  if (events != 0) return state.Start();
  state.polled = 0;
  uv_poll_stop(&state.handle);
}

struct Timer::State {
  uv_timer_t handle;
  std::function<void()> due;
};

namespace {

// The callback may start its timer again, or destroy it. So the function is moved out of the State before it is called.
template <typename State>
void RunDue(uv_timer_t* handle) {
  auto* state = static_cast<State*>(handle->data);
  auto due = std::move(state->due);
  state->due = nullptr;
  due();
  if (!state->due && uv_is_active(reinterpret_cast<uv_handle_t*>(handle))) state->due = std::move(due);
}

}  // namespace

Timer::Timer(Loop& loop) : state_(new State) {
  Require(uv_timer_init(loop.uv(), &state_->handle), "timer");
  state_->handle.data = state_;
}

Timer::~Timer() {
  uv_timer_stop(&state_->handle);
  CloseAndDelete(state_);
}

void Timer::Start(Milliseconds delay, std::function<void()> due) {
  state_->due = std::move(due);
  uv_timer_start(&state_->handle, RunDue<State>, static_cast<std::uint64_t>(delay.count()), 0);
}

void Timer::StartEvery(Milliseconds period, std::function<void()> due) {
  state_->due = std::move(due);
  const auto every = static_cast<std::uint64_t>(period.count());
  uv_timer_start(&state_->handle, RunDue<State>, every, every);
}

void Timer::Stop() { uv_timer_stop(&state_->handle); }

Task<void> Sleep(Loop& loop, Milliseconds time) {
  Timer timer(loop);
  Promised<bool> due;
  timer.Start(time, [&due] { due.Set(true); });
  co_await due;
}

void PoolWork::await_suspend(std::coroutine_handle<> waiter) {
  waiter_ = Suspended(waiter);
  request_.data = this;
  const int status = uv_queue_work(
      loop_.uv(), &request_, [](uv_work_t* request) { static_cast<PoolWork*>(request->data)->work_(); },
      [](uv_work_t* request, int) { static_cast<PoolWork*>(request->data)->waiter_.Resume(); });
  Require(status, "thread pool");
}

struct SignalWatch::State {
  uv_signal_t handle;
  std::function<void()> arrived;
};

SignalWatch::SignalWatch(Loop& loop, int signal, std::function<void()> arrived)
    : state_(new State{{}, std::move(arrived)}) {
  Require(uv_signal_init(loop.uv(), &state_->handle), "signal");
  state_->handle.data = state_;
  Require(uv_signal_start(
              &state_->handle, [](uv_signal_t* handle, int) { static_cast<State*>(handle->data)->arrived(); }, signal),
          "signal");
  uv_unref(reinterpret_cast<uv_handle_t*>(&state_->handle));
}

SignalWatch::~SignalWatch() {
  uv_signal_stop(&state_->handle);
  CloseAndDelete(state_);
}

}  // namespace zoobar
