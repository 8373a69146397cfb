// Measures what overload does to the work that a site gets done, and to an honest member who uses it at the same time.
// Needs root, to start the site.
//
//   sudo build/release/bench/overload_bench [SECONDS] [RESOURCE]     default: 5 seconds, all resources
//
// It prints for each resource:
// - the requests served per second with 10 connections, which is enough to keep it busy, and with 100, from one
//   principal and from fifty;
// - the median and the 99th percentile of the time of the member's round (log in, home, style sheet, payment, a look at
//   a program, a profile saved), without load, and during the load of one greedy principal and of fifty.
#include <fmt/format.h>

#include <algorithm>
#include <array>
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

// Times in milliseconds of rounds, and of their steps.
struct Rounds {
  std::vector<double> whole;
  std::array<std::vector<double>, Honest::kSteps.size()> steps;
  std::size_t failed = 0;
};

double Quantile(std::vector<double> values, double part) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1, static_cast<std::size_t>(static_cast<double>(values.size()) * part))];
}

// Does rounds for this time, with a short pause after each.
Rounds Measure(Honest& honest, double seconds) {
  Rounds rounds;
  const auto begin = Clock::now();
  while (Since(begin) < seconds) {
    Honest::Times steps{};
    const std::string why = honest.Round(&steps);
    if (!why.empty() && ++rounds.failed <= 3) std::fprintf(stderr, "  failed: %s\n", why.substr(0, 120).c_str());
    double sum = 0;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      sum += steps[i];
      rounds.steps[i].push_back(steps[i]);
    }
    rounds.whole.push_back(sum);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return rounds;
}

double Goodput(const LiveSite& site, const Resource& resource, int principals, int connections, double seconds) {
  const Load load(site, resource, principals, connections, "honest");
  std::this_thread::sleep_for(std::chrono::milliseconds(2500));  // the clients that register first have done so
  const std::uint64_t before = load.served();
  const auto begin = Clock::now();
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  return static_cast<double>(load.served() - before) / Since(begin);
}

void ReportLoad(const LiveSite& site, const Resource& resource, int principals, const Rounds& alone, Honest& honest,
                double seconds) {
  const double median = Quantile(alone.whole, 0.5), most = Quantile(alone.whole, 0.99);
  const double few = Goodput(site, resource, std::min(principals, 10), 10, seconds);
  const double many = Goodput(site, resource, principals, 100, seconds);
  Rounds beside;
  {
    const Load load(site, resource, principals, 100, "honest");
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    beside = Measure(honest, seconds);
  }
  const double median_now = Quantile(beside.whole, 0.5), most_now = Quantile(beside.whole, 0.99);
  fmt::print(
      "  beside {:2}: served {:.0f}/s with 10 connections, {:.0f}/s with 100 ({:.2f}); round median {:.1f} ms "
      "({:.1f}x), p99 {:.1f} ms ({:.1f}x), {} rounds, {} failed\n",
      principals, few, many, few > 0 ? many / few : 0, median_now, median_now / median, most_now, most_now / most,
      beside.whole.size(), beside.failed);
  for (std::size_t i = 0; i < Honest::kSteps.size(); ++i) {
    fmt::print("    {:18} median {:6.1f} ms ({:6.1f} alone), p99 {:6.1f} ms ({:6.1f} alone)\n", Honest::kSteps[i],
               Quantile(beside.steps[i], 0.5), Quantile(alone.steps[i], 0.5), Quantile(beside.steps[i], 0.99),
               Quantile(alone.steps[i], 0.99));
  }
  std::fflush(stdout);
}

void ReportOn(const Resource& resource, double seconds) {
  LiveSite site;
  site.settings = Settings();
  // Limits so high that nobody reaches what a member may do in an hour.
  site.settings.push_back("bank { initial_zoobars: 1000000 acts_burst: 1000000 acts_per_hour: 1000000000 }");
  if (!site.Start()) {
    std::fprintf(stderr, "%s\n", site.Output().c_str());
    std::exit(1);
  }
  Honest honest(site);
  Measure(honest, 1);
  const Rounds alone = Measure(honest, seconds);
  const double median = Quantile(alone.whole, 0.5), most = Quantile(alone.whole, 0.99);
  fmt::print("{}: a round alone: median {:.1f} ms, p99 {:.1f} ms\n", resource.name, median, most);
  for (const int principals : {1, 50}) ReportLoad(site, resource, principals, alone, honest, seconds);
  site.Stop();
}

}  // namespace
}  // namespace zoobar::overload

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 5;
  const std::string only = argc > 2 ? argv[2] : "";
  for (const auto& resource : zoobar::overload::Resources()) {
    if (only.empty() || only == resource.name) zoobar::overload::ReportOn(resource, seconds);
  }
}
