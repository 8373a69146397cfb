#include "roles/console/history.h"

#include <gtest/gtest.h>

#include <limits>

#include "roles/console/charts.h"

namespace zoobar {
namespace {

constexpr std::int64_t kTenSeconds = 10'000'000;

class HistoryTest : public testing::Test {
 protected:
  RoleReports::Known& Of(Role role, std::uint32_t instance = 0) {
    RoleReports::Known& known = processes_[{role, instance}];
    known.answers = true;
    return known;
  }
  void Set(Role role, const std::string& name, std::int64_t value, std::uint32_t instance = 0) {
    ReportReply& report = Of(role, instance).report;
    for (auto& counter : *report.mutable_counters()) {
      if (counter.name() == name) return counter.set_value(value);
    }
    auto* counter = report.add_counters();
    counter->set_name(name);
    counter->set_value(value);
  }
  // Goes on by ten seconds.
  void Add() {
    now_us_ += kTenSeconds;
    for (auto& [process, known] : processes_) known.report.set_uptime_ms(known.report.uptime_ms() + 10'000);
    history_.Add(processes_, now_us_);
  }
  double Last(Figure figure) const { return history_.moments().back()[static_cast<std::size_t>(figure)]; }

  History::Processes processes_;
  History history_;
  std::int64_t now_us_ = 1'000'000;
};

TEST_F(HistoryTest, TheFirstLookOnlyNotesWhereTheCountersStand) {
  Set(ROLE_BANK, "transfers", 1'000'000);
  Add();
  EXPECT_TRUE(history_.moments().empty());
  Set(ROLE_BANK, "transfers", 1'000'050);
  Add();
  ASSERT_EQ(history_.moments().size(), 1u);
  EXPECT_DOUBLE_EQ(Last(Figure::kTransfers), 5);
}

TEST_F(HistoryTest, GaugesAreSumsOfAllInstances) {
  Set(ROLE_DISPATCHER, "connections", 7);
  Set(ROLE_EDGE, "connections", 2, 0);
  Set(ROLE_EDGE, "connections", 3, 1);
  Set(ROLE_APP, "connections", 100);  // these are connections of dispatcher too
  Set(ROLE_APP, "queue.pages.waiting", 4);
  Set(ROLE_AUTH, "hashing.waiting", 1);
  Add();
  Add();
  EXPECT_DOUBLE_EQ(Last(Figure::kConnections), 12);
  EXPECT_DOUBLE_EQ(Last(Figure::kWaiting), 5);
}

TEST_F(HistoryTest, AProcessThatWasStartedAnewCountsFromZero) {
  Set(ROLE_BANK, "transfers", 500);
  Add();
  Add();
  Of(ROLE_BANK).started_ms = 77;
  Of(ROLE_BANK).report.set_uptime_ms(-5000);  // 5 s old at the next look
  Set(ROLE_BANK, "transfers", 30);
  Add();
  EXPECT_DOUBLE_EQ(Last(Figure::kTransfers), 3);
}

TEST_F(HistoryTest, AnOldProcessThatAnswersForTheFirstTimeIsNotABurst) {
  Set(ROLE_BANK, "transfers", 1'000'000);
  Of(ROLE_BANK).report.set_uptime_ms(3'600'000);
  Of(ROLE_BANK).answers = false;
  Add();
  Of(ROLE_BANK).answers = true;
  Add();
  EXPECT_DOUBLE_EQ(Last(Figure::kTransfers), 0);
  Set(ROLE_BANK, "transfers", 1'000'010);
  Add();
  EXPECT_DOUBLE_EQ(Last(Figure::kTransfers), 1);
}

TEST_F(HistoryTest, CallsAreCountedByCallerAndCallee) {
  Set(ROLE_BANK, "calls.app.Bank.Transfer", 0);
  Set(ROLE_BANK, "calls.app.Bank.Balance", 0);
  Set(ROLE_BANK, "calls.metrics.Health.Report", 0);
  Set(ROLE_LOGGER, "calls.bank.Logger.Write", 0);
  Add();
  Set(ROLE_BANK, "calls.app.Bank.Transfer", 10);
  Set(ROLE_BANK, "calls.app.Bank.Balances", 20);
  Set(ROLE_BANK, "calls.metrics.Health.Report", 10);
  Set(ROLE_LOGGER, "calls.bank.Logger.Write", 99);
  Add();
  EXPECT_EQ(history_.calls().size(), 1u);
  EXPECT_DOUBLE_EQ(history_.calls().at({ROLE_APP, ROLE_BANK}), 3);
  Add();
  EXPECT_TRUE(history_.calls().empty()) << "nobody has called since then";
}

TEST_F(HistoryTest, RequestsFaultsAndTimesComeFromTheRoutes) {
  ReportReply& report = Of(ROLE_APP).report;
  auto* route = report.add_routes();
  route->set_route("/");
  for (std::size_t i = 0; i < kLatencyBounds.size(); ++i) route->add_slower(0);
  auto* good = route->add_statuses();
  good->set_status(200);
  auto* bad = route->add_statuses();
  bad->set_status(503);
  Add();
  good->set_count(95);
  bad->set_count(5);
  route->set_slower(0, 40);  // 60 took no longer than 1 ms, 96 no longer than 2.5 ms
  route->set_slower(1, 4);
  Add();
  EXPECT_DOUBLE_EQ(Last(Figure::kRequests), 10);
  EXPECT_DOUBLE_EQ(Last(Figure::kFaults), 0.5);
  EXPECT_DOUBLE_EQ(Last(Figure::kLatency), 2.5);
  Add();
  EXPECT_DOUBLE_EQ(Last(Figure::kLatency), 0) << "no request, no time";
}

// A role that was taken over may report anything.
TEST_F(HistoryTest, NonsenseOfARoleIsNoNonsenseOfThePage) {
  const std::int64_t most = std::numeric_limits<std::int64_t>::max(), least = std::numeric_limits<std::int64_t>::min();
  Set(ROLE_BANK, "transfers", most);
  Add();
  Set(ROLE_BANK, "transfers", least);
  Set(ROLE_BANK, "calls.app.Bank.Transfer", most);
  Set(ROLE_BANK, "calls..", 5);
  Set(ROLE_BANK, "calls.app.", 5);
  Set(ROLE_BANK, "calls.nobody.Bank.Transfer", 5);
  Set(ROLE_AUTH, "sessions", least);
  auto* route = Of(ROLE_APP).report.add_routes();
  route->add_statuses()->set_count(least);
  for (int i = 0; i < 40; ++i) route->add_slower(most);
  Add();
  Add();
  for (const ConsolePage::Chart& chart : ChartsOf(history_)) {
    for (const ConsolePage::Chart::Line& line : chart.lines) {
      EXPECT_EQ(line.points.find_first_not_of("0123456789., -"), std::string::npos) << line.points;
    }
  }
}

TEST_F(HistoryTest, AnHourIsKept) {
  for (std::size_t i = 0; i < History::kMoments + 20; ++i) {
    Set(ROLE_AUTH, "sessions", static_cast<std::int64_t>(i));
    Add();
  }
  EXPECT_EQ(history_.moments().size(), History::kMoments);
  EXPECT_DOUBLE_EQ(Last(Figure::kSessions), static_cast<double>(History::kMoments + 19));
  const auto charts = ChartsOf(history_);
  const auto& sessions = charts.back();
  EXPECT_EQ(sessions.title, "Sessions");
  EXPECT_EQ(sessions.top, "500");
  EXPECT_EQ(sessions.lines[0].now, "379");
  EXPECT_TRUE(sessions.lines[0].points.starts_with("0.0,")) << "the oldest is at the left edge";
  EXPECT_NE(sessions.lines[0].points.find(" 360.0,"), std::string::npos) << "the newest is at the right edge";
}

TEST_F(HistoryTest, ChartsWithoutMomentsHaveNoPoints) {
  for (const ConsolePage::Chart& chart : ChartsOf(history_)) {
    ASSERT_FALSE(chart.lines.empty());
    EXPECT_EQ(chart.lines[0].points, "");
    EXPECT_EQ(chart.lines[0].now, "-");
  }
}

}  // namespace
}  // namespace zoobar
