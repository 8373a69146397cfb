#include "site/request_figures.h"

namespace zoobar {

void RequestFigures::Add(std::string_view route, int status, std::uint32_t micros) {
  const auto found = routes_.find(route);
  Figures& figures = found != routes_.end() ? found->second : routes_.find(kOther)->second;
  ++figures.by_status[status];
  figures.micros += micros;
  for (std::size_t i = 0; i < kLatencyBounds.size() && micros > kLatencyBounds[i]; ++i) ++figures.slower[i];
}

void RequestFigures::Report(ReportReply& report) const {
  for (const auto& [name, figures] : routes_) {
    if (figures.by_status.empty()) continue;
    ReportReply::Route& route = *report.add_routes();
    route.set_route(name);
    for (const auto& [status, count] : figures.by_status) {
      ReportReply::Route::Status& counted = *route.add_statuses();
      counted.set_status(static_cast<std::uint32_t>(status));
      counted.set_count(count);
    }
    for (const std::int64_t count : figures.slower) route.add_slower(count);
    route.set_micros(figures.micros);
  }
}

}  // namespace zoobar
