#include "long_run/times.h"

#include <algorithm>
#include <utility>

namespace zoobar::long_run {
namespace {

double At(const std::vector<double>& sorted, double share) {
  return sorted.empty() ? 0 : sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

}  // namespace

void Times::Add(Kind kind, double milliseconds) {
  const std::lock_guard lock(mutex_);
  taken_[static_cast<std::size_t>(kind)].push_back(milliseconds);
}

std::array<Percentiles, kKinds> Times::Take() {
  std::array<std::vector<double>, kKinds> taken;
  {
    const std::lock_guard lock(mutex_);
    taken.swap(taken_);
  }
  std::array<Percentiles, kKinds> percentiles;
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    std::ranges::sort(taken[kind]);
    percentiles[kind] = {taken[kind].size(), At(taken[kind], 0.5), At(taken[kind], 0.99)};
  }
  return percentiles;
}

}  // namespace zoobar::long_run
