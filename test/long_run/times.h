// How long requests took, by what they ask for.
#pragma once

#include <array>
#include <cstddef>
#include <mutex>
#include <vector>

namespace zoobar::long_run {

// Downloads grow with a member's transfers, which are kept for ever; all others should not depend on what was before.
enum class Kind { kPage, kAct, kPassword, kProgram, kDownload };
inline constexpr std::array kKindNames = {"pages", "acts", "passwords", "programs", "downloads"};
inline constexpr std::size_t kKinds = kKindNames.size();

struct Percentiles {
  std::size_t count = 0;
  double p50 = 0, p99 = 0;  // milliseconds
};

// May be used by several threads at once.
class Times {
 public:
  void Add(Kind kind, double milliseconds);
  // Returns the percentiles of what was added since the last call.
  std::array<Percentiles, kKinds> Take();

 private:
  std::mutex mutex_;
  std::array<std::vector<double>, kKinds> taken_;
};

}  // namespace zoobar::long_run
