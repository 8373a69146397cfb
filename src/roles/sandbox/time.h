// Measures the given time of a run. This is the time that the run lasts, without the time in which it waits for a
// processor. Runs have the lowest priority (SCHED_IDLE). So on a busy machine, a run may be ready to go on but get no
// processor for most of a second. This wait does not count against the run.
//
// The supervisor can read how much processor time a run has used (clock_getcpuclockid). It cannot read whether the run
// waits for a processor or sleeps, because that is in /proc, which the supervisor does not have. So a thread of the
// supervisor makes probes. The thread has the same priority as the runs and is in the same session. In each probe, it
// computes until it has used a short processor time, and measures how long this takes by the clock. How long a run
// waited is computed from the ratio of these two times and from the processor time that the run has used.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include "ipc/loop.h"

namespace zoobar {

// Owns the thread that makes the probes. The thread does so while a run is watched, and sleeps otherwise.
class ProcessorShare {
 public:
  static constexpr Milliseconds kEvery{40};
  static constexpr std::chrono::microseconds kMoment{2000};  // processor time of one probe (5% of a processor)

  // How long all probes until now took together, by the clock and in processor time.
  struct Reading {
    std::int64_t wall_us = 0, cpu_us = 0;
  };

  ProcessorShare();
  ~ProcessorShare();
  ProcessorShare(const ProcessorShare&) = delete;
  ProcessorShare& operator=(const ProcessorShare&) = delete;

  // Starts probing for one run if `watch` is true, and stops it if `watch` is false. Each call with true must be
  // followed by a call with false.
  void Watch(bool watch);
  Reading Read() const;

 private:
  void Probe();

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  int watchers_ = 0;
  bool over_ = false;
  Reading done_;
  std::int64_t due_us_ = 0;  // when the present probe was due to begin; 0: no probe is waiting or running
  std::thread thread_;       // the last member, because the thread uses the other members
};

struct TimeGiven {
  // Returns the given time of a run, which is how long the run has lasted without its wait for a processor. All times
  // are in microseconds. `wall_us` is how long the run has lasted by the clock. `cpu_us` is the processor time that all
  // its threads have used. `probes` is how long the probes took during the run.
  static std::int64_t Of(std::int64_t wall_us, std::int64_t cpu_us, ProcessorShare::Reading probes);
};

}  // namespace zoobar
