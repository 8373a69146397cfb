// Security lines that repeat: a flood leaves room for other lines, and its lines are counted.
#include "roles/logger/fixture.h"

namespace zoobar {
namespace {

TEST_F(LoggerTest, EarlierSecurityLinesSurviveAFloodFromOneAddressAndTheFloodIsCounted) {
  Make();
  SendAs(ROLE_AUTH, About("login-failed", "address", "192.0.2.9"));
  const std::shared_ptr<Channel> app = site_.CallAs(ROLE_APP, ROLE_LOGGER);
  constexpr std::size_t kPosts = 8400, kWritten = 20;
  for (std::size_t i = 0; i < kPosts; ++i) {
    if (i % 100 == 0) Turns();
    app->Send(About("cross-site-post", "address", "192.0.2.1"));
  }
  Turns();
  EXPECT_EQ(Lines("log.security").size(), 1 + kWritten);
  EXPECT_EQ(site_.counters.at("log.repeats")(), static_cast<std::int64_t>(kPosts - kWritten));
  // A post from another address still gets its own line, and so does another kind of event from the same address.
  app->Send(About("cross-site-post", "address", "192.0.2.2"));
  SendAs(ROLE_AUTH, About("login-failed", "address", "192.0.2.1"));
  Turns();
  EXPECT_EQ(Lines("log.security").size(), 1 + kWritten + 2);

  logger_->Drain([] {});
  const std::vector<std::string> security = Lines("log.security");
  ASSERT_EQ(security.size(), 1 + kWritten + 3);
  EXPECT_NE(security.back().find(R"("event":"repeated","fields":{"writer":"app","kind":"cross-site-post",)"
                                 R"("address":"192.0.2.1","lines":"8380")"),
            std::string::npos)
      << security.back();
  EXPECT_EQ(With(Lines("log.events"), "cross-site-post"), kWritten + 2) << "repeats do not turn over events.log either";
  EXPECT_TRUE(Lines("log.alarms").empty());
}

TEST_F(LoggerTest, AFloodFromManyAddressesLeavesOtherKindsAloneAndIsSummedUpInAFewLines) {
  Make();
  const std::shared_ptr<Channel> app = site_.CallAs(ROLE_APP, ROLE_LOGGER), auth = site_.CallAs(ROLE_AUTH, ROLE_LOGGER);
  for (int i = 0; i < 5000; ++i) {
    if (i % 100 == 0) Turns();
    app->Send(About("cross-site-post", "address", "10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250)));
  }
  auth->Send(About("login-failed", "address", "10.0.0.1"));
  Turns();
  EXPECT_EQ(With(Lines("log.security"), "cross-site-post"), 200u);
  EXPECT_EQ(With(Lines("log.security"), "login-failed"), 1u);
  logger_->Drain([] {});
  const std::vector<std::string> security = Lines("log.security");
  EXPECT_EQ(With(security, "\"event\":\"repeated\""), 2 * LineShares::kNamed + 1);
  EXPECT_NE(security.back().find("\"others\":\"more than "), std::string::npos) << security.back();
}

TEST_F(LoggerTest, RepeatsAreSummedUpByThemselves) {
  Make(Milliseconds(1));
  const std::shared_ptr<Channel> app = site_.CallAs(ROLE_APP, ROLE_LOGGER);
  for (int i = 0; i < 100; ++i) app->Send(About("cross-site-post", "address", "192.0.2.1"));
  while (With(Lines("log.security"), "\"event\":\"repeated\"") == 0) Turns();
  EXPECT_GT(site_.counters.at("log.repeats")(), 0);
}

}  // namespace
}  // namespace zoobar
