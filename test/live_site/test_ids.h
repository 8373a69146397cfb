// A range of user ids that no other test's site uses. A test keeps it while its site is down between two starts: the
// master's own lock on its ids ends with the master, so without this object another test could take the ids, and the
// second start would be refused.
#pragma once

#include <cstdint>

#include "ipc/fd.h"

namespace zoobar {

class TestIds {
 public:
  static constexpr std::uint32_t kSize = 256;

  // Takes the first free range from `first` on, in steps of kSize. It is held until this object or the process ends.
  explicit TestIds(std::uint32_t first);

  std::uint32_t base() const { return base_; }
  // Exchanges this range for the next free one. For a range on which a site that belongs to no test runs.
  void TakeNext();

 private:
  bool Hold(std::uint32_t base);

  std::uint32_t base_ = 0;
  Fd held_;
};

}  // namespace zoobar
