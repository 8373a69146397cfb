// CpuLimit: the last resort against a parser that does not come back. While one is alive, the process may use this much
// CPU; past it the process ends with one line on stderr and exit status kCpuLimitExit.
//
// The parse budget (tree.h) answers hostile documents long before. This is for what it cannot see: a loop in a library
// that asks for no memory. C++ has no way back out of that, so the process ends: it holds nothing, is started again,
// and its caller is told UNAVAILABLE.
#pragma once

#include <chrono>

namespace zoobar {

inline constexpr int kCpuLimitExit = 75;

class CpuLimit {
 public:
  // One at a time in a process: it owns SIGPROF and ITIMER_PROF.
  explicit CpuLimit(std::chrono::milliseconds cpu);
  ~CpuLimit();
  CpuLimit(const CpuLimit&) = delete;
  CpuLimit& operator=(const CpuLimit&) = delete;
};

}  // namespace zoobar
