// Which figures of a long run are flat. The first quarter fills tables and heaps. So the last quarter is compared with
// the second one: whatever grows with the number of requests has grown by as much again between these two.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "long_run/measures.h"
#include "long_run/times.h"

namespace zoobar::long_run {

struct Quarter {
  Measures measures;  // of the break at its end
  std::array<Percentiles, kKinds> times;
  std::uint64_t acts = 0, left = 0;  // since the start
};

// The settings of the site's logs, so that they are rotated many times in a run, and the most bytes that all files of
// one log may have.
inline constexpr std::uint64_t kLogBytes = 131072, kLogsKept = 2;
std::string LogSettings();

// How much more than in the second quarter is still flat in the last one. Each limit has its reason in verdict.cc.
struct Rule {
  std::uint64_t descriptors, threads, processes;
  std::uint64_t memory_kib;
  double memory_share;
  std::uint64_t store_bytes;
  double store_share, used_share;   // of live bytes, of bytes that were ever used
  std::uint64_t bytes_of_a_leaver;  // in auth's and bank's store, which remember who has left
  double entry_share;               // of the bytes of an entry of the journal
  double p99_factor;
  double p99_ms;
};
Rule RuleFor(bool brief);
std::string Explain(const Rule& rule);

// A table of all figures by quarters. What is not flat is marked, and gets a line in `faults`.
std::string Judge(const std::array<Quarter, 4>& quarters, const Rule& rule, std::vector<std::string>& faults);

}  // namespace zoobar::long_run
