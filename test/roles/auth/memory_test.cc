// After a call, no password and no token is left in auth's memory: heap, stacks, work areas, buffers. The test's side
// of the channel is in the same process, so this tests the channel too.
#include "credentials/memory_scan.h"
#include "roles/auth/fixture.h"

namespace zoobar {
namespace {

using testing::IsEmpty;

class AuthMemoryTest : public AuthTest {
 protected:
  // Registers or logs in. Returns the session token, hidden.
  template <typename Request>
  HiddenText Enter(const HiddenText& password, LoginReply::Outcome expected = LoginReply::OUTCOME_OK) {
    Request request;
    request.set_name("alice");
    Bytes secret;
    {
      const Bytes plain = password.Reveal();
      secret = PackSecrets({View(plain), "", ""});
    }
    auto reply = site_->Wait(login_->Call<LoginReply>(std::move(request), std::move(secret)));
    EXPECT_EQ(reply->message.outcome(), expected);
    return expected == LoginReply::OUTCOME_OK ? HiddenText(ToBytes(EntryTokens::Unpack(reply->secret)->session))
                                              : HiddenText();
  }
  void Use(const HiddenText& session) {
    Bytes secret;
    {
      const Bytes plain = session.Reveal();
      secret = PackSecrets({View(plain)});
    }
    auto reply = site_->Wait(app_->Call<CheckReply>(CheckRequest(), std::move(secret)));
    EXPECT_TRUE(reply->message.session());
  }
};

TEST_F(AuthMemoryTest, TheSearchFindsWhatIsThere) {
  const HiddenText text;
  EXPECT_THAT(FindInMemory("self", text), IsEmpty());
  const Bytes plain = text.Reveal();
  EXPECT_THAT(FindInMemory("self", text), testing::Not(IsEmpty()));
}

TEST_F(AuthMemoryTest, NoPasswordIsLeftAfterRegisteringOrLoggingIn) {
  const HiddenText password;
  Enter<RegisterRequest>(password);
  EXPECT_THAT(FindInMemory("self", password), IsEmpty());
  Enter<LoginRequest>(password);
  EXPECT_THAT(FindInMemory("self", password), IsEmpty());
}

TEST_F(AuthMemoryTest, NoWrongPasswordIsLeftEither) {
  Enter<RegisterRequest>(HiddenText());
  const HiddenText wrong;
  Enter<LoginRequest>(wrong, LoginReply::OUTCOME_WRONG);
  EXPECT_THAT(FindInMemory("self", wrong), IsEmpty());
}

TEST_F(AuthMemoryTest, NoSessionTokenIsLeftAfterItWasGivenOutOrUsed) {
  const HiddenText session = Enter<RegisterRequest>(HiddenText());
  EXPECT_THAT(FindInMemory("self", session), IsEmpty());
  Use(session);
  EXPECT_THAT(FindInMemory("self", session), IsEmpty());
}

TEST_F(AuthMemoryTest, NoPasswordIsLeftWhenTheParametersAreTheRealOnes) {
  config_.mutable_auth()->clear_argon2();
  Start();
  const HiddenText password;
  Enter<RegisterRequest>(password);
  EXPECT_THAT(FindInMemory("self", password), IsEmpty());
}

}  // namespace
}  // namespace zoobar
