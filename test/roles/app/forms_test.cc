// app: forms with invalid fields.
#include "roles/app/fixture.h"

namespace zoobar {
namespace {

TEST_F(AppTest, RubbishInAnyFieldOfAnyFormIsAnsweredByThePage) {
  SendRubbish(world,
              {{"",
                {"profile_update", "profile_of", "profile_submit", "profile_try", "example", "example_now",
                 "program_limits", "program_per_hour", "program_per_recipient"}},
               {"transfer", {"recipient", "zoobars", "submission"}},
               {"offers", {"act", "recipient", "zoobars", "days", "note", "submission", "offer"}},
               {"account", {"end_session", "end_every_session", "password_submit", "password_now"}},
               {"program", {"remove_files"}}},
              alice);
}

TEST_F(AppTest, ASessionThatIsNoneOfTheMembersIsSaidToBeNone) {
  for (const char* id : {"zz", "", "00", "6e6f626f6479", "656c7365776865726"}) {
    const std::string answer = world.Post("account", std::string("end_session=") + id, alice);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 ")) << id;
    EXPECT_THAT(answer, HasSubstr("There is no such session.")) << id;
  }
}

}  // namespace
}  // namespace zoobar
