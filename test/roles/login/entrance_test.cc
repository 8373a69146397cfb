// login: what a browser sees while its login or registration waits.
#include "roles/app/fixture.h"

namespace zoobar {
namespace {

class EntrancePageTest : public LoginTest {
 protected:
  static constexpr const char* kForm =
      "login_username=carol&login_password=carolspassword&submit_registration=Register&nexturl=%2Fzoobar%2Findex.cgi%2F"
      "users%3Fuser%3Dbob%26x%3D1";
  const std::string browser = "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Site: same-origin\r\n";
  const std::string claim = "Cookie: PyZoobarClaim=claimcarol\r\n";
  const std::string again = "/zoobar/index.cgi/login?waiting=1&nexturl=/zoobar/index.cgi/users%3Fuser%3Dbob%26x%3D1";

  std::string Wait() {
    world.login_outcome = LoginReply::OUTCOME_WAITING;
    return world.Post("login", kForm, browser);
  }
};

TEST_F(EntrancePageTest, ABrowserIsShownHowManyAreBeforeAndAsksAgainByItself) {
  const std::string page = Wait();
  EXPECT_EQ(world.last_patience_ms, 3000u);
  EXPECT_THAT(page, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(page, HasSubstr("7 people are ahead of you."));
  EXPECT_THAT(page, HasSubstr("\r\nRefresh: 1; url=" + again + "\r\n"));
  EXPECT_THAT(page, HasSubstr("href=\"/zoobar/index.cgi/login?waiting=1&amp;nexturl="));
  EXPECT_TRUE(
      Matches(page, "Set-Cookie: PyZoobarClaim=claimcarol; Path=/; HttpOnly; SameSite=Lax; Max-Age=[0-9]+\r\n"));
  EXPECT_THAT(page, Not(HasSubstr("PyZoobarLogin")));
  EXPECT_THAT(page, Not(HasSubstr("carolspassword")));
}

TEST_F(EntrancePageTest, TheClaimBringsThePersonInAndIsForgotten) {
  Wait();
  world.waiting_answers = 2;
  EXPECT_THAT(world.Ask("GET " + again + " HTTP/1.1\r\nHost: zoobar\r\n" + claim + "\r\n"),
              HasSubstr("1 person is ahead of you."));
  EXPECT_THAT(world.Get("login", claim), HasSubstr("You are next."));
  const std::string in = world.Ask("GET " + again + " HTTP/1.1\r\nHost: zoobar\r\n" + claim + "\r\n");
  EXPECT_THAT(in, StartsWith("HTTP/1.1 302 "));
  EXPECT_THAT(in, HasSubstr("\r\nLocation: /zoobar/index.cgi/users?user=bob&x=1\r\n"));
  EXPECT_THAT(in, HasSubstr("Set-Cookie: PyZoobarLogin=sessioncarol;"));
  EXPECT_THAT(in, HasSubstr("Set-Cookie: PyZoobarClaim=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"));
  EXPECT_EQ(world.balances["id:carol"], 10) << "and their account is open";
}

TEST_F(EntrancePageTest, AScriptGetsOneAnswer) {
  world.Post("login", kForm);
  EXPECT_EQ(world.last_patience_ms, 0u);
  world.passwords.clear();
  world.Post("login", kForm, "Upgrade-Insecure-Requests: 1\r\n");
  EXPECT_EQ(world.last_patience_ms, 3000u) << "a browser on a site without TLS";
  world.passwords.clear();
  world.Post("login", kForm, "Sec-Fetch-Mode: cors\r\nSec-Fetch-Site: same-origin\r\n");
  EXPECT_EQ(world.last_patience_ms, 0u) << "a page's script shows no page";
}

TEST_F(EntrancePageTest, TheSameFormSentAgainGoesOnWaitingAndAnotherBegins) {
  Wait();
  world.waiting_answers = 1;
  EXPECT_THAT(world.Post("login", kForm, browser + claim), HasSubstr("You are next."));
  EXPECT_EQ(world.CountOf("Auth.Register"), 1);
  world.login_outcome = LoginReply::OUTCOME_UNSPECIFIED;
  const std::string other =
      world.Post("login", "login_username=dave&login_password=d&submit_registration=1", browser + claim);
  EXPECT_THAT(other, HasSubstr("PyZoobarLogin=sessiondave"));
  EXPECT_EQ(world.CountOf("Auth.Register"), 2);
}

TEST_F(EntrancePageTest, ARefusalIsShownInTheFormWithItsName) {
  Wait();
  world.login_outcome = LoginReply::OUTCOME_NAME_TAKEN;
  const std::string page = world.Get("login?waiting=1", claim);
  EXPECT_THAT(page, HasSubstr("This name is already taken"));
  EXPECT_THAT(page, HasSubstr("value=\"carol\""));
  EXPECT_THAT(page, HasSubstr("Set-Cookie: PyZoobarClaim=;"));
}

TEST_F(EntrancePageTest, AClaimThatNobodyKnowsIsDroppedAndThePersonToldWhatToDo) {
  const std::string lost = "Cookie: PyZoobarClaim=claimnobody\r\n";
  const std::string told = world.Get("login?waiting=1", lost);
  EXPECT_THAT(told, HasSubstr("Please send the form again."));
  EXPECT_THAT(told, HasSubstr("Set-Cookie: PyZoobarClaim=;"));
  const std::string plain = world.Get("login", lost);
  EXPECT_THAT(plain, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(plain, Not(HasSubstr("send the form again")));
  EXPECT_THAT(plain, HasSubstr("Set-Cookie: PyZoobarClaim=;"));
  // Another window of the same browser got the result.
  const std::string other = world.Get("login?waiting=1&nexturl=/zoobar/index.cgi/transfer",
                                      "Cookie: PyZoobarClaim=claimnobody; PyZoobarLogin=sessionalice\r\n");
  EXPECT_THAT(other, HasSubstr("\r\nLocation: /zoobar/index.cgi/transfer\r\n"));
  EXPECT_THAT(world.Get("login?waiting=1&nexturl=//evil.example",
                        "Cookie: PyZoobarClaim=claimnobody; PyZoobarLogin=sessionalice\r\n"),
              HasSubstr("\r\nLocation: /zoobar/index.cgi/\r\n"));
}

TEST_F(EntrancePageTest, AHeadRequestTakesNoResult) {
  Wait();
  world.Head("login?waiting=1", claim);
  EXPECT_EQ(world.CountOf("Auth.Claim"), 0);
  EXPECT_EQ(world.claimed, "carol");
}

}  // namespace
}  // namespace zoobar
