// What the operator does with a member's profile.
#include <gmock/gmock.h>

#include "roles/profile/fixture.h"

namespace zoobar {
namespace {

class ProfileOperatingTest : public ProfileFixture {
 protected:
  ProfileAnswer Read(std::string_view name) {
    OperatorAct act;
    act.mutable_read_profile()->set_member(Member(name));
    return CarryOut(std::move(act)).profile();
  }
};

TEST_F(ProfileOperatingTest, AProfileIsReadWholeAndErased) {
  ASSERT_EQ(Save("alice", "<b>hello</b>"), SaveReply::OUTCOME_SAVED);
  ASSERT_EQ(Save("bob", "<i>stays</i>"), SaveReply::OUTCOME_SAVED);
  EXPECT_TRUE(Read("alice").found());
  EXPECT_FALSE(Read("alice").program());
  EXPECT_EQ(Read("alice").text(), "<b>hello</b>");
  EXPECT_EQ(Read("alice").saved_ms(), now_);
  OperatorAct act;
  act.mutable_erase_profile()->set_member(Member("alice"));
  EXPECT_TRUE(CarryOut(act).done().changed());
  EXPECT_FALSE(Read("alice").found());
  EXPECT_EQ(Read("bob").text(), "<i>stays</i>");
  Restart();
  EXPECT_FALSE(Read("alice").found());
}

TEST_F(ProfileOperatingTest, AnActThatTheOperatorHasNotSignedReadsNothing) {
  ASSERT_EQ(Save("alice", "<b>hello</b>"), SaveReply::OUTCOME_SAVED);
  OperatorSigner thief = MustHave(OperatorSigner::Of(View(FreshOperatorKey())));
  OperatorAct act;
  act.set_audience(ROLE_PROFILE);
  act.mutable_read_profile()->set_member(Member("alice"));
  OperateProfileRequest request;
  *request.mutable_act() = thief.Sign(std::move(act), now_);
  const SealedAnswer answer = Ask<SealedAnswer>(admin_, std::move(request));
  EXPECT_THAT(answer.refused(), testing::HasSubstr("not the operator's"));
  EXPECT_EQ(answer.box(), "");
}

TEST_F(ProfileOperatingTest, AnotherRolesActIsRefused) {
  OperatorAct act;
  act.mutable_show_member()->set_name("alice");
  EXPECT_EQ(CarryOut(std::move(act)).refused(), "profile does not know this act");
}

}  // namespace
}  // namespace zoobar
