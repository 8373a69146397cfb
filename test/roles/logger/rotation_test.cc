// Files that are full, missing or on a full disk, and the new files that the master sends.
#include "roles/logger/fixture.h"

namespace zoobar {
namespace {

TEST_F(LoggerTest, AFullFileIsAskedForOnceAndReplaced) {
  site_.settings.mutable_log()->set_rotate_bytes(300);
  Make();
  const std::shared_ptr<Channel> app = site_.CallAs(ROLE_APP, ROLE_LOGGER);
  for (int i = 0; i < 10; ++i) {
    app->Send(Event("event"));
    Turns();
  }
  EXPECT_EQ(site_.told, std::vector<StateByte>{StateByte::kRotate});
  const std::size_t before = Lines("log.events").size();
  logger_->NewFile("log.events", OpenLog("new"));
  app->Send(Event("after"));
  Turns();
  EXPECT_EQ(Lines("log.events").size(), before);
  ASSERT_EQ(Lines("new").size(), 1u);
  for (int i = 0; i < 10; ++i) app->Send(Event("event"));
  Turns();
  EXPECT_EQ(site_.told.size(), 2u);
}

TEST_F(LoggerTest, AFullDiskIsSaidAndReportedWhenItClears) {
  site_.passed["log.events"] = Fd(open("/dev/full", O_WRONLY | O_APPEND | O_CLOEXEC));
  Make();
  const std::shared_ptr<Channel> app = site_.CallAs(ROLE_APP, ROLE_LOGGER);
  for (int i = 0; i < 5; ++i) app->Send(Event("event"));
  app->Send(Event("alarm", true));
  Turns();
  EXPECT_NE(Stderr().find("log-not-written"), std::string::npos);
  EXPECT_EQ(With(Lines("log.security"), "\"alarm\""), 1u);  // the other files are still written
  EXPECT_EQ(With(Lines("log.alarms"), "log-not-written"), 1u);
  logger_->NewFile("log.events", OpenLog("new"));
  app->Send(Event("after"));
  Turns();
  const std::vector<std::string> lines = Lines("new");
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_NE(lines[1].find("log-lines-lost"), std::string::npos) << lines[1];
  EXPECT_NE(lines[1].find("\"lines\":\"7\""), std::string::npos) << lines[1];
}

TEST_F(LoggerTest, WithoutFilesItStillServes) {
  site_.passed.clear();
  Make();
  const std::shared_ptr<Channel> app = site_.CallAs(ROLE_APP, ROLE_LOGGER);
  app->Send(Event("event"));
  Turns();
  EXPECT_EQ(With(Recent(RecentRequest::WHICH_EVENTS, 10), "\"event\":\"event\""), 1u);
}

TEST_F(LoggerTest, AFileThatIsMissingIsAskedForAndThatIsSaid) {
  site_.passed.erase("log.access");
  Make();
  AccessRequest request;
  request.add_entries()->set_path("/lost");
  SendAs(ROLE_APP, request);
  Turns();
  EXPECT_EQ(site_.told, std::vector<StateByte>{StateByte::kRotate});
  EXPECT_EQ(With(Lines("log.alarms"), "log-not-written"), 1u);
  logger_->NewFile("log.access", OpenLog("new"));
  SendAs(ROLE_APP, request);
  Turns();
  EXPECT_EQ(Lines("new").size(), 1u);
}

TEST_F(LoggerTest, AlarmsThatDoNotFitOnTheDiskAreWrittenWhenTheyDo) {
  site_.passed["log.alarms"] = Fd(open("/dev/full", O_WRONLY | O_APPEND | O_CLOEXEC));
  Make();
  SendAs(ROLE_BANK, About("ledger-fault", "what", "zoobars"));
  Turns();
  EXPECT_EQ(site_.counters.at("log.lost")(), 0);
  logger_->NewFile("log.alarms", OpenLog("new"));
  SendAs(ROLE_BANK, Event("later"));
  Turns();
  EXPECT_EQ(With(Lines("new"), "ledger-fault"), 1u);
  EXPECT_EQ(With(Lines("new"), "log-not-written"), 1u) << "the failed write is an alarm too";
}

TEST_F(LoggerTest, AlarmsAreRotatedByTheirOwnRule) {
  site_.settings.mutable_log()->set_rotate_bytes(1);
  site_.settings.mutable_log()->set_alarm_rotate_bytes(1 << 20);
  const Fd kept = OpenLog("log.alarms");
  ASSERT_EQ(write(kept.get(), "x\n", 2), 2);
  site_.passed["log.alarms"] = OpenLog("log.alarms");
  Make();
  EXPECT_GT(site_.counters.at("alarms.last_ms")(), 0) << "the file's time: an earlier logger wrote the alarm";
  EXPECT_EQ(site_.counters.at("alarms")(), 0);
  SendAs(ROLE_BANK, About("ledger-fault", "what", "zoobars"));
  Turns();
  ASSERT_EQ(site_.told.size(), 1u) << "only the other files are full";
  for (const char* full : {"log.events", "log.security"}) logger_->NewFile(full, OpenLog("new"));
  site_.settings.mutable_log()->set_rotate_bytes(1 << 20);
  site_.settings.mutable_log()->set_alarm_rotate_bytes(1);
  logger_->Reload(site_.settings);
  SendAs(ROLE_BANK, Event("later"));
  Turns();
  EXPECT_EQ(site_.told.size(), 2u);
}

}  // namespace
}  // namespace zoobar
