#include "roles/metrics/exposition.h"

#include <fmt/format.h>

#include <algorithm>

#include "ipc/channel.h"
#include "roles/metrics/catalogue.h"
#include "site/request_figures.h"

namespace zoobar {
namespace {

std::string_view TypeOf(MetricKind kind) {
  switch (kind) {
    case MetricKind::kCounter:
      return "counter";
    case MetricKind::kGauge:
      return "gauge";
    case MetricKind::kHistogram:
      return "histogram";
  }
  return "untyped";
}

// Whether the text can be a value of a label. All names of counters and routes are of this kind.
bool IsLabelValue(std::string_view text) {
  return text.size() <= Exposition::kMostLabelBytes &&
         std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f && c != '"' && c != '\\'; });
}

std::string Escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\\' || c == '"') escaped += '\\';
    escaped += c == '\n' ? std::string_view("\\n") : std::string_view(&c, 1);
  }
  return escaped;
}

// The labels of a row, "queue=*,reason=full", with what the stars stand for. Nothing if one of these cannot be a value.
bool AddLabelsOf(const MetricRow& row, const std::vector<std::string_view>& stars, Exposition::Labels& labels) {
  std::string_view rest = row.labels;
  std::size_t star = 0;
  while (!rest.empty()) {
    const std::string_view label = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(label.size() + 1, rest.size()));
    const std::size_t equals = label.find('=');
    std::string_view value = label.substr(equals + 1);
    if (value == "*") value = stars.at(star++);
    if (!IsLabelValue(value)) return false;
    labels.emplace_back(label.substr(0, equals), value);
  }
  return true;
}

}  // namespace

void Exposition::AddSample(std::string_view family, std::string_view suffix, const Labels& labels, double value) {
  std::string& lines = lines_[family];
  lines += family;
  lines += suffix;
  char before = '{';
  for (const auto& [name, text] : labels)
    lines += fmt::format("{}{}=\"{}\"", std::exchange(before, ','), name, Escaped(text));
  if (!labels.empty()) lines += '}';
  lines += fmt::format(" {}\n", value);
}

void Exposition::Add(std::string_view family, const Labels& labels, double value) {
  AddSample(family, "", labels, value);
}

Exposition::Labels Exposition::LabelsOf(Role role, std::uint32_t instance) {
  return {{"role", std::string(RoleName(role))}, {"instance", std::to_string(instance)}};
}

void Exposition::AddReport(Role role, std::uint32_t instance, const ReportReply& report) {
  const Labels process = LabelsOf(role, instance);
  left_ = kMostSamples;
  for (const ReportReply::Counter& counter : report.counters()) {
    const auto [row, stars] = MatchMetric(role, counter.name());
    if (!row || row->family.empty() || left_ == 0) continue;
    Labels labels = process;
    if (!AddLabelsOf(*row, stars, labels)) continue;
    --left_;
    Add(row->family, labels, static_cast<double>(counter.value()) / row->unit);
  }
  for (const ReportReply::Route& route : report.routes()) AddRoute(process, route);
}

void Exposition::AddRoute(const Labels& process, const ReportReply::Route& route) {
  const std::size_t samples = kLatencyBounds.size() + 3 + static_cast<std::size_t>(route.statuses_size());
  if (!IsLabelValue(route.route()) || route.slower_size() != kLatencyBounds.size() || left_ < samples) return;
  left_ -= samples;
  Labels labels = process;
  labels.emplace_back("route", route.route());
  std::int64_t count = 0;
  for (const ReportReply::Route::Status& status : route.statuses()) {
    count += status.count();
    Labels with_status = labels;
    with_status.emplace_back("status", std::to_string(status.status()));
    Add("zoobar_http_requests_total", with_status, static_cast<double>(status.count()));
  }
  constexpr std::string_view kDuration = "zoobar_http_request_duration_seconds";
  for (std::size_t i = 0; i <= kLatencyBounds.size(); ++i) {
    const bool last = i == kLatencyBounds.size();
    Labels with_bound = labels;
    with_bound.emplace_back("le", last ? "+Inf" : fmt::format("{}", kLatencyBounds[i] / 1e6));
    const std::int64_t slower = last ? 0 : route.slower(static_cast<int>(i));
    AddSample(kDuration, "_bucket", with_bound, static_cast<double>(count - slower));
  }
  AddSample(kDuration, "_sum", labels, static_cast<double>(route.micros()) / 1e6);
  AddSample(kDuration, "_count", labels, static_cast<double>(count));
}

std::string Exposition::Text() const {
  std::string text;
  for (const MetricFamily& family : MetricFamilies()) {
    const auto found = lines_.find(family.name);
    if (found == lines_.end()) continue;
    text += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", family.name, family.help, TypeOf(family.kind));
    text += found->second;
  }
  return text;
}

}  // namespace zoobar
