// When a role that ended may be started again, and when it is called degraded. There is no clock in here: the caller
// says what time it is.
//
// Something waits for every role: connections in the listen queue for the dispatcher, calls (for one second, peer.cc)
// for the roles behind it, the operator for admin, all log lines for logger. So a delay must be short, or it is an
// outage. Delays have only one purpose: a role that ends as soon as it starts must not take a whole processor from the
// others.
//
// Up to kAtOnce ends within kWindow, the role is restarted at once. With the next end it is degraded. It is then
// restarted after kFirst, and the delay doubles with each end, up to the longest delay of its role. It is degraded
// until kWindow has passed without an end.
//
// A role may end again and again before it is ready, for example because its store cannot be opened. Such a role serves
// nobody, however soon it is started. So its delay goes on doubling up to kLongestUnready. Once it has been ready, the
// delay is short again.
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

  // Call this when a process of the role has ended, or could not be started. Returns how long to wait before the next
  // start. was_ready: the process had sent StateByte::kReady. now: monotonic microseconds.
  Milliseconds Ended(std::int64_t now, bool was_ready);
  // Returns true when the role was degraded and no longer is, because kWindow has passed without an end.
  bool Recover(std::int64_t now);

  bool degraded() const { return degraded_; }
  std::size_t ends() const { return ends_.size(); }  // the latest end, and those within kWindow before it

 private:
  Milliseconds longest_;
  std::size_t unready_ends_ = 0;  // ends since the role was last ready
  std::deque<std::int64_t> ends_;
  bool degraded_ = false;
};

// The longest delay of a role that has been ready. Together with the start itself, a client waits less than half a
// second.
Milliseconds LongestDelay(Role role);

// Limits log lines that would all say the same to one in each kPeriod.
class Sparing {
 public:
  static constexpr Milliseconds kPeriod{10'000};

  // Whether a line is due now. If it is: how many were left out since the last one. Nothing: leave this one out too.
  std::optional<std::uint32_t> Due(std::int64_t now);

 private:
  std::optional<std::int64_t> last_;
  std::uint32_t left_out_ = 0;
};

}  // namespace zoobar
