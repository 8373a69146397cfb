// What LMDB says about an environment that another process has open: its size, and its table of readers.
#pragma once

#include <cstdint>
#include <string>

#include "ipc/result.h"

namespace zoobar::long_run {

struct StoreState {
  std::uint64_t file_bytes = 0;  // of data.mdb
  std::uint64_t live_bytes = 0;  // of the pages that hold something
  // Of the pages that were ever used. It also grows when a large value finds no freed pages that are side by side, or when
  // a reader keeps the freed ones from being used.
  std::uint64_t used_bytes = 0;
  std::uint64_t readers = 0;  // places in the table of readers that were ever used
  // Readers whose snapshot is older than the commit before the last one. No page that was freed since can be used again.
  std::uint64_t stale = 0;
};

// Opens the files read-only, as `zoobar ctl backup` does. Takes a place among the readers for a moment.
Result<StoreState> StateOf(const std::string& folder);

}  // namespace zoobar::long_run
