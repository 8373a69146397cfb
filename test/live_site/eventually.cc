#include "live_site/eventually.h"

#include <thread>

namespace zoobar {

bool Eventually(const std::function<bool()>& reached, std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!reached()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace zoobar
