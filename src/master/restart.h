// When a role that ended may start again, and when it is called degraded. Pure: the caller says what time it is.
//
// Somebody waits for every role: connections in the listen queue for the dispatcher, calls (one second, peer.cc) for
// the roles behind it, the operator for admin, everybody's lines for logger. So no delay may become an outage. A delay
// is there for one reason: a role that ends as soon as it starts must not take a whole processor from the others.
//
// Up to kAtOnce ends within kWindow: it starts again at once. From the next on it is degraded, and starts after kFirst,
// doubling, to the longest delay of its role. It is so until kWindow has passed without an end.
//
// A role that ends before it is ready, again and again, serves nobody however soon it is started (a store that cannot
// be opened, say). Its delay goes on doubling, to kLongestUnready, and is short again once it has been ready.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "ipc/loop.h"
#include "options.pb.h"

namespace zoobar {

class RestartPolicy {
 public:
  static constexpr std::size_t kAtOnce = 3;
  static constexpr Milliseconds kWindow{30'000};
  static constexpr Milliseconds kFirst{25};
  static constexpr Milliseconds kLongestUnready{5000};

  explicit RestartPolicy(Milliseconds longest) : longest_(longest) {}

  // A process of the role has ended, or could not be started; was_ready: it had said that it serves. now: monotonic
  // microseconds. Gives how long to wait before the next start.
  Milliseconds Ended(std::int64_t now, bool was_ready);
  // Nothing has ended for kWindow: not degraded any more. Whether it was, and this is news.
  bool Recover(std::int64_t now);

  bool degraded() const { return degraded_; }
  std::size_t ends() const { return ends_.size(); }  // within kWindow before the latest one

 private:
  Milliseconds longest_;
  std::size_t unready_ends_ = 0;  // since it was last ready
  std::deque<std::int64_t> ends_;
  bool degraded_ = false;
};

// The longest delay of a role that has been ready. With the start itself, a client waits under half a second.
Milliseconds LongestDelay(Role role);

// Of lines that would all say the same, a few: one in each kPeriod.
class Sparing {
 public:
  static constexpr Milliseconds kPeriod{10'000};

  // How many were left out since the last one, when a line is due now; nothing when this one is left out too.
  std::optional<std::uint32_t> Due(std::int64_t now);

 private:
  std::optional<std::int64_t> last_;
  std::uint32_t left_out_ = 0;
};

}  // namespace zoobar
