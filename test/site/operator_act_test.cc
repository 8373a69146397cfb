#include "site/operator_act.h"

#include <gtest/gtest.h>
#include <sodium.h>

namespace zoobar {
namespace {

constexpr std::int64_t kActNow = 1'700'000'000'000;

class OperatorActTest : public testing::Test {
 protected:
  OperatorActTest() { EXPECT_GE(sodium_init(), 0); }

  SignedAct Signed(Role audience = ROLE_AUTH) {
    OperatorAct act;
    act.set_audience(audience);
    act.mutable_show_member()->set_name("alice");
    return signer_.Sign(std::move(act), now_);
  }
  // Why the act is refused; empty: it is accepted.
  std::string Refusal(const SignedAct& act) {
    const Result<OperatorAct> accepted = acts_.Accept(act);
    return accepted.ok() ? "" : accepted.error().text;
  }

  std::int64_t now_ = kActNow;
  const Bytes key_ = FreshOperatorKey();
  OperatorSigner signer_ = MustHave(OperatorSigner::Of(View(key_)));
  OperatorActs acts_{ROLE_AUTH, MustHave(OperatorPublicKey(View(key_))), [this] { return now_; }};
};

TEST_F(OperatorActTest, ASignedActIsAcceptedOnceAndItsAnswerOpensForItsSignerAlone) {
  const SignedAct signed_act = Signed();
  const Result<OperatorAct> act = acts_.Accept(signed_act);
  ASSERT_TRUE(act.ok()) << act.error().text;
  EXPECT_EQ(act->show_member().name(), "alice");
  EXPECT_EQ(Refusal(signed_act), "the act was carried out before");

  OperatorAnswer answer;
  answer.mutable_done()->set_count(7);
  const SealedAnswer sealed = SealAnswer(*act, answer, ToBytes("the secret"));
  EXPECT_EQ(sealed.box().find("the secret"), std::string::npos);
  const auto opened = signer_.Open(sealed);
  ASSERT_TRUE(opened.ok()) << opened.error().text;
  EXPECT_EQ(opened->answer.done().count(), 7u);
  EXPECT_EQ(View(opened->secret), "the secret");
  // The same operator's next act has another key.
  const SignedAct next = Signed();
  EXPECT_FALSE(signer_.Open(sealed).ok());
}

TEST_F(OperatorActTest, EveryFlippedBitIsRefused) {
  const SignedAct good = Signed();
  for (std::size_t bit = 0; bit < 8 * good.body().size(); ++bit) {
    SignedAct forged = good;
    (*forged.mutable_body())[bit / 8] = static_cast<char>(forged.body()[bit / 8] ^ (1 << bit % 8));
    EXPECT_NE(Refusal(forged), "") << bit;
  }
  for (std::size_t bit = 0; bit < 8 * good.signature().size(); ++bit) {
    SignedAct forged = good;
    (*forged.mutable_signature())[bit / 8] = static_cast<char>(forged.signature()[bit / 8] ^ (1 << bit % 8));
    EXPECT_NE(Refusal(forged), "") << bit;
  }
  EXPECT_EQ(Refusal(good), "");
}

TEST_F(OperatorActTest, AnotherKeyAnotherRoleAndAnOldActAreRefused) {
  OperatorSigner other = MustHave(OperatorSigner::Of(View(FreshOperatorKey())));
  OperatorAct act;
  act.set_audience(ROLE_AUTH);
  act.mutable_show_member()->set_name("alice");
  EXPECT_EQ(Refusal(other.Sign(act, now_)), "the signature is not the operator's: ctl needs the site's operator.key");
  EXPECT_EQ(Refusal(Signed(ROLE_BANK)), "the act is for another role");
  const SignedAct late = Signed();
  now_ += kActLifetimeMs + 1;
  EXPECT_EQ(Refusal(late), "the act was not signed within the last 60 seconds");
  const SignedAct early = Signed();
  now_ -= kActLifetimeMs + 1;
  EXPECT_EQ(Refusal(early), "the act was not signed within the last 60 seconds");
}

TEST_F(OperatorActTest, AnActIsNotAcceptedAgainWhileItWouldBeYoungEnough) {
  now_ += kActLifetimeMs;
  const SignedAct act = Signed();  // its clock is ahead of the role's
  now_ -= kActLifetimeMs;
  EXPECT_EQ(Refusal(act), "");
  for (std::int64_t step = 0; step <= 2 * kActLifetimeMs; step += 1000) {
    now_ = kActNow + step;
    EXPECT_NE(Refusal(act), "") << step;
  }
}

TEST_F(OperatorActTest, ARoleWithoutAKeyRefusesEveryAct) {
  OperatorActs none(ROLE_AUTH, "", [this] { return now_; });
  EXPECT_EQ(none.Accept(Signed()).error().text, "this role has no operator key");
  OperatorActs zeros(ROLE_AUTH, std::string(32, '\0'), [this] { return now_; });
  EXPECT_FALSE(zeros.Accept(Signed()).ok());
}

TEST_F(OperatorActTest, AKeyThatIsNoKeyIsRefused) {
  for (const std::string_view text : {"", "short", "not base64 !!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!"}) {
    EXPECT_FALSE(OperatorSigner::Of(text).ok()) << text;
    EXPECT_FALSE(OperatorPublicKey(text).ok()) << text;
  }
}

TEST_F(OperatorActTest, ARoleRemembersABoundedNumberOfActs) {
  for (std::size_t i = 0; i < OperatorActs::kMostRemembered; ++i) ASSERT_EQ(Refusal(Signed()), "");
  EXPECT_EQ(Refusal(Signed()), "more than 4096 acts in two minutes");
  now_ += 2 * kActLifetimeMs;
  EXPECT_EQ(Refusal(Signed()), "");
}

}  // namespace
}  // namespace zoobar
