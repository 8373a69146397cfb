#include <gtest/gtest.h>

#include "health.pb.h"
#include "roles/admin/fixture.h"

namespace zoobar {
namespace {

// Plays the roles that admin asks.
class Peers {
 public:
  explicit Peers(bool answers = true) : answers_(answers) {
    service_.Handle(&Peers::Report, this);
    service_.Handle(&Peers::Recent, this);
    service_.Handle(&Peers::Verify, this);
    service_.Handle(&Peers::Pause, this);
    service_.Handle(&Peers::Denials, this);
    service_.Handle(&Peers::Reset, this);
  }
  Task<Result<Outgoing<ReportReply>>> Report(Incoming<ReportRequest>) {
    if (!answers_) co_return Error{"ill"};
    ReportReply reply;
    reply.set_uptime_ms(1234);
    co_return reply;
  }
  Task<Result<Outgoing<RecentReply>>> Recent(Incoming<RecentRequest> call) {
    asked_lines = call.message.lines();
    RecentReply reply;
    reply.add_lines("one line");
    co_return reply;
  }
  Task<Result<Outgoing<VerifyReply>>> Verify(Incoming<VerifyRequest>) {
    VerifyReply reply;
    reply.set_sound(sound);
    reply.set_accounts(7);
    co_return reply;
  }
  Task<Result<Outgoing<PauseReply>>> Pause(Incoming<PauseRequest> call) {
    paused = call.message;
    PauseReply reply;
    reply.set_found(true);
    co_return reply;
  }
  Task<Result<Outgoing<DenialsReply>>> Denials(Incoming<DenialsRequest> call) {
    DenialsReply reply;
    reply.set_found(true);
    reply.add_denials()->set_visitor(call.message.name());
    co_return reply;
  }
  Task<Result<Outgoing<ResetReply>>> Reset(Incoming<ResetRequest>) {
    ++resets;
    co_return ResetReply();
  }
  const Service& service() const { return service_; }
  PauseRequest paused;
  int resets = 0;
  std::uint32_t asked_lines = 0;
  bool sound = true;

 private:
  bool answers_;
  Service service_;
};

class AdminTest : public AdminFixture {
 protected:
  static Task<void> Hold(std::shared_ptr<Channel> channel) {
    HoldStoresRequest request;
    auto holding = channel->Call<HoldStoresReply>(request);
    channel.reset();
    [[maybe_unused]] const auto held = co_await holding;
  }
};

TEST_F(AdminTest, TheRightSecretOpensTheConnection) {
  Make();
  const auto channel = Connect();
  EXPECT_EQ(Authenticate(channel), "accepted");
  EXPECT_TRUE(Answers(channel));
  ASSERT_EQ(site_.lines.Named("control-opened").size(), 1u);
  EXPECT_EQ(site_.lines.Named("control-opened")[0].fields.at("uid"), std::to_string(getuid()));
}

TEST_F(AdminTest, AnyOtherFrameBeforeAuthenticationClosesTheConnection) {
  Make();
  Peers peers;
  for (Role role : {ROLE_PROFILE, ROLE_SANDBOX}) site_.Connect(ROLE_ADMIN, role, peers.service());
  const auto status = Connect(), log = Connect(), verify = Connect(), reload = Connect(), shutdown = Connect(),
             pause = Connect(), denials = Connect(), reset = Connect();
  EXPECT_FALSE(Call<StatusReply>(status, StatusRequest()).ok());
  EXPECT_FALSE(Call<RecentReply>(log, LogRequest()).ok());
  EXPECT_FALSE(Call<VerifyReply>(verify, VerifyBankRequest()).ok());
  EXPECT_FALSE(Call<ReloadReply>(reload, ReloadRequest()).ok());
  EXPECT_FALSE(Call<ShutdownReply>(shutdown, ShutdownRequest()).ok());
  EXPECT_FALSE(Call<PauseReply>(pause, PauseProfileRequest()).ok());
  EXPECT_FALSE(Call<DenialsReply>(denials, ProfileDenialsRequest()).ok());
  EXPECT_FALSE(Call<ResetReply>(reset, ResetSandboxRequest()).ok());
  for (const auto& channel : {status, log, verify, reload, shutdown, pause, denials, reset})
    EXPECT_FALSE(channel->open());
  EXPECT_TRUE(site_.told.empty());
  EXPECT_EQ(peers.resets, 0);
  EXPECT_EQ(site_.lines.Named("control-misbehaved").size(), 8u);
  for (const auto& line : site_.lines.Named("control-misbehaved")) EXPECT_TRUE(line.security);
}

TEST_F(AdminTest, AFrameSentRightBehindTheSecretIsNotLetInBeforeTheAnswer) {
  Make();
  const auto channel = Connect();
  std::vector<std::string> outcomes;
  BeginAuthenticate(channel, kOperatorSecret, &outcomes);
  EXPECT_FALSE(Call<ShutdownReply>(channel, ShutdownRequest()).ok());
  site_.RunUntil([&] { return !outcomes.empty(); });
  EXPECT_EQ(outcomes[0], "closed");
  EXPECT_TRUE(site_.told.empty());
}

TEST_F(AdminTest, ASecondAuthenticationClosesTheConnection) {
  Make();
  const auto channel = Connect();
  EXPECT_EQ(Authenticate(channel), "accepted");
  EXPECT_EQ(Authenticate(channel), "closed");
  EXPECT_FALSE(channel->open());
  EXPECT_EQ(site_.lines.Named("control-misbehaved").size(), 1u);
}

TEST_F(AdminTest, AWrongSecretCostsThatConnectionAndNobodyElse) {
  Make();
  const auto good = Connect(), bad = Connect();
  EXPECT_EQ(Authenticate(good), "accepted");
  EXPECT_EQ(Authenticate(bad, "wrong"), "refused");
  EXPECT_TRUE(Answers(good));
  EXPECT_FALSE(Answers(bad));
  EXPECT_FALSE(bad->open());
  const auto next = Connect();
  EXPECT_EQ(Authenticate(next), "accepted");
  ASSERT_EQ(site_.lines.Named("control-refused").size(), 1u);
  EXPECT_TRUE(site_.lines.Named("control-refused")[0].security);
}

TEST_F(AdminTest, ARefusedConnectionIsClosedUnasked) {
  Make();
  const auto bad = Connect();
  EXPECT_EQ(Authenticate(bad, "wrong"), "refused");
  site_.RunUntil([&] { return !bad->open(); });
}

TEST_F(AdminTest, ARefusalIsDelayed) {
  Make();
  const auto bad = Connect();
  const std::int64_t before = MonotonicMicros();
  EXPECT_EQ(Authenticate(bad, "wrong"), "refused");
  EXPECT_GE(MonotonicMicros() - before, 990000);
}

TEST_F(AdminTest, TheSecretIsComparedExactly) {
  Make();
  const std::vector<std::string> wrong = {"correct horse ",
                                          " correct horse",
                                          "correct horse\n",
                                          "Correct horse",
                                          "correct hors",
                                          "",
                                          std::string("correct horse\0", 14),
                                          std::string(100000, 'x')};
  static_assert(ControlConnections::kMaxConnections >= 8);
  std::vector<std::string> outcomes;
  for (const std::string& secret : wrong) BeginAuthenticate(Connect(), secret, &outcomes);
  site_.RunUntil([&] { return outcomes.size() == wrong.size(); });
  EXPECT_EQ(outcomes, std::vector<std::string>(wrong.size(), "refused"));
}

TEST_F(AdminTest, NoSecretEverReachesTheLog) {
  Make();
  const auto good = Connect(), bad = Connect();
  Authenticate(good);
  Authenticate(bad, "almost the secret");
  for (const auto& line : site_.lines.lines) {
    EXPECT_EQ(line.Text().find("horse"), std::string::npos);
    EXPECT_EQ(line.Text().find("almost"), std::string::npos);
  }
}

TEST_F(AdminTest, PeersWhoAuthenticateAtOnceAllGetTheirTurn) {
  Make();
  std::vector<std::string> outcomes;
  for (std::size_t i = 0; i < ControlConnections::kMaxConnections; ++i) {
    BeginAuthenticate(Connect(), kOperatorSecret, &outcomes);
  }
  site_.RunUntil([&] { return outcomes.size() == ControlConnections::kMaxConnections; });
  EXPECT_EQ(outcomes, std::vector<std::string>(ControlConnections::kMaxConnections, "accepted"));
}

TEST_F(AdminTest, ConnectionsAreBoundedAndThePlaceOfOneThatLeftIsFree) {
  Make();
  std::vector<std::shared_ptr<Channel>> channels;
  channels.reserve(ControlConnections::kMaxConnections);
  for (std::size_t i = 0; i < ControlConnections::kMaxConnections; ++i) channels.push_back(Connect());
  Turns();
  EXPECT_EQ(site_.counters.at("connections")(), static_cast<std::int64_t>(ControlConnections::kMaxConnections));
  const auto over = Connect();
  EXPECT_EQ(Authenticate(over), "closed");
  EXPECT_EQ(site_.lines.Named("control-full").size(), 1u);
  Turns();
  Disconnect(channels[0]);
  Turns();
  const auto next = Connect();
  EXPECT_EQ(Authenticate(next), "accepted");
}

TEST_F(AdminTest, WhoNeverAuthenticatesIsClosed) {
  std::vector<Caller> ended;
  ControlConnections connections(site_, [&ended](Caller caller) { ended.push_back(caller); }, Milliseconds(20));
  connections.Open(site_.TakePassed("control-listener"));
  const auto idle = Connect();
  Turns();
  ASSERT_EQ(connections.count(), 1u);
  site_.RunUntil([&] { return connections.count() == 0; });
  EXPECT_EQ(site_.lines.Named("control-idle").size(), 1u);
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_FALSE(connections.IsOpen(ended[0]));
}

TEST_F(AdminTest, WithoutAHashNobodyIsLetIn) {
  site_.operator_secret_hash.clear();
  Make();
  EXPECT_FALSE(ConnectSocket());
  EXPECT_EQ(site_.lines.Named("no-control-socket").size(), 1u);
}

TEST_F(AdminTest, AnOperatorReachesNoOtherService) {
  Make();
  const auto channel = Connect();
  EXPECT_EQ(Authenticate(channel), "accepted");
  EXPECT_FALSE(Call<ReportReply>(channel, ReportRequest()).ok());
  EXPECT_FALSE(channel->open());
}

TEST_F(AdminTest, GarbageCostsItsSenderOnly) {
  Make();
  const auto good = Connect();
  EXPECT_EQ(Authenticate(good), "accepted");
  const Fd socket = ConnectSocket();
  ASSERT_TRUE(socket);
  const std::string garbage(4096, '\xFF');
  ASSERT_EQ(write(socket.get(), garbage.data(), garbage.size()), 4096);
  Turns();
  EXPECT_EQ(site_.lines.Named("control-misbehaved").size(), 1u);
  EXPECT_TRUE(Answers(good));
}

TEST_F(AdminTest, StatusShowsWhoAnswersAndWhoDoesNot) {
  Make();
  const Peers well, ill(false);
  site_.Connect(ROLE_ADMIN, ROLE_BANK, well.service());
  site_.Connect(ROLE_ADMIN, ROLE_AUTH, ill.service());
  Roster roster;
  for (const Role role : {ROLE_MASTER, ROLE_BANK, ROLE_AUTH, ROLE_ECHO, ROLE_ADMIN})
    roster.add_entries()->set_role(role);
  admin_->RosterChanged(roster);
  const auto channel = Connect();
  Authenticate(channel);
  const auto status = Call<StatusReply>(channel, StatusRequest());
  ASSERT_TRUE(status.ok());
  ASSERT_EQ(status->message.roles_size(), 5);
  const bool expected[] = {true, true, false, false, true};
  for (int i = 0; i < 5; ++i) EXPECT_EQ(status->message.roles(i).answers(), expected[i]) << i;
  EXPECT_EQ(status->message.roles(1).report().uptime_ms(), 1234);
  EXPECT_EQ(status->message.version(), "test");
}

// A role with a store, as admin sees it.
class HeldStore {
 public:
  HeldStore() {
    service_.Handle(&HeldStore::HoldStore, this);
    service_.Handle(&HeldStore::ReleaseStore, this);
  }
  Task<Result<Outgoing<HoldStoreReply>>> HoldStore(Incoming<HoldStoreRequest>) {
    HoldStoreReply reply;
    reply.set_hold(++holds_);
    co_return reply;
  }
  Task<Result<Outgoing<ReleaseStoreReply>>> ReleaseStore(Incoming<ReleaseStoreRequest> call) {
    ReleaseStoreReply reply;
    released_ = call.message.hold();
    reply.set_unbroken(released_ == holds_);
    co_return reply;
  }
  const Service& service() const { return service_; }
  std::uint64_t holds() const { return holds_; }
  std::uint64_t released() const { return released_; }

 private:
  Service service_;
  std::uint64_t holds_ = 0, released_ = 0;
};

TEST_F(AdminTest, OneConnectionAtATimeHoldsTheStoresAndOnlyItReleasesThem) {
  Make();
  const HeldStore store;
  const Peers without;
  site_.Connect(ROLE_ADMIN, ROLE_BANK, store.service());
  site_.Connect(ROLE_ADMIN, ROLE_ECHO, without.service());
  Roster roster;
  for (const Role role : {ROLE_BANK, ROLE_ECHO}) {
    roster.add_entries()->set_role(role);
    roster.mutable_entries()->rbegin()->set_has_store(role == ROLE_BANK);
  }
  admin_->RosterChanged(roster);
  const auto first = Connect(), second = Connect();
  Authenticate(first);
  Authenticate(second);
  const auto held = Call<HoldStoresReply>(first, HoldStoresRequest());
  ASSERT_TRUE(held.ok());
  ASSERT_EQ(held->message.stores_size(), 1) << "a role without a store is not asked";
  EXPECT_EQ(held->message.stores(0).role(), "bank");
  EXPECT_TRUE(held->message.stores(0).held());
  EXPECT_TRUE(Call<HoldStoresReply>(second, HoldStoresRequest())->message.busy());
  EXPECT_FALSE(Call<ReleaseStoresReply>(second, ReleaseStoresRequest())->message.unbroken());
  EXPECT_TRUE(Call<ReleaseStoresReply>(first, ReleaseStoresRequest())->message.unbroken());
  EXPECT_FALSE(Call<ReleaseStoresReply>(first, ReleaseStoresRequest())->message.unbroken()) << "nothing is held";
  EXPECT_FALSE(Call<HoldStoresReply>(second, HoldStoresRequest())->message.busy());
  EXPECT_EQ(site_.lines.Named("control-backup").size(), 3u);
}

// ctl may be killed while it holds the stores. The roles write again at once.
TEST_F(AdminTest, StoresThatAConnectionHoldsAreReleasedWhenItEnds) {
  Make();
  const HeldStore store;
  site_.Connect(ROLE_ADMIN, ROLE_BANK, store.service());
  Roster roster;
  roster.add_entries()->set_role(ROLE_BANK);
  roster.mutable_entries(0)->set_has_store(true);
  admin_->RosterChanged(roster);
  auto killed = Connect();
  const auto next = Connect();
  Authenticate(killed);
  Authenticate(next);
  ASSERT_TRUE(Call<HoldStoresReply>(killed, HoldStoresRequest()).ok());
  Disconnect(killed);
  site_.RunUntil([&] { return store.released() == 1; });
  EXPECT_FALSE(Call<HoldStoresReply>(next, HoldStoresRequest())->message.busy());
  EXPECT_TRUE(Call<ReleaseStoresReply>(next, ReleaseStoresRequest())->message.unbroken());
}

// The connection ends after its request has arrived and before the role has answered.
TEST_F(AdminTest, StoresThatAreHeldForAConnectionThatHasEndedAreReleased) {
  Make();
  const HeldStore store;
  site_.Connect(ROLE_ADMIN, ROLE_BANK, store.service());
  Roster roster;
  roster.add_entries()->set_role(ROLE_BANK);
  roster.mutable_entries(0)->set_has_store(true);
  admin_->RosterChanged(roster);
  const auto next = Connect();
  Authenticate(next);
  for (int turns = 0; turns < 12; ++turns) {
    auto killed = Connect();
    Authenticate(killed);
    Spawn(Hold(killed));
    for (int i = 0; i < turns; ++i) site_.loop().RunOnce();
    Disconnect(killed);
    Turns();
    EXPECT_EQ(store.released(), store.holds()) << "after " << turns << " turns";
    EXPECT_FALSE(Call<HoldStoresReply>(next, HoldStoresRequest())->message.busy()) << "after " << turns << " turns";
    EXPECT_TRUE(Call<ReleaseStoresReply>(next, ReleaseStoresRequest())->message.unbroken());
  }
}

TEST_F(AdminTest, LogAndVerifyAreAskedOfTheirOwners) {
  Make();
  Peers peers;
  site_.Connect(ROLE_ADMIN, ROLE_LOGGER, peers.service());
  site_.Connect(ROLE_ADMIN, ROLE_BANK, peers.service());
  const auto channel = Connect();
  Authenticate(channel);
  LogRequest request;
  request.mutable_recent()->set_lines(5000000);
  const auto recent = Call<RecentReply>(channel, request);
  ASSERT_TRUE(recent.ok());
  EXPECT_EQ(recent->message.lines(0), "one line");
  EXPECT_EQ(peers.asked_lines, 1000u);
  peers.sound = false;
  const auto verified = Call<VerifyReply>(channel, VerifyBankRequest());
  ASSERT_TRUE(verified.ok());
  EXPECT_FALSE(verified->message.sound());
  EXPECT_EQ(site_.lines.Named("bank-unsound").size(), 1u);
}

TEST_F(AdminTest, ProgramsArePausedByProfileAndRunsEndedBySandbox) {
  Make();
  Peers profile, sandbox;
  site_.Connect(ROLE_ADMIN, ROLE_PROFILE, profile.service());
  site_.Connect(ROLE_ADMIN, ROLE_SANDBOX, sandbox.service());
  const auto channel = Connect();
  Authenticate(channel);
  PauseProfileRequest pause;
  pause.mutable_pause()->set_name("alice");
  pause.mutable_pause()->set_pause(true);
  const auto paused = Call<PauseReply>(channel, pause);
  ASSERT_TRUE(paused.ok());
  EXPECT_TRUE(paused->message.found());
  EXPECT_EQ(profile.paused.name(), "alice");
  EXPECT_TRUE(profile.paused.pause());
  ProfileDenialsRequest ask;
  ask.mutable_denials()->set_name("alice");
  const auto denials = Call<DenialsReply>(channel, ask);
  ASSERT_TRUE(denials.ok());
  EXPECT_EQ(denials->message.denials(0).visitor(), "alice");
  EXPECT_TRUE(Call<ResetReply>(channel, ResetSandboxRequest()).ok());
  EXPECT_EQ(sandbox.resets, 1);
  EXPECT_EQ(profile.resets, 0);
  EXPECT_EQ(site_.lines.Named("control-pause").at(0).fields.at("owner"), "alice");
  EXPECT_EQ(site_.lines.Named("control-reset-sandbox").size(), 1u);
}

TEST_F(AdminTest, ReloadAndShutdownAreOneByteEach) {
  Make();
  const auto channel = Connect();
  Authenticate(channel);
  EXPECT_TRUE(Call<ReloadReply>(channel, ReloadRequest()).ok());
  EXPECT_TRUE(Call<ShutdownReply>(channel, ShutdownRequest()).ok());
  EXPECT_EQ(site_.told, (std::vector<StateByte>{StateByte::kReload, StateByte::kShutdown}));
}

TEST_F(AdminTest, ARestartNamesTheSlotAndAnswersWithWhatTheMasterSays) {
  Make();
  Roster roster;
  roster.add_entries()->set_role(ROLE_MASTER);
  Roster::Entry& bank = *roster.add_entries();
  bank.set_role(ROLE_BANK);
  bank.set_slot(5);
  admin_->RosterChanged(roster);
  zoobar::RestartEnded ended;
  ended.set_slot(5);
  site_.on_restart = [&](std::uint32_t) { site_.loop().AtEndOfTurn([&] { admin_->RestartEnded(ended); }); };
  const auto channel = Connect();
  Authenticate(channel);
  RestartRoleRequest request;
  request.set_role(ROLE_BANK);
  const auto done = Call<RestartRoleReply>(channel, request);
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(done->message.refused(), "");
  EXPECT_EQ(site_.restarts, std::vector<std::uint32_t>{5});
  EXPECT_EQ(site_.lines.Named("control-restart").at(0).fields.at("role"), "bank");
  ended.set_refused("too \x1B[2J soon");
  EXPECT_EQ(Call<RestartRoleReply>(channel, request)->message.refused(), "too ?[2J soon");
  // The master, and a process that there is not, are refused without asking.
  for (const auto& [role, instance] : {std::pair(ROLE_MASTER, 0), std::pair(ROLE_BANK, 1), std::pair(ROLE_ECHO, 0)}) {
    request.set_role(role);
    request.set_instance(static_cast<std::uint32_t>(instance));
    EXPECT_NE(Call<RestartRoleReply>(channel, request)->message.refused(), "");
  }
  EXPECT_EQ(site_.restarts.size(), 2u);
}

TEST_F(AdminTest, AnotherProgramIsOneByteAndTheMastersAnswerIsPassedOn) {
  Make();
  const auto channel = Connect();
  ASSERT_EQ(Authenticate(channel), "accepted");
  program_.set_program(1);
  auto taken = Call<UpgradeReply>(channel, UpgradeRequest());
  ASSERT_TRUE(taken.ok());
  EXPECT_EQ(taken->message.program(), 1u);
  EXPECT_EQ(site_.told, (std::vector{StateByte::kUpgrade}));
  program_.set_program(0);
  program_.set_refused("there was no other program before\x1b[2J");
  UpgradeRequest back;
  back.set_back(true);
  taken = Call<UpgradeReply>(channel, back);
  ASSERT_TRUE(taken.ok());
  EXPECT_EQ(site_.told.back(), StateByte::kGoBack);
  EXPECT_EQ(taken->message.refused().find('\x1b'), std::string::npos);
}

TEST_F(AdminTest, DrainingTheSiteIsOneByteAndTheRosterSaysHowItStands) {
  Make();
  const auto channel = Connect();
  Authenticate(channel);
  DrainRequest request;
  EXPECT_TRUE(Call<DrainReply>(channel, request).ok());
  request.set_off(true);
  EXPECT_TRUE(Call<DrainReply>(channel, request).ok());
  EXPECT_EQ(site_.told, (std::vector<StateByte>{StateByte::kRest, StateByte::kResume}));
  Roster roster;
  roster.set_draining(true);
  admin_->RosterChanged(roster);
  EXPECT_TRUE(Call<StatusReply>(channel, StatusRequest())->message.draining());
}

TEST_F(AdminTest, DrainingTakesOnNobodyNew) {
  Make();
  const auto channel = Connect();
  Authenticate(channel);
  bool drained = false;
  admin_->Drain([&] { drained = true; });
  EXPECT_TRUE(drained);
  EXPECT_TRUE(Answers(channel));
  EXPECT_FALSE(ConnectSocket());
}

}  // namespace
}  // namespace zoobar
