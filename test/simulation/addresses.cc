#include "simulation/addresses.h"

#include <deque>

namespace zoobar::simulation {
namespace {

std::deque<std::uint32_t> arrivals;

}  // namespace

void Arrived(std::uint32_t address) { arrivals.push_back(address); }

std::uint32_t NextArrival() {
  if (arrivals.empty()) return 0;
  const std::uint32_t first = arrivals.front();
  arrivals.pop_front();
  return first;
}

}  // namespace zoobar::simulation
