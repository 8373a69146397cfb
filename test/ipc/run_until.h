// Runs an event loop until a condition holds. The condition may become true in an action that runs right before the
// loop sleeps (Loop::AtEndOfTurn). No event would wake the loop after that, so a timer wakes it.
#pragma once

#include <uv.h>

#include <functional>

#include "ipc/loop.h"

namespace zoobar {

// Blocks for ever if `reached` never returns true; the limit of time of the test then ends it.
inline void RunUntil(Loop& loop, const std::function<bool()>& reached) {
  constexpr Milliseconds kTick{5};
  Timer tick(loop);
  tick.StartEvery(kTick, [] {});
  while (!reached()) uv_run(loop.uv(), UV_RUN_ONCE);
}

}  // namespace zoobar
