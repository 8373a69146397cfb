// Figures of the requests that a role has answered: how many there were on each route with each status, and how long
// they took. Health.Report has them.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "health.pb.h"

namespace zoobar {

// In microseconds. For each of them the requests that took longer are counted.
inline constexpr std::array<std::uint32_t, 13> kLatencyBounds = {1'000,     2'500,     5'000,     10'000,  25'000,
                                                                 50'000,    100'000,   250'000,   500'000, 1'000'000,
                                                                 2'500'000, 5'000'000, 10'000'000};

// Only the routes that the role has added have figures of their own. So clients cannot make the table grow.
class RequestFigures {
 public:
  static constexpr std::string_view kOther = "other";

  RequestFigures() { AddRoute(kOther); }

  void AddRoute(std::string_view route) { routes_.try_emplace(std::string(route)); }
  // Counts one answered request. A route that was not added counts as kOther.
  void Add(std::string_view route, int status, std::uint32_t micros);
  // Adds all figures to `report`. A route without requests is left out.
  void Report(ReportReply& report) const;

 private:
  struct Figures {
    std::map<int, std::int64_t> by_status;
    std::array<std::int64_t, kLatencyBounds.size()> slower{};
    std::int64_t micros = 0;
  };
  std::map<std::string, Figures, std::less<>> routes_;
};

}  // namespace zoobar
