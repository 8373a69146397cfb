// CpuLimit: the last defence against a parser that never returns. While a CpuLimit exists, the process may use a given
// amount of CPU time. If it uses more, it writes one line to stderr and ends with exit status kCpuLimitExit.
//
// The parse budget (tree.h) stops hostile documents long before this limit. The limit is for what the budget cannot
// see: a loop in a library that allocates no memory. C++ cannot leave such a loop, so the process ends. It holds
// nothing, it is started again, and its caller is told UNAVAILABLE.
#pragma once

#include <chrono>

namespace zoobar {

inline constexpr int kCpuLimitExit = 75;

class CpuLimit {
 public:
  // Only one at a time in a process, because it uses SIGPROF and ITIMER_PROF.
  explicit CpuLimit(std::chrono::milliseconds cpu);
  ~CpuLimit();
  CpuLimit(const CpuLimit&) = delete;
  CpuLimit& operator=(const CpuLimit&) = delete;
};

}  // namespace zoobar
