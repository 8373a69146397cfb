// login: a text that was sent without a session comes back after the login.
#include "roles/app/fixture.h"

namespace zoobar {
namespace {

class KeptTest : public LoginTest {
 protected:
  static constexpr const char* kText = "profile_update=%23!python%0d%0aprint(%22%3cb%3e%22)";
  static constexpr const char* kLogin = "&login_username=alice&login_password=supersecretpassword&submit_login=1";

  // What the form of the login page carries.
  static void ExpectCarried(const std::string& page) {
    EXPECT_THAT(page, HasSubstr("<textarea name=\"profile_update\" hidden>\n#!python\r\nprint(&quot;&lt;b&gt;&quot;)</"
                                "textarea>\n<input type=\"hidden\" name=\"profile_of\" value=\"alice\">"));
  }
  std::string Send(const std::string& more, const std::string& fields = "") {
    return world.Post("login", std::string(kText) + more, fields);
  }
};

TEST_F(KeptTest, TheFormForTheLoginCarriesIt) {
  const std::string page = Send("&profile_of=alice&profile_submit=Save");
  EXPECT_THAT(page, StartsWith("HTTP/1.1 200 "));
  ExpectCarried(page);
  EXPECT_THAT(page, HasSubstr("You were logged out. Your text is not saved yet, but this page keeps it"));
  EXPECT_THAT(page, HasSubstr("name=\"login_username\" value=\"alice\""));
  EXPECT_EQ(world.CountOf("Auth.Login") + world.CountOf("Auth.Register"), 0);
}

TEST_F(KeptTest, ARefusedLoginCarriesItOn) {
  ExpectCarried(Send("&profile_of=alice&login_username=alice&login_password=wrong&submit_login=1"));
  ExpectCarried(Send("&profile_of=alice&login_username=alice&login_password=wrong&submit_registration=1"));
  ExpectCarried(Send("&profile_of=alice&login_username=%ff&login_password=wrong&submit_login=1"));
  world.login_outcome = LoginReply::OUTCOME_BUSY;
  ExpectCarried(Send("&profile_of=alice" + std::string(kLogin)));
}

TEST_F(KeptTest, AfterTheLoginItIsInTheProfilesForm) {
  const std::string page = Send("&profile_of=alice" + std::string(kLogin));
  EXPECT_THAT(page, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(page, HasSubstr("Set-Cookie: PyZoobarLogin=sessionalice;"));
  EXPECT_THAT(page, HasSubstr("Log out alice"));
  EXPECT_THAT(page, HasSubstr("<form method=\"post\" action=\"/zoobar/index.cgi/\">"));
  EXPECT_THAT(page, HasSubstr("\n#!python\r\nprint(&quot;&lt;b&gt;&quot;)</textarea>"));
  EXPECT_THAT(page, HasSubstr(" data-unsaved=\"1\""));
  EXPECT_THAT(page, Not(HasSubstr("supersecretpassword")));
}

TEST_F(KeptTest, AnotherMemberWhoLogsInDoesNotSeeIt) {
  const std::string page =
      Send("&profile_of=alice&login_username=bob&login_password=supersecretpassword&submit_login=1");
  EXPECT_THAT(page, StartsWith("HTTP/1.1 303 "));
  EXPECT_THAT(page, HasSubstr("PyZoobarLogin=sessionbob"));
  EXPECT_THAT(page, Not(HasSubstr("print")));
  const std::string fresh = Send("&profile_of=alice&login_username=carol&login_password=p&submit_registration=1");
  EXPECT_THAT(fresh, StartsWith("HTTP/1.1 303 "));
}

TEST_F(KeptTest, AnotherSiteCannotPutATextThere) {
  const std::string page = Send("&profile_of=alice" + std::string(kLogin), "Sec-Fetch-Site: cross-site\r\n");
  EXPECT_THAT(page, StartsWith("HTTP/1.1 403 "));
  EXPECT_THAT(page, Not(HasSubstr("print")));
}

TEST_F(KeptTest, ALoginThatCarriesATextWaitsForOneAnswer) {
  const std::string browser = "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Site: same-origin\r\n";
  Send("&profile_of=alice" + std::string(kLogin), browser);
  EXPECT_EQ(world.last_patience_ms, 0u) << "the page that asks again by itself would lose it";
  world.claimed = "alice";
  const std::string page =
      Send("&profile_of=alice" + std::string(kLogin), browser + "Cookie: PyZoobarClaim=claimalice\r\n");
  EXPECT_EQ(world.CountOf("Auth.Claim"), 0);
  EXPECT_THAT(page, HasSubstr("print"));
}

TEST_F(KeptTest, ATextThatIsTooLongToBeCarriedIsShownToBeCopied) {
  const std::string page = world.Post("login", "profile_update=" + std::string(125'000, 'a') + "&profile_submit=Save");
  EXPECT_THAT(page, HasSubstr("<textarea id=\"copy\" rows=\"6\" readonly>"));
  EXPECT_THAT(page, HasSubstr(std::string(125'000, 'a') + "</textarea>"));
  EXPECT_THAT(page, Not(HasSubstr("<textarea name=\"profile_update\"")));
}

TEST_F(KeptTest, AnOrdinaryLoginCarriesNothing) {
  const std::string page = world.Get("login");
  EXPECT_THAT(page, Not(HasSubstr("profile_update")));
  EXPECT_THAT(page, Not(HasSubstr("profile_of")));
  EXPECT_THAT(world.Post("login", kLogin + 1), StartsWith("HTTP/1.1 303 "));
}

TEST_F(KeptTest, WhenAuthIsAwayTheTextIsInThePageThatSaysSo) {
  world.failing = {"Auth.Login"};
  const std::string page = Send("&profile_of=alice" + std::string(kLogin));
  EXPECT_THAT(page, StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(page, HasSubstr("\n#!python\r\nprint(&quot;&lt;b&gt;&quot;)</textarea>"));
}

}  // namespace
}  // namespace zoobar
