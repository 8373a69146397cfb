// Decides when a role that ended may be started again, and when the role counts as degraded. These classes read no
// clock. The caller passes the current time.
//
// While a role is down, something waits for it: connections wait in the listen queue of the dispatcher, calls to the
// roles behind it wait for one second (peer.cc), the operator waits for admin, and all log lines wait for logger. If
// the delay before a restart were long, users would notice an outage. A delay has only one purpose: a role that ends as
// soon as it starts must not use a whole processor that other roles need.
//
// If a role ends up to kAtOnce times within kWindow, it is restarted at once each time. At the next end the role
// becomes degraded. From then on it is restarted after a delay. The first delay is kFirst, and each further end doubles
// the delay, up to the longest delay of the role (LongestDelay). The role stays degraded until it has not ended for
// kWindow.
//
// A role may end again and again before it is ready, for example because its store cannot be opened. A quick restart of
// this role helps nobody, so its delay goes on doubling up to kLongestUnready. Once the role has been ready, the delay
// is short again.
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

  // Must be called each time that a process of the role has ended or could not be started. Returns how long the caller
  // must wait before the next start. was_ready: whether the process had sent StateByte::kReady. now: the monotonic
  // clock in microseconds.
  Milliseconds Ended(std::int64_t now, bool was_ready);
  // Ends the degraded state if the role has not ended for kWindow. Returns whether it did so.
  bool Recover(std::int64_t now);

  bool degraded() const { return degraded_; }
  std::size_t ends() const { return ends_.size(); }  // the latest end, and all ends within kWindow before it

 private:
  Milliseconds longest_;
  std::size_t unready_ends_ = 0;  // how often the role has ended since it was last ready
  std::deque<std::int64_t> ends_;
  bool degraded_ = false;
};

// Returns the longest delay before the restart of a role that has been ready. It is chosen so that a client waits less
// than half a second for the delay and the start together.
Milliseconds LongestDelay(Role role);

// Limits repeated log lines about one subject to one line in each kPeriod.
class Sparing {
 public:
  static constexpr Milliseconds kPeriod{10'000};

  // Decides whether the caller may write a line now. If so, returns how many lines were left out since the last one
  // that was written. If not, counts this line as left out and returns nullopt.
  std::optional<std::uint32_t> Due(std::int64_t now);

 private:
  std::optional<std::int64_t> last_;
  std::uint32_t left_out_ = 0;
};

}  // namespace zoobar
