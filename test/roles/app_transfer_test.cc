#include "roles/app_fixture.h"

namespace zoobar {
namespace {

TEST_F(AppTest, SendsZoobars) {
  const std::string answer = world.Post("transfer", "recipient=bob&zoobars=3&submission=Send", alice);
  EXPECT_THAT(answer, HasSubstr("Sent 3 zoobars"));
  EXPECT_TRUE(Matches(answer, "Balance.*>7 zoobars"));
  EXPECT_EQ(world.balances["id:bob"], 13);
}

TEST_F(AppTest, PaysTwiceForTwoRequestsOfAScript) {
  for (int i = 0; i < 2; ++i) world.Post("transfer", "recipient=bob&zoobars=3&submission=Send", alice);
  EXPECT_EQ(world.balances["id:alice"], 4);
}

TEST_F(AppTest, PaysOnceForOneFormSentTwice) {
  const std::string form = world.Get("transfer?recipient=bob", alice);
  EXPECT_THAT(form, HasSubstr("value=\"bob\""));
  std::smatch found;
  ASSERT_TRUE(std::regex_search(form, found, std::regex("name=\"submission\" value=\"([0-9a-f]{32})\"")));
  const std::string filled = "recipient=bob&zoobars=3&submission=" + found[1].str();
  EXPECT_THAT(world.Post("transfer", filled, alice), HasSubstr("Sent 3 zoobars"));
  const std::string again = world.Post("transfer", filled, alice);
  EXPECT_THAT(again, HasSubstr("nothing moved a second time"));
  EXPECT_EQ(world.balances["id:alice"], 7);
  EXPECT_THAT(again, Not(HasSubstr(found[1].str()))) << "the next form is a new act";
}

TEST_F(AppTest, RefusesATransferWithItsReason) {
  const std::pair<const char*, const char*> refusals[] = {
      {"recipient=bob&zoobars=11", "overdraft"},
      {"recipient=bob&zoobars=0", "not zero"},
      {"recipient=bob&zoobars=-3", "negative"},
      {"recipient=bob&zoobars=1.5", "fractions"},
      {"recipient=bob&zoobars=ten", "not a number"},
      {"recipient=bob&zoobars=99999999999999999999", "too large"},
      {"recipient=ghost&zoobars=1", "no member"},
      {"recipient=alice&zoobars=1", "to yourself"},
      {"recipient=&zoobars=1", "say who"},
      {"recipient=bob&zoobars=", "say how many"},
      {"zoobars=1", "say who"},
      {"recipient=bob&zoobars=%00", "not a number"},
  };
  for (const auto& [form, reason] : refusals) {
    const std::string answer = world.Post("transfer", form, alice);
    EXPECT_THAT(answer, HasSubstr(reason)) << form;
    EXPECT_TRUE(Matches(answer, "Transfer to .* failed")) << form;
    EXPECT_TRUE(Matches(answer, "Balance.*>10 zoobars")) << form;
  }
  EXPECT_EQ(world.balances["id:alice"], 10);
}

TEST_F(AppTest, AsksTheBankAgainWithTheSameTicketAndPaysOnce) {
  world.lose_transfer_replies = 1;
  const std::string answer = world.Post("transfer", "recipient=bob&zoobars=3", alice);
  EXPECT_THAT(answer, HasSubstr("Sent 3 zoobars"));
  ASSERT_EQ(world.transfers.size(), 2u);
  EXPECT_EQ(world.transfers[0].ticket().body(), world.transfers[1].ticket().body());
  EXPECT_EQ(world.balances["id:alice"], 7);
}

TEST_F(AppTest, SaysItCannotTellWhenTheBankStaysSilent) {
  world.lose_transfer_replies = 2;
  const std::string submission(32, 'a');
  const std::string answer = world.Post("transfer", "recipient=bob&zoobars=3&submission=" + submission, alice);
  EXPECT_THAT(answer, HasSubstr("We cannot tell yet; look at your journal"));
  EXPECT_THAT(answer, Not(HasSubstr("failed")));
  EXPECT_THAT(answer, HasSubstr("value=\"" + submission + "\"")) << "sent again, it is the same act";
  EXPECT_EQ(world.transfers.size(), 2u);
}

TEST_F(AppTest, OpensTheSendersAccountIfTheBankHasNone) {
  world.balances.erase("id:alice");
  EXPECT_THAT(world.Post("transfer", "recipient=bob&zoobars=3", alice), HasSubstr("Sent 3 zoobars"));
  EXPECT_EQ(world.balances["id:alice"], 7);
}

}  // namespace
}  // namespace zoobar
