// The sealed logs of logger: what goes there, what is refused, and what happens on a full disk.
#include "audit/judge.h"
#include "roles/logger/fixture.h"

namespace zoobar {
namespace {

class SealedTest : public LoggerTest {
 protected:
  SealedTest() {
    for (const char* log : {"audit", "money"})
      site_.seals.push_back({log, 1, 1,
                             ToBytes(std::string(audit::EpochKeys(audit::KeyOfStart(secret_, log, 1)).Take().bytes())),
                             "", "", "", false});
  }

  audit::Judgement Judged(const std::string& log, const std::vector<std::string>& names) const {
    audit::Scan scan(secret_, log);
    for (const std::string& name : names) {
      const Fd fd(open((folder_ + "/" + name).c_str(), O_RDONLY | O_CLOEXEC));
      EXPECT_TRUE(scan.Read(name, fd.get()).ok());
    }
    return audit::Judge(scan, {});
  }
  RecordReply Record(const std::string& act, const std::string& of = "") {
    const std::shared_ptr<Channel> admin = site_.CallAs(ROLE_ADMIN, ROLE_LOGGER);
    RecordRequest request;
    request.set_act(act);
    request.set_uid("0");
    request.set_of(of);
    request.set_ended(of.empty() ? "" : "done");
    const Result<Incoming<RecordReply>> reply = site_.Wait(admin->Call<RecordReply>(request));
    return reply.ok() ? reply->message : RecordReply();
  }
  static MoneyRequest::Entry Transfer(std::uint64_t number) {
    MoneyRequest::Entry entry;
    entry.set_kind(MoneyRequest::KIND_TRANSFER);
    entry.set_entry(number);
    entry.set_from(std::string(16, '\1'));
    entry.set_to(std::string(16, '\2'));
    entry.set_zoobars(5);
    return entry;
  }
  static Fd FullDisk() { return Fd(open("/dev/full", O_WRONLY | O_APPEND | O_CLOEXEC)); }

  const audit::Key secret_{std::string(audit::kKeyBytes, 's')};
};

TEST_F(SealedTest, TheLogsBeginAndEndAndAreSound) {
  Make();
  SendAs(ROLE_AUTH, About("login-failed", "address", "192.0.2.1"));
  bool drained = false;
  logger_->Drain([&] { drained = true; });
  EXPECT_TRUE(drained);
  const std::vector<std::string> lines = Lines("log.audit");
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(With(lines, "\"event\":\"audit-begin\""), 1u);
  EXPECT_EQ(With(lines, "\"event\":\"login-failed\""), 1u);
  EXPECT_EQ(With(lines, "\"event\":\"audit-end\""), 1u);
  for (const char* log : {"audit", "money"}) {
    const audit::Judgement judged = Judged(log, {std::string("log.") + log});
    EXPECT_TRUE(judged.sound());
    EXPECT_TRUE(judged.ended);
  }
  EXPECT_EQ(std::ranges::count(site_.told, StateByte::kSealed), 2);  // when they began, and before `drained`
}

TEST_F(SealedTest, SecurityEventsAndTheKindsOfTheTableAreSealedAndOthersAreNot) {
  Make();
  SendAs(ROLE_APP, Event("ordinary"));
  SendAs(ROLE_APP, Event("starting"));  // only the master raises it
  SendAs(ROLE_MASTER, Event("starting"));
  SendAs(ROLE_BANK, About("ledger-fault", "what", "x"));
  const std::vector<std::string> lines = Lines("log.audit");
  EXPECT_EQ(lines.size(), 3u);
  EXPECT_EQ(With(lines, "\"role\":\"master\""), 1u);
  EXPECT_EQ(With(lines, "ledger-fault"), 1u);
}

TEST_F(SealedTest, AFloodOfOneKindLeavesRoomForOthersAndIsCounted) {
  Make();
  const std::shared_ptr<Channel> auth = site_.CallAs(ROLE_AUTH, ROLE_LOGGER);
  for (int i = 0; i < 500; ++i) auth->Send(About("login-failed", "address", fmt::format("192.0.2.{}", i % 250)));
  Turns();
  SendAs(ROLE_BANK, About("ledger-fault", "what", "x"));
  const std::vector<std::string> lines = Lines("log.audit");
  EXPECT_LE(With(lines, "login-failed"), 60u);
  EXPECT_GE(With(lines, "login-failed"), 30u);
  EXPECT_EQ(With(lines, "ledger-fault"), 1u);
  logger_->Drain([] {});
  EXPECT_GT(With(Lines("log.audit"), "\"event\":\"repeated\""), 0u);
  EXPECT_TRUE(Judged("audit", {"log.audit"}).sound());
}

TEST_F(SealedTest, MoneyGoesToItsOwnLog) {
  Make();
  MoneyRequest request;
  for (std::uint64_t i = 1; i <= 3; ++i) *request.add_entries() = Transfer(i);
  request.set_dropped(7);
  SendAs(ROLE_BANK, request);
  const std::vector<std::string> lines = Lines("log.money");
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_NE(lines[1].find(R"("event":"transfer","fields":{"entry":"1","from":"01010101010101010101010101010101",)"
                          R"("to":"02020202020202020202020202020202","zoobars":"5"},"dropped":7,)"),
            std::string::npos)
      << lines[1];
  EXPECT_EQ(lines[2].find("dropped"), std::string::npos);
  EXPECT_TRUE(Judged("money", {"log.money"}).sound());
  EXPECT_EQ(Lines("log.audit").size(), 1u);
  EXPECT_TRUE(Lines("log.events").empty());
}

// The note comes from bank, so it may be any text.
TEST_F(SealedTest, OffersAndCorrectionsSayWhatTheyAreAbout) {
  Make();
  MoneyRequest request;
  const auto add = [&request](MoneyRequest::Kind kind, std::uint64_t about, std::string note) {
    MoneyRequest::Entry entry = Transfer(static_cast<std::uint64_t>(request.entries_size()) + 1);
    entry.set_kind(kind);
    entry.set_about(about);
    entry.set_note(std::move(note));
    *request.add_entries() = std::move(entry);
  };
  add(MoneyRequest::KIND_OFFER, 0, "");
  add(MoneyRequest::KIND_OFFER_ACCEPTED, 1, "");
  add(MoneyRequest::KIND_OFFER_RETURNED, 1, "withdrawn");
  add(MoneyRequest::KIND_CORRECTION, 2, "\x1B[2J\"}\n" + std::string(3000, 'x'));
  SendAs(ROLE_BANK, request);
  const std::vector<std::string> lines = Lines("log.money");
  ASSERT_EQ(lines.size(), 5u);
  EXPECT_EQ(With(lines, R"("event":"offer","fields":{"entry":"1","from":)"), 1u);
  EXPECT_EQ(lines[1].find("about"), std::string::npos);
  EXPECT_EQ(lines[1].find("note"), std::string::npos);
  EXPECT_EQ(With(lines, R"("event":"offer-accepted")"), 1u);
  EXPECT_EQ(With(lines, R"("zoobars":"5","about":"1"},)"), 1u);
  EXPECT_NE(lines[3].find(R"("event":"offer-returned")"), std::string::npos);
  EXPECT_NE(lines[3].find(R"("zoobars":"5","about":"1","note":"withdrawn"},)"), std::string::npos);
  EXPECT_NE(lines[4].find(R"("event":"correction")"), std::string::npos);
  EXPECT_NE(lines[4].find(R"("about":"2","note":"\u001b[2J\"}\nxxx)"), std::string::npos) << lines[4];
  EXPECT_LE(lines[4].size(), kMaxAlarmLine + 300);
  EXPECT_TRUE(Judged("money", {"log.money"}).sound());
}

TEST_F(SealedTest, AnActIsAnsweredWhenItsLineIsInTheFile) {
  Make();
  const RecordReply begun = Record("profile-pause");
  EXPECT_EQ(begun.id(), "1.1.1");
  EXPECT_EQ(With(Lines("log.audit"), "\"event\":\"operator-act\""), 1u);
  EXPECT_EQ(Record("profile-pause", begun.id()).id(), "1.1.2");
  EXPECT_EQ(With(Lines("log.audit"), "\"event\":\"operator-act-ended\""), 1u);
  EXPECT_EQ(Record("profile-pause", begun.id()).id(), "");  // each act ends once
}

TEST_F(SealedTest, AFullDiskRefusesActsAndBreaksNoChain) {
  site_.passed["log.audit"] = FullDisk();
  Make();
  const RecordReply refused = Record("shutdown");
  EXPECT_EQ(refused.id(), "");
  EXPECT_NE(refused.why().find("disk"), std::string::npos);
  logger_->NewFile("log.audit", OpenLog("log.audit2"));
  Turns();
  EXPECT_EQ(Record("reload").id(), "1.1.4");
  const std::vector<std::string> lines = Lines("log.audit2");
  ASSERT_EQ(lines.size(), 5u);  // one of them is log-not-written
  EXPECT_EQ(With(lines, "refused, because this could not be written in time"), 1u);
  EXPECT_TRUE(Judged("audit", {"log.audit2"}).sound());
}

TEST_F(SealedTest, WithoutRoomLinesAreDroppedBeforeTheyAreSealedAndCounted) {
  site_.passed["log.money"] = FullDisk();
  Make();
  const std::shared_ptr<Channel> bank = site_.CallAs(ROLE_BANK, ROLE_LOGGER);
  for (std::uint64_t i = 0; i < 50; ++i) {
    MoneyRequest request;
    for (std::uint64_t j = 1; j <= 100; ++j) *request.add_entries() = Transfer(100 * i + j);
    bank->Send(request);
    Turns();
  }
  logger_->NewFile("log.money", OpenLog("log.money2"));
  SendAs(ROLE_BANK, [] {
    MoneyRequest request;
    *request.add_entries() = Transfer(9999);
    return request;
  }());
  const std::vector<std::string> lines = Lines("log.money2");
  EXPECT_LT(lines.size(), 2000u);
  EXPECT_GT(lines.size(), 100u);
  const std::string dropped = fmt::format("\"dropped\":{}", 5001 - (lines.size() - 1));
  EXPECT_NE(lines.back().find(dropped), std::string::npos) << lines.back() << " " << dropped;
  EXPECT_TRUE(Judged("money", {"log.money2"}).sound());
}

TEST_F(SealedTest, WithoutAKeyActsAreRefused) {
  site_.seals.clear();
  Make();
  EXPECT_EQ(Record("shutdown").why(), "the audit log is not open");
  EXPECT_TRUE(Lines("log.audit").empty());
}

TEST_F(SealedTest, AnEpochBeginsAsSoonAsThereIsAFile) {
  site_.passed["log.audit"] = Fd();  // the master could not open it
  Make();
  EXPECT_EQ(Record("shutdown").why(), "the audit log is not open");
  logger_->NewFile("log.audit", OpenLog("log.audit"));
  EXPECT_NE(Record("shutdown").id(), "");
  EXPECT_EQ(Lines("log.audit").size(), 2u);
  EXPECT_TRUE(Judged("audit", {"log.audit"}).sound());
}

TEST_F(SealedTest, OneUidHasAnHourlyShareOfActs) {
  Make();
  std::uint32_t recorded = 0;
  while (recorded <= Logger::kActsPerHour && !Record("reload").id().empty()) ++recorded;
  EXPECT_EQ(recorded, Logger::kActsPerHour);
  EXPECT_NE(Record("reload").why().find("3000"), std::string::npos);
}

TEST_F(SealedTest, TheEndsAreThoseOfTheFiles) {
  Make();
  Record("reload");
  const std::shared_ptr<Channel> admin = site_.CallAs(ROLE_ADMIN, ROLE_LOGGER);
  const Result<Incoming<SealedEndsReply>> reply = site_.Wait(admin->Call<SealedEndsReply>(AskSealedEnds()));
  ASSERT_TRUE(reply.ok());
  ASSERT_EQ(reply->message.ends_size(), 2);
  EXPECT_EQ(reply->message.ends(0).log(), "audit");
  EXPECT_EQ(reply->message.ends(0).id(), "1.1.1");
  EXPECT_NE(Lines("log.audit").back().find(reply->message.ends(0).mac()), std::string::npos);
  EXPECT_EQ(reply->message.ends(1).id(), "1.1.0");
}

TEST_F(SealedTest, RotationGoesOnInTheNextFile) {
  Make();
  Record("reload");
  logger_->NewFile("log.audit", OpenLog("log.audit2"));
  Record("reload");
  EXPECT_EQ(Lines("log.audit").size(), 2u);
  EXPECT_EQ(Lines("log.audit2").size(), 1u);
  EXPECT_TRUE(Judged("audit", {"log.audit", "log.audit2"}).sound());
}

}  // namespace
}  // namespace zoobar
