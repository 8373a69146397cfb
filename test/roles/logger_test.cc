// What logger does with each kind of line, and who may write and read lines.
#include "roles/logger/fixture.h"

#include <regex>

namespace zoobar {
namespace {

TEST_F(LoggerTest, ItStampsTimeRoleAndPidItself) {
  Make();
  Fd output = Wire(ROLE_BANK, 4242);
  const std::shared_ptr<Channel> bank = site_.CallAs(ROLE_BANK, ROLE_LOGGER);
  EXPECT_TRUE(bank->Send(Event("commit")));
  Turns();
  const std::vector<std::string> lines = Lines("log.events");
  ASSERT_EQ(lines.size(), 1u);
  const std::regex expected(
      R"re(\{"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","role":"bank","instance":0,"pid":4242,"level":"info","event":"commit"\})re");
  EXPECT_TRUE(std::regex_match(lines[0], expected)) << lines[0];
}

TEST_F(LoggerTest, SecurityEventsGoToBothLogsAndOnceToStderr) {
  Make();
  const std::shared_ptr<Channel> auth = site_.CallAs(ROLE_AUTH, ROLE_LOGGER);
  auth->Send(Event("plain"));
  auth->Send(Event("alarm", true));
  Turns();
  EXPECT_EQ(Lines("log.events").size(), 2u);
  const std::vector<std::string> security = Lines("log.security");
  ASSERT_EQ(security.size(), 1u);
  EXPECT_NE(security[0].find("alarm"), std::string::npos);
  const std::string shown = Stderr();
  EXPECT_EQ(std::count(shown.begin(), shown.end(), '\n'), 2);
}

TEST_F(LoggerTest, AccessLinesGoToTheirFileAlone) {
  Make();
  const std::shared_ptr<Channel> dispatcher = site_.CallAs(ROLE_DISPATCHER, ROLE_LOGGER);
  AccessRequest request;
  for (int i = 0; i < 3; ++i) request.add_entries()->set_path("/" + std::to_string(i));
  request.set_dropped(9);
  dispatcher->Send(request);
  Turns();
  const std::vector<std::string> lines = Lines("log.access");
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_NE(lines[0].find("\"dropped\":9"), std::string::npos);
  EXPECT_EQ(lines[1].find("dropped"), std::string::npos);
  EXPECT_TRUE(Lines("log.events").empty());
  EXPECT_EQ(Stderr(), "");
}

TEST_F(LoggerTest, ARoleMayNotWriteAccessLinesOrReadTheLogUnlessListed) {
  Make();
  const std::shared_ptr<Channel> bank = site_.CallAs(ROLE_BANK, ROLE_LOGGER);
  bank->Send(AccessRequest());
  Turns();
  EXPECT_EQ(site_.misbehaviours.size(), 1u);
  const std::shared_ptr<Channel> app = site_.CallAs(ROLE_APP, ROLE_LOGGER);
  RecentRequest request;
  EXPECT_FALSE(site_.Wait(app->Call<RecentReply>(request)).ok());
  EXPECT_EQ(site_.misbehaviours.size(), 2u);
}

TEST_F(LoggerTest, RecentGivesTheNewestLinesOldestFirstAndNeverMoreThanAFrameHolds) {
  Make();
  const std::shared_ptr<Channel> app = site_.CallAs(ROLE_APP, ROLE_LOGGER);
  for (int i = 0; i < 5; ++i) app->Send(Event("event-" + std::to_string(i)));
  Turns();
  const std::vector<std::string> lines = Recent(RecentRequest::WHICH_EVENTS, 2);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_NE(lines[0].find("event-3"), std::string::npos);
  EXPECT_NE(lines[1].find("event-4"), std::string::npos);
  EXPECT_TRUE(Recent(RecentRequest::WHICH_ACCESS, 10).empty());

  WriteRequest large = Event("large");
  for (int i = 0; i < 7; ++i) large.add_fields()->set_value(std::string(1000, 'x'));
  for (int i = 0; i < 500; ++i) app->Send(large);
  Turns();
  const std::vector<std::string> bounded = Recent(RecentRequest::WHICH_EVENTS, 1000);
  EXPECT_GT(bounded.size(), 100u);
  EXPECT_LT(bounded.size(), 200u);
}

TEST_F(LoggerTest, LinesAboutProgramsAreKeptApartFromOtherSecurityLines) {
  Make();
  SendAs(ROLE_PROFILE, About("program-denied", "owner", "mallory"));
  for (int i = 0; i < 100; ++i) SendAs(ROLE_AUTH, About("login-failed", "address", std::to_string(i)));
  EXPECT_EQ(With(Recent(RecentRequest::WHICH_SECURITY, 20), "mallory"), 0u);
  EXPECT_EQ(With(Recent(RecentRequest::WHICH_PROGRAMS, 20), "mallory"), 1u);
  EXPECT_EQ(With(Recent(RecentRequest::WHICH_PROGRAMS, 20), "login-failed"), 0u);
}

TEST_F(LoggerTest, ItsOwnLinesAreLinesLikeOthers) {
  Make();
  logger_->OwnLog()->Security("peer-misbehaved", {{"role", "app"}});
  Turns();
  ASSERT_EQ(Lines("log.security").size(), 1u);
  EXPECT_NE(Lines("log.security")[0].find("\"role\":\"logger\""), std::string::npos);
}

}  // namespace
}  // namespace zoobar
