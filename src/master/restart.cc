#include "master/restart.h"

#include <algorithm>
#include <utility>

namespace zoobar {
namespace {

std::int64_t Micros(Milliseconds time) { return std::int64_t{time.count()} * 1000; }

Milliseconds Delay(std::size_t ends, Milliseconds longest) {
  if (ends <= RestartPolicy::kAtOnce) return Milliseconds(0);
  const std::size_t doublings = std::min<std::size_t>(ends - RestartPolicy::kAtOnce - 1, 16);
  return std::min(longest, RestartPolicy::kFirst * (1 << doublings));
}

}  // namespace

Milliseconds RestartPolicy::Ended(std::int64_t now, bool was_ready) {
  while (!ends_.empty() && now - ends_.front() >= Micros(kWindow)) ends_.pop_front();
  ends_.push_back(now);
  if (ends_.size() > kAtOnce) degraded_ = true;
  unready_ends_ = was_ready ? 0 : unready_ends_ + 1;
  return was_ready ? Delay(ends_.size(), longest_) : Delay(unready_ends_, kLongestUnready);
}

bool RestartPolicy::Recover(std::int64_t now) {
  if (!degraded_ || now - ends_.back() < Micros(kWindow)) return false;
  ends_.clear();
  degraded_ = false;
  return true;
}

Milliseconds LongestDelay(Role role) {
  // Starting the sandbox includes starting a Python interpreter, which is many times the work of starting any other
  // role. The delay is still short, because members who look at a profile with a program wait for it.
  if (role == ROLE_SANDBOX) return Milliseconds(300);
  return Milliseconds(100);
}

std::optional<std::uint32_t> Sparing::Due(std::int64_t now) {
  if (last_ && now - *last_ < Micros(kPeriod)) {
    ++left_out_;
    return std::nullopt;
  }
  last_ = now;
  return std::exchange(left_out_, 0);
}

}  // namespace zoobar
