// RoleClock: the two clocks of a role. Somebody may set the wall clock, while requests are under way. So whatever lasts
// only a short time is measured by the steady clock, and only what people read has the time of the wall clock.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <utility>

#include "ipc/loop.h"

namespace zoobar {

class RoleClock {
 public:
  RoleClock() = default;  // the machine's clocks
  // Uses one function as both clocks. For tests.
  template <typename Function>
    requires std::invocable<Function&> && (!std::same_as<std::remove_cvref_t<Function>, RoleClock>)
  RoleClock(Function both) : wall_(both), steady_(std::move(both)) {}

  // Returns the time of the wall clock, in milliseconds since 1970.
  std::int64_t operator()() const { return wall_(); }
  // Returns the time of a clock that nobody sets, in milliseconds. All processes of a machine have the same.
  std::int64_t Steady() const { return steady_(); }

 private:
  std::function<std::int64_t()> wall_ = WallMillis;
  std::function<std::int64_t()> steady_ = [] { return MonotonicMicros() / 1000; };
};

}  // namespace zoobar
