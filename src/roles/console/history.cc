#include "roles/console/history.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>

#include "roles/console/calls.h"

namespace zoobar {
namespace {

constexpr double kOf100 = 0.95;  // kLatency: the share of the requests that were as fast

std::size_t At(Figure figure) { return static_cast<std::size_t>(figure); }

// A counter of one role, and the figure to which it belongs.
struct Source {
  Role role;
  std::string_view counter;
  Figure figure;
};
// Counters that only grow. Each figure is their growth in a second.
constexpr Source kGrowing[] = {
    {ROLE_BANK, "transfers", Figure::kTransfers},  {ROLE_BANK, "payments", Figure::kTransfers},
    {ROLE_AUTH, "logins", Figure::kLogins},        {ROLE_AUTH, "logins.failed", Figure::kFailedLogins},
    {ROLE_PROFILE, "programs.run", Figure::kRuns}, {ROLE_SANDBOX, "denials", Figure::kDenials},
};
// Counters that say how much there is at the moment. Each figure is their sum.
constexpr Source kPresent[] = {
    {ROLE_PROFILE, "programs.waiting", Figure::kWaitingRuns}, {ROLE_DISPATCHER, "connections", Figure::kConnections},
    {ROLE_EDGE, "connections", Figure::kConnections},         {ROLE_AUTH, "sessions", Figure::kSessions},
    {ROLE_AUTH, "throttle.waiting", Figure::kWaiting},        {ROLE_AUTH, "hashing.waiting", Figure::kWaiting},
};

std::optional<Figure> FigureOf(std::span<const Source> sources, Role role, std::string_view counter) {
  for (const Source& source : sources) {
    if (source.counter == counter && source.role == role) return source.figure;
  }
  return std::nullopt;
}

bool IsQueue(std::string_view counter) { return counter.starts_with("queue.") && counter.ends_with(".waiting"); }

// Returns who made the calls that "calls.app.Bank.Transfer" counts. Nothing for other counters, and for methods that the
// picture does not show.
std::optional<Role> CallerOf(std::string_view counter) {
  constexpr std::string_view kPrefix = "calls.";
  if (!counter.starts_with(kPrefix)) return std::nullopt;
  counter.remove_prefix(kPrefix.size());
  const std::size_t end = counter.find('.');
  if (end == counter.npos || !IsShown(counter.substr(end + 1))) return std::nullopt;
  const Role caller = RoleByName(counter.substr(0, end));
  return caller == ROLE_UNSPECIFIED ? std::nullopt : std::optional(caller);
}

double Slower(const ReportReply::Route& route, std::size_t bound) {
  const int index = static_cast<int>(bound);
  return index < route.slower_size() ? static_cast<double>(route.slower(index)) : 0;
}

// How many requests had this status or a higher one.
double Requests(const ReportReply::Route& route, std::uint32_t from) {
  double requests = 0;
  for (const auto& status : route.statuses()) {
    if (status.status() >= from) requests += static_cast<double>(status.count());
  }
  return requests;
}

// The smallest bound that is as large as the time of the share kOf100 of all requests, in milliseconds. A request beyond
// the last bound counts as slow as the last bound.
double LatencyOf(const std::array<double, kLatencyBounds.size()>& slower, double requests) {
  if (requests <= 0) return 0;
  for (std::size_t i = 0; i < slower.size(); ++i) {
    if (slower[i] <= requests * (1 - kOf100)) return kLatencyBounds[i] / 1000.0;
  }
  return kLatencyBounds.back() / 1000.0;
}

}  // namespace

void History::AddCalls(Sums& sums, Role role, const ReportReply& before, const ReportReply& now) {
  std::unordered_map<std::string_view, std::int64_t> earlier;
  for (const ReportReply::Counter& counter : before.counters()) earlier[counter.name()] = counter.value();
  for (const ReportReply::Counter& counter : now.counters()) {
    const auto found = earlier.find(counter.name());
    const double growth =
        static_cast<double>(counter.value()) - (found == earlier.end() ? 0 : static_cast<double>(found->second));
    if (growth <= 0) continue;
    if (const auto figure = FigureOf(kGrowing, role, counter.name())) sums.grown[At(*figure)] += growth;
    if (const auto caller = CallerOf(counter.name())) sums.calls[{*caller, role}] += growth;
  }
}

void History::AddRequests(Sums& sums, const ReportReply& before, const ReportReply& now) {
  static const ReportReply::Route kNone;
  for (const ReportReply::Route& route : now.routes()) {
    const auto found = std::ranges::find(before.routes(), route.route(), &ReportReply::Route::route);
    const ReportReply::Route& old = found == before.routes().end() ? kNone : *found;
    const double requests = std::max(Requests(route, 0) - Requests(old, 0), 0.0);
    sums.requests += requests;
    sums.grown[At(Figure::kRequests)] += requests;
    sums.grown[At(Figure::kFaults)] += std::max(Requests(route, 500) - Requests(old, 500), 0.0);
    for (std::size_t i = 0; i < kLatencyBounds.size(); ++i) {
      sums.slower[i] += std::max(Slower(route, i) - Slower(old, i), 0.0);
    }
  }
}

void History::Add(const Processes& processes, std::int64_t now_us) {
  static const ReportReply kNothing;
  const std::int64_t passed_us = now_us - last_us_;
  Sums sums;
  Moment moment{};
  for (const auto& [process, known] : processes) {
    if (!known.answers) continue;
    for (const ReportReply::Counter& counter : known.report.counters()) {
      const double value = std::max(static_cast<double>(counter.value()), 0.0);
      if (const auto figure = FigureOf(kPresent, process.first, counter.name())) moment[At(*figure)] += value;
      if (IsQueue(counter.name())) moment[At(Figure::kWaiting)] += value;
    }
    // A process that has begun since the last moment has counted from zero. Of one that has not answered before, it is
    // not known when it has counted what it reports.
    const auto last = last_.find(process);
    const bool known_before = last != last_.end() && last->second.started_ms == known.started_ms;
    if (known_before || known.report.uptime_ms() <= passed_us / 1000) {
      const ReportReply& before = known_before ? last->second.report : kNothing;
      AddCalls(sums, process.first, before, known.report);
      AddRequests(sums, before, known.report);
    }
    last_[process] = {known.started_ms, known.report};
  }
  const bool first = std::exchange(last_us_, now_us) == 0;
  const double seconds = static_cast<double>(passed_us) / 1e6;
  if (first || passed_us <= 0) return;
  for (std::size_t i = 0; i < moment.size(); ++i) moment[i] += sums.grown[i] / seconds;
  moment[At(Figure::kLatency)] = LatencyOf(sums.slower, sums.requests);
  moments_.push_back(moment);
  if (moments_.size() > kMoments) moments_.pop_front();
  calls_.clear();
  for (const auto& [call, count] : sums.calls) calls_[call] = count / seconds;
}

}  // namespace zoobar
