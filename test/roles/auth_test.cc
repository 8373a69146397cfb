#include "roles/auth.h"

#include "roles/auth/fixture.h"
#include "site/ticket.h"

namespace zoobar {
namespace {

using testing::ElementsAre;
using testing::Not;
using testing::UnorderedElementsAre;

TEST_F(AuthTest, ItAnswersEveryMethodOfItsService) { EXPECT_THAT(site_->service().Missing(ROLE_AUTH), ElementsAre()); }

TEST_F(AuthTest, WhoRegistersIsLoggedInAndCanLogInAgain) {
  const Entry registered = Register("alice");
  ASSERT_EQ(registered.outcome(), LoginReply::OUTCOME_OK);
  EXPECT_EQ(registered.reply.member().size(), kMemberIdSize);
  EXPECT_EQ(registered.reply.name(), "alice");
  EXPECT_EQ(registered.session.size(), 43u);
  EXPECT_EQ(registered.device.size(), 22u);
  EXPECT_EQ(Check(registered.session).name(), "alice");

  const Entry again = Login("alice");
  ASSERT_EQ(again.outcome(), LoginReply::OUTCOME_OK);
  EXPECT_EQ(again.reply.member(), registered.reply.member());
  EXPECT_NE(again.session, registered.session);
  EXPECT_EQ(Check(again.session).member(), registered.reply.member());
  EXPECT_EQ(Check(registered.session).member(), registered.reply.member()) << "both sessions exist";
}

TEST_F(AuthTest, AWrongPasswordAndAnUnknownNameAreToldApartByNothing) {
  Register("alice");
  const Entry wrong = Login("alice", "wrong horse");
  const Entry unknown = Login("nobody", "wrong horse");
  const Entry impossible = Login(std::string(200, 'x'), "wrong horse");
  EXPECT_EQ(wrong.outcome(), LoginReply::OUTCOME_WRONG);
  EXPECT_EQ(wrong.reply.SerializeAsString(), unknown.reply.SerializeAsString());
  EXPECT_EQ(wrong.reply.SerializeAsString(), impossible.reply.SerializeAsString());

  std::vector<FakeLog::Line> lines = site_->lines.Named("login-failed");
  ASSERT_EQ(lines.size(), 3u);
  for (FakeLog::Line& line : lines) {
    EXPECT_TRUE(line.security);
    line.fields["name"] = "";
    EXPECT_EQ(line.Text(), lines[0].Text());
  }
}

TEST_F(AuthTest, NamesAreRefusedOrTakenAsWritten) {
  EXPECT_EQ(Register("").outcome(), LoginReply::OUTCOME_NAME_INVALID);
  EXPECT_EQ(Register(std::string(129, 'x')).outcome(), LoginReply::OUTCOME_NAME_INVALID);
  EXPECT_EQ(Register("tab\there").outcome(), LoginReply::OUTCOME_NAME_INVALID);
  for (const char* name : {"test1/.", "../x", "a", " ", "<b>", "<i>x</i>"}) {
    EXPECT_EQ(Register(name).outcome(), LoginReply::OUTCOME_OK) << name;
    EXPECT_EQ(Register(name, "another horse").outcome(), LoginReply::OUTCOME_NAME_TAKEN) << name;
  }
}

TEST_F(AuthTest, ANameThatLooksLikeAnotherIsRefusedAndTheOtherGoesOn) {
  ASSERT_EQ(Register("alice").outcome(), LoginReply::OUTCOME_OK);
  for (const char* name : {"Alice", "\u0430lice", "a1ice", "alice ", "ali\u200bce"}) {
    EXPECT_EQ(Register(name).outcome(), LoginReply::OUTCOME_NAME_ALIKE) << name;
    EXPECT_EQ(Login(name).outcome(), LoginReply::OUTCOME_WRONG) << name << " is nobody's name";
  }
  EXPECT_EQ(Register("alice", "another horse").outcome(), LoginReply::OUTCOME_NAME_TAKEN);
  EXPECT_EQ(Login("alice").outcome(), LoginReply::OUTCOME_OK);
  Start();
  EXPECT_EQ(Register("ALICE").outcome(), LoginReply::OUTCOME_NAME_ALIKE) << "after a restart";
}

TEST_F(AuthTest, NamesOfTheSiteAndThoseInTheConfigurationAreReserved) {
  config_.mutable_auth()->add_reserved_names("the dean");
  Start();
  for (const char* name : {"the bank", "Bank", "ZOOBAR", "the dean", "The Dean", "the d\u0435an"})
    EXPECT_EQ(Register(name).outcome(), LoginReply::OUTCOME_NAME_RESERVED) << name;
  EXPECT_EQ(Register("dean").outcome(), LoginReply::OUTCOME_OK);
  config_.mutable_auth()->clear_reserved_names();
  auth_->Reload(config_);
  EXPECT_EQ(Register("the dean").outcome(), LoginReply::OUTCOME_OK);
  EXPECT_EQ(Register("the bank").outcome(), LoginReply::OUTCOME_NAME_RESERVED);
}

TEST_F(AuthTest, ANameThatMarksOfDirectionTurnIntoAnotherIsRefused) {
  ASSERT_EQ(Register("alice").outcome(), LoginReply::OUTCOME_OK);
  ASSERT_EQ(Register("bob!").outcome(), LoginReply::OUTCOME_OK);
  for (const char* name : {"\u202eecila", "\u2067alice\u2069", "\u200f!bob", "\u2067!bob\u2069"})
    EXPECT_EQ(Register(name).outcome(), LoginReply::OUTCOME_NAME_ALIKE) << name;
  EXPECT_EQ(Register("\u202eknab eht").outcome(), LoginReply::OUTCOME_NAME_RESERVED);
  EXPECT_EQ(Register("ecila").outcome(), LoginReply::OUTCOME_OK) << "nothing turns it";
  EXPECT_EQ(Register("\u202edlrow").outcome(), LoginReply::OUTCOME_OK) << "it looks like nobody's";
  EXPECT_EQ(Register("World").outcome(), LoginReply::OUTCOME_NAME_ALIKE) << "now it would look like that one";
  Start();
  EXPECT_EQ(Register("World").outcome(), LoginReply::OUTCOME_NAME_ALIKE) << "after a restart";
}

TEST_F(AuthTest, AnAccentTypedEitherWayIsTheSameNameAndPassword) {
  const std::string e_acute = "e\xcc\x81", no_break_space = "\xc2\xa0";
  const Entry registered = Register("Zoe\xcc\x88", "pass" + no_break_space + e_acute + e_acute + "!");
  ASSERT_EQ(registered.outcome(), LoginReply::OUTCOME_OK);
  EXPECT_EQ(registered.reply.name(), "Zo\xc3\xab");
  EXPECT_EQ(Register("Zo\xc3\xab").outcome(), LoginReply::OUTCOME_NAME_TAKEN);
  EXPECT_EQ(Login("Zo\xc3\xab", "pass \xc3\xa9\xc3\xa9!").reply.member(), registered.reply.member());
}

TEST_F(AuthTest, PasswordsHaveALeastAndAGreatestLength) {
  const Entry too_short = Register("alice", "1234567");
  EXPECT_EQ(too_short.outcome(), LoginReply::OUTCOME_PASSWORD_TOO_SHORT);
  EXPECT_EQ(too_short.reply.limit(), 8u);
  const Entry too_long = Register("alice", std::string(4097, 'x'));
  EXPECT_EQ(too_long.outcome(), LoginReply::OUTCOME_PASSWORD_TOO_LONG);
  EXPECT_EQ(too_long.reply.limit(), 4096u);
  EXPECT_EQ(Register("alice", "1234567\xff").outcome(), LoginReply::OUTCOME_PASSWORD_INVALID);
  EXPECT_EQ(Register("alice", std::string(4096, 'x')).outcome(), LoginReply::OUTCOME_OK);
  EXPECT_EQ(Login("alice", std::string(4096, 'x')).outcome(), LoginReply::OUTCOME_OK);
  EXPECT_EQ(Login("alice", std::string(4097, 'x')).outcome(), LoginReply::OUTCOME_PASSWORD_TOO_LONG);
  EXPECT_EQ(Login("nobody", std::string(4097, 'x')).outcome(), LoginReply::OUTCOME_PASSWORD_TOO_LONG);
  EXPECT_EQ(Login("alice", "").outcome(), LoginReply::OUTCOME_WRONG);
}

TEST_F(AuthTest, OfTwoWhoRegisterANameAtOnceOneWins) {
  using Reply = Result<Incoming<LoginReply>>;
  const auto at_once = [](Task<Reply> a, Task<Reply> b) -> Task<std::pair<Reply, Reply>> {
    Both both(std::move(a), std::move(b));
    co_return co_await both;
  };
  auto [first, second] = site_->Wait(
      at_once(CallRegister("Zo\xc3\xab", "first password"), CallRegister("Zoe\xcc\x88", "second password")));
  const Entry a = Entered(std::move(first)), b = Entered(std::move(second));
  EXPECT_THAT((std::vector{a.outcome(), b.outcome()}),
              UnorderedElementsAre(LoginReply::OUTCOME_OK, LoginReply::OUTCOME_NAME_TAKEN));
  const bool first_won = a.outcome() == LoginReply::OUTCOME_OK;
  EXPECT_EQ(Login("Zo\xc3\xab", first_won ? "first password" : "second password").outcome(), LoginReply::OUTCOME_OK);
  EXPECT_EQ(Login("Zo\xc3\xab", first_won ? "second password" : "first password").outcome(), LoginReply::OUTCOME_WRONG);
}

TEST_F(AuthTest, OfTwoWhoRegisterNamesThatLookTheSameAtOnceOneWins) {
  using Reply = Result<Incoming<LoginReply>>;
  const auto at_once = [](Task<Reply> a, Task<Reply> b) -> Task<std::pair<Reply, Reply>> {
    Both both(std::move(a), std::move(b));
    co_return co_await both;
  };
  auto [first, second] =
      site_->Wait(at_once(CallRegister("carol", "first password"), CallRegister("Carol", "second password")));
  EXPECT_THAT((std::vector{Entered(std::move(first)).outcome(), Entered(std::move(second)).outcome()}),
              UnorderedElementsAre(LoginReply::OUTCOME_OK, LoginReply::OUTCOME_NAME_ALIKE));
}

TEST_F(AuthTest, PastTheHashingQueueLoginsAreToldTheSiteIsBusy) {
  threads_ = 1;
  config_.mutable_auth()->set_hashing_queue(1);
  config_.mutable_auth()->mutable_argon2()->set_memory_kib(8192);  // takes longer than the requests take to arrive
  Start();
  std::vector<LoginReply::Outcome> outcomes;
  const auto login = [](Task<Result<Incoming<LoginReply>>> call, Loop& loop,
                        std::vector<LoginReply::Outcome>* got) -> Task<void> {
    Result<Incoming<LoginReply>> reply = co_await call;
    got->push_back(reply.ok() ? reply->message.outcome() : LoginReply::OUTCOME_UNSPECIFIED);
    loop.Stop();
  };
  for (int i = 0; i < 64; ++i) Spawn(login(CallLogin("nobody", "wrong horse"), site_->loop(), &outcomes));
  while (outcomes.size() < 64) site_->loop().Run();
  const auto busy = std::count(outcomes.begin(), outcomes.end(), LoginReply::OUTCOME_BUSY);
  EXPECT_GE(busy, 1);
  EXPECT_EQ(std::count(outcomes.begin(), outcomes.end(), LoginReply::OUTCOME_WRONG), 64 - busy);
  EXPECT_LT(busy, 64);
  EXPECT_EQ(site_->counters["logins.busy"](), busy);
  EXPECT_EQ(Login("nobody", "wrong horse").outcome(), LoginReply::OUTCOME_WRONG) << "later logins are served again";
}

TEST_F(AuthTest, AccountsAndSessionsSurviveARestart) {
  const Entry before = Register("alice");
  Start();
  EXPECT_EQ(Check(before.session).member(), before.reply.member());
  EXPECT_EQ(Login("alice").reply.member(), before.reply.member());
  EXPECT_EQ(Login("alice", "wrong horse").outcome(), LoginReply::OUTCOME_WRONG);
  EXPECT_EQ(Register("alice", "another horse").outcome(), LoginReply::OUTCOME_NAME_TAKEN);
}

TEST_F(AuthTest, ADeviceIsKnownAgainToItsOwnMemberAlone) {
  const Entry alice = Register("alice");
  EXPECT_EQ(Login("alice", "correct horse", alice.device).device, alice.device);
  EXPECT_EQ(site_->lines.Named("login").back().fields["device"], "known");
  const Entry bob = Register("bob");
  const std::string other = Login("bob", "correct horse", alice.device).device;
  EXPECT_NE(other, alice.device);
  EXPECT_NE(other, bob.device);
  EXPECT_EQ(site_->lines.Named("login").back().fields["device"], "new");
  EXPECT_NE(Login("alice", "correct horse", "rubbish").device, "rubbish");
  Start();
  EXPECT_EQ(Login("alice", "correct horse", alice.device).device, alice.device);
}

TEST_F(AuthTest, TheLogHoldsNoSecretAndNamesAsTheyAre) {
  const Entry entry = Register("<i>\xe2\x80\xae", "the password");
  Login("<i>\xe2\x80\xae", "a wrong password");
  Check(entry.session);
  ChangePassword(entry.session, "the password", "another password");
  EXPECT_EQ(site_->lines.Named("register")[0].fields["name"], "<i>\xe2\x80\xae");
  for (const FakeLog::Line& line : site_->lines.lines) {
    for (const std::string& secret :
         {std::string("password "), std::string("the password"), std::string("another"), entry.session, entry.device}) {
      EXPECT_THAT(line.Text(), Not(testing::HasSubstr(secret)));
    }
  }
}

TEST_F(AuthTest, MalformedSecretsAndTooManyActsFailTheCallAlone) {
  EXPECT_FALSE(site_->Wait(login_->Call<LoginReply>(LoginRequest(), ToBytes("rubbish"))).ok());
  EXPECT_FALSE(site_->Wait(app_->Call<CheckReply>(CheckRequest(), PackSecrets({"a", "b"}))).ok());
  const Entry entry = Register("alice");
  CheckRequest request;
  for (int i = 0; i < 17; ++i) request.add_acts()->mutable_open_account();
  EXPECT_FALSE(site_->Wait(app_->Call<CheckReply>(request, PackSecrets({entry.session}))).ok());
  EXPECT_TRUE(Check(entry.session).session());
}

TEST_F(AuthTest, DrainingFinishesTheHashInFlightAndTakesNoOther) {
  Register("alice");
  bool drained = false;
  std::optional<LoginReply::Outcome> outcome;
  const auto login = [](Task<Result<Incoming<LoginReply>>> call,
                        std::optional<LoginReply::Outcome>* got) -> Task<void> {
    Result<Incoming<LoginReply>> reply = co_await call;
    *got = reply.ok() ? reply->message.outcome() : LoginReply::OUTCOME_UNSPECIFIED;
  };
  Spawn(login(CallLogin("alice", "correct horse"), &outcome));
  site_->RunUntil([&] { return site_->counters["in-flight"]() == 1; });
  auth_->Drain([&] { drained = true; });
  EXPECT_FALSE(drained);
  const Result<Incoming<LoginReply>> refused = site_->Wait(CallLogin("alice", "correct horse"));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().cause, Cause::kGone);
  site_->RunUntil([&] { return drained && outcome; });
  EXPECT_EQ(*outcome, LoginReply::OUTCOME_OK);
}

}  // namespace
}  // namespace zoobar
