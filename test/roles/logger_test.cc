#include "roles/logger.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <regex>
#include <sstream>

#include "site/fake_site.h"

namespace zoobar {
namespace {

class LoggerTest : public testing::Test {
 protected:
  LoggerTest() {
    char name[] = "/tmp/zoobar-logger-XXXXXX";
    folder_ = mkdtemp(name);
    for (const char* log : kLogs) site_.passed[log] = OpenLog(log);
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    stderr_ = Fd(ends[0]);
    fcntl(stderr_.get(), F_SETFL, O_NONBLOCK);
    site_.passed["stderr"] = Fd(ends[1]);
  }
  ~LoggerTest() override {
    logger_.reset();
    for (const char* log : kLogs) unlink((folder_ + "/" + log).c_str());
    unlink((folder_ + "/new").c_str());
    rmdir(folder_.c_str());
  }

  Fd OpenLog(const std::string& name) const {
    return Fd(open((folder_ + "/" + name).c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
  }
  void Make(Milliseconds summary_every = Logger::kSummaryEvery) {
    logger_ = std::make_unique<Logger>(site_, summary_every);
  }
  std::vector<std::string> Lines(const std::string& name) const {
    std::ifstream file(folder_ + "/" + name);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
  }
  std::string Stderr() const {
    std::string text;
    char bytes[4096];
    for (ssize_t count; (count = read(stderr_.get(), bytes, sizeof bytes)) > 0;)
      text.append(bytes, static_cast<std::size_t>(count));
    return text;
  }
  // What was sent within this process has been handled and written after a few turns.
  void Turns() {
    for (int i = 0; i < 50; ++i) site_.loop().RunOnce();
  }
  template <typename Request>
  void SendAs(Role role, const Request& request) {
    const std::shared_ptr<Channel> channel = site_.CallAs(role, ROLE_LOGGER);
    EXPECT_TRUE(channel->Send(request));
    Turns();
  }
  // The master's wiring: the role's process id, and a pipe whose write end is returned.
  Fd Wire(Role role, std::int32_t pid) {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    logger_->PeerWired(role, 0, pid, Fd(ends[0]));
    return Fd(ends[1]);
  }
  std::vector<std::string> Recent(RecentRequest::Which which, std::uint32_t count) {
    const std::shared_ptr<Channel> admin = site_.CallAs(ROLE_ADMIN, ROLE_LOGGER);
    RecentRequest request;
    request.set_which(which);
    request.set_lines(count);
    Result<Incoming<RecentReply>> reply = site_.Wait(admin->Call<RecentReply>(request));
    EXPECT_TRUE(reply.ok());
    return {reply->message.lines().begin(), reply->message.lines().end()};
  }

  // Of a kind, about somebody.
  static WriteRequest About(const std::string& name, const std::string& key, const std::string& value) {
    WriteRequest line = Event(name, true);
    WriteRequest::Field* field = line.add_fields();
    field->set_key(key);
    field->set_value(value);
    return line;
  }
  static std::size_t With(const std::vector<std::string>& lines, std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(lines, [text](const std::string& line) { return line.find(text) != line.npos; }));
  }

  static WriteRequest Event(const std::string& name, bool security = false) {
    WriteRequest line;
    line.set_level(LEVEL_INFO);
    line.set_event(name);
    line.set_security(security);
    return line;
  }

  static constexpr const char* kLogs[] = {"log.events", "log.security", "log.access", "log.alarms"};
  FakeSite site_;
  std::unique_ptr<Logger> logger_;
  std::string folder_;
  Fd stderr_;
};

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

TEST_F(LoggerTest, AFloodIsCutToTheRolesBudgetAndCounted) {
  site_.settings.mutable_log()->set_lines_per_second(10);
  Make();
  const std::shared_ptr<Channel> app = site_.CallAs(ROLE_APP, ROLE_LOGGER), auth = site_.CallAs(ROLE_AUTH, ROLE_LOGGER);
  for (int i = 0; i < 500; ++i) app->Send(Event("noise"));
  Turns();
  const std::size_t noise = Lines("log.events").size();
  EXPECT_LT(noise, 100u);
  EXPECT_EQ(site_.counters.at("log.dropped")(), 500 - static_cast<std::int64_t>(noise));
  // Neither another role nor the same role's alarms pay for it.
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

TEST_F(LoggerTest, WhatARolePrintsIsTakenAsHostileText) {
  Make();
  Fd output = Wire(ROLE_SANITIZER, 7);
  const std::string hostile = "{\"role\":\"auth\"}\n\xFF\x1B[31m\"\n\nunfinished";
  ASSERT_EQ(write(output.get(), hostile.data(), hostile.size()), static_cast<ssize_t>(hostile.size()));
  Turns();
  ASSERT_EQ(Lines("log.events").size(), 2u);
  output.Close();
  Turns();
  ASSERT_EQ(Lines("log.events").size(), 3u);
  const std::vector<std::string> lines = Lines("log.events");
  for (const std::string& line : lines) {
    EXPECT_NE(line.find(R"("role":"sanitizer","instance":0,"pid":7,"level":"warning","event":"stderr")"),
              std::string::npos)
        << line;
  }
  EXPECT_NE(lines[0].find(R"({"text":"{\"role\":\"auth\"}"})"), std::string::npos) << lines[0];
  EXPECT_NE(lines[1].find("\xEF\xBF\xBD\\u001b[31m\\\""), std::string::npos) << lines[1];
  EXPECT_NE(lines[2].find("unfinished"), std::string::npos);
}

TEST_F(LoggerTest, PrintedTextWithoutLineFeedsIsCutIntoLines) {
  Make();
  Fd output = Wire(ROLE_APP, 7);
  const std::string text(10000, 'x');
  ASSERT_EQ(write(output.get(), text.data(), text.size()), 10000);
  output.Close();
  Turns();
  ASSERT_EQ(Lines("log.events").size(), 10u);
  for (const std::string& line : Lines("log.events")) EXPECT_LT(line.size(), 1300u);
}

TEST_F(LoggerTest, ARolesLastWordsArriveAfterItIsLost) {
  Make();
  Fd output = Wire(ROLE_APP, 7);
  ASSERT_EQ(write(output.get(), "fatal\n", 6), 6);
  logger_->PeerLost(ROLE_APP, 0);
  Fd next = Wire(ROLE_APP, 8);
  output.Close();
  Turns();
  ASSERT_EQ(Lines("log.events").size(), 1u);
  EXPECT_NE(Lines("log.events")[0].find("\"pid\":7"), std::string::npos);
}

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
  EXPECT_EQ(With(Lines("log.security"), "\"alarm\""), 1u);  // the other files go on
  EXPECT_EQ(With(Lines("log.alarms"), "log-not-written"), 1u);
  logger_->NewFile("log.events", OpenLog("new"));
  app->Send(Event("after"));
  Turns();
  const std::vector<std::string> lines = Lines("new");
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_NE(lines[1].find("log-lines-lost"), std::string::npos) << lines[1];
  EXPECT_NE(lines[1].find("\"lines\":\"7\""), std::string::npos) << lines[1];
}

TEST_F(LoggerTest, AStderrNobodyReadsStopsNothing) {
  Make();
  const std::shared_ptr<Channel> app = site_.CallAs(ROLE_APP, ROLE_LOGGER);
  WriteRequest line = Event("event");
  line.add_fields()->set_value(std::string(1000, 'x'));
  for (int i = 0; i < 500; ++i) app->Send(line);
  Turns();
  EXPECT_EQ(Lines("log.events").size(), 500u);
  EXPECT_GT(site_.counters.at("log.stderr_lost")(), 0);
  Stderr();
  app->Send(Event("after"));
  Turns();
  EXPECT_NE(Stderr().find("after"), std::string::npos);
  EXPECT_NE(Lines("log.events").back().find("stderr-lines-lost"), std::string::npos);
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

TEST_F(LoggerTest, ItsOwnLinesAreLinesLikeOthers) {
  Make();
  logger_->OwnLog()->Security("peer-misbehaved", {{"role", "app"}});
  Turns();
  ASSERT_EQ(Lines("log.security").size(), 1u);
  EXPECT_NE(Lines("log.security")[0].find("\"role\":\"logger\""), std::string::npos);
}

TEST_F(LoggerTest, WithoutFilesItStillServes) {
  site_.passed.clear();
  Make();
  const std::shared_ptr<Channel> app = site_.CallAs(ROLE_APP, ROLE_LOGGER);
  app->Send(Event("event"));
  Turns();
  EXPECT_EQ(With(Recent(RecentRequest::WHICH_EVENTS, 10), "\"event\":\"event\""), 1u);
}

// ---- evidence

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
  // Of its own kind, without a word of security: still an alarm.
  SendAs(ROLE_MASTER, Event("died"));
  // Another role's kinds: app may write lines so named, and they are no alarms.
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
  // Somebody else's post is still a line of its own, and so is another kind's from the same address.
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

TEST_F(LoggerTest, AnAlarmSurvivesAndIsNotCrowdedOutByAnythingARoleCanWrite) {
  Make();
  const std::shared_ptr<Channel> bank = site_.CallAs(ROLE_BANK, ROLE_LOGGER), app = site_.CallAs(ROLE_APP, ROLE_LOGGER);
  bank->Send(About("ledger-fault", "what", "first"));
  // A taken app: alarms of its own kind, of others' kinds, of kinds that it makes up; long ones.
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

TEST_F(LoggerTest, RepeatsAreSummedUpByThemselves) {
  Make(Milliseconds(1));
  const std::shared_ptr<Channel> app = site_.CallAs(ROLE_APP, ROLE_LOGGER);
  for (int i = 0; i < 100; ++i) app->Send(About("cross-site-post", "address", "192.0.2.1"));
  while (With(Lines("log.security"), "\"event\":\"repeated\"") == 0) Turns();
  EXPECT_GT(site_.counters.at("log.repeats")(), 0);
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
  EXPECT_EQ(With(Lines("new"), "log-not-written"), 1u) << "that it did not fit is an alarm itself";
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

TEST_F(LoggerTest, AlarmsAreRotatedByTheirOwnRule) {
  site_.settings.mutable_log()->set_rotate_bytes(1);
  site_.settings.mutable_log()->set_alarm_rotate_bytes(1 << 20);
  const Fd kept = OpenLog("log.alarms");
  ASSERT_EQ(write(kept.get(), "x\n", 2), 2);
  site_.passed["log.alarms"] = OpenLog("log.alarms");
  Make();
  EXPECT_GT(site_.counters.at("alarms.last_ms")(), 0) << "of an earlier logger, by the file's time";
  EXPECT_EQ(site_.counters.at("alarms")(), 0);
  SendAs(ROLE_BANK, About("ledger-fault", "what", "zoobars"));
  Turns();
  ASSERT_EQ(site_.told.size(), 1u) << "for the other files alone";
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
