#include "webauthn/challenges.h"

#include <gtest/gtest.h>

#include <string>

namespace zoobar {
namespace {

using Use = PasskeyChallenges::Use;

class Challenges : public testing::Test {
 protected:
  std::int64_t now = 1000;
  PasskeyChallenges challenges{[this] { return now; }};

  std::string Fresh() { return challenges.Make(Ceremony::kGet, ""); }
};

TEST_F(Challenges, AreGoodForTheirCeremonyAndPurposeAlone) {
  const std::string get = challenges.Make(Ceremony::kGet, ""),
                    create = challenges.Make(Ceremony::kCreate, "alice, session 1");
  EXPECT_EQ(get.size(), PasskeyChallenges::kBytes);
  EXPECT_TRUE(challenges.IsValid(get, Ceremony::kGet, ""));
  EXPECT_FALSE(challenges.IsValid(get, Ceremony::kCreate, ""));
  EXPECT_TRUE(challenges.IsValid(create, Ceremony::kCreate, "alice, session 1"));
  EXPECT_FALSE(challenges.IsValid(create, Ceremony::kCreate, "alice, session 2"));
  EXPECT_FALSE(challenges.IsValid(create, Ceremony::kCreate, ""));
  EXPECT_FALSE(challenges.IsValid(create, Ceremony::kGet, "alice, session 1"));
}

TEST_F(Challenges, OfOthersAndChangedOnesAreNotValid) {
  PasskeyChallenges other([this] { return now; });
  EXPECT_FALSE(challenges.IsValid(other.Make(Ceremony::kGet, ""), Ceremony::kGet, "")) << "of an earlier process";
  const std::string challenge = Fresh();
  for (std::size_t i = 0; i < challenge.size(); ++i) {
    std::string changed = challenge;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(challenges.IsValid(changed, Ceremony::kGet, "")) << i;
  }
  EXPECT_FALSE(challenges.IsValid("", Ceremony::kGet, ""));
  EXPECT_FALSE(challenges.IsValid(challenge + "x", Ceremony::kGet, ""));
}

TEST_F(Challenges, ExpireAfterFiveMinutes) {
  const std::string challenge = Fresh();
  now += PasskeyChallenges::kValidMs - 1;
  EXPECT_TRUE(challenges.IsValid(challenge, Ceremony::kGet, ""));
  now += 1;
  EXPECT_FALSE(challenges.IsValid(challenge, Ceremony::kGet, ""));
  EXPECT_EQ(challenges.UseUp(challenge, "alice"), Use::kAgain);
}

TEST_F(Challenges, CanBeUsedOnce) {
  const std::string challenge = Fresh();
  EXPECT_EQ(challenges.UseUp(challenge, "alice"), Use::kFirst);
  EXPECT_EQ(challenges.UseUp(challenge, "alice"), Use::kAgain);
  EXPECT_EQ(challenges.UseUp(challenge, "bob"), Use::kAgain);
  EXPECT_FALSE(challenges.IsValid(challenge, Ceremony::kGet, ""));
}

TEST_F(Challenges, ThatWereUsedAreForgottenOnlyWhenTheyHaveExpired) {
  const std::string challenge = Fresh();
  now += PasskeyChallenges::kValidMs - 1;
  EXPECT_EQ(challenges.UseUp(challenge, "alice"), Use::kFirst);
  now += PasskeyChallenges::kValidMs - 1;
  EXPECT_FALSE(challenges.IsValid(challenge, Ceremony::kGet, ""));
  EXPECT_EQ(challenges.used(), 1U);
  now += 1;
  EXPECT_FALSE(challenges.IsValid(challenge, Ceremony::kGet, ""));
  EXPECT_TRUE(challenges.IsValid(Fresh(), Ceremony::kGet, ""));
  EXPECT_EQ(challenges.used(), 0U);
}

TEST_F(Challenges, ThatWereOnlyAskedForTakeNoPlace) {
  for (int i = 0; i < 100000; ++i) Fresh();
  EXPECT_EQ(challenges.used(), 0U);
}

TEST_F(Challenges, OneMemberUsesUpOnlyTheirOwnShare) {
  for (std::size_t i = 0; i < PasskeyChallenges::kPerMember; ++i)
    EXPECT_EQ(challenges.UseUp(Fresh(), "greedy"), Use::kFirst);
  const std::string refused = Fresh();
  EXPECT_EQ(challenges.UseUp(refused, "greedy"), Use::kNoRoom);
  EXPECT_TRUE(challenges.IsValid(refused, Ceremony::kGet, "")) << "a refusal does not use the challenge";
  EXPECT_GT(challenges.RetryAfterSeconds(), 299);
  EXPECT_EQ(challenges.UseUp(Fresh(), "honest"), Use::kFirst);
  now += PasskeyChallenges::kValidMs;
  EXPECT_EQ(challenges.UseUp(Fresh(), "greedy"), Use::kFirst);
}

TEST_F(Challenges, ManyMembersTogetherLeaveRoomForOthers) {
  const std::size_t crowd = 2 * PasskeyChallenges::kMost / PasskeyChallenges::kPerMember;
  for (std::size_t i = 0; i < crowd; ++i) {
    const std::string member = "greedy " + std::to_string(i);
    while (challenges.UseUp(Fresh(), member) == Use::kFirst) {
    }
  }
  EXPECT_LT(challenges.used(), PasskeyChallenges::kMost * 2 / 3);
  EXPECT_EQ(challenges.UseUp(Fresh(), "honest"), Use::kFirst);
}

}  // namespace
}  // namespace zoobar
