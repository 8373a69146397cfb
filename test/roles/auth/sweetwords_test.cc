// Sweetwords in auth: what an account holds, what a honeyword does, and what happens while honeychecker does not
// answer.
#include "credentials/hashing.h"
#include "roles/auth/fixture.h"
#include "site/counters.h"

namespace zoobar {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class SweetwordsTest : public AuthTest {
 protected:
  SweetwordsTest() {
    drawer_ = [this](std::string_view real, std::size_t count, const Acceptable& acceptable) {
      std::vector<Bytes> words = DrawHoneywords(real, count, acceptable);
      honeywords_.clear();
      for (const Bytes& word : words) honeywords_.emplace_back(View(word));
      return words;
    };
    Start();
  }

  OperatorAnswer Unlock(const std::string& name) {
    OperatorAct act;
    act.mutable_lock_member()->set_name(name);
    return CarryOut(std::move(act)).answer;
  }
  void RunUntilRehashed(std::int64_t accounts) {
    site_->RunUntil([&] { return site_->counters["passwords.rehashed"]() >= accounts; });
  }
  // Makes the account one from the time before honeywords.
  void StoreOneTag(const std::string& name, const std::string& password) {
    Register(name);
    InStore([&](Credentials& credentials, WriteTransaction& tx) {
      const std::string member = *credentials.FindMember(tx, name);
      StoredAccount account = *credentials.Account(tx, member);
      const PasswordHash salted{{64, 1, 1}, FreshSalt(), {}};
      Hasher hasher;
      const Bytes tag = MustHave(hasher.Tag(password, salted.parameters, salted.salt));
      account.clear_password();
      account.mutable_password()->set_salted(ToPhc(salted));
      account.mutable_password()->add_tags(tag.data(), tag.size());
      account.mutable_password()->set_set_ms(now_);
      credentials.PutAccount(tx, member, account);
    });
    checker_.indexes.clear();
  }

  std::vector<std::string> honeywords_;  // of the last draw
};

TEST_F(SweetwordsTest, AnAccountHoldsKTagsUnderOneSaltAndNoIndex) {
  Register("alice");
  EXPECT_THAT(honeywords_, SizeIs(19));
  const StoredAccount account = Stored("alice");
  EXPECT_THAT(account.password().tags(), SizeIs(20));
  const std::set<std::string> different(account.password().tags().begin(), account.password().tags().end());
  EXPECT_THAT(different, SizeIs(20));
  EXPECT_THAT(account.password().words(), SizeIs(16));
  ASSERT_THAT(checker_.indexes, SizeIs(1));
  EXPECT_GE(checker_.indexes.begin()->second, 1u);
  EXPECT_LE(checker_.indexes.begin()->second, 20u);
}

TEST_F(SweetwordsTest, TheRealOneOpensAndAWrongOneIsNotEvenAskedAbout) {
  Register("alice");
  EXPECT_EQ(Login("alice").outcome(), LoginReply::OUTCOME_OK);
  EXPECT_THAT(checker_.asked, SizeIs(1));
  EXPECT_EQ(Login("alice", "wrong horse").outcome(), LoginReply::OUTCOME_WRONG);
  EXPECT_EQ(Login("nobody").outcome(), LoginReply::OUTCOME_WRONG);
  EXPECT_THAT(checker_.asked, SizeIs(1));
}

TEST_F(SweetwordsTest, AHoneywordLooksLikeAWrongPasswordAndLocksTheAccount) {
  const Entry alice = Register("alice");
  Register("bob");
  const Entry wrong = Login("bob", "wrong horse");
  EXPECT_EQ(Login("bob", honeywords_[3]).reply.SerializeAsString(), wrong.reply.SerializeAsString());
  EXPECT_EQ(checker_.alarms, 1);
  EXPECT_EQ(site_->counters["honeywords.alarms"](), 1);
  ASSERT_EQ(Lines("account-locked"), 1u);
  EXPECT_EQ(site_->lines.Named("account-locked")[0].fields["name"], "bob");
  EXPECT_TRUE(site_->lines.Named("account-locked")[0].security);
  // Only somebody who knows the password is told.
  EXPECT_EQ(Login("bob").outcome(), LoginReply::OUTCOME_LOCKED);
  EXPECT_EQ(Login("bob", "wrong horse").outcome(), LoginReply::OUTCOME_WRONG);
  EXPECT_EQ(Login("alice").outcome(), LoginReply::OUTCOME_OK) << "only the one account is locked";
  Start();
  EXPECT_EQ(Login("bob").outcome(), LoginReply::OUTCOME_LOCKED);

  EXPECT_EQ(Unlock("carol").refused(), "there is no such member");
  EXPECT_TRUE(Unlock("bob").done().changed());
  EXPECT_FALSE(Unlock("bob").done().changed());
  EXPECT_EQ(Login("bob").outcome(), LoginReply::OUTCOME_OK);
}

TEST_F(SweetwordsTest, NoWordIsLogged) {
  Register("alice");
  for (const std::string& word : honeywords_) Login("alice", word);
  EXPECT_EQ(checker_.alarms, 19);
  for (const FakeLog::Line& line : site_->lines.lines) {
    for (const std::string& word : honeywords_) EXPECT_EQ(line.Text().find(word), std::string::npos) << line.Text();
  }
}

TEST_F(SweetwordsTest, LogOnlyLocksNobody) {
  config_.mutable_auth()->set_alarm(Config::log_only);
  Start();
  Register("alice");
  EXPECT_EQ(Login("alice", honeywords_[0]).outcome(), LoginReply::OUTCOME_WRONG);
  EXPECT_EQ(checker_.alarms, 1);
  EXPECT_EQ(Login("alice").outcome(), LoginReply::OUTCOME_OK);
}

TEST_F(SweetwordsTest, AHoneywordAsPresentPasswordRingsToo) {
  const Entry alice = Register("alice");
  EXPECT_EQ(ChangePassword(alice.session, honeywords_[0], "another password").outcome(), LoginReply::OUTCOME_WRONG);
  EXPECT_EQ(checker_.alarms, 1);
}

TEST_F(SweetwordsTest, NoPresentSweetwordBecomesTheNewPassword) {
  const Entry alice = Register("alice");
  const std::vector<std::string> present = honeywords_;
  EXPECT_EQ(ChangePassword(alice.session, "correct horse", "correct horse").outcome(),
            LoginReply::OUTCOME_SAME_PASSWORD);
  EXPECT_EQ(ChangePassword(alice.session, "correct horse", present[7]).outcome(), LoginReply::OUTCOME_SAME_PASSWORD);
  const Entry changed = ChangePassword(alice.session, "correct horse", "another password");
  ASSERT_EQ(changed.outcome(), LoginReply::OUTCOME_OK);
  EXPECT_EQ(Login("alice", "another password").outcome(), LoginReply::OUTCOME_OK);
  EXPECT_EQ(Login("alice").outcome(), LoginReply::OUTCOME_WRONG);
}

TEST_F(SweetwordsTest, WithoutHoneycheckerNobodyLogsInOrRegisters) {
  Register("alice");
  checker_there_ = false;
  Start();
  EXPECT_EQ(Login("alice").outcome(), LoginReply::OUTCOME_NOT_CHECKED);
  EXPECT_EQ(Lines("login-not-judged"), 1u);
  EXPECT_EQ(Register("bob").outcome(), LoginReply::OUTCOME_NOT_CHECKED);
  EXPECT_EQ(Login("alice", "wrong horse").outcome(), LoginReply::OUTCOME_WRONG);
  checker_there_ = true;
  Start();
  EXPECT_EQ(Login("alice").outcome(), LoginReply::OUTCOME_OK);
  EXPECT_EQ(Register("bob").outcome(), LoginReply::OUTCOME_OK) << "nothing was kept of the first attempt";
}

TEST_F(SweetwordsTest, WhoWasAdmittedWithoutItIsJudgedWhenItIsBack) {
  config_.mutable_auth()->set_without_honeychecker(Config::admit);
  Start();
  Register("alice");
  checker_.fails = true;
  const Entry thief = Login("alice", honeywords_[0]);
  ASSERT_EQ(thief.outcome(), LoginReply::OUTCOME_OK);
  EXPECT_TRUE(Check(thief.session).session());
  EXPECT_EQ(site_->counters["honeywords.unjudged"](), 1);
  checker_.fails = false;
  auth_->PeerWired(ROLE_HONEYCHECKER, 0, 0, Fd());
  site_->RunUntil([&] { return Lines("account-locked") == 1; });
  EXPECT_EQ(checker_.alarms, 1);
  EXPECT_FALSE(Check(thief.session).session());
  EXPECT_EQ(Login("alice").outcome(), LoginReply::OUTCOME_LOCKED);
}

TEST_F(SweetwordsTest, StoresThatDoNotBelongTogetherAdmitNobody) {
  Register("alice");
  checker_.indexes.clear();
  EXPECT_EQ(Login("alice").outcome(), LoginReply::OUTCOME_NOT_CHECKED);
  EXPECT_EQ(site_->lines.Named("login-not-judged")[0].fields["why"], "honeychecker has no index for this draw");
  config_.mutable_auth()->set_without_honeychecker(Config::admit);
  Start();
  EXPECT_EQ(Login("alice").outcome(), LoginReply::OUTCOME_NOT_CHECKED) << "it would never be checked";
}

TEST_F(SweetwordsTest, OfTwoNewPasswordsAtOnceOneIsDrawnAndTheAccountOpens) {
  const Entry alice = Register("alice");
  using Answered = Result<Incoming<LoginReply>>;
  const auto change = [&](const std::string& chosen) {
    return login_->Call<LoginReply>(ChangePasswordRequest(), PackSecrets({alice.session, "correct horse", chosen}));
  };
  const auto at_once = [](Task<Answered> a, Task<Answered> b) -> Task<std::pair<Answered, Answered>> {
    Both both(std::move(a), std::move(b));
    co_return co_await both;
  };
  auto [first, second] = site_->Wait(at_once(change("the first of two"), change("the second of two")));
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(first->message.outcome(), LoginReply::OUTCOME_OK);
  EXPECT_EQ(second->message.outcome(), LoginReply::OUTCOME_BUSY);
  EXPECT_EQ(Login("alice", "the first of two").outcome(), LoginReply::OUTCOME_OK);
}

TEST_F(SweetwordsTest, AnAccountFromBeforeGetsItsHoneywordsAtTheNextLogin) {
  StoreOneTag("alice", "old password");
  const StoredAccount before = Stored("alice");
  EXPECT_EQ(Login("alice", "wrong horse").outcome(), LoginReply::OUTCOME_WRONG);
  EXPECT_EQ(Login("alice", "old password").outcome(), LoginReply::OUTCOME_OK);
  EXPECT_EQ(Lines("sweetwords-drawn"), 1u);
  const StoredAccount after = Stored("alice");
  EXPECT_THAT(after.password().tags(), SizeIs(20));
  EXPECT_NE(after.password().salted(), before.password().salted()) << "otherwise an old copy would tell the real one";
  EXPECT_EQ(std::count(after.password().tags().begin(), after.password().tags().end(), before.password().tags(0)), 0);
  EXPECT_EQ(Login("alice", "old password").outcome(), LoginReply::OUTCOME_OK);
  EXPECT_EQ(Login("alice", honeywords_[0]).outcome(), LoginReply::OUTCOME_WRONG);
  EXPECT_EQ(checker_.alarms, 1);
}

TEST_F(SweetwordsTest, AnAccountFromBeforeLogsInWhileHoneycheckerIsAway) {
  StoreOneTag("alice", "old password");
  checker_.fails = true;
  EXPECT_EQ(Login("alice", "old password").outcome(), LoginReply::OUTCOME_OK);
  checker_.fails = false;
  EXPECT_THAT(Stored("alice").password().tags(), SizeIs(1));
}

TEST_F(SweetwordsTest, NewParametersHashTheTagsOnceMoreAndDrawNothing) {
  Register("alice");
  const std::vector<std::string> words = honeywords_;
  const StoredAccount before = Stored("alice");
  config_.mutable_auth()->mutable_argon2()->set_memory_kib(128);
  Start();
  EXPECT_EQ(Login("alice").outcome(), LoginReply::OUTCOME_OK) << "before they are rehashed";
  RunUntilRehashed(1);
  const StoredAccount after = Stored("alice");
  EXPECT_EQ(after.password().salted(), before.password().salted());
  ASSERT_THAT(after.password().rehashed(), SizeIs(1));
  EXPECT_THAT(after.password().rehashed(0), testing::HasSubstr("m=128,t=1,p=1"));
  EXPECT_EQ(after.password().words(), before.password().words());
  EXPECT_EQ(after.password().set_ms(), before.password().set_ms());
  // The same words are in the same places.
  const PasswordHash again = MustHave(FromPhc(after.password().rehashed(0)));
  Hasher hasher;
  ASSERT_THAT(after.password().tags(), SizeIs(20));
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(View(MustHave(hasher.Tag(before.password().tags(i), again.parameters, again.salt))),
              after.password().tags(i));
  }
  EXPECT_EQ(Login("alice").outcome(), LoginReply::OUTCOME_OK);
  EXPECT_EQ(Login("alice", words[0]).outcome(), LoginReply::OUTCOME_WRONG);
  EXPECT_EQ(checker_.alarms, 1);
}

TEST_F(SweetwordsTest, ALoginEndsTheSessionItTakesThePlaceOf) {
  const Entry first = Register("alice");
  former_ = first.session;
  const Entry second = Login("alice");
  EXPECT_TRUE(Check(second.session).session());
  EXPECT_FALSE(Check(first.session).session());
  former_ = second.session;
  EXPECT_EQ(Login("alice", "wrong horse").outcome(), LoginReply::OUTCOME_WRONG);
  EXPECT_TRUE(Check(second.session).session()) << "a failed login changes nothing";
}

TEST_F(SweetwordsTest, CommonPasswordsAreRefusedAndPhrasesAreNot) {
  config_.mutable_auth()->set_min_password_score(1);
  Start();
  for (const char* common : {"password", "PASSWORD", "12345678", "qwertyui", "password1"}) {
    EXPECT_EQ(Register("alice", common).outcome(), LoginReply::OUTCOME_PASSWORD_COMMON) << common;
  }
  EXPECT_EQ(Register("alice", "four words in a row").outcome(), LoginReply::OUTCOME_OK);
}

// The passwords that the course's graders register with, and the names.
TEST_F(SweetwordsTest, ForTheCoursesGradersTheirPasswordsAreAcceptedAndAuthLogsIt) {
  config_.mutable_auth()->set_min_password_score(4);
  Start();
  EXPECT_EQ(Lines("course-graders"), 0U);
  EXPECT_EQ(site_->counters[std::string(kCourseGradersCounter)](), 0);
  EXPECT_EQ(Register("test2", "pass").outcome(), LoginReply::OUTCOME_PASSWORD_TOO_SHORT);

  config_.mutable_auth()->set_course_graders(true);
  auth_->Reload(config_);
  EXPECT_EQ(Lines("course-graders"), 1U) << "at a reload";
  Start();
  ASSERT_EQ(Lines("course-graders"), 1U) << "at the start";
  EXPECT_TRUE(site_->lines.Named("course-graders")[0].security);
  EXPECT_EQ(site_->counters[std::string(kCourseGradersCounter)](), 1);
  const std::pair<std::string, std::string> accounts[] = {{"test1", "supersecretpassword"},
                                                          {"test2", "pass"},
                                                          {"test1/.", "pass"},
                                                          {"test8src", "aaa"},
                                                          {"test3", "test3"},
                                                          {"test4", "1"}};
  for (const auto& [name, password] : accounts) {
    const Entry entry = Register(name, password);
    EXPECT_EQ(entry.outcome(), LoginReply::OUTCOME_OK) << name;
    EXPECT_THAT(honeywords_, SizeIs(19)) << name;
    EXPECT_EQ(Login(name, password).outcome(), LoginReply::OUTCOME_OK) << name;
    EXPECT_EQ(Check(entry.session).name(), name);
    EXPECT_EQ(Login(name, "wrong").outcome(), LoginReply::OUTCOME_WRONG) << name;
  }
  EXPECT_EQ(Register("test5", "").outcome(), LoginReply::OUTCOME_PASSWORD_TOO_SHORT);
  EXPECT_EQ(Register("test6", std::string(4097, 'x')).outcome(), LoginReply::OUTCOME_PASSWORD_TOO_LONG);
}

TEST_F(SweetwordsTest, AHoneywordOfAShortPasswordLocksTheAccount) {
  config_.mutable_auth()->set_course_graders(true);
  Start();
  Register("test2", "pass");
  const std::string honeyword = honeywords_.at(0);
  EXPECT_EQ(Login("test2", honeyword).outcome(), LoginReply::OUTCOME_WRONG);
  EXPECT_EQ(Lines("account-locked"), 1U);
  EXPECT_NE(Login("test2", "pass").outcome(), LoginReply::OUTCOME_OK);
}

// A thief who sees one password among words that the site would refuse knows which one is real.
TEST_F(SweetwordsTest, TheHoneywordsOfAShortPasswordAreShortToo) {
  config_.mutable_auth()->set_course_graders(true);
  Start();
  for (const std::string password : {"pass", "aaa"}) {
    Register("owner of " + password, password);
    const auto same = std::ranges::count_if(honeywords_, [&](const auto& word) { return word.size() <= 8; });
    EXPECT_GE(same, 15) << password;
  }
}

class ThrottledTest : public AuthTest {
 protected:
  ThrottledTest() {
    config_.mutable_auth()->mutable_throttle()->set_account_failures(3);
    config_.mutable_auth()->mutable_throttle()->set_max_delay_ms(20);
    Start();
  }
};

TEST_F(ThrottledTest, StrangersFailuresSlowStrangersAndNotAKnownDevice) {
  const Entry alice = Register("alice");
  for (int i = 0; i < 6; ++i) EXPECT_EQ(Login("alice", "wrong horse").outcome(), LoginReply::OUTCOME_WRONG);
  EXPECT_EQ(Login("alice").outcome(), LoginReply::OUTCOME_OK) << "slowed, not locked out";
  EXPECT_EQ(Login("alice", "correct horse", alice.device).outcome(), LoginReply::OUTCOME_OK);
}

TEST_F(ThrottledTest, AnAddressThatGoesOnIsRefusedWithATimeToComeAgain) {
  config_.mutable_auth()->mutable_throttle()->set_address_failures(4);
  config_.mutable_auth()->mutable_throttle()->set_address_seconds(60);
  Start();
  const Entry alice = Register("alice");
  Entry last;
  for (int i = 0; i < 20 && last.outcome() != LoginReply::OUTCOME_SLOW_DOWN; ++i) {
    last = Login("name" + std::to_string(i), "wrong horse");
  }
  EXPECT_EQ(last.outcome(), LoginReply::OUTCOME_SLOW_DOWN);
  EXPECT_GT(last.reply.limit(), 0u);
  EXPECT_EQ(Login("alice").outcome(), LoginReply::OUTCOME_SLOW_DOWN);
  EXPECT_EQ(Login("alice", "correct horse", alice.device).outcome(), LoginReply::OUTCOME_OK);
  now_ += 600'000;
  EXPECT_EQ(Login("alice").outcome(), LoginReply::OUTCOME_OK);
}

}  // namespace
}  // namespace zoobar
