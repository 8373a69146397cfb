// libuv's functions, as far as the roles use them, on a simulated machine. They behave as docs.libuv.org says. In one
// turn a loop sees some of the events that are ready, in an order from the seed.
#include "simulation/uv.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "ipc/fd.h"
#include "ipc/result.h"

namespace zoobar::simulation {
namespace {

constexpr int kEventsAtOnce = 1024;

std::uint64_t handles_made = 0, looks = 0;
std::vector<HandleState*> ready_polls;  // polls that were ready at the last look
std::vector<std::unique_ptr<LoopState>> loops;

int EpollOfMachine() {
  static const int epoll = epoll_create1(EPOLL_CLOEXEC);
  return epoll;
}

HandleState& StateOf(const void* handle) {
  return *static_cast<HandleState*>(static_cast<const uv_handle_t*>(handle)->u.reserved[0]);
}
LoopState& StateOfLoop(const uv_loop_t* loop) { return *static_cast<LoopState*>(loop->active_reqs.unused); }

HandleState& Make(uv_loop_t* loop, void* handle, HandleState::Kind kind) {
  LoopState& state = StateOfLoop(loop);
  HandleState& made = *state.handles.emplace_back(std::make_unique<HandleState>());
  made.kind = kind;
  made.uv = static_cast<uv_handle_t*>(handle);
  made.loop = &state;
  made.number = ++handles_made;
  made.uv->loop = loop;
  made.uv->u.reserved[0] = &made;
  return made;
}

void Unpoll(HandleState& poll) {
  if (poll.active) epoll_ctl(EpollOfMachine(), EPOLL_CTL_DEL, poll.fd, nullptr);
  poll.active = false;
  poll.ready_at = kNever;
  std::erase(ready_polls, &poll);
}

std::uint32_t Wanted(const HandleState& poll) {
  std::uint32_t wanted = 0;
  if (poll.events & UV_READABLE) wanted |= EPOLLIN;
  if (poll.events & UV_WRITABLE) wanted |= EPOLLOUT;
  if (poll.events & UV_DISCONNECT) wanted |= EPOLLRDHUP;
  return wanted;
}

// As uv__poll_io of libuv 1.44: an error stops the poll, and a hang-up alone counts as everything that is wanted.
void TellPoll(HandleState& poll) {
  auto* const handle = reinterpret_cast<uv_poll_t*>(poll.uv);
  const std::uint32_t wanted = Wanted(poll);
  std::uint32_t ready = poll.ready & (wanted | EPOLLERR | EPOLLHUP);
  poll.ready_at = kNever;
  std::erase(ready_polls, &poll);
  if (ready == EPOLLERR || ready == EPOLLHUP) ready |= wanted;
  if (ready & EPOLLERR) {
    Unpoll(poll);
    return poll.on_poll(handle, UV_EBADF, 0);
  }
  int events = 0;
  if (ready & EPOLLIN) events |= UV_READABLE;
  if (ready & EPOLLOUT) events |= UV_WRITABLE;
  if (ready & EPOLLRDHUP) events |= UV_DISCONNECT;
  poll.on_poll(handle, 0, events);
}

bool IsDue(const HandleState& handle, std::int64_t now) {
  switch (handle.kind) {
    case HandleState::Kind::kPoll:
      return handle.active && handle.ready_at <= now;
    case HandleState::Kind::kAsync:
      return handle.sent_at <= now;
    case HandleState::Kind::kTimer:
      return handle.active && handle.due <= now;
    default:
      return false;
  }
}

// The handles that are due now, by their numbers: a callback may close others of them.
std::vector<std::uint64_t> DueHandles(const LoopState& loop, HandleState::Kind kind, std::int64_t now) {
  std::vector<std::uint64_t> due;
  for (const auto& handle : loop.handles) {
    if (handle->kind == kind && !handle->closing && IsDue(*handle, now)) due.push_back(handle->number);
  }
  return due;
}

HandleState* Find(const LoopState& loop, std::uint64_t number) {
  const auto found = std::ranges::find_if(loop.handles, [&](const auto& each) { return each->number == number; });
  return found == loop.handles.end() || (*found)->closing ? nullptr : found->get();
}

void RunPolls(LoopState& loop) {
  Machine& machine = Machine::The();
  std::vector<std::uint64_t> due = DueHandles(loop, HandleState::Kind::kPoll, machine.now());
  for (std::size_t i = due.size(); i > 1; --i) std::swap(due[i - 1], due[machine.random().Below(i)]);
  if (due.size() > 1) due.resize(1 + machine.random().Below(due.size()));
  for (const std::uint64_t number : due) {
    HandleState* const poll = Find(loop, number);
    if (poll && IsDue(*poll, machine.now())) TellPoll(*poll);
  }
}

void RunAsyncs(LoopState& loop) {
  for (const std::uint64_t number : DueHandles(loop, HandleState::Kind::kAsync, Machine::The().now())) {
    HandleState* const async = Find(loop, number);
    if (!async) continue;
    async->sent_at = kNever;
    async->on_async(reinterpret_cast<uv_async_t*>(async->uv));
  }
  for (const DoneWork& work : std::exchange(loop.done, {})) work.after(work.request, 0);
}

void RunTimers(LoopState& loop) {
  std::vector<std::uint64_t> due = DueHandles(loop, HandleState::Kind::kTimer, loop.now);
  std::ranges::stable_sort(due, {}, [&](std::uint64_t number) {
    const HandleState* const timer = Find(loop, number);
    return timer ? timer->due : 0;
  });
  for (const std::uint64_t number : due) {
    HandleState* const timer = Find(loop, number);
    if (!timer || !IsDue(*timer, loop.now)) continue;
    timer->active = timer->every > 0;
    timer->due = loop.now + timer->every;
    timer->on_timer(reinterpret_cast<uv_timer_t*>(timer->uv));
  }
}

void RunPrepares(LoopState& loop) {
  for (std::size_t i = 0; i < loop.handles.size(); ++i) {
    HandleState& handle = *loop.handles[i];
    if (handle.kind == HandleState::Kind::kPrepare && handle.active && !handle.closing) {
      handle.on_prepare(reinterpret_cast<uv_prepare_t*>(handle.uv));
    }
  }
}

void RunClosings(LoopState& loop) {
  for (;;) {
    const auto closing = std::ranges::find_if(loop.handles, [](const auto& each) { return each->closing; });
    if (closing == loop.handles.end()) return;
    const std::unique_ptr<HandleState> closed = std::move(*closing);
    loop.handles.erase(closing);
    if (closed->on_close) closed->on_close(closed->uv);
  }
}

void Turn(LoopState& loop) {
  loop.now = Machine::The().now();
  loop.fresh = false;
  RunPolls(loop);
  RunAsyncs(loop);
  RunTimers(loop);
  RunClosings(loop);
  RunPrepares(loop);
}

}  // namespace

std::int64_t DueOfLoop(const LoopState& loop) {
  if (loop.fresh || !loop.done.empty()) return 0;
  std::int64_t due = kNever;
  for (const auto& handle : loop.handles) {
    if (handle->closing) return 0;
    if (handle->kind == HandleState::Kind::kAsync) due = std::min(due, handle->sent_at);
    if (!handle->active) continue;
    if (handle->kind == HandleState::Kind::kPoll) due = std::min(due, handle->ready_at);
    if (handle->kind == HandleState::Kind::kTimer) due = std::min(due, handle->due);
  }
  return due;
}

void LookForEvents() {
  Machine& machine = Machine::The();
  epoll_event events[kEventsAtOnce];
  const int count = epoll_wait(EpollOfMachine(), events, kEventsAtOnce, 0);
  std::vector<HandleState*> ready;
  for (int i = 0; i < count; ++i) ready.push_back(static_cast<HandleState*>(events[i].data.ptr));
  ++looks;
  for (int i = 0; i < count; ++i) {
    HandleState& poll = *static_cast<HandleState*>(events[i].data.ptr);
    poll.ready = events[i].events;
    poll.seen = looks;
  }
  for (HandleState* const poll : ready_polls) {
    if (poll->seen != looks) poll->ready_at = kNever;
  }
  std::ranges::sort(ready, {}, &HandleState::number);
  for (HandleState* const poll : ready) {
    if (poll->ready_at == kNever) poll->ready_at = machine.now() + machine.Delay();
  }
  ready_polls = std::move(ready);
}

void ForgetLoopsOf(const Process& process) {
  for (const auto& loop : loops) {
    if (loop->process != &process) continue;
    for (const auto& handle : loop->handles) {
      if (handle->kind == HandleState::Kind::kPoll) Unpoll(*handle);
    }
  }
  std::erase_if(loops, [&](const auto& loop) { return loop->process == &process; });
}

}  // namespace zoobar::simulation

using zoobar::simulation::HandleState;
using zoobar::simulation::kNever;
using zoobar::simulation::Machine;
using namespace zoobar::simulation;  // NOLINT(google-build-using-namespace): the functions below are C's

extern "C" {

int uv_loop_init(uv_loop_t* loop) {
  LoopState& state = *loops.emplace_back(std::make_unique<LoopState>());
  state.uv = loop;
  state.process = CurrentProcess();
  state.now = Machine::The().now();
  loop->active_reqs.unused = &state;
  return 0;
}

int uv_loop_close(uv_loop_t* loop) {
  LoopState& state = StateOfLoop(loop);
  if (!state.handles.empty()) return UV_EBUSY;
  std::erase_if(loops, [&](const auto& each) { return each.get() == &state; });
  return 0;
}

int uv_run(uv_loop_t* loop, uv_run_mode mode) {
  LoopState& state = StateOfLoop(loop);
  Fiber& fiber = *Fiber::Current();
  state.stop = false;
  for (;;) {
    Turn(state);
    if (mode != UV_RUN_DEFAULT || state.stop) return 0;
    fiber.loop = &state;
    Fiber::StopUntil(kNever);
    fiber.loop = nullptr;
  }
}

void uv_stop(uv_loop_t* loop) { StateOfLoop(loop).stop = true; }
uint64_t uv_now(const uv_loop_t* loop) { return static_cast<uint64_t>(StateOfLoop(loop).now / 1000); }
const char* uv_strerror(int) { return "an error of the simulated loop"; }

int uv_prepare_init(uv_loop_t* loop, uv_prepare_t* prepare) {
  Make(loop, prepare, HandleState::Kind::kPrepare);
  return 0;
}
int uv_prepare_start(uv_prepare_t* prepare, uv_prepare_cb callback) {
  HandleState& state = StateOf(prepare);
  state.on_prepare = callback;
  state.active = true;
  return 0;
}

int uv_timer_init(uv_loop_t* loop, uv_timer_t* timer) {
  Make(loop, timer, HandleState::Kind::kTimer);
  return 0;
}
int uv_timer_start(uv_timer_t* timer, uv_timer_cb callback, uint64_t timeout, uint64_t repeat) {
  HandleState& state = StateOf(timer);
  state.on_timer = callback;
  state.due = state.loop->now + static_cast<std::int64_t>(timeout) * 1000;
  state.every = static_cast<std::int64_t>(repeat) * 1000;
  state.active = true;
  return 0;
}
int uv_timer_stop(uv_timer_t* timer) {
  StateOf(timer).active = false;
  return 0;
}

int uv_poll_init(uv_loop_t* loop, uv_poll_t* poll, int fd) {
  Make(loop, poll, HandleState::Kind::kPoll).fd = fd;
  return 0;
}
int uv_poll_start(uv_poll_t* poll, int events, uv_poll_cb callback) {
  HandleState& state = StateOf(poll);
  const bool known = state.active;
  state.on_poll = callback;
  state.events = events;
  state.active = true;
  state.ready_at = kNever;
  std::erase(ready_polls, &state);
  epoll_event event{.events = Wanted(state), .data = {.ptr = &state}};
  if (epoll_ctl(EpollOfMachine(), known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, state.fd, &event) != 0) {
    zoobar::Die("simulation: descriptor {} cannot be watched", state.fd);
  }
  return 0;
}
int uv_poll_stop(uv_poll_t* poll) {
  Unpoll(StateOf(poll));
  return 0;
}

int uv_async_init(uv_loop_t* loop, uv_async_t* async, uv_async_cb callback) {
  Make(loop, async, HandleState::Kind::kAsync).on_async = callback;
  return 0;
}
int uv_async_send(uv_async_t* async) {
  HandleState& state = StateOf(async);
  if (state.sent_at == kNever) state.sent_at = Machine::The().now() + Machine::The().Delay();
  return 0;
}

int uv_queue_work(uv_loop_t* loop, uv_work_t* request, uv_work_cb work, uv_after_work_cb after) {
  LoopState& state = StateOfLoop(loop);
  Fiber& fiber = Machine::The().StartThread([&state, request, work, after] {
    work(request);
    state.done.push_back({request, after});
  });
  fiber.detached = true;
  return 0;
}

// Signals are not simulated: no role waits for one.
int uv_signal_init(uv_loop_t* loop, uv_signal_t* signal) {
  Make(loop, signal, HandleState::Kind::kSignal);
  return 0;
}
int uv_signal_start(uv_signal_t*, uv_signal_cb, int) { return 0; }
int uv_signal_stop(uv_signal_t*) { return 0; }

void uv_unref(uv_handle_t*) {}
int uv_is_active(const uv_handle_t* handle) { return StateOf(handle).active ? 1 : 0; }

void uv_close(uv_handle_t* handle, uv_close_cb callback) {
  HandleState& state = StateOf(handle);
  if (state.kind == HandleState::Kind::kPoll) Unpoll(state);
  state.active = false;
  state.sent_at = kNever;
  state.closing = true;
  state.on_close = callback;
}

}  // extern "C"
