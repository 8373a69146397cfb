// What tools/long-run asks for.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "ipc/result.h"

namespace zoobar::long_run {

struct Options {
  std::chrono::seconds length{480};
  std::size_t members = 60;
  std::uint64_t seed = 0;
  // A run of less than two minutes. Tables and heaps are not full by the second quarter then, so the rule allows more.
  bool brief() const { return length < std::chrono::seconds(120); }
};

// Reads --minutes=N or --seconds=N, --members=N and --seed=N. Without a seed, takes a random one.
Result<Options> ReadOptions(const std::vector<std::string>& arguments);

}  // namespace zoobar::long_run
