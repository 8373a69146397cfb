// Delegations: what a member's own program may pay.
#include <map>

#include "roles/auth/acts_fixture.h"

namespace zoobar {
namespace {

class DelegationsTest : public AuthActsTest {};

TEST_F(DelegationsTest, SavingAProgramMakesADelegationThatSurvivesARestart) {
  const Entry alice = Register("alice");
  EXPECT_EQ(Delegated(alice.session), "");
  EXPECT_TRUE(Ask(alice.session, SaveProgram()).has_ticket());
  EXPECT_EQ(Delegated(alice.session), "20 10");
  Start();
  EXPECT_EQ(Delegated(alice.session), "20 10");
  EXPECT_EQ(Delegated(Login("alice").session), "20 10");
}

TEST_F(DelegationsTest, ItIsOnDiskWhenTheTicketIsHandedOut) {
  const Entry alice = Register("alice");
  const auto commits = site_->counters["store.commits"];
  const std::int64_t before = commits();
  EXPECT_TRUE(Ask(alice.session, SaveProgram()).has_ticket());
  EXPECT_EQ(commits(), before + 1);
}

TEST_F(DelegationsTest, AskingForWhatIsSoAlreadyWritesNothing) {
  const Entry alice = Register("alice");
  Ask(alice.session, SaveProgram());
  const auto writes = site_->counters["store.writes"];
  const std::int64_t before = writes();
  Ask(alice.session, SaveProgram());
  EXPECT_EQ(SetLimits(alice.session, 20, 10), Granted::OUTCOME_OK);
  const Entry bob = Register("bob");
  const std::int64_t registered = writes();
  EXPECT_EQ(registered, before + 1);
  Ask(bob.session, SaveProfile("<b>plain</b>"));
  Ask(bob.session, Visit("alice"));
  Ask(bob.session, Transfer("alice", 1));
  EXPECT_EQ(writes(), registered);
}

TEST_F(DelegationsTest, ANewTextOfAProgramKeepsTheLimitsItsOwnerSet) {
  const Entry alice = Register("alice");
  Ask(alice.session, SaveProgram());
  EXPECT_EQ(SetLimits(alice.session, 5, 0), Granted::OUTCOME_OK);
  EXPECT_TRUE(Ask(alice.session, SaveProfile("#!python\nprint(1)", true)).has_ticket());
  EXPECT_EQ(Delegated(alice.session), "5 0");
}

TEST_F(DelegationsTest, PlainHtmlRemovesTheDelegationAndItsLimits) {
  const Entry alice = Register("alice");
  Ask(alice.session, SaveProgram());
  SetLimits(alice.session, 500, 400);
  EXPECT_TRUE(Ask(alice.session, SaveProfile("<b>plain</b>")).has_ticket());
  EXPECT_EQ(Delegated(alice.session), "");
  Start();
  EXPECT_EQ(Delegated(alice.session), "");
  Ask(alice.session, SaveProgram());
  EXPECT_EQ(Delegated(alice.session), "20 10") << "it begins with the default limits";
}

TEST_F(DelegationsTest, ANewPasswordRemovesTheDelegation) {
  const Entry alice = Register("alice");
  Ask(alice.session, SaveProgram());
  EXPECT_NE(ChangePassword(alice.session, "wrong horse", "battery staple").outcome(), LoginReply::OUTCOME_OK);
  EXPECT_EQ(Delegated(alice.session), "20 10");
  const Entry changed = ChangePassword(alice.session, "correct horse", "battery staple");
  ASSERT_EQ(changed.outcome(), LoginReply::OUTCOME_OK);
  EXPECT_EQ(Delegated(changed.session), "");
  EXPECT_EQ(Lines("delegation-removed"), 1u);
  Start();
  EXPECT_EQ(Delegated(changed.session), "");
}

TEST_F(DelegationsTest, ARehashAtLoginKeepsTheDelegation) {
  const Entry alice = Register("alice");
  Ask(alice.session, SaveProgram());
  config_.mutable_auth()->mutable_argon2()->set_memory_kib(128);
  Start();
  EXPECT_EQ(Delegated(Login("alice").session), "20 10");
}

TEST_F(DelegationsTest, LimitsAreBoundedAndNeedADelegation) {
  const Entry alice = Register("alice");
  EXPECT_EQ(SetLimits(alice.session, 20, 10), Granted::OUTCOME_NO_DELEGATION);
  EXPECT_EQ(Delegated(alice.session), "");
  Ask(alice.session, SaveProgram());
  EXPECT_EQ(SetLimits(alice.session, 1001, 10), Granted::OUTCOME_LIMITS_INVALID);
  EXPECT_EQ(SetLimits(alice.session, 10, 11), Granted::OUTCOME_LIMITS_INVALID);
  EXPECT_EQ(SetLimits(alice.session, ~0u, ~0u), Granted::OUTCOME_LIMITS_INVALID);
  EXPECT_EQ(Delegated(alice.session), "20 10");
  EXPECT_EQ(SetLimits(alice.session, 1000, 1000), Granted::OUTCOME_OK);
  EXPECT_EQ(Delegated(alice.session), "1000 1000");
  Start();
  EXPECT_EQ(Delegated(alice.session), "1000 1000");
  EXPECT_EQ(SetLimits(alice.session, 0, 0), Granted::OUTCOME_OK);
  EXPECT_EQ(Delegated(alice.session), "0 0") << "limits of 0 do not remove the delegation";
}

TEST_F(DelegationsTest, ActsOnADelegationAreCarriedOutInOrder) {
  const Entry alice = Register("alice");
  CheckReply reply = Check(alice.session, {Delegate(7, 7), SaveProgram(), Delegate(6, 5)}, "", true);
  ASSERT_EQ(reply.granted_size(), 3);
  EXPECT_EQ(reply.granted(0).outcome(), Granted::OUTCOME_NO_DELEGATION);
  EXPECT_TRUE(reply.granted(1).has_ticket());
  EXPECT_EQ(reply.granted(2).outcome(), Granted::OUTCOME_OK);
  EXPECT_EQ(reply.limits().per_hour(), 6u) << "the limits after all acts";
  reply = Check(alice.session, {SaveProfile("plain"), Delegate(3, 3)}, "", true);
  EXPECT_EQ(reply.granted(1).outcome(), Granted::OUTCOME_NO_DELEGATION);
  EXPECT_FALSE(reply.delegates());
}

TEST_F(DelegationsTest, EachChangeOfADelegationIsInTheLog) {
  const Entry alice = Register("alice");
  Ask(alice.session, SaveProgram());
  SetLimits(alice.session, 30, 15);
  SetLimits(alice.session, 30, 15);
  SetLimits(alice.session, 30, 31);
  Ask(alice.session, SaveProfile("plain"));
  for (const auto& [event, limits] : std::map<std::string, std::string>{
           {"delegation-made", "20 10"}, {"delegation-changed", "30 15"}, {"delegation-removed", "30 15"}}) {
    const auto lines = site_->lines.Named(event);
    ASSERT_EQ(lines.size(), 1u) << event;
    EXPECT_EQ(lines[0].level, LEVEL_INFO);
    EXPECT_EQ(lines[0].fields.at("name"), "alice");
    EXPECT_EQ(lines[0].fields.at("member").size(), 2 * kMemberIdSize);
    EXPECT_EQ(lines[0].fields.at("per-hour") + " " + lines[0].fields.at("per-recipient"), limits);
  }
}

TEST_F(DelegationsTest, NoDelegationIsMadeForAMemberWhoDoesNotAct) {
  const Entry alice = Register("alice"), mallory = Register("mallory");
  const std::string ended = Login("alice").session;
  Logout(ended);
  for (const std::string& session : {ended, std::string(), std::string(43, 'x'), alice.device}) {
    EXPECT_FALSE(Check(session, {SaveProgram(), Delegate(1000, 1000)}).session());
  }
  Check(mallory.session, {SaveProgram(), Delegate(1000, 1000)});
  EXPECT_EQ(Delegated(alice.session), "");
  EXPECT_EQ(Delegated(mallory.session), "1000 1000");
  now_ += 15 * kDay;  // the sessions have expired
  EXPECT_FALSE(Check(alice.session, {SaveProgram()}).session());
  EXPECT_EQ(Delegated(Login("alice").session), "");
}

TEST_F(DelegationsTest, WhatIsAskedForBehindALogoutOnItsWayToTheDiskChangesNothing) {
  const Entry alice = Register("alice"), again = Login("alice");
  std::optional<CheckReply> reply;
  const auto log_out = [](Task<Result<Incoming<LogoutReply>>> call) -> Task<void> {
    const Result<Incoming<LogoutReply>> ended = co_await call;
    EXPECT_TRUE(ended.ok() && ended->message.session());
  };
  const auto ask = [](Task<Result<Incoming<CheckReply>>> call, std::optional<CheckReply>* got) -> Task<void> {
    Result<Incoming<CheckReply>> answer = co_await call;
    EXPECT_TRUE(answer.ok());
    *got = answer.ok() ? std::move(answer->message) : CheckReply();
  };
  LogoutRequest logout;
  logout.set_which(LogoutRequest::WHICH_THIS);
  CheckRequest request;
  *request.add_acts() = SaveProgram();
  Spawn(log_out(app_->Call<LogoutReply>(std::move(logout), PackSecrets({alice.session}))));
  Spawn(ask(app_->Call<CheckReply>(std::move(request), PackSecrets({alice.session})), &reply));
  site_->RunUntil([&] { return reply.has_value(); });
  EXPECT_FALSE(reply->session());
  EXPECT_EQ(reply->granted_size(), 0);
  EXPECT_EQ(Delegated(again.session), "");
}

// Somebody who knows the old password asks for a delegation again and again while the owner changes the password.
TEST_F(DelegationsTest, NoDelegationAskedForWhileThePasswordChangesOutlivesIt) {
  const Entry alice = Register("alice");
  const std::string thief = Login("alice").session;
  std::size_t answered = 0, asked = 0;
  const auto ask = [this, &thief, &answered, &asked](bool program) -> Task<void> {
    CheckRequest request;
    *request.add_acts() = program ? SaveProgram() : SaveProfile("plain");
    ++asked;
    auto call = app_->Call<CheckReply>(std::move(request), PackSecrets({thief}));
    const Result<Incoming<CheckReply>> reply = co_await call;
    EXPECT_TRUE(reply.ok());
    ++answered;
  };
  std::optional<Entry> changed;
  const auto change = [this, &alice, &changed]() -> Task<void> {
    auto call = login_->Call<LoginReply>(ChangePasswordRequest(),
                                         PackSecrets({alice.session, "correct horse", "battery staple"}));
    Result<Incoming<LoginReply>> reply = co_await call;
    EXPECT_TRUE(reply.ok());
    changed = Entry{reply->message, std::string(*UnpackSession(reply->secret)), ""};
  };
  Spawn(change());
  for (int i = 0; !changed; ++i) {
    Spawn(ask(i % 2 == 0));
    site_->RunUntil([&] { return answered == asked; });
  }
  EXPECT_EQ(changed->outcome(), LoginReply::OUTCOME_OK);
  EXPECT_EQ(Delegated(changed->session), "");
  EXPECT_FALSE(Check(thief, {SaveProgram()}).session());
  EXPECT_EQ(Delegated(changed->session), "");
}

}  // namespace
}  // namespace zoobar
