// How much of its time a run was given. Runs have the lowest priority (SCHED_IDLE): on a busy machine one may be ready
// to go on and get no processor for most of a second. That time is no time of the run's.
//
// The supervisor sees of a run how much processor time it has used (clock_getcpuclockid), but not whether it waits for
// a processor or sleeps: that stands in /proc, which the supervisor does not have. So a thread of its own, of the same
// priority and in the same session as the runs, computes for a moment now and then, and measures how long it takes
// until it has been given that moment. What a run has used, and how long its like waits for so much, say how long it
// waited.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include "ipc/loop.h"

namespace zoobar {

// The probing thread. It probes while somebody watches, and sleeps otherwise.
class ProcessorShare {
 public:
  static constexpr Milliseconds kEvery{40};
  static constexpr std::chrono::microseconds kMoment{2000};  // of processor time; a twentieth while it probes

  // What probing took in all, by the clock and in processor time.
  struct Reading {
    std::int64_t wall_us = 0, cpu_us = 0;
  };

  ProcessorShare();
  ~ProcessorShare();
  ProcessorShare(const ProcessorShare&) = delete;
  ProcessorShare& operator=(const ProcessorShare&) = delete;

  // Each true is followed by one false.
  void Watch(bool watch);
  Reading Read() const;

 private:
  void Probe();

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  int watchers_ = 0;
  bool over_ = false;
  Reading done_;
  std::int64_t due_us_ = 0;  // when the present probe should have begun; 0: none is under way
  std::thread thread_;       // the last member: it uses the others
};

// The account of one run: all times from its beginning, in microseconds.
struct TimeGiven {
  // wall: how long the run lasts. cpu: what its threads used together. probes: what probing took meanwhile. The time
  // that counts: all of it but the wait for a processor.
  static std::int64_t Of(std::int64_t wall_us, std::int64_t cpu_us, ProcessorShare::Reading probes);
};

}  // namespace zoobar
