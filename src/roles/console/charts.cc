#include "roles/console/charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <string_view>

namespace zoobar {
namespace {

constexpr double kMinute = 60;

struct Line {
  std::string_view name;
  Figure figure;
  double factor = 1;  // from the figure's unit to the chart's
};
struct Kind {
  std::string_view title, unit;
  std::span<const Line> lines;
};

constexpr Line kRequestLines[] = {{"all", Figure::kRequests}, {"failed (5xx)", Figure::kFaults}};
constexpr Line kLatencyLines[] = {{"95 of 100 are faster", Figure::kLatency}};
constexpr Line kTransferLines[] = {{"transfers and payments", Figure::kTransfers}};
constexpr Line kLoginLines[] = {{"logins", Figure::kLogins, kMinute}, {"failed", Figure::kFailedLogins, kMinute}};
constexpr Line kProgramLines[] = {{"runs", Figure::kRuns, kMinute}, {"denied calls", Figure::kDenials, kMinute}};
constexpr Line kQueueLines[] = {{"in all queues", Figure::kWaiting}, {"runs of programs", Figure::kWaitingRuns}};
constexpr Line kConnectionLines[] = {{"open", Figure::kConnections}};
constexpr Line kSessionLines[] = {{"of members", Figure::kSessions}};
constexpr Kind kKinds[] = {
    {"Requests", "a second", kRequestLines},          {"Time of a request", "ms", kLatencyLines},
    {"Zoobars are sent", "a second", kTransferLines}, {"Logins", "a minute", kLoginLines},
    {"Programs", "a minute", kProgramLines},          {"Waiting", "now", kQueueLines},
    {"Connections", "now", kConnectionLines},         {"Sessions", "now", kSessionLines},
};

double ValueOf(const History::Moment& moment, const Line& line) {
  return moment[static_cast<std::size_t>(line.figure)] * line.factor;
}

// The smallest of 1, 2, 5, 10, 20, 50, ... that is not below the value.
double RoundedUp(double value) {
  if (value <= 1) return 1;
  const double ten = std::pow(10, std::floor(std::log10(value)));
  for (const double step : {1.0, 2.0, 5.0}) {
    if (value <= step * ten) return step * ten;
  }
  return 10 * ten;
}

std::string Short(double value) {
  if (value >= 100'000) return fmt::format("{:.0f} k", value / 1000);
  return value == 0 || value >= 10 ? fmt::format("{:.0f}", value) : fmt::format("{:.1f}", value);
}

}  // namespace

std::vector<ConsolePage::Chart> ChartsOf(const History& history) {
  const auto& moments = history.moments();
  std::vector<ConsolePage::Chart> charts;
  for (const Kind& kind : kKinds) {
    double most = 0;
    for (const History::Moment& moment : moments) {
      for (const Line& line : kind.lines) most = std::max(most, ValueOf(moment, line));
    }
    const double top = RoundedUp(most);
    ConsolePage::Chart chart{std::string(kind.title), std::string(kind.unit), Short(top), {}};
    for (const Line& line : kind.lines) {
      ConsolePage::Chart::Line drawn{std::string(line.name),
                                     moments.empty() ? "-" : Short(ValueOf(moments.back(), line)), ""};
      // The newest moment is at the right edge.
      double x = ConsolePage::Chart::kWidth - (static_cast<double>(moments.size()) - 1) * ConsolePage::Chart::kWidth /
                                                  static_cast<double>(History::kMoments - 1);
      for (const History::Moment& moment : moments) {
        const double y = ConsolePage::Chart::kHeight * (1 - ValueOf(moment, line) / top);
        drawn.points += fmt::format("{}{:.1f},{:.1f}", drawn.points.empty() ? "" : " ", x, y);
        x += static_cast<double>(ConsolePage::Chart::kWidth) / static_cast<double>(History::kMoments - 1);
      }
      chart.lines.push_back(std::move(drawn));
    }
    charts.push_back(std::move(chart));
  }
  return charts;
}

}  // namespace zoobar
