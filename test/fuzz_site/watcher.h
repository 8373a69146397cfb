// Watches the processes of a site while it is fuzzed: whether one has ended, whether a role has raised an alarm, and how
// much memory and how many descriptors each role has.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "fuzz_site/run_state.h"
#include "live_site/live_site.h"

namespace zoobar::fuzz_site {

// The processes of one role together. `runs` has those of members' programs.
struct RoleFigures {
  std::size_t processes = 0, descriptors = 0, zombies = 0;
  std::uint64_t memory_kib = 0;  // without what is mapped from files, such as a store's pages
};
using Figures = std::map<std::string, RoleFigures>;
inline constexpr const char* kRuns = "runs";

RoleFigures Sum(const Figures& figures);
// One line for each role: before and after.
std::string Table(const Figures& before, const Figures& after);
// What has grown from one moment to the other, while nobody used the site at either.
std::vector<std::string> Growth(const Figures& before, const Figures& after);

class Watcher {
 public:
  // The site must be ready. From now on no role may end.
  Watcher(const LiveSite& site, Verdict& verdict);
  ~Watcher();
  Watcher(const Watcher&) = delete;

  Figures Measure() const;
  // Waits until the site has closed what its clients have left.
  Figures MeasureCalm() const;
  // Looks now: a role that has ended, an alarm.
  void Look();

 private:
  const LiveSite& site_;
  Verdict& verdict_;
  const std::vector<RoleProcess> roles_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace zoobar::fuzz_site
