// The options of the program chaos.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "chaos/site/storm.h"
#include "ipc/result.h"

namespace zoobar::chaos {

struct Options {
  std::uint64_t seed = 0;
  int seconds = 60;                        // 0: until all faults of `wanted` were made
  std::map<Kind, std::size_t> wanted;      // how many of each kind, if seconds is 0
  std::vector<Kind> kinds;                 // the kinds that may happen
  std::int64_t longest_silence_ms = 5000;  // a longer one is a fault
  // What is wrong on purpose, to show that it is found.
  enum class Break { kNothing, kLoseCommit, kRepeatForms } broken = Break::kNothing;
};

// An Error says what is wrong with the arguments.
Result<Options> ReadOptions(const std::vector<std::string>& arguments);

}  // namespace zoobar::chaos
