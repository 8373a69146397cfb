// Sessions: how long they last, what ends them, and what their member is shown.
#include "roles/auth/fixture.h"

namespace zoobar {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class AuthSessionsTest : public AuthTest {};

std::string IdOf(const SessionsReply& sessions, bool current) {
  for (const auto& each : sessions.sessions()) {
    if (each.current() == current) return each.id();
  }
  return "";
}

TEST_F(AuthSessionsTest, WhatIsNoTokenOpensNothing) {
  const Entry entry = Register("alice");
  std::string other = entry.session;
  other[20] = other[20] == 'x' ? 'y' : 'x';
  for (const std::string& token : {std::string(), std::string("x"), other, entry.session + "x", entry.device,
                                   std::string(43, '\0'), std::string(100000, 'x')}) {
    const CheckReply reply = Check(token);
    EXPECT_FALSE(reply.session());
    EXPECT_EQ(reply.ByteSizeLong(), 0u);
  }
}

TEST_F(AuthSessionsTest, ASessionExpiresWhenItIsNotUsed) {
  config_.mutable_auth()->set_session_idle_seconds(1000);
  Start();
  const Entry entry = Register("alice");
  now_ += 999'999;
  EXPECT_TRUE(Check(entry.session).session());
  now_ += 999'999;
  EXPECT_TRUE(Check(entry.session).session()) << "the check before counts as a use";
  now_ += 1'000'000;
  EXPECT_FALSE(Check(entry.session).session());
  EXPECT_FALSE(Logout(entry.session));
}

TEST_F(AuthSessionsTest, ASessionExpiresHoweverMuchItIsUsed) {
  config_.mutable_auth()->set_session_max_seconds(3600);
  Start();
  const Entry entry = Register("alice");
  for (int minute = 0; minute < 59; ++minute) {
    now_ += 60'000;
    EXPECT_TRUE(Check(entry.session).session());
  }
  now_ += 60'000;
  EXPECT_FALSE(Check(entry.session).session());
}

TEST_F(AuthSessionsTest, TheLastUseIsStoredLaterAndAtTheEnd) {
  config_.mutable_auth()->set_session_idle_seconds(1000);
  Start();
  const Entry entry = Register("alice");
  now_ += 900'000;
  EXPECT_TRUE(Check(entry.session).session());
  Maintain();
  Start();
  now_ += 900'000;
  EXPECT_TRUE(Check(entry.session).session()) << "stored by Maintain";

  bool drained = false;
  auth_->Drain([&] { drained = true; });
  site_->RunUntil([&] { return drained; });
  Start();
  now_ += 900'000;
  EXPECT_TRUE(Check(entry.session).session()) << "stored by Drain";
}

TEST_F(AuthSessionsTest, ExpiredSessionsAreSweptAway) {
  config_.mutable_auth()->set_session_idle_seconds(1000);
  Start();
  Register("alice");
  now_ += 500'000;
  const Entry bob = Register("bob");
  now_ += 600'000;
  Maintain();
  EXPECT_EQ(site_->counters["sessions.expired"](), 1);
  EXPECT_TRUE(Check(bob.session).session());
}

TEST_F(AuthSessionsTest, TheOneUsedLongestAgoMakesRoomByUsesNotYetStoredToo) {
  config_.mutable_auth()->set_sessions_per_member(3);
  Start();
  std::vector<std::string> sessions = {Register("alice").session};
  for (int i = 0; i < 2; ++i) {
    now_ += 1000;
    sessions.push_back(Login("alice").session);
  }
  now_ += 1000;
  EXPECT_TRUE(Check(sessions[0]).session());  // so the second one is now the one used longest ago
  now_ += 1000;
  sessions.push_back(Login("alice").session);
  EXPECT_TRUE(Check(sessions[0]).session());
  EXPECT_FALSE(Check(sessions[1]).session());
  EXPECT_TRUE(Check(sessions[2]).session());
  EXPECT_TRUE(Check(sessions[3]).session());
}

TEST_F(AuthSessionsTest, LoggingOutEndsThisSessionAlone) {
  const Entry first = Register("alice"), second = Login("alice");
  EXPECT_TRUE(Logout(first.session));
  EXPECT_FALSE(Check(first.session).session());
  EXPECT_FALSE(Logout(first.session));
  EXPECT_TRUE(Check(second.session).session());
}

TEST_F(AuthSessionsTest, LoggingOutEverywhereEndsTheMembersAndNobodyElses) {
  const Entry first = Register("alice"), second = Login("alice"), bob = Register("bob");
  EXPECT_TRUE(Logout(first.session, LogoutRequest::WHICH_EVERY));
  EXPECT_FALSE(Check(first.session).session());
  EXPECT_FALSE(Check(second.session).session());
  EXPECT_TRUE(Check(bob.session).session());
  EXPECT_EQ(site_->lines.Named("logout")[0].fields["ended"], "2");
}

TEST_F(AuthSessionsTest, AMemberMayEndOneOfTheirOwnSessionsAndNoOthers) {
  const Entry first = Register("alice"), second = Login("alice"), bob = Register("bob");
  const std::string id_of_second = IdOf(Sessions(first.session), false);
  ASSERT_EQ(id_of_second.size(), 16u);
  EXPECT_TRUE(Logout(bob.session, LogoutRequest::WHICH_ONE, id_of_second));
  EXPECT_TRUE(Check(second.session).session()) << "bob must not end it";
  EXPECT_TRUE(Logout(first.session, LogoutRequest::WHICH_ONE, id_of_second));
  EXPECT_FALSE(Check(second.session).session());
  EXPECT_TRUE(Check(first.session).session());
  EXPECT_TRUE(Logout(first.session, LogoutRequest::WHICH_ONE, "")) << "no session ends, and it is no error";
  EXPECT_FALSE(Logout(first.session, LogoutRequest::WHICH_UNSPECIFIED));
  EXPECT_TRUE(Check(first.session).session());
}

TEST_F(AuthSessionsTest, TheListShowsOnesOwnNewestUseFirst) {
  const Entry first = Register("alice");
  now_ += 1000;
  const Entry second = Login("alice");
  Register("bob");
  now_ += 1000;
  Check(first.session);
  const SessionsReply list = Sessions(second.session);  // uses the second, at the same time as the first was used
  ASSERT_EQ(list.sessions_size(), 2);
  now_ += 1000;
  const SessionsReply later = Sessions(first.session);
  ASSERT_EQ(later.sessions_size(), 2);
  EXPECT_TRUE(later.sessions(0).current());
  EXPECT_EQ(later.sessions(0).created_ms(), kStart);
  EXPECT_EQ(later.sessions(0).last_used_ms(), now_);
  EXPECT_EQ(later.sessions(0).address(), "192.0.2.1");
  EXPECT_EQ(later.sessions(0).agent(), "Test/1");
  EXPECT_FALSE(later.sessions(1).current());
  EXPECT_EQ(later.sessions(1).last_used_ms(), now_ - 1000);
  EXPECT_EQ(later.sessions(1).agent(), "Test/2");
  EXPECT_FALSE(Sessions("x").session());
}

TEST_F(AuthSessionsTest, AnIdInTheListOpensNoSession) {
  const Entry entry = Register("alice");
  EXPECT_FALSE(Check(Sessions(entry.session).sessions(0).id()).session());
}

TEST_F(AuthSessionsTest, ANewPasswordEndsTheOtherSessionsAndRenewsThisOne) {
  const Entry first = Register("alice"), second = Login("alice"), bob = Register("bob");
  const Entry changed = ChangePassword(first.session, "correct horse", "battery staple");
  ASSERT_EQ(changed.outcome(), LoginReply::OUTCOME_OK);
  EXPECT_NE(changed.session, first.session);
  EXPECT_FALSE(Check(first.session).session());
  EXPECT_FALSE(Check(second.session).session());
  EXPECT_EQ(Check(changed.session).name(), "alice");
  EXPECT_TRUE(Check(bob.session).session());
  EXPECT_EQ(Login("alice").outcome(), LoginReply::OUTCOME_WRONG);
  EXPECT_EQ(Login("alice", "battery staple").outcome(), LoginReply::OUTCOME_OK);
}

TEST_F(AuthSessionsTest, APasswordIsNotChangedWithoutThePresentOneOrForTheSame) {
  const Entry entry = Register("alice", "caf\xc3\xa9 caf\xc3\xa9");
  EXPECT_EQ(ChangePassword("x", "caf\xc3\xa9 caf\xc3\xa9", "battery staple").outcome(), LoginReply::OUTCOME_NO_SESSION);
  EXPECT_EQ(ChangePassword(entry.session, "wrong horse", "battery staple").outcome(), LoginReply::OUTCOME_WRONG);
  EXPECT_EQ(Lines("password-change-failed"), 2u);
  EXPECT_EQ(ChangePassword(entry.session, "caf\xc3\xa9 caf\xc3\xa9", "cafe\xcc\x81 cafe\xcc\x81").outcome(),
            LoginReply::OUTCOME_SAME_PASSWORD);
  EXPECT_EQ(ChangePassword(entry.session, "wrong horse", "wrong horse").outcome(), LoginReply::OUTCOME_WRONG);
  EXPECT_EQ(ChangePassword(entry.session, "caf\xc3\xa9 caf\xc3\xa9", "short").outcome(),
            LoginReply::OUTCOME_PASSWORD_TOO_SHORT);
  EXPECT_TRUE(Check(entry.session).session());
  EXPECT_EQ(Login("alice", "caf\xc3\xa9 caf\xc3\xa9").outcome(), LoginReply::OUTCOME_OK);
}

TEST_F(AuthSessionsTest, AnIdThatNamesNoSessionEndsNoneAndIsNoError) {
  const Entry alice = Register("alice");
  for (const std::string& id : {std::string(), std::string("zz"), std::string(16, 'x'), std::string(4000, 'x')}) {
    LogoutRequest request;
    request.set_which(LogoutRequest::WHICH_ONE);
    request.set_session(id);
    const auto reply = site_->Wait(app_->Call<LogoutReply>(std::move(request), PackSecrets({alice.session})));
    ASSERT_TRUE(reply.ok());
    EXPECT_TRUE(reply->message.session());
    EXPECT_EQ(reply->message.ended(), 0u);
  }
  EXPECT_TRUE(Check(alice.session).session());
}

}  // namespace
}  // namespace zoobar
