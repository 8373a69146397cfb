// What metrics shows of the roles' counters: for each counter the name, labels and unit that it has in Prometheus
// (prometheus.io/docs/practices/naming), as rows of data. docs/metrics.md has the same families for people.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "options.pb.h"

namespace zoobar {

enum class MetricKind { kCounter, kGauge, kHistogram };

// All samples with one name.
struct MetricFamily {
  std::string_view name;  // "zoobar_transfers_total"
  MetricKind kind;
  std::string_view help;  // one sentence
};
std::span<const MetricFamily> MetricFamilies();

// Which sample a counter becomes.
struct MetricRow {
  std::string_view counter;      // its name in Health.Report. It may have one or two '*' (see StarsIn)
  std::string_view family;       // empty: it is not shown
  std::string_view labels = {};  // "log=audit", "queue=*", "caller=*,method=*": what a '*' stood for
  double unit = 1;               // how much of the counter makes 1 of the sample: 1000 if it counts milliseconds
  Role role = ROLE_UNSPECIFIED;  // only for this role
};
std::span<const MetricRow> MetricRows();

// Returns what the stars of `pattern` stand for in `name`, or nullopt if it does not fit. One star stands for any
// characters; of two, the first one stands for characters without a dot. Each star stands for at least one character.
std::optional<std::vector<std::string_view>> StarsIn(std::string_view pattern, std::string_view name);

// A counter's row, and what the stars of the row stand for in the counter's name.
struct MetricMatch {
  const MetricRow* row = nullptr;  // null: the counter has none
  std::vector<std::string_view> stars;
};
// Finds the row for a counter of this role. Rows without a star come first.
MetricMatch MatchMetric(Role role, std::string_view counter);

}  // namespace zoobar
