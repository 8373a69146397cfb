// How long a role may be away.
#pragma once

#include <chrono>

namespace zoobar {

// Half a second is promised, but a machine that is busy with other work must not fail a test.
constexpr std::chrono::milliseconds kBackAgain{3000};

inline long MillisecondsSince(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace zoobar
