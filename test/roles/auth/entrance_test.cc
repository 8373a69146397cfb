// auth: many clients at the same time, forms that are sent again, and claims.
#include <algorithm>
#include <semaphore>
#include <set>

#include "roles/auth.h"
#include "roles/auth/fixture.h"

namespace zoobar {
namespace {

using Reply = Result<Incoming<LoginReply>>;

class EntranceTest : public AuthTest {
 protected:
  // Starts a call. The place is filled in when the reply has come.
  std::shared_ptr<std::optional<Reply>> Begin(Task<Reply> call) {
    auto place = std::make_shared<std::optional<Reply>>();
    const auto wait = [](Task<Reply> asked, std::shared_ptr<std::optional<Reply>> put) -> Task<void> {
      put->emplace(co_await asked);
    };
    Spawn(wait(std::move(call), place));
    return place;
  }
  static LoginReply::Outcome OutcomeOf(const std::optional<Reply>& reply) {
    return reply && reply->ok() ? (*reply)->message.outcome() : LoginReply::OUTCOME_UNSPECIFIED;
  }
  ~EntranceTest() override { Release(); }

  Reply Claim(const std::string& claim, std::uint32_t patience_ms = 0) {
    ClaimRequest request;
    request.set_patience_ms(patience_ms);
    return site_->Wait(login_->Call<LoginReply>(std::move(request), PackSecrets({claim, ""})));
  }
  Reply ClaimAgain(const std::string& claim, const std::string& name, const std::string& password,
                   bool registering = true) {
    ClaimRequest request;
    request.set_again(true);
    request.set_name(name);
    request.set_registering(registering);
    return site_->Wait(login_->Call<LoginReply>(std::move(request), PackSecrets({claim, password})));
  }
  // Registers behind others, with no patience at all. Returns the claim when the work is in the queue. The work comes
  // there after the password was tried, and a busy machine needs longer for that than the client's patience.
  std::string BeginWaiting(const std::string& name, const std::string& password = "correct horse") {
    const std::int64_t before = Counter("queue.new_passwords.waiting");
    Reply reply = site_->Wait(CallRegister(name, password, 1));
    EXPECT_TRUE(reply.ok());
    EXPECT_EQ(reply->message.outcome(), LoginReply::OUTCOME_WAITING);
    site_->RunUntil([&] { return Counter("queue.new_passwords.waiting") == before + 1; });
    const auto pieces = UnpackSecrets(reply->secret, 1);
    EXPECT_TRUE(pieces.ok());
    return pieces.ok() ? std::string((*pieces)[0]) : std::string();
  }
  // Starts registrations that occupy all turns for new passwords until Release. One thread stays free.
  void Occupy() {
    threads_ = HashingPool::kNewPasswordsAtOnce + 1;
    drawer_ = [go = go_](std::string_view real, std::size_t count, const Acceptable& acceptable) {
      if (real == kBlocked) go->acquire();
      return DrawHoneywords(real, count, acceptable);
    };
    Start();
    for (std::size_t i = 0; i < HashingPool::kNewPasswordsAtOnce; ++i) {
      busy_.push_back(Begin(CallRegister("busy" + std::to_string(i), kBlocked)));
    }
    site_->RunUntil([&] { return Counter("queue.new_passwords.running") == std::ssize(busy_); });
  }
  void Release() {
    if (!std::exchange(released_, true)) go_->release(HashingPool::kNewPasswordsAtOnce);
  }
  void Settle() {
    Release();
    site_->RunUntil([&] { return Counter("in-flight") == 0; });
  }
  std::int64_t Counter(const std::string& name) { return site_->counters[name](); }
  bool All(const std::vector<std::shared_ptr<std::optional<Reply>>>& replies) const {
    return std::ranges::all_of(replies, [](const auto& each) { return each->has_value(); });
  }

  static constexpr const char* kBlocked = "blocked horse";
  const std::shared_ptr<std::counting_semaphore<>> go_ = std::make_shared<std::counting_semaphore<>>(0);
  bool released_ = false;
  std::vector<std::shared_ptr<std::optional<Reply>>> busy_;
};

// --- Many at the same time, as a school class ---

TEST_F(EntranceTest, SixtyWhoRegisterAtOnceBehindOneAddressAreAllIn) {
  std::vector<std::shared_ptr<std::optional<Reply>>> replies;
  for (int i = 0; i < 60; ++i) {
    replies.push_back(Begin(CallRegister("pupil" + std::to_string(i), "password of " + std::to_string(i))));
  }
  site_->RunUntil([&] { return All(replies); });
  std::set<std::string> members;
  for (auto& reply : replies) {
    ASSERT_EQ(OutcomeOf(*reply), LoginReply::OUTCOME_OK);
    members.insert((**reply)->message.member());
  }
  EXPECT_EQ(members.size(), 60u);
  EXPECT_EQ(Counter("logins.busy"), 0);

  std::vector<std::shared_ptr<std::optional<Reply>>> logins;
  for (int i = 0; i < 60; ++i) {
    logins.push_back(Begin(CallLogin("pupil" + std::to_string(i), "password of " + std::to_string(i))));
  }
  site_->RunUntil([&] { return All(logins); });
  for (auto& login : logins) EXPECT_EQ(OutcomeOf(*login), LoginReply::OUTCOME_OK);
}

// The class's registrations do not end before they are let go. So the other address gets in only if it has a turn before
// most of the class has had one.
TEST_F(EntranceTest, RegistrationsFromAnotherAddressDoNotWaitForAWholeClass) {
  constexpr int kPupils = 12;
  Occupy();
  std::vector<std::shared_ptr<std::optional<Reply>>> pupils;
  for (int i = 0; i < kPupils; ++i) pupils.push_back(Begin(CallRegister("pupil" + std::to_string(i), kBlocked)));
  site_->RunUntil([&] { return Counter("queue.new_passwords.waiting") == kPupils; });
  const auto other = Begin(CallRegister("other", "correct horse", 0, "198.51.100.7"));
  site_->RunUntil([&] { return Counter("queue.new_passwords.waiting") == kPupils + 1; });
  Release();
  site_->RunUntil([&] { return other->has_value(); });
  EXPECT_EQ(OutcomeOf(*other), LoginReply::OUTCOME_OK);
  go_->release(kPupils);
  site_->RunUntil([&] { return All(pupils); });
}

TEST_F(EntranceTest, ALoginGetsInWhileAClassWaits) {
  Occupy();
  const auto pupil = Begin(CallRegister("pupil", "correct horse"));
  site_->RunUntil([&] { return Counter("queue.new_passwords.waiting") == 1; });
  EXPECT_EQ(Login("nobody", "wrong horse").outcome(), LoginReply::OUTCOME_WRONG);
  EXPECT_FALSE(pupil->has_value());
  Settle();
}

TEST_F(EntranceTest, AFaultyPasswordIsToldBeforeTheQueueNotAfterIt) {
  Occupy();
  const std::int64_t waiting = Counter("queue.new_passwords.waiting");
  EXPECT_EQ(Register("alice", "short").outcome(), LoginReply::OUTCOME_PASSWORD_TOO_SHORT);
  EXPECT_EQ(OutcomeOf(*busy_.back()), LoginReply::OUTCOME_UNSPECIFIED) << "the ones before it are not done yet";
  EXPECT_EQ(Counter("queue.new_passwords.waiting"), waiting);
  Settle();
}

TEST_F(EntranceTest, PastTheQueuesPlacesARegistrationIsToldSoAtOnceAndWhenToComeAgain) {
  config_.mutable_auth()->set_new_password_queue(1);
  Occupy();
  const auto waits = Begin(CallRegister("waits", "correct horse"));
  site_->RunUntil([&] { return Counter("queue.new_passwords.waiting") == 1; });
  const Entry refused = Register("refused");
  EXPECT_EQ(refused.outcome(), LoginReply::OUTCOME_BUSY);
  EXPECT_GE(refused.reply.limit(), 1u);
  Settle();
  site_->RunUntil([&] { return waits->has_value(); });
  EXPECT_EQ(OutcomeOf(*waits), LoginReply::OUTCOME_OK);
  EXPECT_EQ(Login("refused").outcome(), LoginReply::OUTCOME_WRONG) << "a refused registration makes no account";
}

// --- The same form, sent again ---

TEST_F(EntranceTest, TheSameFormSentAgainFindsTheRegistrationDone) {
  const Entry first = Register("alice");
  const Entry again = Register("alice");
  ASSERT_EQ(again.outcome(), LoginReply::OUTCOME_OK);
  EXPECT_EQ(again.reply.member(), first.reply.member());
  EXPECT_NE(again.session, first.session);
  EXPECT_TRUE(Check(again.session).session());
  EXPECT_EQ(Lines("register"), 1u);
  EXPECT_EQ(Lines("login"), 1u);
  EXPECT_TRUE(again.reply.has_open_account());
}

TEST_F(EntranceTest, AnotherPasswordOrALaterTimeFindTheNameTaken) {
  Register("alice");
  EXPECT_EQ(Register("alice", "another horse").outcome(), LoginReply::OUTCOME_NAME_TAKEN);
  now_ += Auth::kRepeatMs;
  EXPECT_EQ(Register("alice").outcome(), LoginReply::OUTCOME_OK);
  now_ += 1;
  EXPECT_EQ(Register("alice").outcome(), LoginReply::OUTCOME_NAME_TAKEN);
}

TEST_F(EntranceTest, ARegistrationSentAgainIsNoWayAroundTheThrottle) {
  config_.mutable_auth()->mutable_throttle()->set_address_failures(2);
  config_.mutable_auth()->mutable_throttle()->set_address_seconds(600);
  config_.mutable_auth()->mutable_throttle()->set_max_delay_ms(1);
  Start();
  Register("alice");
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(Register("alice", "wrong horse " + std::to_string(i)).outcome(), LoginReply::OUTCOME_NAME_TAKEN);
  }
  EXPECT_EQ(Lines("login-failed"), 4u) << "a wrong password is logged as a guess, in either form";
  const Entry slowed = Register("alice");
  EXPECT_EQ(slowed.outcome(), LoginReply::OUTCOME_SLOW_DOWN);
  EXPECT_GE(slowed.reply.limit(), 1u);
}

TEST_F(EntranceTest, AHoneywordInARegistrationSentAgainRings) {
  std::vector<std::string> drawn;
  drawer_ = [&](std::string_view, std::size_t count, const Acceptable&) {
    std::vector<Bytes> words;
    for (std::size_t i = 0; i < count; ++i) words.push_back(ToBytes("honeyword number " + std::to_string(i)));
    return words;
  };
  Start();
  Register("alice");
  EXPECT_EQ(Register("alice", "honeyword number 3").outcome(), LoginReply::OUTCOME_NAME_TAKEN);
  EXPECT_EQ(checker_.alarms, 1);
  EXPECT_EQ(Register("alice").outcome(), LoginReply::OUTCOME_LOCKED);
}

TEST_F(EntranceTest, TheSameFormSentTwiceAtOnceMakesOneAccountAndBothAreIn) {
  const auto first = Begin(CallRegister("alice", "correct horse"));
  const auto second = Begin(CallRegister("alice", "correct horse"));
  site_->RunUntil([&] { return first->has_value() && second->has_value(); });
  ASSERT_EQ(OutcomeOf(*first), LoginReply::OUTCOME_OK);
  ASSERT_EQ(OutcomeOf(*second), LoginReply::OUTCOME_OK);
  EXPECT_EQ((**first)->message.member(), (**second)->message.member());
  EXPECT_EQ(Lines("register"), 1u);
}

TEST_F(EntranceTest, APasswordChangeSentAgainFindsItDone) {
  const Entry alice = Register("alice");
  const Entry changed = ChangePassword(alice.session, "correct horse", "battery staple");
  ASSERT_EQ(changed.outcome(), LoginReply::OUTCOME_OK);
  // As if the answer was lost: the form is sent once more, from the session that the change has ended.
  const Entry again = ChangePassword(alice.session, "correct horse", "battery staple");
  ASSERT_EQ(again.outcome(), LoginReply::OUTCOME_OK);
  EXPECT_TRUE(Check(again.session).session());
  EXPECT_EQ(Lines("password-changed"), 1u);
  EXPECT_EQ(ChangePassword(alice.session, "correct horse", "another staple").outcome(), LoginReply::OUTCOME_NO_SESSION);
  EXPECT_EQ(Login("alice", "battery staple").outcome(), LoginReply::OUTCOME_OK);
  EXPECT_EQ(Login("alice").outcome(), LoginReply::OUTCOME_WRONG);
  now_ += Auth::kRepeatMs + 1;
  EXPECT_EQ(ChangePassword(alice.session, "correct horse", "battery staple").outcome(), LoginReply::OUTCOME_NO_SESSION);
}

// A login answers that the account is locked. A form that was sent before the alarm must not get around this.
TEST_F(EntranceTest, APasswordChangeSentAgainOpensNoAccountThatWasLockedSince) {
  drawer_ = [&](std::string_view, std::size_t count, const Acceptable&) {
    std::vector<Bytes> words;
    for (std::size_t i = 0; i < count; ++i) words.push_back(ToBytes("honeyword number " + std::to_string(i)));
    return words;
  };
  Start();
  const Entry alice = Register("alice");
  ASSERT_EQ(ChangePassword(alice.session, "correct horse", "battery staple").outcome(), LoginReply::OUTCOME_OK);
  now_ += 1000;
  EXPECT_EQ(Login("alice", "honeyword number 3").outcome(), LoginReply::OUTCOME_WRONG);
  ASSERT_EQ(Login("alice", "battery staple").outcome(), LoginReply::OUTCOME_LOCKED);
  EXPECT_EQ(ChangePassword(alice.session, "correct horse", "battery staple").outcome(), LoginReply::OUTCOME_NO_SESSION);
}

// --- Claims ---

TEST_F(EntranceTest, WhoWaitsTooLongGetsAClaimAndByItTheResultOnce) {
  Occupy();
  const std::string claim = BeginWaiting("alice");
  EXPECT_EQ(claim.size(), 43u);
  EXPECT_EQ(Counter("claims.waiting"), 1);
  Reply waiting = Claim(claim, 1);
  ASSERT_TRUE(waiting.ok());
  EXPECT_EQ(waiting->message.outcome(), LoginReply::OUTCOME_WAITING);
  EXPECT_TRUE(waiting->secret.empty()) << "a claim is given out once";
  Release();
  Reply reply = Claim(claim, 10'000);
  while (reply.ok() && reply->message.outcome() == LoginReply::OUTCOME_WAITING) reply = Claim(claim, 10'000);
  ASSERT_TRUE(reply.ok());
  EXPECT_TRUE(reply->message.registered());
  const Entry entry = Entered(std::move(reply));
  ASSERT_EQ(entry.outcome(), LoginReply::OUTCOME_OK);
  EXPECT_EQ(Check(entry.session).name(), "alice");
  EXPECT_EQ(Claim(claim)->message.outcome(), LoginReply::OUTCOME_NO_CLAIM);
  EXPECT_EQ(Counter("claims"), 0);
  Settle();
}

TEST_F(EntranceTest, WhoWaitsIsToldHowManyAreBefore) {
  Occupy();
  std::vector<std::string> claims;
  for (int i = 0; i < 4; ++i) claims.push_back(BeginWaiting("pupil" + std::to_string(i)));
  EXPECT_EQ(Counter("queue.new_passwords.waiting"), 4);
  EXPECT_EQ(Claim(claims[3], 1)->message.before(), 3u);
  EXPECT_EQ(Claim(claims[0], 1)->message.before(), 0u);
  Settle();
}

TEST_F(EntranceTest, ARefusalIsClaimedWithTheNameItWasFor) {
  Occupy();
  const std::string claim = BeginWaiting("alice");
  checker_.fails = true;
  Settle();
  const Reply reply = Claim(claim);
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply->message.outcome(), LoginReply::OUTCOME_NOT_CHECKED);
  EXPECT_EQ(reply->message.typed_name(), "alice");
  EXPECT_EQ(Claim(claim)->message.outcome(), LoginReply::OUTCOME_NO_CLAIM);
}

TEST_F(EntranceTest, TheFormSentAgainWithItsClaimIsTheSameWorkAndAnotherFormIsNot) {
  Occupy();
  const std::string claim = BeginWaiting("alice");
  EXPECT_EQ(ClaimAgain(claim, "alice", "correct horse")->message.outcome(), LoginReply::OUTCOME_WAITING);
  EXPECT_EQ(ClaimAgain(claim, "alice", "another horse")->message.outcome(), LoginReply::OUTCOME_NO_CLAIM);
  EXPECT_EQ(ClaimAgain(claim, "bob", "correct horse")->message.outcome(), LoginReply::OUTCOME_NO_CLAIM);
  EXPECT_EQ(ClaimAgain(claim, "alice", "correct horse", false)->message.outcome(), LoginReply::OUTCOME_NO_CLAIM);
  Settle();
  EXPECT_EQ(ClaimAgain(claim, "alice", "correct horse")->message.outcome(), LoginReply::OUTCOME_OK);
}

TEST_F(EntranceTest, NothingElseIsAClaim) {
  const Entry alice = Register("alice");
  for (const std::string& rubbish : {std::string(), std::string("rubbish"), std::string(43, 'A'), alice.session,
                                     alice.device, std::string(200, 'x'), std::string("\xff\0", 2)}) {
    const Reply reply = Claim(rubbish);
    ASSERT_TRUE(reply.ok());
    EXPECT_EQ(reply->message.outcome(), LoginReply::OUTCOME_NO_CLAIM);
    EXPECT_TRUE(reply->secret.empty());
  }
}

TEST_F(EntranceTest, WorkWhoseClaimNobodyAsksForIsNotDone) {
  Occupy();
  const std::string claim = BeginWaiting("alice");
  now_ += Claims::kGoneAfterMs + 1;
  Settle();
  EXPECT_EQ(Counter("queue.new_passwords.given_up"), 1);
  EXPECT_EQ(Login("alice").outcome(), LoginReply::OUTCOME_WRONG) << "no account was made";
}

TEST_F(EntranceTest, AResultThatNobodyAsksForIsWipedAndItsSessionEnded) {
  Occupy();
  const std::string claim = BeginWaiting("alice");
  Settle();
  now_ += Claims::kGoneAfterMs;
  Maintain();
  EXPECT_EQ(Counter("claims"), 1);
  now_ += 1;
  Maintain();
  EXPECT_EQ(Counter("claims"), 0);
  EXPECT_EQ(Claim(claim)->message.outcome(), LoginReply::OUTCOME_NO_CLAIM);
  const Entry later = Login("alice");
  ASSERT_EQ(later.outcome(), LoginReply::OUTCOME_OK);
  EXPECT_EQ(Sessions(later.session).sessions_size(), 1) << "the unclaimed one is gone";
}

TEST_F(EntranceTest, DrainingRefusesWhoWaitsAndFinishesWhoIsAtWork) {
  Occupy();
  const auto waits = Begin(CallRegister("alice", "correct horse"));
  site_->RunUntil([&] { return Counter("queue.new_passwords.waiting") == 1; });
  bool drained = false;
  auth_->Drain([&] { drained = true; });
  Release();
  site_->RunUntil([&] { return drained && waits->has_value() && busy_.back()->has_value(); });
  EXPECT_EQ(OutcomeOf(*waits), LoginReply::OUTCOME_BUSY);
  EXPECT_EQ(OutcomeOf(*busy_.back()), LoginReply::OUTCOME_OK);
}

// --- Guessing at a member ---

class GuessedAtTest : public EntranceTest {
 protected:
  GuessedAtTest() {
    config_.mutable_auth()->mutable_throttle()->set_account_failures(3);
    config_.mutable_auth()->mutable_throttle()->set_address_failures(1'000'000);
    config_.mutable_auth()->mutable_throttle()->set_max_delay_ms(80);
    Start();
  }
  // Guesses without end from four addresses, so many guesses at the same time.
  Task<void> GuessOn(int number) {
    while (!stop_) {
      auto login = CallLogin("alice", "wrong horse", "", "203.0.113." + std::to_string(number % 4));
      const Reply reply = co_await login;
      if (reply.ok() && reply->message.outcome() == LoginReply::OUTCOME_WRONG) ++guesses_;
      auto pause = Sleep(site_->loop(), Milliseconds(5));
      co_await pause;
    }
    --guessing_;
  }
  bool stop_ = false;
  int guesses_ = 0, guessing_ = 0;
};

TEST_F(GuessedAtTest, TheMembersRightPasswordOnANewDeviceIsJudgedPromptly) {
  Register("alice");
  for (guessing_ = 0; guessing_ < 12; ++guessing_) Spawn(GuessOn(guessing_));
  site_->RunUntil([&] { return guesses_ >= 12; });
  int in = 0;
  for (int i = 0; i < 20; ++i) in += Login("alice", "correct horse").outcome() == LoginReply::OUTCOME_OK ? 1 : 0;
  EXPECT_EQ(in, 20);
  stop_ = true;
  site_->RunUntil([&] { return guessing_ == 0; });
}

TEST_F(GuessedAtTest, WhoeverIsRefusedIsNotCharged) {
  Register("alice");
  for (int i = 0; i < 4; ++i) Login("alice", "wrong horse");
  config_.mutable_auth()->mutable_throttle()->set_held(0);
  auth_->Reload(config_);
  EXPECT_EQ(Login("alice", "wrong horse").outcome(), LoginReply::OUTCOME_SLOW_DOWN);
  now_ += 60'000;
  EXPECT_EQ(Login("alice", "wrong horse").outcome(), LoginReply::OUTCOME_WRONG);
}

}  // namespace
}  // namespace zoobar
