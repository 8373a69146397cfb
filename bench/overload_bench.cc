// What overload does to the work a site gets done, and to an honest member beside it. Needs root, to start the site.
//
//   sudo build/release/bench/overload_bench [SECONDS] [RESOURCE]     default: 5 seconds, all resources
//
// For each resource: work served per second with 10 connections (enough to keep it busy) and with 100, from one
// principal and from fifty; and the time of the member's round (log in, home, style sheet, payment, a look at a
// program, a profile saved), median and 99th percentile, without load, beside one greedy principal, and beside fifty.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "overload/overload.h"

namespace zoobar::overload {
namespace {

using Clock = std::chrono::steady_clock;

double Since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

struct Rounds {
  double median_ms = 0, p99_ms = 0;
  std::size_t count = 0, failed = 0;
};

Rounds Measure(Honest& honest, double seconds) {
  std::vector<double> times;
  Rounds rounds;
  const auto begin = Clock::now();
  while (Since(begin) < seconds) {
    const auto one = Clock::now();
    const std::string why = honest.Round();
    if (!why.empty()) std::fprintf(stderr, "  failed: %s\n", why.substr(0, 120).c_str());
    rounds.failed += why.empty() ? 0 : 1;
    times.push_back(Since(one) * 1000);
  }
  std::sort(times.begin(), times.end());
  rounds.count = times.size();
  rounds.median_ms = times[times.size() / 2];
  rounds.p99_ms = times[std::min(times.size() - 1, times.size() * 99 / 100)];
  return rounds;
}

double Goodput(const LiveSite& site, const Resource& resource, int principals, int connections, double seconds) {
  const Load load(site, resource, principals, connections, "honest");
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  const std::uint64_t before = load.served();
  const auto begin = Clock::now();
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  return static_cast<double>(load.served() - before) / Since(begin);
}

void Run(const Resource& resource, double seconds) {
  LiveSite site;
  site.settings = Settings();
  site.settings.push_back("bank { initial_zoobars: 1000000 }");
  if (!site.Start()) {
    std::fprintf(stderr, "%s\n", site.Output().c_str());
    std::exit(1);
  }
  Honest honest(site);
  Measure(honest, 1);
  const Rounds alone = Measure(honest, seconds);
  std::printf("%-20s round alone: median %.1f ms, p99 %.1f ms\n", resource.name, alone.median_ms, alone.p99_ms);
  for (const int principals : {1, 50}) {
    const double few = Goodput(site, resource, std::min(principals, 10), 10, seconds);
    const double many = Goodput(site, resource, principals, 100, seconds);
    Rounds beside;
    {
      const Load load(site, resource, principals, 100, "honest");
      std::this_thread::sleep_for(std::chrono::milliseconds(500));
      beside = Measure(honest, seconds);
    }
    std::printf(
        "%-20s %2d principals: served %.0f/s with 10 connections, %.0f/s with 100 (%.2f); round median %.1f ms "
        "(%.1fx), "
        "p99 %.1f ms (%.1fx), %zu rounds, %zu failed\n",
        "", principals, few, many, few > 0 ? many / few : 0, beside.median_ms, beside.median_ms / alone.median_ms,
        beside.p99_ms, beside.p99_ms / alone.p99_ms, beside.count, beside.failed);
    std::fflush(stdout);
  }
  site.Stop();
}

}  // namespace
}  // namespace zoobar::overload

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 5;
  const std::string only = argc > 2 ? argv[2] : "";
  for (const auto& resource : zoobar::overload::Resources()) {
    if (only.empty() || only == resource.name) zoobar::overload::Run(resource, seconds);
  }
}
