// What a site needs at one moment: memory, descriptors, threads and processes of each role, its stores and its logs.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "live_site/live_site.h"
#include "long_run/readers.h"

namespace zoobar::long_run {

// All processes of a role together. What sandbox has started (the interpreter, runs) is called "programs".
struct Part {
  std::uint64_t processes = 0, descriptors = 0, threads = 0;
  // Memory of its own: what is mapped from files, such as a store's pages, is not leaked, and is counted in `pss_kib`.
  std::uint64_t anonymous_kib = 0;
  std::uint64_t pss_kib = 0;
};

struct Measures {
  std::map<std::string, Part> parts;
  std::map<std::string, StoreState> stores;
  std::map<std::string, std::uint64_t> logs;  // bytes of a log and of its rotated files
  std::uint64_t other_bytes = 0;              // of all other files below the state directory
  std::uint64_t entries = 0;                  // of bank's journal
};

// Measures several times within three seconds, while nobody uses the site, and keeps the least of each figure, except of
// `stale`: what is needed only for a moment does not count.
Measures MeasureCalm(const LiveSite& site);

// One measurement of the processes.
std::map<std::string, Part> MeasureParts(const LiveSite& site);

}  // namespace zoobar::long_run
