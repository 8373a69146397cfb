#pragma once

#include <time.h>

namespace zoobar {

// Processor time of the calling thread, in milliseconds. Unlike the clock, it does not pass while other processes run.
inline double CpuMillis() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) * 1e3 + static_cast<double>(used.tv_nsec) / 1e6;
}

}  // namespace zoobar
