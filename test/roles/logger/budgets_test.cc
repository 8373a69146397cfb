// The budgets of roles and kinds of lines, and the counters of what was dropped.
#include "roles/logger/fixture.h"

namespace zoobar {
namespace {

TEST_F(LoggerTest, AFloodIsCutToTheRolesBudgetAndCounted) {
  site_.settings.mutable_log()->set_lines_per_second(10);
  Make();
  const std::shared_ptr<Channel> app = site_.CallAs(ROLE_APP, ROLE_LOGGER), auth = site_.CallAs(ROLE_AUTH, ROLE_LOGGER);
  for (int i = 0; i < 500; ++i) app->Send(Event("noise"));
  Turns();
  const std::size_t noise = Lines("log.events").size();
  EXPECT_LT(noise, 100u);
  EXPECT_EQ(site_.counters.at("log.dropped")(), 500 - static_cast<std::int64_t>(noise));
  // The flood takes nothing from another role, nor from the same role's security lines.
  auth->Send(Event("other"));
  app->Send(Event("alarm", true));
  Turns();
  EXPECT_EQ(Lines("log.events").size(), noise + 2);
  EXPECT_EQ(Lines("log.security").size(), 1u);
}

TEST_F(LoggerTest, AKindOfEventThatFloodsLeavesRoomForTheOthersOfItsRole) {
  site_.settings.mutable_log()->set_lines_per_second(10);
  Make();
  const std::shared_ptr<Channel> auth = site_.CallAs(ROLE_AUTH, ROLE_LOGGER);
  for (int i = 0; i < 500; ++i) auth->Send(Event("register-refused"));
  auth->Send(Event("login"));
  Turns();
  const auto lines = Lines("log.events");
  EXPECT_TRUE(std::ranges::any_of(lines, [](const auto& line) { return line.find("\"login\"") != line.npos; }));
}

TEST_F(LoggerTest, StepsOfTracesHaveAFileAndABudgetOfTheirOwn) {
  site_.settings.mutable_log()->set_lines_per_second(10);
  Make();
  const std::shared_ptr<Channel> app = site_.CallAs(ROLE_APP, ROLE_LOGGER);
  WriteRequest step = Event("call");
  step.set_level(LEVEL_TRACE);
  step.set_request(std::string(16, 'a'));
  for (int i = 0; i < 500; ++i) app->Send(step);
  app->Send(Event("login"));
  Turns();
  const auto steps = Lines("log.trace"), events = Lines("log.events");
  EXPECT_GE(steps.size(), 10u);
  EXPECT_LT(steps.size(), 100u);
  EXPECT_EQ(With(steps, R"("request":"61616161616161616161616161616161")"), steps.size());
  EXPECT_EQ(site_.counters.at("dropped.app.trace")(), 500 - static_cast<std::int64_t>(steps.size()));
  EXPECT_EQ(events.size(), 1u) << "they push no event away";
  EXPECT_EQ(With(Recent(RecentRequest::WHICH_TRACE, 1000), "call"), steps.size());
  EXPECT_EQ(Stderr().find("call"), std::string::npos);
}

TEST_F(LoggerTest, AnAlarmCannotBeHiddenAmongTheTraces) {
  Make();
  WriteRequest hidden = Event("ledger-fault");
  hidden.set_level(LEVEL_TRACE);
  SendAs(ROLE_BANK, hidden);
  EXPECT_EQ(Lines("log.alarms").size(), 1u);
  EXPECT_EQ(Lines("log.trace").size(), 0u);
}

TEST(LineBudget, IsASecondsWorthAtOnceAndFillsWithTime) {
  LineBudget budget;
  int taken = 0;
  for (int i = 0; i < 30; ++i) taken += budget.Take(1000000, 10);
  EXPECT_EQ(taken, 10);
  EXPECT_TRUE(budget.Take(1100000, 10));
  EXPECT_FALSE(budget.Take(1100000, 10));
  EXPECT_EQ(budget.TakeDropped(), 21u);
  EXPECT_EQ(budget.TakeDropped(), 0u);
  taken = 0;
  for (int i = 0; i < 30; ++i) taken += budget.Take(99000000, 10);
  EXPECT_EQ(taken, 10);
}

TEST_F(LoggerTest, LinesTheWriterDroppedAreSaidOnItsNextLine) {
  Make();
  const std::shared_ptr<Channel> app = site_.CallAs(ROLE_APP, ROLE_LOGGER);
  WriteRequest line = Event("late");
  line.set_dropped(33);
  app->Send(line);
  Turns();
  EXPECT_NE(Lines("log.events").at(0).find("\"dropped\":33"), std::string::npos);
}

TEST_F(LoggerTest, AccessLinesAreSharedByAddressAndTakeNoOtherBudget) {
  site_.settings.mutable_log()->set_lines_per_second(10);
  site_.settings.mutable_log()->set_access_lines_per_second(40);
  Make();
  const std::shared_ptr<Channel> app = site_.CallAs(ROLE_APP, ROLE_LOGGER);
  AccessRequest flood;
  for (int i = 0; i < 250; ++i) flood.add_entries()->set_address("2001:db8::" + std::to_string(i));
  flood.add_entries()->set_address("192.0.2.1");
  app->Send(flood);
  app->Send(Event("event"));
  app->Send(About("cross-site-post", "address", "192.0.2.1"));
  Turns();
  const std::vector<std::string> access = Lines("log.access");
  EXPECT_EQ(access.size(), 21u);
  EXPECT_EQ(With(access, "192.0.2.1"), 1u) << "one /64 that floods leaves room for others";
  EXPECT_NE(access.back().find("\"dropped\":230"), std::string::npos) << access.back();
  EXPECT_EQ(With(Lines("log.events"), "\"event\":\"event\""), 1u);
  EXPECT_EQ(Lines("log.security").size(), 1u);
  EXPECT_EQ(site_.counters.at("dropped.app.access")(), 230);
  logger_->Drain([] {});
  EXPECT_EQ(With(Lines("log.events"), R"("kind":"access","who":"2001:db8::/64","lines":"230")"), 1u);
}

TEST_F(LoggerTest, DroppedLinesAreCountedByRoleAndKind) {
  site_.settings.mutable_log()->set_lines_per_second(1);
  Make();
  const std::shared_ptr<Channel> app = site_.CallAs(ROLE_APP, ROLE_LOGGER), bank = site_.CallAs(ROLE_BANK, ROLE_LOGGER);
  WriteRequest line = Event("event");
  line.set_dropped(100);
  line.set_security_dropped(7);
  app->Send(line);
  for (int i = 0; i < 50; ++i) bank->Send(Event("event"));
  Turns();
  EXPECT_EQ(site_.counters.at("dropped.app.events")(), 100);
  EXPECT_EQ(site_.counters.at("dropped.app.security")(), 7);
  EXPECT_GT(site_.counters.at("dropped.bank.events")(), 0);
  EXPECT_EQ(site_.counters.at("log.dropped")(), 107 + site_.counters.at("dropped.bank.events")());
  EXPECT_FALSE(site_.counters.contains("dropped.bank.security"));
}

}  // namespace
}  // namespace zoobar
