// What the operator does with members: one-time passwords, locks, closed accounts.
#include "roles/auth/operating.h"

#include "credentials/one_time.h"
#include "roles/auth/fixture.h"

namespace zoobar {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class AuthOperatingTest : public AuthTest {
 protected:
  // Each name's outcome; the passwords go to passwords_.
  std::vector<PasswordsAnswer::Given::Outcome> Add(const std::vector<std::string>& names, const std::string& id = "") {
    OperatorAct act;
    act.mutable_add_members()->set_passwords_until_ms(now_ + kDay);
    for (const std::string& name : names) {
      AddMembers::Member& member = *act.mutable_add_members()->add_members();
      member.set_name(name);
      member.set_id(id);
    }
    return Outcomes(CarryOut(std::move(act)));
  }
  std::vector<PasswordsAnswer::Given::Outcome> Reset(const std::vector<std::string>& names) {
    OperatorAct act;
    act.mutable_reset_passwords()->set_passwords_until_ms(now_ + kDay);
    for (const std::string& name : names) act.mutable_reset_passwords()->add_names(name);
    return Outcomes(CarryOut(std::move(act)));
  }
  std::vector<PasswordsAnswer::Given::Outcome> Outcomes(const OperatorSigner::Opened& opened) {
    passwords_.clear();
    std::vector<PasswordsAnswer::Given::Outcome> outcomes;
    std::string_view rest = View(opened.secret);
    for (const PasswordsAnswer::Given& given : opened.answer.passwords().given()) {
      outcomes.push_back(given.outcome());
      if (given.outcome() != PasswordsAnswer::Given::OUTCOME_OK) continue;
      passwords_.emplace_back(rest.substr(0, kOneTimePasswordBytes));
      rest.remove_prefix(kOneTimePasswordBytes);
    }
    EXPECT_THAT(rest, IsEmpty());
    return outcomes;
  }
  DoneAnswer LockOrUnlock(const std::string& name, bool lock) {
    OperatorAct act;
    act.mutable_lock_member()->set_name(name);
    act.mutable_lock_member()->set_lock(lock);
    return CarryOut(std::move(act)).answer.done();
  }
  OperatorAnswer Close(const std::string& name) {
    OperatorAct act;
    act.mutable_close_member()->set_name(name);
    return CarryOut(std::move(act)).answer;
  }
  std::vector<std::string> Listed(bool only_locked = false) {
    OperatorAct act;
    act.mutable_list_members()->set_limit(100);
    act.mutable_list_members()->set_only_locked(only_locked);
    const OperatorSigner::Opened opened = CarryOut(std::move(act));
    std::vector<std::string> names;
    for (const MemberSummary& member : opened.answer.members().members()) names.push_back(member.name());
    return names;
  }

  static constexpr auto kGiven = PasswordsAnswer::Given::OUTCOME_OK;
  std::vector<std::string> passwords_;
};

TEST_F(AuthOperatingTest, AMemberWithAOneTimePasswordCanOnlyChooseAnother) {
  ASSERT_THAT(Add({"alice"}), ElementsAre(kGiven));
  const Entry entry = Login("alice", passwords_[0]);
  ASSERT_EQ(entry.outcome(), LoginReply::OUTCOME_OK);
  EXPECT_TRUE(entry.reply.must_change());
  CheckReply check = Check(entry.session);
  EXPECT_FALSE(check.session());
  EXPECT_TRUE(check.must_change());
  EXPECT_THAT(check.member(), IsEmpty());
  EXPECT_FALSE(Sessions(entry.session).session());
  EXPECT_FALSE(Check(entry.session, {}, "alice").session());

  EXPECT_EQ(ChangePassword(entry.session, passwords_[0], passwords_[0]).outcome(), LoginReply::OUTCOME_SAME_PASSWORD);
  const Entry changed = ChangePassword(entry.session, passwords_[0], "my own long password");
  ASSERT_EQ(changed.outcome(), LoginReply::OUTCOME_OK);
  check = Check(changed.session);
  EXPECT_TRUE(check.session());
  EXPECT_FALSE(check.must_change());
  EXPECT_EQ(Login("alice", passwords_[0]).outcome(), LoginReply::OUTCOME_WRONG);
  EXPECT_FALSE(Login("alice", "my own long password").reply.must_change());
}

TEST_F(AuthOperatingTest, AOneTimePasswordExpires) {
  ASSERT_THAT(Add({"alice"}), ElementsAre(kGiven));
  now_ += kDay;
  EXPECT_EQ(Login("alice", passwords_[0]).outcome(), LoginReply::OUTCOME_OK);
  now_ += 1;
  EXPECT_EQ(Login("alice", passwords_[0]).outcome(), LoginReply::OUTCOME_EXPIRED);
  EXPECT_EQ(Login("alice", "wrong password").outcome(), LoginReply::OUTCOME_WRONG);
}

TEST_F(AuthOperatingTest, AnAccountWithAOneTimePasswordHasAsManyTagsAsAnyOther) {
  ASSERT_THAT(Add({"alice"}), ElementsAre(kGiven));
  Register("bob");
  const StoredAccount alice = Stored("alice"), bob = Stored("bob");
  ASSERT_EQ(alice.password().tags_size(), bob.password().tags_size());
  for (const std::string& tag : alice.password().tags()) EXPECT_EQ(tag.size(), bob.password().tags(0).size());
  EXPECT_EQ(alice.password().words().size(), bob.password().words().size());
  EXPECT_EQ(std::set<std::string>(alice.password().tags().begin(), alice.password().tags().end()).size(),
            static_cast<std::size_t>(alice.password().tags_size()));
}

TEST_F(AuthOperatingTest, AddRefusesNamesThatAreTakenOrNoNames) {
  Register("alice");
  EXPECT_THAT(
      Add({"bob", "alice", "", "new\nline", "bob"}),
      ElementsAre(kGiven, PasswordsAnswer::Given::OUTCOME_NAME_TAKEN, PasswordsAnswer::Given::OUTCOME_NAME_INVALID,
                  PasswordsAnswer::Given::OUTCOME_NAME_INVALID, PasswordsAnswer::Given::OUTCOME_NAME_TAKEN));
  EXPECT_EQ(Login("bob", passwords_[0]).outcome(), LoginReply::OUTCOME_OK);
  EXPECT_EQ(Login("alice").outcome(), LoginReply::OUTCOME_OK);
}

TEST_F(AuthOperatingTest, AddRefusesNamesThatLookLikeOthers) {
  Register("alice");
  EXPECT_THAT(Add({"Alice", "bob", "b0b", "the bank"}),
              ElementsAre(PasswordsAnswer::Given::OUTCOME_NAME_ALIKE, kGiven,
                          PasswordsAnswer::Given::OUTCOME_NAME_ALIKE, PasswordsAnswer::Given::OUTCOME_NAME_RESERVED));
}

TEST_F(AuthOperatingTest, AMemberCanBeMadeAnewWithAKnownId) {
  const std::string id(16, 'i');
  ASSERT_THAT(Add({"alice"}, id), ElementsAre(kGiven));
  const Entry entry = Login("alice", passwords_[0]);
  EXPECT_EQ(entry.reply.member(), id);
  EXPECT_THAT(Add({"other"}, id), ElementsAre(PasswordsAnswer::Given::OUTCOME_NAME_TAKEN));
}

TEST_F(AuthOperatingTest, ResetEndsThePasswordTheSessionsAndTheDelegation) {
  const Entry before = Register("alice");
  EXPECT_THAT(Reset({"nobody", "alice"}), ElementsAre(PasswordsAnswer::Given::OUTCOME_NO_SUCH_MEMBER, kGiven));
  EXPECT_FALSE(Check(before.session).session());
  EXPECT_FALSE(Check(before.session).must_change());
  EXPECT_EQ(Login("alice").outcome(), LoginReply::OUTCOME_WRONG);
  const Entry entry = Login("alice", passwords_[0]);
  EXPECT_EQ(entry.outcome(), LoginReply::OUTCOME_OK);
  EXPECT_EQ(entry.reply.member(), before.reply.member());
  EXPECT_FALSE(Stored("alice").has_delegation());
}

TEST_F(AuthOperatingTest, ResetHelpsAfterTheStoreOfHoneycheckerWasLost) {
  Register("alice");
  checker_.indexes.clear();
  EXPECT_EQ(Login("alice").outcome(), LoginReply::OUTCOME_NOT_CHECKED);
  ASSERT_THAT(Reset({"alice"}), ElementsAre(kGiven));
  EXPECT_EQ(Login("alice", passwords_[0]).outcome(), LoginReply::OUTCOME_OK);
}

TEST_F(AuthOperatingTest, WithoutHoneycheckerNothingIsGiven) {
  Register("alice");
  checker_there_ = false;
  Start();
  EXPECT_THAT(Reset({"alice"}), ElementsAre(PasswordsAnswer::Given::OUTCOME_NO_HONEYCHECKER));
  EXPECT_THAT(Add({"bob"}), ElementsAre(PasswordsAnswer::Given::OUTCOME_NO_HONEYCHECKER));
  checker_there_ = true;
  Start();
  EXPECT_EQ(Login("alice").outcome(), LoginReply::OUTCOME_OK);
  EXPECT_THAT(Listed(), ElementsAre("alice"));
}

TEST_F(AuthOperatingTest, LockEndsTheSessionsAndUnlockLetsTheMemberIn) {
  const Entry entry = Register("alice");
  EXPECT_TRUE(LockOrUnlock("alice", true).changed());
  EXPECT_FALSE(LockOrUnlock("alice", true).changed());
  EXPECT_FALSE(Check(entry.session).session());
  EXPECT_EQ(Login("alice").outcome(), LoginReply::OUTCOME_LOCKED);
  EXPECT_THAT(Listed(true), ElementsAre("alice"));
  EXPECT_TRUE(LockOrUnlock("alice", false).changed());
  EXPECT_FALSE(LockOrUnlock("alice", false).changed());
  EXPECT_EQ(Login("alice").outcome(), LoginReply::OUTCOME_OK);
  EXPECT_THAT(Listed(true), IsEmpty());
}

TEST_F(AuthOperatingTest, AClosedAccountIsGoneAndItsNameStaysTaken) {
  const Entry alice = Register("alice"), bob = Register("bob");
  EXPECT_TRUE(Close("alice").done().changed());
  EXPECT_FALSE(Check(alice.session).session());
  EXPECT_EQ(Login("alice").outcome(), LoginReply::OUTCOME_WRONG);
  EXPECT_EQ(Entered(site_->Wait(CallRegister("alice", "another password"))).outcome(), LoginReply::OUTCOME_NAME_TAKEN);
  EXPECT_THAT(Add({"alice"}), ElementsAre(PasswordsAnswer::Given::OUTCOME_NAME_TAKEN));
  EXPECT_THAT(Reset({"alice"}), ElementsAre(PasswordsAnswer::Given::OUTCOME_NO_SUCH_MEMBER));
  EXPECT_THAT(Check(bob.session, {}, "alice").found(), IsEmpty());
  EXPECT_THAT(Listed(), ElementsAre("bob"));
  EXPECT_EQ(Close("alice").refused(), "there is no such member");
  EXPECT_EQ(Login("bob").outcome(), LoginReply::OUTCOME_OK);
}

TEST_F(AuthOperatingTest, AnActThatTheOperatorHasNotSignedChangesNothing) {
  Register("alice");
  OperatorSigner thief = MustHave(OperatorSigner::Of(View(FreshOperatorKey())));
  OperatorAct act;
  act.set_audience(ROLE_AUTH);
  act.mutable_reset_passwords()->add_names("alice");
  const SealedAnswer refused = Send(thief.Sign(act, now_));
  EXPECT_THAT(refused.refused(), testing::HasSubstr("not the operator's"));
  EXPECT_THAT(refused.box(), IsEmpty());
  EXPECT_EQ(Lines("operator-act-refused"), 1u);
  EXPECT_EQ(Login("alice").outcome(), LoginReply::OUTCOME_OK);
}

TEST_F(AuthOperatingTest, TheLogNamesTheMemberAndNoPassword) {
  ASSERT_THAT(Add({"alice"}), ElementsAre(kGiven));
  EXPECT_EQ(Lines("member-added"), 1u);
  for (const FakeLog::Line& line : site_->lines.lines) {
    EXPECT_THAT(line.Text(), testing::Not(testing::HasSubstr(passwords_[0])));
  }
}

TEST_F(AuthOperatingTest, OneActHasABoundedNumberOfPasswords) {
  OperatorAct act;
  for (int i = 0; i <= MemberActs::kMaxPasswords; ++i) act.mutable_reset_passwords()->add_names("alice");
  EXPECT_EQ(CarryOut(std::move(act)).answer.refused(), "at most 20 in one act");
}

}  // namespace
}  // namespace zoobar
