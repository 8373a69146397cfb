#include "roles/metrics/exposition.h"

#include <gmock/gmock.h>

#include "site/request_figures.h"

namespace zoobar {
namespace {

using testing::HasSubstr;
using testing::Not;

ReportReply Reporting(const std::map<std::string, std::int64_t>& counters) {
  ReportReply report;
  for (const auto& [name, value] : counters) {
    ReportReply::Counter& counter = *report.add_counters();
    counter.set_name(name);
    counter.set_value(value);
  }
  return report;
}

std::string TextOf(Role role, const ReportReply& report) {
  Exposition exposition;
  exposition.AddReport(role, 0, report);
  return exposition.Text();
}

TEST(ExpositionTest, SamplesOfOneFamilyStandTogetherBelowHelpAndType) {
  Exposition exposition;
  exposition.AddReport(ROLE_BANK, 0, Reporting({{"transfers", 3}, {"store.writes", 4}}));
  exposition.AddReport(ROLE_AUTH, 1, Reporting({{"store.writes", 5}}));
  EXPECT_EQ(exposition.Text(),
            "# HELP zoobar_store_writes_total Writes that were answered.\n"
            "# TYPE zoobar_store_writes_total counter\n"
            "zoobar_store_writes_total{role=\"bank\",instance=\"0\"} 4\n"
            "zoobar_store_writes_total{role=\"auth\",instance=\"1\"} 5\n"
            "# HELP zoobar_transfers_total Transfers by members.\n"
            "# TYPE zoobar_transfers_total counter\n"
            "zoobar_transfers_total{role=\"bank\",instance=\"0\"} 3\n");
}

TEST(ExpositionTest, UnitsAreSecondsAndStarsAreLabels) {
  const std::string text = TextOf(ROLE_AUTH, Reporting({{"queue.hashing.mean_us", 70683},
                                                        {"queue.hashing.refused.full", 2},
                                                        {"calls.login.Auth.Login", 9},
                                                        {"alarms.last_ms", 1796061256123}}));
  EXPECT_THAT(text, HasSubstr("zoobar_queue_turn_seconds{role=\"auth\",instance=\"0\",queue=\"hashing\"} 0.070683"));
  EXPECT_THAT(
      text,
      HasSubstr("zoobar_queue_refused_total{role=\"auth\",instance=\"0\",queue=\"hashing\",reason=\"full\"} 2\n"));
  EXPECT_THAT(text,
              HasSubstr("zoobar_calls_total{role=\"auth\",instance=\"0\",caller=\"login\",method=\"Auth.Login\"} 9\n"));
  EXPECT_THAT(text, HasSubstr("zoobar_last_alarm_timestamp_seconds{role=\"auth\",instance=\"0\"} 1796061256.123\n"));
}

TEST(ExpositionTest, RoutesAreCountersByStatusAndAHistogram) {
  RequestFigures figures;
  figures.AddRoute("/page");
  figures.Add("/page", 200, 1000);        // at the first bound
  figures.Add("/page", 200, 30'000);      // up to 0.05
  figures.Add("/page", 503, 20'000'000);  // over every bound
  figures.Add("/unknown", 404, 10);
  ReportReply report;
  figures.Report(report);
  const std::string text = TextOf(ROLE_APP, report);
  const std::string page = "{role=\"app\",instance=\"0\",route=\"/page\"";
  const std::string requests = "zoobar_http_requests_total", duration = "zoobar_http_request_duration_seconds";
  EXPECT_THAT(text, HasSubstr(requests + page + ",status=\"200\"} 2\n"));
  EXPECT_THAT(text, HasSubstr(requests + page + ",status=\"503\"} 1\n"));
  EXPECT_THAT(text, HasSubstr(requests + "{role=\"app\",instance=\"0\",route=\"other\",status=\"404\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE " + duration + " histogram\n"));
  EXPECT_THAT(text, HasSubstr(duration + "_bucket" + page + ",le=\"0.001\"} 1\n"));
  EXPECT_THAT(text, HasSubstr(duration + "_bucket" + page + ",le=\"0.025\"} 1\n"));
  EXPECT_THAT(text, HasSubstr(duration + "_bucket" + page + ",le=\"0.05\"} 2\n"));
  EXPECT_THAT(text, HasSubstr(duration + "_bucket" + page + ",le=\"10\"} 2\n"));
  EXPECT_THAT(text, HasSubstr(duration + "_bucket" + page + ",le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, HasSubstr(duration + "_sum" + page + "} 20.031\n"));
  EXPECT_THAT(text, HasSubstr(duration + "_count" + page + "} 3\n"));
}

TEST(ExpositionTest, WhatATakenRoleReportsBecomesNoOtherText) {
  const std::string text = TextOf(ROLE_BANK, Reporting({{"queue.a\"} 1\nzoobar_up 0.waiting", 1},
                                                        {"queue.a\\b.waiting", 1},
                                                        {"queue.a b.waiting", 1},
                                                        {"queue." + std::string(500, 'a') + ".waiting", 1},
                                                        {"queue.\xff.waiting", 1},
                                                        {"zoobar_role_up", 0},
                                                        {"", 1},
                                                        {"transfers", -7}}));
  EXPECT_EQ(text,
            "# HELP zoobar_transfers_total Transfers by members.\n# TYPE zoobar_transfers_total counter\n"
            "zoobar_transfers_total{role=\"bank\",instance=\"0\"} -7\n");
  ReportReply odd;
  odd.add_routes()->set_route("/x\"}");
  odd.add_routes()->set_route("/no-buckets");
  for (int i = 0; i < 12; ++i) odd.mutable_routes(1)->add_slower(1);
  EXPECT_EQ(TextOf(ROLE_APP, odd), "");
}

TEST(ExpositionTest, TheSamplesOfOneReportAreBounded) {
  ReportReply many;
  for (std::size_t i = 0; i < 3 * Exposition::kMostSamples; ++i) {
    ReportReply::Counter& counter = *many.add_counters();
    counter.set_name("queue.q" + std::to_string(i) + ".waiting");
  }
  const std::string text = TextOf(ROLE_BANK, many);
  EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(text, '\n')), Exposition::kMostSamples + 2);
  Exposition both;
  both.AddReport(ROLE_BANK, 0, many);
  both.AddReport(ROLE_AUTH, 0, Reporting({{"logins", 1}}));
  EXPECT_THAT(both.Text(), HasSubstr("zoobar_logins_total{role=\"auth\"")) << "each report has its own";
}

TEST(ExpositionTest, ValuesOfLabelsAreEscaped) {
  Exposition exposition;
  exposition.Add("zoobar_build_info", {{"version", "1\"\\\n"}}, 1);
  EXPECT_THAT(exposition.Text(), HasSubstr("zoobar_build_info{version=\"1\\\"\\\\\\n\"} 1\n"));
}

TEST(RequestFiguresTest, OnlyRoutesThatWereAddedHaveFiguresOfTheirOwn) {
  RequestFigures figures;
  for (int i = 0; i < 1000; ++i) figures.Add("/" + std::to_string(i), 404, 1);
  ReportReply report;
  figures.Report(report);
  ASSERT_EQ(report.routes_size(), 1);
  EXPECT_EQ(report.routes(0).route(), "other");
  EXPECT_EQ(report.routes(0).statuses(0).count(), 1000);
}

}  // namespace
}  // namespace zoobar
