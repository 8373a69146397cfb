// Alarms: which events are alarms, their own file, and how they keep their room.
#include "roles/logger/fixture.h"

namespace zoobar {
namespace {

TEST_F(LoggerTest, AnAlarmGoesToItsOwnFileAndToTheOthersAsBefore) {
  Make();
  const std::shared_ptr<Channel> honeychecker = site_.CallAs(ROLE_HONEYCHECKER, ROLE_LOGGER);
  honeychecker->Send(About("honeyword-used", "member", "a1"));
  Turns();
  for (const char* file : {"log.alarms", "log.security", "log.events"}) {
    EXPECT_EQ(With(Lines(file), "\"event\":\"honeyword-used\""), 1u) << file;
  }
  EXPECT_EQ(Recent(RecentRequest::WHICH_ALARMS, 10), Lines("log.alarms"));
  EXPECT_EQ(site_.counters.at("alarms")(), 1);
  EXPECT_EQ(site_.counters.at("alarms.honeyword-used")(), 1);
  EXPECT_NEAR(static_cast<double>(site_.counters.at("alarms.last_ms")()), static_cast<double>(WallMillis()), 60000.0);
}

TEST_F(LoggerTest, WhatIsAnAlarmIsSaidByTheTableNotByTheRole) {
  Make();
  // The master's own kind of event is an alarm even if the message does not say "security".
  SendAs(ROLE_MASTER, Event("died"));
  // Kinds of other roles: app may write lines with these names, but they are no alarms.
  const std::shared_ptr<Channel> app = site_.CallAs(ROLE_APP, ROLE_LOGGER);
  for (const char* of_others : {"honeyword-used", "ledger-fault", "bank-unsound", "accused", "died"}) {
    app->Send(About(of_others, "member", "a1"));
  }
  app->Send(About("cross-site-post", "address", "192.0.2.1"));
  Turns();
  ASSERT_EQ(Lines("log.alarms").size(), 1u);
  EXPECT_NE(Lines("log.alarms")[0].find("\"role\":\"master\""), std::string::npos);
  EXPECT_EQ(Lines("log.security").size(), 7u);
  EXPECT_EQ(site_.counters.at("alarms")(), 1);
}

TEST_F(LoggerTest, AnAlarmSurvivesAndIsNotCrowdedOutByAnythingARoleCanWrite) {
  Make();
  const std::shared_ptr<Channel> bank = site_.CallAs(ROLE_BANK, ROLE_LOGGER), app = site_.CallAs(ROLE_APP, ROLE_LOGGER);
  bank->Send(About("ledger-fault", "what", "first"));
  // A taken app writes long alarms of its own kind, of another role's kind and of an invented kind.
  for (int i = 0; i < 300; ++i) {
    if (i % 20 == 0) Turns();
    for (const char* kind : {"peer-misbehaved", "ledger-fault", "made-up"}) {
      WriteRequest line = About(kind, "peer", std::to_string(i));
      for (int more = 0; more < 6; ++more) line.add_fields()->set_value(std::string(1000, 'x'));
      app->Send(line);
    }
  }
  bank->Send(About("ledger-fault", "what", "second"));
  Turns();
  const std::vector<std::string> alarms = Lines("log.alarms");
  EXPECT_EQ(alarms.size(), 2 + SecurityShares::kAlarmLines);
  for (const std::string& line : alarms) EXPECT_LE(line.size(), kMaxAlarmLine);
  EXPECT_NE(alarms.front().find("first"), std::string::npos);
  EXPECT_NE(alarms.back().find("second"), std::string::npos);
  EXPECT_EQ(site_.counters.at("alarms.peer-misbehaved")(), 300);
}

TEST_F(LoggerTest, ANewSubjectOfAnAlarmIsALineOfItsOwnWhileAnotherOneRepeats) {
  Make();
  const std::shared_ptr<Channel> master = site_.CallAs(ROLE_MASTER, ROLE_LOGGER);
  for (int i = 0; i < 500; ++i) master->Send(About("died", "role", "sanitizer"));
  master->Send(About("died", "role", "auth"));
  Turns();
  EXPECT_EQ(With(Lines("log.alarms"), "sanitizer"), SecurityShares::kAlarmLinesOfOne);
  EXPECT_EQ(With(Lines("log.alarms"), "\"auth\""), 1u);
  logger_->Drain([] {});
  EXPECT_EQ(With(Lines("log.alarms"), R"("kind":"died","role":"sanitizer","lines":"495")"), 1u);
}

}  // namespace
}  // namespace zoobar
