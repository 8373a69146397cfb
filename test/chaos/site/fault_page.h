// The faults that a process of zoobar_faulty makes in its own system calls. Each process has one page of them, the
// variable `zoobar_faults`. faulty_calls.cc reads it, and the test writes it from outside (faults.h). Root of the
// machine may write into the memory of any process, so no role is granted anything for this.
#pragma once

#include <cstdint>

namespace zoobar::chaos {

// Bits for FaultPage::calls. They concern regular files alone.
enum FaultyCalls : std::uint32_t {
  kWrites = 1,      // pwrite, write, writev, ftruncate
  kSyncs = 2,       // fsync, fdatasync, msync
  kMetaWrites = 4,  // pwrite through a descriptor with O_DSYNC: LMDB's meta page
};

// The test writes `calls` last, because it turns the faults on.
struct FaultPage {
  std::int64_t clock_us = 0;     // added to the wall clock
  std::uint32_t skip = 0;        // so many of these calls succeed first
  std::uint32_t count = 0;       // then so many have the fault
  std::uint32_t error = 0;       // what they fail with; 0: they succeed
  std::uint32_t delay_us = 0;    // how long they take
  std::uint32_t only_half = 0;   // 1: a write writes the first half, and says so
  std::uint32_t done_first = 0;  // 1: the call is carried out, and fails all the same
  std::uint32_t lie = 0;         // 1: a write is not carried out, and succeeds all the same
  std::uint32_t calls = 0;
  std::uint32_t made = 0;  // how many calls had the fault; faulty_calls.cc counts
};

// A new process takes its clock from a limit that it inherits from the master and that has no effect on it:
// RLIMIT_RTTIME, in microseconds, plus this number. Without such a limit its clock is right.
inline constexpr std::int64_t kClockInLimit = std::int64_t{1} << 50;

}  // namespace zoobar::chaos

extern "C" zoobar::chaos::FaultPage zoobar_faults;
