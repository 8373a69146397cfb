// auth: passkeys are added, log members in, and are removed. Whatever does not fit is refused.
#include "credentials/tokens.h"
#include "roles/auth/fixture.h"
#include "webauthn/soft_authenticator.h"

namespace zoobar {
namespace {

using Outcome = LoginReply::Outcome;

class PasskeysTest : public AuthTest {
 protected:
  static constexpr const char *kOrigin = "https://bank.example", *kRp = "bank.example", *kPassword = "correct horse";

  PasskeysTest() {
    config_.mutable_auth()->mutable_passkeys()->add_origin(kOrigin);
    config_.mutable_auth()->mutable_passkeys()->add_origin("https://other.example");
    Start();
  }

  BeginPasskeyReply Begin(const std::string& session, const std::string& password = kPassword) {
    BeginPasskeyRequest request;
    request.set_address("192.0.2.7");
    auto reply = site_->Wait(login_->Call<BeginPasskeyReply>(std::move(request), PackSecrets({session, password})));
    EXPECT_TRUE(reply.ok());
    return reply.ok() ? reply->message : BeginPasskeyReply();
  }
  static AddPasskeyRequest NewPasskey(const SoftPasskey& key, const std::string& challenge,
                                      const std::string& origin = kOrigin, const std::string& rp = kRp) {
    AddPasskeyRequest request;
    request.set_challenge(challenge);
    request.set_client_data(SoftClientData("webauthn.create", challenge, origin));
    request.set_authenticator_head(key.Head(rp, SoftPasskey::kAt));
    request.set_credential(key.id());
    request.set_algorithm(key.algorithm());
    request.set_public_key(key.Key());
    request.set_label("My phone");
    return request;
  }
  Outcome Add(const std::string& session, AddPasskeyRequest request) {
    auto reply = site_->Wait(login_->Call<AddPasskeyReply>(std::move(request), PackSecrets({session})));
    EXPECT_TRUE(reply.ok());
    return reply.ok() ? reply->message.outcome() : LoginReply::OUTCOME_UNSPECIFIED;
  }
  // Adds the passkey in the right way, and keeps the member's user handle in `user_`.
  Outcome Add(const std::string& session, const SoftPasskey& key) {
    const BeginPasskeyReply begun = Begin(session);
    if (begun.outcome() != LoginReply::OUTCOME_OK) return begun.outcome();
    user_ = begun.user();
    return Add(session, NewPasskey(key, begun.challenge()));
  }
  std::string Challenge() {
    auto reply = site_->Wait(login_->Call<PasskeyChallengeReply>(PasskeyChallengeRequest()));
    return reply.ok() ? reply->message.challenge() : std::string();
  }
  PasskeyLoginRequest Signed(const SoftPasskey& key, const std::string& challenge, const std::string& origin = kOrigin,
                             const std::string& rp = kRp) {
    PasskeyLoginRequest request;
    request.set_credential(key.id());
    request.set_user(user_);
    request.set_challenge(challenge);
    request.set_client_data(SoftClientData("webauthn.get", challenge, origin));
    request.set_authenticator_data(key.Head(rp));
    request.set_signature(key.Sign(request.authenticator_data(), request.client_data()));
    request.set_address("192.0.2.8");
    request.set_agent("Test/3");
    return request;
  }
  auto Calling(PasskeyLoginRequest request, const std::string& device = "", const std::string& former = "") {
    return login_->Call<LoginReply>(std::move(request), PackSecrets({device, former}));
  }
  Entry Enter(PasskeyLoginRequest request, const std::string& device = "", const std::string& former = "") {
    return Entered(site_->Wait(Calling(std::move(request), device, former)));
  }
  Outcome Try(PasskeyLoginRequest request) { return Enter(std::move(request)).outcome(); }
  using Calls = Task<Result<Incoming<LoginReply>>>;
  static Task<std::pair<Entry, Entry>> Together(Calls first, Calls second) {
    Both both(std::move(first), std::move(second));
    auto [a, b] = co_await both;
    co_return std::pair(Entered(std::move(a)), Entered(std::move(b)));
  }
  std::int64_t Counter(const std::string& name) const { return site_->counters.at(name)(); }
  PasskeysReply List(const std::string& session) {
    auto reply = site_->Wait(app_->Call<PasskeysReply>(PasskeysRequest(), PackSecrets({session})));
    EXPECT_TRUE(reply.ok());
    return reply.ok() ? reply->message : PasskeysReply();
  }
  bool Remove(const std::string& session, const std::string& id) {
    RemovePasskeyRequest request;
    request.set_id(id);
    auto reply = site_->Wait(app_->Call<RemovePasskeyReply>(std::move(request), PackSecrets({session})));
    return reply.ok() && reply->message.removed();
  }
  // A member who has this passkey. Returns their session.
  std::string Member(const std::string& name, const SoftPasskey& key) {
    const std::string session = Register(name).session;
    EXPECT_EQ(Add(session, key), LoginReply::OUTCOME_OK);
    return session;
  }
  std::string LastReason() {
    const auto lines = site_->lines.Named("login-failed");
    return lines.empty() ? "" : lines.back().fields.at("why");
  }

  std::string user_;
};

TEST_F(PasskeysTest, OfEachAlgorithmLogTheirMemberIn) {
  for (const auto kind : {SoftPasskey::Kind::kEs256, SoftPasskey::Kind::kEdDsa, SoftPasskey::Kind::kRs256}) {
    const SoftPasskey key(kind);
    Member("alice" + std::to_string(static_cast<int>(kind)), key);
    const Entry entered = Enter(Signed(key, Challenge()));
    ASSERT_EQ(entered.outcome(), LoginReply::OUTCOME_OK);
    EXPECT_EQ(entered.reply.name(), "alice" + std::to_string(static_cast<int>(kind)));
    EXPECT_TRUE(Check(entered.session).session());
  }
  EXPECT_EQ(Lines("passkey-added"), 3u);
  EXPECT_EQ(Lines("passkey-login"), 3u);
}

TEST_F(PasskeysTest, GiveTheSameSessionAsAPassword) {
  const SoftPasskey key;
  const std::string first = Member("alice", key);
  const Entry known = Enter(Signed(key, Challenge()));
  const Entry again = Enter(Signed(key, Challenge()), known.device, known.session);
  EXPECT_EQ(again.device, known.device) << "the browser is known from now on";
  EXPECT_FALSE(Check(known.session).session()) << "a login ends the browser's former session";
  EXPECT_TRUE(Check(first).session()) << "and no other";
  now_ += 1;
  const SessionsReply sessions = Sessions(again.session);  // the one used last comes first
  ASSERT_EQ(sessions.sessions_size(), 2);
  EXPECT_EQ(sessions.sessions(0).address(), "192.0.2.8");
  EXPECT_EQ(sessions.sessions(0).agent(), "Test/3");
  EXPECT_TRUE(again.reply.has_open_account());
}

TEST_F(PasskeysTest, AreListedAndRemoved) {
  const SoftPasskey phone, laptop;
  const std::string session = Member("alice", phone);
  now_ += 1000;
  ASSERT_EQ(Add(session, laptop), LoginReply::OUTCOME_OK);
  ASSERT_EQ(Try(Signed(laptop, Challenge())), LoginReply::OUTCOME_OK);
  const PasskeysReply list = List(session);
  ASSERT_EQ(list.passkeys_size(), 2);
  EXPECT_EQ(list.passkeys(0).label(), "My phone");
  EXPECT_EQ(list.passkeys(0).created_ms(), kStart);
  EXPECT_EQ(list.passkeys(0).last_used_ms(), 0);
  EXPECT_EQ(list.passkeys(1).last_used_ms(), kStart + 1000);
  const std::string bob = Register("bob").session;
  EXPECT_FALSE(Remove(bob, list.passkeys(1).id())) << "it is not bob's";
  EXPECT_FALSE(Remove(session, ""));
  EXPECT_FALSE(Remove(session, std::string(16, 'x')));
  EXPECT_TRUE(Remove(session, list.passkeys(1).id()));
  EXPECT_FALSE(Remove(session, list.passkeys(1).id()));
  EXPECT_EQ(List(session).passkeys_size(), 1);
  EXPECT_EQ(Try(Signed(laptop, Challenge())), LoginReply::OUTCOME_PASSKEY_WRONG);
  EXPECT_EQ(Try(Signed(phone, Challenge())), LoginReply::OUTCOME_OK);
  EXPECT_EQ(Lines("passkey-removed"), 1u);
}

TEST_F(PasskeysTest, AreNotAddedWithoutThePassword) {
  const std::string session = Register("alice").session;
  EXPECT_EQ(Begin(session, "wrong").outcome(), LoginReply::OUTCOME_WRONG);
  EXPECT_TRUE(Begin(session, "wrong").challenge().empty());
  EXPECT_EQ(Begin("no session").outcome(), LoginReply::OUTCOME_NO_SESSION);
  EXPECT_EQ(Begin(session, std::string(5000, 'x')).outcome(), LoginReply::OUTCOME_PASSWORD_TOO_LONG);
  const SoftPasskey key;
  EXPECT_EQ(Add(session, NewPasskey(key, Challenge())), LoginReply::OUTCOME_PASSKEY_LATE) << "a challenge for a login";
  const std::string bob = Register("bob").session;
  const std::string challenge = Begin(bob).challenge();
  EXPECT_EQ(Add(session, NewPasskey(key, challenge)), LoginReply::OUTCOME_PASSKEY_LATE) << "bob's challenge";
  EXPECT_EQ(Add(Login("bob").session, NewPasskey(key, challenge)), LoginReply::OUTCOME_PASSKEY_LATE)
      << "a challenge of bob's other session";
  EXPECT_EQ(Add("no session", NewPasskey(key, challenge)), LoginReply::OUTCOME_NO_SESSION);
  EXPECT_EQ(Add(bob, NewPasskey(key, challenge)), LoginReply::OUTCOME_OK);
  EXPECT_EQ(Add(bob, NewPasskey(SoftPasskey(), challenge)), LoginReply::OUTCOME_PASSKEY_LATE) << "once";
}

TEST_F(PasskeysTest, AreNotAddedWithWhatDoesNotFit) {
  const std::string session = Register("alice").session;
  const SoftPasskey key;
  const auto refused = [&](const std::function<void(AddPasskeyRequest&)>& change, const std::string& origin = kOrigin,
                           const std::string& rp = kRp) {
    AddPasskeyRequest request = NewPasskey(key, Begin(session).challenge(), origin, rp);
    change(request);
    return Add(session, request) == LoginReply::OUTCOME_PASSKEY_WRONG;
  };
  const auto nothing = [](AddPasskeyRequest&) {};
  EXPECT_TRUE(refused(nothing, "https://evil.example"));
  EXPECT_TRUE(refused(nothing, kOrigin, "evil.example"));
  EXPECT_TRUE(refused(nothing, kOrigin, "other.example")) << "another host of this site";
  EXPECT_TRUE(refused([](auto& request) { request.set_algorithm(-35); }));
  EXPECT_TRUE(refused([](auto& request) { request.mutable_public_key()->pop_back(); }));
  EXPECT_TRUE(refused([](auto& request) { request.set_public_key(std::string(64, '\0')); }));
  EXPECT_TRUE(refused([](auto& request) { request.set_credential(""); }));
  EXPECT_TRUE(refused([](auto& request) { request.set_credential(std::string(1024, 'c')); }));
  EXPECT_TRUE(refused([](auto& request) { request.mutable_authenticator_head()->push_back('x'); }));
  EXPECT_TRUE(refused([](auto& request) { (*request.mutable_authenticator_head())[32] = '\x40'; }))
      << "nobody touched it";
  EXPECT_TRUE(refused([](auto& request) { (*request.mutable_authenticator_head())[32] = '\x05'; })) << "no credential";
  EXPECT_TRUE(refused(
      [](auto& request) { request.set_client_data(SoftClientData("webauthn.get", request.challenge(), kOrigin)); }));
  EXPECT_EQ(List(session).passkeys_size(), 0);
  EXPECT_FALSE(refused(nothing));
}

TEST_F(PasskeysTest, BelongToOneMemberAndAreAtMostEight) {
  const SoftPasskey key;
  const std::string alice = Member("alice", key), bob = Register("bob").session;
  EXPECT_EQ(Add(bob, key), LoginReply::OUTCOME_PASSKEY_KNOWN);
  EXPECT_EQ(Add(alice, key), LoginReply::OUTCOME_PASSKEY_KNOWN);
  for (std::size_t i = 1; i < Passkeys::kPerMember; ++i)
    EXPECT_EQ(Add(alice, SoftPasskey()), LoginReply::OUTCOME_OK) << i;
  const BeginPasskeyReply full = Begin(alice);
  EXPECT_EQ(full.outcome(), LoginReply::OUTCOME_PASSKEYS_FULL);
  EXPECT_EQ(full.limit(), Passkeys::kPerMember);
  EXPECT_TRUE(full.challenge().empty());
  EXPECT_EQ(Add(bob, SoftPasskey()), LoginReply::OUTCOME_OK) << "alice's share is alice's alone";
}

TEST_F(PasskeysTest, WithACorruptedSignatureAreRefused) {
  const SoftPasskey key;
  Member("alice", key);
  PasskeyLoginRequest request = Signed(key, Challenge());
  std::string& signature = *request.mutable_signature();
  signature.back() = static_cast<char>(signature.back() ^ 1);
  EXPECT_EQ(Try(request), LoginReply::OUTCOME_PASSKEY_WRONG);
  EXPECT_EQ(LastReason(), "the signature is wrong");
  PasskeyLoginRequest changed = Signed(key, Challenge());
  changed.mutable_client_data()->insert(changed.client_data().size() - 1, ",\"more\":1");
  EXPECT_EQ(Try(changed), LoginReply::OUTCOME_PASSKEY_WRONG) << "text that was not signed";
}

TEST_F(PasskeysTest, AreRefusedWhenALoginIsReplayed) {
  const SoftPasskey key;
  Member("alice", key);
  const PasskeyLoginRequest request = Signed(key, Challenge());
  EXPECT_EQ(Try(request), LoginReply::OUTCOME_OK);
  EXPECT_EQ(Try(request), LoginReply::OUTCOME_PASSKEY_LATE);
  EXPECT_EQ(Counter("passkeys.challenges"), 2) << "one of the registration, one of the login";
}

TEST_F(PasskeysTest, WinOnceWhenTwoLoginsUseOneChallengeAtTheSameTime) {
  const SoftPasskey one, other;
  const std::string session = Member("alice", one);
  ASSERT_EQ(Add(session, other), LoginReply::OUTCOME_OK);
  const std::string challenge = Challenge();
  const auto [a, b] = site_->Wait(Together(Calling(Signed(one, challenge)), Calling(Signed(other, challenge))));
  EXPECT_NE(a.outcome(), b.outcome());
  for (const Outcome outcome : {a.outcome(), b.outcome()}) {
    EXPECT_TRUE(outcome == LoginReply::OUTCOME_OK || outcome == LoginReply::OUTCOME_PASSKEY_LATE);
  }
  EXPECT_EQ(Sessions(session).sessions_size(), 2);
}

TEST_F(PasskeysTest, AreRefusedFromAnotherOriginOrHost) {
  const SoftPasskey key;
  Member("alice", key);
  EXPECT_EQ(Try(Signed(key, Challenge(), "https://evil.example")), LoginReply::OUTCOME_PASSKEY_WRONG);
  EXPECT_EQ(Try(Signed(key, Challenge(), "http://bank.example")), LoginReply::OUTCOME_PASSKEY_WRONG);
  EXPECT_EQ(Try(Signed(key, Challenge(), "https://bank.example:8443")), LoginReply::OUTCOME_PASSKEY_WRONG);
  EXPECT_EQ(Try(Signed(key, Challenge(), "https://other.example")), LoginReply::OUTCOME_PASSKEY_WRONG);
  EXPECT_EQ(Try(Signed(key, Challenge(), kOrigin, "evil.example")), LoginReply::OUTCOME_PASSKEY_WRONG);
  EXPECT_EQ(Try(Signed(key, Challenge())), LoginReply::OUTCOME_OK);
}

TEST_F(PasskeysTest, OfOneMemberDoNotLogInAnother) {
  const SoftPasskey alices, bobs;
  Member("alice", alices);
  const std::string alices_user = user_;
  Member("bob", bobs);
  const std::string bobs_user = user_;
  EXPECT_NE(alices_user, bobs_user);
  EXPECT_EQ(alices_user.size(), Passkeys::kUserBytes);
  user_ = alices_user;
  EXPECT_EQ(Try(Signed(bobs, Challenge())), LoginReply::OUTCOME_PASSKEY_WRONG) << "bob's credential, alice's handle";
  PasskeyLoginRequest forged = Signed(bobs, Challenge());
  forged.set_credential(alices.id());
  EXPECT_EQ(Try(forged), LoginReply::OUTCOME_PASSKEY_WRONG) << "alice's credential, signed by bob's key";
  user_.clear();
  EXPECT_EQ(Try(Signed(alices, Challenge())), LoginReply::OUTCOME_PASSKEY_WRONG);
  EXPECT_EQ(Try(Signed(SoftPasskey(), Challenge())), LoginReply::OUTCOME_PASSKEY_WRONG) << "nobody's";
}

TEST_F(PasskeysTest, WhoseCounterDoesNotGoUpAreRefused) {
  SoftPasskey key;
  key.counter = 5;
  Member("alice", key);
  EXPECT_EQ(Try(Signed(key, Challenge())), LoginReply::OUTCOME_PASSKEY_WRONG);
  EXPECT_EQ(LastReason(), "the sign counter went back");
  key.counter = 4;
  EXPECT_EQ(Try(Signed(key, Challenge())), LoginReply::OUTCOME_PASSKEY_WRONG);
  key.counter = 0;
  EXPECT_EQ(Try(Signed(key, Challenge())), LoginReply::OUTCOME_PASSKEY_WRONG);
  key.counter = 6;
  EXPECT_EQ(Try(Signed(key, Challenge())), LoginReply::OUTCOME_OK);
  Start();
  EXPECT_EQ(Try(Signed(key, Challenge())), LoginReply::OUTCOME_PASSKEY_WRONG) << "the store knows the counter";
  key.counter = 1000;
  EXPECT_EQ(Try(Signed(key, Challenge())), LoginReply::OUTCOME_OK);
}

TEST_F(PasskeysTest, MustBeTouchedAndSendTheRightForm) {
  SoftPasskey key;
  Member("alice", key);
  key.flags = SoftPasskey::kUv;
  EXPECT_EQ(Try(Signed(key, Challenge())), LoginReply::OUTCOME_PASSKEY_WRONG);
  key.flags = SoftPasskey::kUp;
  PasskeyLoginRequest longer = Signed(key, Challenge());
  longer.mutable_authenticator_data()->push_back('x');
  longer.set_signature(key.Sign(longer.authenticator_data(), longer.client_data()));
  EXPECT_EQ(Try(longer), LoginReply::OUTCOME_PASSKEY_WRONG);
  EXPECT_EQ(Try(PasskeyLoginRequest()), LoginReply::OUTCOME_PASSKEY_LATE);
  EXPECT_EQ(Try(Signed(key, Challenge())), LoginReply::OUTCOME_OK);
}

TEST_F(PasskeysTest, ChallengesExpireAndDieWithTheProcess) {
  const SoftPasskey key;
  Member("alice", key);
  const std::string old = Challenge();
  now_ += 5 * 60 * 1000;
  EXPECT_EQ(Try(Signed(key, old)), LoginReply::OUTCOME_PASSKEY_LATE);
  const std::string before = Challenge();
  Start();
  EXPECT_EQ(Try(Signed(key, before)), LoginReply::OUTCOME_PASSKEY_LATE);
  EXPECT_EQ(Try(Signed(key, Challenge())), LoginReply::OUTCOME_OK) << "the passkey is in the store";
}

TEST_F(PasskeysTest, AreGoneWhenTheAccountIsClosed) {
  const SoftPasskey key;
  const std::string session = Member("alice", key);
  for (const bool finish : {false, true}) {
    CloseOwnRequest request;
    request.set_finish(finish);
    auto reply = site_->Wait(login_->Call<CloseOwnReply>(std::move(request), PackSecrets({session, kPassword})));
    ASSERT_TRUE(reply.ok());
    ASSERT_EQ(reply->message.outcome(), LoginReply::OUTCOME_OK);
  }
  EXPECT_EQ(Try(Signed(key, Challenge())), LoginReply::OUTCOME_PASSKEY_WRONG);
  InStore([&](Credentials& credentials, WriteTransaction& tx) {
    EXPECT_FALSE(credentials.Passkey(tx, Credentials::PasskeyKeyOf(key.id())));
  });
}

TEST_F(PasskeysTest, DoNotOpenALockedAccountAndGoWithAResetOfThePassword) {
  const SoftPasskey key;
  Member("alice", key);
  OperatorAct lock;
  lock.mutable_lock_member()->set_name("alice");
  lock.mutable_lock_member()->set_lock(true);
  CarryOut(lock);
  EXPECT_EQ(Try(Signed(key, Challenge())), LoginReply::OUTCOME_LOCKED);
  lock.mutable_lock_member()->set_lock(false);
  CarryOut(lock);
  EXPECT_EQ(Try(Signed(key, Challenge())), LoginReply::OUTCOME_OK);
  OperatorAct show;
  show.mutable_show_member()->set_name("alice");
  EXPECT_EQ(CarryOut(show).answer.member().summary().passkeys(), 1u);
  EXPECT_EQ(CarryOut(show).answer.member().passkeys(0).label(), "My phone");
  OperatorAct reset;
  reset.mutable_reset_passwords()->add_names("alice");
  reset.mutable_reset_passwords()->set_passwords_until_ms(now_ + kDay);
  CarryOut(reset);
  EXPECT_EQ(Try(Signed(key, Challenge())), LoginReply::OUTCOME_PASSKEY_WRONG);
  EXPECT_EQ(CarryOut(show).answer.member().summary().passkeys(), 0u);
}

TEST_F(PasskeysTest, StayWhenTheMemberChangesThePassword) {
  const SoftPasskey key;
  const std::string session = Member("alice", key);
  ASSERT_EQ(ChangePassword(session, kPassword, "battery staple").outcome(), LoginReply::OUTCOME_OK);
  EXPECT_EQ(Try(Signed(key, Challenge())), LoginReply::OUTCOME_OK);
}

TEST_F(PasskeysTest, FailuresCountToTheirAddressAndToNoAccount) {
  config_.mutable_auth()->mutable_throttle()->set_address_failures(3);
  config_.mutable_auth()->mutable_throttle()->set_address_seconds(3600);
  config_.mutable_auth()->mutable_throttle()->set_account_failures(2);
  config_.mutable_auth()->mutable_throttle()->set_max_delay_ms(1);
  Start();
  const SoftPasskey key;
  Member("alice", key);
  PasskeyLoginRequest wrong = Signed(key, Challenge());
  wrong.set_signature("wrong");
  for (int i = 0; i < 6; ++i) EXPECT_EQ(Try(wrong), LoginReply::OUTCOME_PASSKEY_WRONG) << i;
  const std::size_t said = site_->lines.Named("login-failed").size();
  EXPECT_EQ(Try(wrong), LoginReply::OUTCOME_SLOW_DOWN);
  const auto lines = site_->lines.Named("login-failed");
  ASSERT_EQ(lines.size(), said + 1);
  EXPECT_TRUE(lines[said - 1].security);
  EXPECT_FALSE(lines[said].security) << "what was not judged takes no place of what was";
  PasskeyLoginRequest elsewhere = Signed(key, Challenge());
  elsewhere.set_address("192.0.2.99");
  EXPECT_EQ(Try(elsewhere), LoginReply::OUTCOME_OK) << "alice's own address is not slowed";
  EXPECT_EQ(Login("alice").outcome(), LoginReply::OUTCOME_OK) << "nor is a password";
}

TEST_F(PasskeysTest, OfOneMemberUseUpOnlyTheirOwnShareOfChallenges) {
  const SoftPasskey greedy, honest;
  Member("greedy", greedy);
  const std::string greedys = user_;
  Member("honest", honest);
  const std::string honests = user_;
  user_ = greedys;
  Outcome outcome = LoginReply::OUTCOME_OK;
  for (std::size_t i = 0; i < PasskeyChallenges::kPerMember && outcome == LoginReply::OUTCOME_OK; ++i) {
    outcome = Try(Signed(greedy, Challenge()));
  }
  EXPECT_EQ(outcome, LoginReply::OUTCOME_SLOW_DOWN);
  PasskeyLoginRequest wrong = Signed(greedy, Challenge());
  wrong.set_signature("wrong");
  EXPECT_EQ(Try(wrong), LoginReply::OUTCOME_SLOW_DOWN) << "no signature is checked that is not charged";
  user_ = honests;
  EXPECT_EQ(Try(Signed(honest, Challenge())), LoginReply::OUTCOME_OK);
}

}  // namespace
}  // namespace zoobar
