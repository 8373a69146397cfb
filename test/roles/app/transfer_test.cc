#include "roles/app/fixture.h"

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
  world.balances["id:alice"] = 1;  // what happens before the form is sent again
  const std::string again = world.Post("transfer", filled, alice);
  EXPECT_THAT(again, HasSubstr("the zoobars were sent only once"));
  EXPECT_EQ(world.balances["id:alice"], 1);
  EXPECT_THAT(again, HasSubstr(">1 zoobars<")) << "the balance of now";
  EXPECT_THAT(again, Not(HasSubstr(found[1].str()))) << "the next form is a new act";
}

TEST_F(AppTest, AsksAPersonBeforeItSends) {
  const std::string form = world.Get("transfer?recipient=bob", alice);
  EXPECT_TRUE(
      Matches(form, "<form method=\"post\"[^]*<button [^>]*name=\"review\" value=\"yes\" formmethod=\"get\">Send<"));
  const std::string number(32, 'a');
  const std::string asked = world.Get("transfer?recipient=bob&zoobars=3&review=yes&submission=" + number, alice);
  EXPECT_THAT(asked, HasSubstr("Send 3 zoobars to <bdi>bob</bdi>?"));
  EXPECT_THAT(asked, HasSubstr("<dt>You have left</dt><dd>7 zoobars</dd>"));
  EXPECT_THAT(asked, HasSubstr("name=\"recipient\" value=\"bob\""));
  EXPECT_THAT(asked, HasSubstr("name=\"zoobars\" value=\"3\""));
  EXPECT_THAT(asked, HasSubstr("name=\"submission\" value=\"" + number + "\""));
  EXPECT_THAT(asked, Not(HasSubstr("name=\"review\"")));
  EXPECT_EQ(world.balances["id:bob"], 10) << "nothing is sent by asking";
  const std::string sent = world.Post("transfer", "recipient=bob&zoobars=3&submission=" + number, alice);
  EXPECT_THAT(sent, HasSubstr("Sent 3 zoobars"));
  const std::string one = world.Get("transfer?recipient=bob&zoobars=1&review=yes", alice);
  EXPECT_THAT(one, HasSubstr("Send 1 zoobar to <bdi>bob</bdi>?"));
  EXPECT_THAT(one, HasSubstr(">Send 1 zoobar</button>"));
  EXPECT_TRUE(Matches(one, "name=\"submission\" value=\"[0-9a-f]{32}\"")) << "a form without a number gets one";
}

TEST_F(AppTest, AsksNobodyForATransferThatWouldFail) {
  const std::pair<const char*, const char*> refusals[] = {
      {"recipient=bob&zoobars=11", "overdraft"},       {"recipient=bob&zoobars=0", "is zero"},
      {"recipient=bob&zoobars=ten", "not a number"},   {"recipient=ghost&zoobars=1", "no member with this name"},
      {"recipient=alice&zoobars=1", "to yourself"},    {"recipient=&zoobars=1", "recipient is missing"},
      {"recipient=bob&zoobars=", "amount is missing"}, {"recipient=%ff&zoobars=1", "no member with this name"},
  };
  for (const auto& [query, reason] : refusals) {
    const std::string answer = world.Get(std::string("transfer?review=yes&") + query, alice);
    EXPECT_THAT(answer, HasSubstr(reason)) << query;
    EXPECT_TRUE(Matches(answer, "Transfer to .* failed")) << query;
    EXPECT_THAT(answer, HasSubstr("id=\"transfer-title\"")) << "the form is there again";
    EXPECT_THAT(answer, Not(HasSubstr("confirm-title"))) << query;
  }
}

TEST_F(AppTest, RefusesATransferWithItsReason) {
  const std::pair<const char*, const char*> refusals[] = {
      {"recipient=bob&zoobars=11", "overdraft"},
      {"recipient=bob&zoobars=0", "is zero"},
      {"recipient=bob&zoobars=-3", "negative"},
      {"recipient=bob&zoobars=1.5", "fractions"},
      {"recipient=bob&zoobars=ten", "not a number"},
      {"recipient=bob&zoobars=99999999999999999999", "too large"},
      {"recipient=ghost&zoobars=1", "no member with this name"},
      {"recipient=alice&zoobars=1", "to yourself"},
      {"recipient=&zoobars=1", "recipient is missing"},
      {"recipient=bob&zoobars=", "amount is missing"},
      {"zoobars=1", "recipient is missing"},
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

// Exercise 8 of the course (docs/lab.md).
class DelayTest : public AppTest {
 protected:
  void TakeGraders() {
    world.site.settings.mutable_auth()->set_course_graders(true);
    world.body->Reload(world.site.settings);
  }
  // Sends the form, and waits until app has checked the session for the first time.
  Fd Begin(const std::string& form) {
    Fd client = world.Connect("POST /zoobar/index.cgi/transfer HTTP/1.1\r\nHost: zoobar\r\n" + alice +
                              "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: " +
                              std::to_string(form.size()) + "\r\n\r\n" + form);
    world.site.RunUntil([this] { return world.CountOf("Auth.Check") == 1; });
    return client;
  }
};

TEST_F(DelayTest, ATransferThatWaitsIsSentIfTheSessionLastsSoLong) {
  TakeGraders();
  const Fd client = Begin("recipient=bob&zoobars=3&delay=1");
  EXPECT_EQ(world.CountOf("Bank.Transfer"), 0);
  EXPECT_THAT(world.Get("transfer", alice), HasSubstr("Balance")) << "others do not wait";
  EXPECT_THAT(world.ReadAnswer(client), HasSubstr("Sent 3 zoobars"));
  EXPECT_EQ(world.balances["id:bob"], 13);
}

TEST_F(DelayTest, ATransferWhoseSessionEndsWhileItWaitsIsNotSent) {
  TakeGraders();
  const Fd client = Begin("recipient=bob&zoobars=3&delay=1");
  world.sessions.clear();
  const std::string answer = world.ReadAnswer(client);
  EXPECT_THAT(answer, HasSubstr("/login"));
  EXPECT_THAT(answer, Not(HasSubstr("Sent")));
  EXPECT_EQ(world.CountOf("Bank.Transfer"), 0);
}

TEST_F(DelayTest, ADelayThatIsTooLongIsRefusedWithItsLimit) {
  TakeGraders();
  const std::string answer = world.Post("transfer", "recipient=bob&zoobars=3&delay=9", alice);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(answer, HasSubstr("must be 0 to 8 seconds"));
  EXPECT_EQ(world.balances["id:bob"], 10);
}

TEST_F(DelayTest, WithoutTheSettingTheFieldMeansNothing) {
  EXPECT_THAT(world.Post("transfer", "recipient=bob&zoobars=3&delay=9", alice), HasSubstr("Sent 3 zoobars"));
  EXPECT_EQ(world.CountOf("Auth.Check"), 1);
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
  EXPECT_THAT(answer, HasSubstr("Not confirmed yet; check your"));
  EXPECT_THAT(answer, Not(HasSubstr("failed")));
  EXPECT_THAT(answer, HasSubstr("value=\"" + submission + "\"")) << "sent again, it is the same act";
  EXPECT_EQ(world.transfers.size(), 2u);
}

TEST_F(AppTest, TooManyTransfersNameTheLimitAndWhenToComeAgain) {
  TransferReply& refused = world.transfer_refused.emplace();
  refused.set_outcome(TransferReply::OUTCOME_TOO_MANY);
  refused.set_burst(1000);
  refused.set_per_hour(3600);
  refused.set_retry_after_s(1);
  std::string answer = world.Post("transfer", "recipient=bob&zoobars=3", alice);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 429 "));
  EXPECT_THAT(answer, HasSubstr("Retry-After: 1\r\n"));
  EXPECT_THAT(answer, HasSubstr("1000 at once, and then 3600 an hour"));
  EXPECT_THAT(answer, HasSubstr("No zoobars were sent; try again in 1 second."));
  EXPECT_TRUE(Matches(answer, "Balance.*>10 zoobars"));
  refused.set_retry_after_s(3599);
  answer = world.Post("transfer", "recipient=bob&zoobars=3", alice);
  EXPECT_THAT(answer, HasSubstr("Retry-After: 3599\r\n"));
  EXPECT_THAT(answer, HasSubstr("try again in 60 minutes."));
  EXPECT_EQ(world.transfers.size(), 2u) << "app does not ask again by itself";
}

TEST_F(AppTest, ABankWithoutRoomSaysThatNothingMoved) {
  world.transfer_refused.emplace().set_outcome(TransferReply::OUTCOME_NO_ROOM);
  const std::string answer = world.Post("transfer", "recipient=bob&zoobars=3", alice);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(answer, HasSubstr("Retry-After: 60\r\n"));
  EXPECT_THAT(answer, HasSubstr("disk is full. No zoobars were sent"));
  EXPECT_THAT(answer, Not(HasSubstr("Not confirmed yet")));
}

TEST_F(AppTest, AnAccountThatFindsNoRoomIsSaidToFindNone) {
  world.balances.erase("id:alice");
  world.no_room = true;
  const std::string page = world.Get("", alice);
  EXPECT_THAT(page, StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(page, HasSubstr("Retry-After: 60\r\n"));
  EXPECT_THAT(page, HasSubstr("The disk of this site is full. Your request was not carried out"));
  const std::string answer = world.Post("transfer", "recipient=bob&zoobars=3", alice);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(answer, HasSubstr("disk is full"));
}

TEST_F(AppTest, OpensTheSendersAccountIfTheBankHasNone) {
  world.balances.erase("id:alice");
  EXPECT_THAT(world.Post("transfer", "recipient=bob&zoobars=3", alice), HasSubstr("Sent 3 zoobars"));
  EXPECT_EQ(world.balances["id:alice"], 7);
}

}  // namespace
}  // namespace zoobar
