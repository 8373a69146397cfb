// CpuLimit: the last defence against a parser that never returns. While a CpuLimit exists, the process may use a given
// amount of CPU time. If it uses more, it writes one line to stderr and ends with exit status kCpuLimitExit.
//
// The parse budget (tree.h) stops hostile documents long before this limit. The limit is for what the budget cannot
// see: a loop in a library that allocates no memory. C++ code cannot leave such a loop, so the process ends. No data
// are lost, because the process stores none. The master starts it again, and the caller gets the error UNAVAILABLE.
#pragma once

#include <chrono>

namespace zoobar {

inline constexpr int kCpuLimitExit = 75;

class CpuLimit {
 public:
  // A process may have only one CpuLimit at a time, because a CpuLimit uses SIGPROF and ITIMER_PROF.
  explicit CpuLimit(std::chrono::milliseconds cpu);
  ~CpuLimit();
  CpuLimit(const CpuLimit&) = delete;
  CpuLimit& operator=(const CpuLimit&) = delete;
};

}  // namespace zoobar
