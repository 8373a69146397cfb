// Measures the given time of a run. Runs have the lowest priority (SCHED_IDLE), so on a busy machine a run may be ready
// to go on and get no processor for most of a second. That time does not count against the run.
//
// The supervisor can read how much processor time a run has used (clock_getcpuclockid). It cannot read whether the run
// waits for a processor or sleeps: that is in /proc, which the supervisor does not have. So a thread of the supervisor,
// with the same priority and in the same session as the runs, computes for a moment at intervals and measures how long
// it takes to get this moment of processor time. From that ratio and from the time that a run has used follows how long
// the run waited.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include "ipc/loop.h"

namespace zoobar {

// The thread that probes. It probes while a run is watched, and sleeps otherwise.
class ProcessorShare {
 public:
  static constexpr Milliseconds kEvery{40};
  static constexpr std::chrono::microseconds kMoment{2000};  // of processor time: 5% of a processor while it probes

  // What all probes together took, by the clock and in processor time.
  struct Reading {
    std::int64_t wall_us = 0, cpu_us = 0;
  };

  ProcessorShare();
  ~ProcessorShare();
  ProcessorShare(const ProcessorShare&) = delete;
  ProcessorShare& operator=(const ProcessorShare&) = delete;

  // Starts and stops probing for one run: each call with true must be followed by one with false.
  void Watch(bool watch);
  Reading Read() const;

 private:
  void Probe();

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  int watchers_ = 0;
  bool over_ = false;
  Reading done_;
  std::int64_t due_us_ = 0;  // when the present probe was due to begin; 0: none is under way
  std::thread thread_;       // the last member, because it uses the others
};

struct TimeGiven {
  // The given time of a run: how long it lasts, without its wait for a processor. All times are in microseconds, from
  // the beginning of the run. wall: how long the run lasts. cpu: the processor time of all its threads. probes: what
  // probing took meanwhile.
  static std::int64_t Of(std::int64_t wall_us, std::int64_t cpu_us, ProcessorShare::Reading probes);
};

}  // namespace zoobar
