// A range of ids that no other test's site uses, also while this one's site is down between two starts. The master's
// own lock on its ids ends with the master: without this, the next test takes the ids and the second start is refused.
#pragma once

#include <cstdint>

#include "ipc/fd.h"

namespace zoobar {

class TestIds {
 public:
  static constexpr std::uint32_t kSize = 256;

  // The first free one from `first` on, in steps of kSize. Held until this object's end, or the process's.
  explicit TestIds(std::uint32_t first);

  std::uint32_t base() const { return base_; }
  // Gives this one up for the next free one: a site that is no test's runs on it.
  void TakeNext();

 private:
  bool Hold(std::uint32_t base);

  std::uint32_t base_ = 0;
  Fd held_;
};

}  // namespace zoobar
