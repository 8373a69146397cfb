// The text that Prometheus reads: its exposition format, version 0.0.4 (prometheus.io/docs/instrumenting/
// exposition_formats). All samples of one family stand together, below its HELP and TYPE.
//
// Names come from the catalogue alone. What a role says only becomes values and values of labels: each is checked, and
// the samples of one report are bounded. So a taken role can give false figures, and no other text.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "health.pb.h"
#include "options.pb.h"

namespace zoobar {

class Exposition {
 public:
  static constexpr std::size_t kMostSamples = 2000;    // of one report
  static constexpr std::size_t kMostLabelBytes = 128;  // of one value of a label that a role has named
  static constexpr std::string_view kType = "text/plain; version=0.0.4; charset=utf-8";

  using Labels = std::vector<std::pair<std::string_view, std::string>>;
  // The labels that every sample of a process has.
  static Labels LabelsOf(Role role, std::uint32_t instance);
  // Adds one sample. `family` must be in the catalogue. Values of labels are escaped.
  void Add(std::string_view family, const Labels& labels, double value);
  // Adds everything that this process of `role` has reported. A counter without a row in the catalogue is left out.
  void AddReport(Role role, std::uint32_t instance, const ReportReply& report);

  std::string Text() const;

 private:
  void AddSample(std::string_view family, std::string_view suffix, const Labels& labels, double value);
  void AddRoute(const Labels& process, const ReportReply::Route& route);

  std::map<std::string_view, std::string> lines_;  // by family
  std::size_t left_ = 0;                           // how many samples the present report may still add
};

}  // namespace zoobar
