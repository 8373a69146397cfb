#include "roles/sandbox/time.h"

#include <sched.h>
#include <time.h>

#include <algorithm>
#include <cerrno>

#include "ipc/result.h"
#include "ipc/thread.h"

namespace zoobar {
namespace {

// The probing thread sleeps between probes. A thread that has slept gets a processor sooner than a thread that computes
// all the time, as a run may do. So a run is assumed to wait this many times as long as the probing thread.
constexpr double kSleepersAdvance = 4;

std::int64_t OwnCpuMicros() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<std::int64_t>(used.tv_sec) * 1'000'000 + used.tv_nsec / 1000;
}

void SleepUntil(std::int64_t micros) {
  const timespec until{micros / 1'000'000, micros % 1'000'000 * 1000};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) == EINTR) {
  }
}

}  // namespace

ProcessorShare::ProcessorShare() : thread_(StartThread([this] { Probe(); })) {}

ProcessorShare::~ProcessorShare() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void ProcessorShare::Watch(bool watch) {
  {
    const std::lock_guard lock(mutex_);
    watchers_ += watch ? 1 : -1;
  }
  if (watch) changed_.notify_one();
}

ProcessorShare::Reading ProcessorShare::Read() const {
  const std::lock_guard lock(mutex_);
  Reading reading = done_;
  if (due_us_ > 0) reading.wall_us += std::max<std::int64_t>(0, MonotonicMicros() - due_us_);
  return reading;
}

void ProcessorShare::Probe() {
  const sched_param none{};
  if (sched_setscheduler(0, SCHED_IDLE, &none) != 0) Die("sandbox: SCHED_IDLE");
  std::unique_lock lock(mutex_);
  while (!over_) {
    changed_.wait(lock, [this] { return watchers_ > 0 || over_; });
    if (over_) return;
    due_us_ = MonotonicMicros() + std::chrono::microseconds(kEvery).count();
    const std::int64_t due = due_us_;
    lock.unlock();
    SleepUntil(due);
    const std::int64_t began = OwnCpuMicros();
    while (OwnCpuMicros() - began < kMoment.count()) {
    }
    const std::int64_t ended = MonotonicMicros(), used = OwnCpuMicros() - began;
    lock.lock();
    done_.wall_us += ended - due;
    done_.cpu_us += used;
    due_us_ = 0;
  }
}

std::int64_t TimeGiven::Of(std::int64_t wall_us, std::int64_t cpu_us, ProcessorShare::Reading probes) {
  const std::int64_t used = std::clamp<std::int64_t>(cpu_us, 0, wall_us);
  if (probes.wall_us <= probes.cpu_us) return wall_us;  // there was no probe, or the probes did not wait
  if (probes.cpu_us <= 0) return used;                  // no thread of this priority got a processor
  const auto waits = static_cast<double>(probes.wall_us - probes.cpu_us) / static_cast<double>(probes.cpu_us);
  const double waited =
      std::min(static_cast<double>(wall_us - used), kSleepersAdvance * waits * static_cast<double>(used));
  return wall_us - static_cast<std::int64_t>(waited);
}

}  // namespace zoobar
