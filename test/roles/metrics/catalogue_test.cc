#include "roles/metrics/catalogue.h"

#include <gmock/gmock.h>

#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

namespace zoobar {
namespace {

using testing::ElementsAre;

std::string TextOf(const std::string& file) {
  std::stringstream text;
  text << std::ifstream(ZOOBAR_SOURCE_DIR "/" + file).rdbuf();
  return text.str();
}

// The names of metrics in a text, without the endings of a histogram's samples.
std::set<std::string> NamesIn(const std::string& text) {
  std::set<std::string> names;
  const std::regex name("zoobar_[a-z0-9_]+");
  for (std::sregex_iterator found(text.begin(), text.end(), name), end; found != end; ++found) {
    std::string one = found->str();
    for (const char* ending : {"_bucket", "_sum", "_count"}) {
      if (one.ends_with(ending)) one.resize(one.size() - std::string(ending).size());
    }
    names.insert(one);
  }
  return names;
}

std::set<std::string> Families() {
  std::set<std::string> names;
  for (const MetricFamily& family : MetricFamilies()) names.emplace(family.name);
  return names;
}

TEST(CatalogueTest, NamesFollowPrometheusRules) {
  std::set<std::string_view> seen;
  for (const MetricFamily& family : MetricFamilies()) {
    const std::string name(family.name);
    EXPECT_TRUE(std::regex_match(name, std::regex("zoobar(_[a-z0-9]+)+"))) << name;
    EXPECT_EQ(name.ends_with("_total"), family.kind == MetricKind::kCounter) << name;
    for (const char* other : {"_ms", "_us", "_micros", "_millis", "_kib", "_mib", "_minutes", "_percent", "_count"})
      EXPECT_FALSE(name.ends_with(other)) << name << " is in no base unit";
    EXPECT_TRUE(family.help.ends_with('.')) << name;
    EXPECT_EQ(family.help.find_first_of("\\\n"), family.help.npos) << name;
    EXPECT_TRUE(seen.insert(family.name).second) << name << " twice";
  }
}

TEST(CatalogueTest, EachRowsFamilyExistsAndEachFamilyHasARowOrIsMetricsOwn) {
  const std::set<std::string> own = {"zoobar_build_info",          "zoobar_role_up",
                                     "zoobar_role_restarts_total", "zoobar_role_start_time_seconds",
                                     "zoobar_http_requests_total", "zoobar_http_request_duration_seconds"};
  std::set<std::string> used = own;
  for (const MetricRow& row : MetricRows()) {
    EXPECT_TRUE(row.family.empty() || Families().contains(std::string(row.family))) << row.family;
    used.emplace(row.family);
    const auto stars = std::ranges::count(row.counter, '*');
    EXPECT_TRUE(row.family.empty() || stars == std::ranges::count(row.labels, '*')) << row.counter;
  }
  for (const std::string& name : Families()) EXPECT_TRUE(used.contains(name)) << name << " is never shown";
}

// Two counters that became the same sample would make the text wrong.
TEST(CatalogueTest, NoTwoRowsMakeTheSameSampleOfOneRole) {
  std::map<std::string, std::string_view> samples;
  for (const MetricRow& row : MetricRows()) {
    if (row.family.empty()) continue;
    const std::string sample = std::string(row.family) + "{" + std::string(row.labels) + "}";
    const auto [other, fresh] = samples.emplace(sample, row.counter);
    EXPECT_TRUE(fresh) << row.counter << " and " << other->second << " are both " << sample;
  }
}

TEST(CatalogueTest, StarsStandForPartsOfNames) {
  const auto stars = [](std::string_view pattern, std::string_view name) {
    return StarsIn(pattern, name).value_or(std::vector<std::string_view>{"no"});
  };
  EXPECT_THAT(stars("requests", "requests"), ElementsAre());
  EXPECT_THAT(stars("requests", "requests.unavailable"), ElementsAre("no"));
  EXPECT_THAT(stars("queue.*.waiting", "queue.handover.app.waiting"), ElementsAre("handover.app"));
  EXPECT_THAT(stars("queue.*.waiting", "queue..waiting"), ElementsAre("no"));
  EXPECT_THAT(stars("queue.*.waiting", "queue.waiting"), ElementsAre("no"));
  EXPECT_THAT(stars("calls.*.*", "calls.app.Bank.Transfer"), ElementsAre("app", "Bank.Transfer"));
  EXPECT_THAT(stars("calls.*.*", "calls.app."), ElementsAre("no"));
  EXPECT_THAT(stars("calls.*.*", "calls..x"), ElementsAre("no"));
  EXPECT_THAT(stars("calls.*.*", "calls.app"), ElementsAre("no"));
  EXPECT_THAT(stars("alarms.*", "alarms.died"), ElementsAre("died"));
}

TEST(CatalogueTest, ACounterGetsTheRowOfItsRoleAndRowsWithoutStarsComeFirst) {
  EXPECT_EQ(MatchMetric(ROLE_HONEYCHECKER, "alarms").row->family, "zoobar_honeyword_alarms_total");
  EXPECT_EQ(MatchMetric(ROLE_LOGGER, "alarms").row->family, "");
  EXPECT_EQ(MatchMetric(ROLE_BANK, "alarms").row, nullptr);
  EXPECT_EQ(MatchMetric(ROLE_LOGGER, "alarms.last_ms").row->family, "zoobar_last_alarm_timestamp_seconds");
  EXPECT_EQ(MatchMetric(ROLE_LOGGER, "alarms.died").row->family, "zoobar_alarms_total");
  EXPECT_EQ(MatchMetric(ROLE_BANK, "nothing").row, nullptr);
}

TEST(CatalogueTest, EachMetricIsDocumentedAndUsedByTheDashboardOrAnAlert) {
  const std::string documented = TextOf("docs/metrics.md");
  const std::set<std::string> used =
      NamesIn(TextOf("config/grafana/zoobar.json") + TextOf("config/prometheus/zoobar.rules.yml"));
  for (const MetricFamily& family : MetricFamilies()) {
    const char* const type = family.kind == MetricKind::kCounter ? "counter"
                             : family.kind == MetricKind::kGauge ? "gauge"
                                                                 : "histogram";
    EXPECT_NE(documented.find("| `" + std::string(family.name) + "` | " + type + " |"), documented.npos) << family.name;
    EXPECT_NE(documented.find(" | " + std::string(family.help) + " |"), documented.npos) << family.help;
    EXPECT_TRUE(used.contains(std::string(family.name))) << family.name << " is in no panel and no alert";
  }
  for (const std::string& name : used) EXPECT_TRUE(Families().contains(name)) << name << " is no metric";
  for (const std::string& name : NamesIn(documented)) EXPECT_TRUE(Families().contains(name)) << name << " is no metric";
}

}  // namespace
}  // namespace zoobar
