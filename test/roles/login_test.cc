// login: what the pages with passwords do.
#include <array>
#include <map>

#include "credentials/tokens.h"
#include "roles/app/fixture.h"

namespace zoobar {
namespace {

TEST_F(LoginTest, RegistersOpensTheAccountAndComesBackWithBothCookies) {
  const std::string answer = world.Post("login",
                                        "login_username=carol&login_password=carolspassword&nexturl=%2Fzoobar%2Findex."
                                        "cgi%2F&submit_registration=Register");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 303 "));
  EXPECT_THAT(answer, HasSubstr("\r\nLocation: /zoobar/index.cgi/\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nSet-Cookie: PyZoobarLogin=sessioncarol; Path=/; HttpOnly; SameSite=Lax\r\n"));
  EXPECT_TRUE(
      Matches(answer, "Set-Cookie: PyZoobarDevice=devicecarol; Path=/; HttpOnly; SameSite=Lax; Max-Age=[0-9]+\r\n"));
  EXPECT_EQ(world.passwords["carol"], "carolspassword");
  EXPECT_EQ(world.balances["id:carol"], 10);
}

TEST_F(LoginTest, LogsInWithTheRightPasswordAlone) {
  const std::string wrong = world.Post("login", "login_username=alice&login_password=nope&submit_login=Log+in");
  EXPECT_THAT(wrong, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(wrong, HasSubstr("Wrong name or password."));
  EXPECT_THAT(wrong, HasSubstr("value=\"alice\""));
  EXPECT_THAT(wrong, Not(HasSubstr("Set-Cookie")));
  EXPECT_THAT(wrong, Not(HasSubstr("nope")));
  const std::string right =
      world.Post("login", "login_username=alice&login_password=supersecretpassword&submit_login=Log+in&nexturl=/a%3Fb",
                 "Cookie: PyZoobarDevice=olddevice\r\n");
  EXPECT_THAT(right, HasSubstr("\r\nLocation: /a?b\r\n"));
  EXPECT_EQ(world.last_device, "olddevice");
}

TEST_F(LoginTest, NeverRedirectsToAnotherSite) {
  for (const char* next : {"//evil.example", "https://evil.example/", "/%5Cevil.example", "/%0d%0aX:1"}) {
    EXPECT_THAT(
        world.Post("login", std::string("login_username=alice&login_password=supersecretpassword&submit_login=1&"
                                        "nexturl=") +
                                next),
        HasSubstr("\r\nLocation: /zoobar/index.cgi/\r\n"))
        << next;
    EXPECT_THAT(world.Get(std::string("login?nexturl=") + next),
                HasSubstr("name=\"nexturl\" value=\"/zoobar/index.cgi/\""));
  }
}

TEST_F(LoginTest, SaysWhyItCannotRegister) {
  EXPECT_THAT(world.Post("login", "login_username=bob&login_password=x&submit_registration=1"),
              HasSubstr("This name is already taken"));
  EXPECT_THAT(world.Post("login", "login_username=%ff&login_password=x&submit_registration=1"),
              HasSubstr("Choose 1 to 128 bytes of text"));
  world.login_outcome = LoginReply::OUTCOME_PASSWORD_TOO_SHORT;
  EXPECT_THAT(world.Post("login", "login_username=c&login_password=x&submit_registration=1"),
              HasSubstr("at least 8 characters"));
}

TEST_F(LoginTest, TellsToComeBackWhenTooManyLogIn) {
  world.login_outcome = LoginReply::OUTCOME_BUSY;
  const std::string answer = world.Post("login", "login_username=alice&login_password=x&submit_login=1");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(answer, HasSubstr("\r\nRetry-After: 8\r\n"));  // the stand-in's limit
  EXPECT_THAT(answer, HasSubstr("Please try again in 8 seconds."));
  EXPECT_THAT(answer, HasSubstr("name=\"login_username\""));
}

// With the pause, a client that asks again at once takes little of the time of others.
TEST_F(LoginTest, TellsWhoeverIsRefusedForNowAfterAPause) {
  const auto took_us = [this](LoginReply::Outcome outcome) {
    world.login_outcome = outcome;
    const std::int64_t begin = MonotonicMicros();
    world.Post("login", "login_username=alice&login_password=x&submit_login=1");
    return MonotonicMicros() - begin;
  };
  for (const auto refused : {LoginReply::OUTCOME_BUSY, LoginReply::OUTCOME_SLOW_DOWN, LoginReply::OUTCOME_NOT_CHECKED})
    EXPECT_GE(took_us(refused), 90'000);  // the loop's clock may be a little behind
  std::int64_t least = took_us(LoginReply::OUTCOME_LOCKED);
  for (int i = 0; i < 20; ++i) least = std::min(least, took_us(LoginReply::OUTCOME_LOCKED));
  EXPECT_LT(least, 90'000) << "a final answer comes at once";
}

TEST_F(LoginTest, SaysWhyALoginMustWaitAndHowLong) {
  const std::string login = "login_username=alice&login_password=x&submit_login=1";
  world.login_outcome = LoginReply::OUTCOME_SLOW_DOWN;  // the stand-in's limit is 8
  EXPECT_THAT(world.Post("login", login), StartsWith("HTTP/1.1 429 "));
  EXPECT_THAT(world.Post("login", login), HasSubstr("\r\nRetry-After: 8\r\n"));
  EXPECT_THAT(world.Post("login", login), HasSubstr("try again in 8 seconds"));
  world.login_outcome = LoginReply::OUTCOME_NOT_CHECKED;
  EXPECT_THAT(world.Post("login", login), StartsWith("HTTP/1.1 503 "));
  world.login_outcome = LoginReply::OUTCOME_LOCKED;
  EXPECT_THAT(world.Post("login", login), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(world.Post("login", login), HasSubstr("This account is locked"));
  world.login_outcome = LoginReply::OUTCOME_PASSWORD_COMMON;
  EXPECT_THAT(world.Post("login", login), HasSubstr("too easy to guess"));
}

TEST_F(LoginTest, SaysHowStrongANewPasswordWouldBe) {
  EXPECT_THAT(world.Post("strength", "password=password&name=alice"), HasSubstr("too easy to guess, not accepted"));
  EXPECT_THAT(world.Post("strength", "password=Kx9%2fvu2-Lq7rz&name=alice"), HasSubstr("strong"));
  EXPECT_THAT(world.Get("strength"), StartsWith("HTTP/1.1 405 "));
}

TEST_F(LoginTest, LogsOutOnTheServerToo) {
  const std::string answer = world.Get("logout", alice);
  EXPECT_THAT(answer, HasSubstr("\r\nLocation: /zoobar/index.cgi/login\r\n"));
  EXPECT_THAT(answer, HasSubstr("Set-Cookie: PyZoobarLogin=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"));
  EXPECT_THAT(answer, Not(HasSubstr("PyZoobarDevice")));
  EXPECT_EQ(world.sessions.count("sessionalice"), 0u);
  world.failing.insert("Auth.Logout");
  EXPECT_THAT(world.Post("logout", "", LoginWorld::CookieOf("bob")), StartsWith("HTTP/1.1 503 "));
}

TEST_F(LoginTest, RegistersEvenWhileTheBankIsAway) {
  world.failing.insert("Bank.OpenAccount");
  EXPECT_THAT(world.Post("login", "login_username=carol&login_password=p&submit_registration=Register"),
              StartsWith("HTTP/1.1 303 "));
  EXPECT_EQ(world.balances.count("id:carol"), 0u) << "the member's first page opens the account";
  EXPECT_EQ(world.site.lines.Named("account-not-opened").size(), 1u);
}

// --- A new password ---

TEST_F(LoginTest, ShowsTheFormForANewPasswordToMembersAlone) {
  const std::string form = world.Get("password", alice);
  EXPECT_THAT(form, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(form, HasSubstr("name=\"password_now\""));
  EXPECT_THAT(form, HasSubstr("<input name=\"username\" value=\"alice\" autocomplete=\"username\" hidden>"));
  for (const char* cookie : {"", "Cookie: PyZoobarLogin=sessionnobody\r\n"}) {
    const std::string answer = world.Get("password", cookie);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 302 "));
    EXPECT_THAT(answer, HasSubstr("/login?nexturl=/zoobar/index.cgi/password\r\n"));
  }
}

TEST_F(LoginTest, ChangesThePasswordAndGivesTheNewSession) {
  const std::string differ = world.Post("password", "password_now=a&password_new=b&password_again=c", alice);
  EXPECT_THAT(differ, HasSubstr("The new passwords differ"));
  const std::string wrong = world.Post("password", "password_now=a&password_new=b&password_again=b", alice);
  EXPECT_THAT(wrong, HasSubstr("The current password is wrong."));
  EXPECT_EQ(world.passwords["alice"], "supersecretpassword");
  const std::string answer = world.Post(
      "password", "password_now=supersecretpassword&password_new=another+one&password_again=another+one", alice);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 303 "));
  EXPECT_THAT(answer, HasSubstr("\r\nLocation: /zoobar/index.cgi/account?password_changed_in="));
  EXPECT_THAT(answer, HasSubstr("Set-Cookie: PyZoobarLogin=sessionalice;"));
  EXPECT_EQ(world.passwords["alice"], "another one");
}

TEST_F(LoginTest, NamesTheNewSessionByTheIdThatAuthLists) {
  // As a token of auth's, which the stand-in's are not.
  const std::string token = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
  world.session_after_change = token;
  const std::string answer = world.Post(
      "password", "password_now=supersecretpassword&password_new=another+one&password_again=another+one", alice);
  EXPECT_THAT(
      answer,
      HasSubstr("account?password_changed_in=" + ToHex(TokenKey(TokenKind::kSession, token).substr(0, 16)) + "\r\n"));
}

// --- The ways in and out ---

TEST_F(LoginTest, SaysOfEveryPageWhatItAllows) {
  for (const char* method : {"PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"}) {
    for (const char* page : {"/login", "/logout", "/password"})
      EXPECT_EQ(Allowed(method, page), "GET, HEAD, POST") << page;
    EXPECT_EQ(Allowed(method, "/strength"), "POST");
  }
  for (const char* method : {"GET", "HEAD"}) EXPECT_EQ(Allowed(method, "/strength"), "POST");
}

TEST_F(LoginTest, RefusesABrowsersPostFromAnotherSite) {
  const std::string answer =
      world.Post("login", "login_username=alice&login_password=x&submit_login=1", "Origin: http://evil.example\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 403 "));
  EXPECT_EQ(world.CountOf("Auth.Login"), 0);
  EXPECT_EQ(world.site.lines.Named("cross-site-post").size(), 1u);
}

TEST_F(LoginTest, SaysWhatIsKnownOfWhyThereIsNoAnswer) {
  const struct {
    Cause cause;
    const char *heading, *text, *retry_after;
  } kCases[] = {{Cause::kNoRoom, "Disk full", "Your request was not carried out", "60"},
                {Cause::kBusy, "The site is busy", "Your request was not carried out", "2"},
                {Cause::kGone, "Back in a moment", "being restarted", "2"},
                {Cause::kOther, "No answer", "Check whether your request was carried out", "2"}};
  const std::map<std::string, std::array<std::string, 3>> posts = {
      {"Auth.Login", {"login", "login_username=bob&login_password=long-enough-7&submit_login=1", ""}},
      {"Auth.Register", {"login", "login_username=new&login_password=long-enough-7&submit_registration=1", ""}},
      {"Auth.ChangePassword", {"password", "password_now=a&password_new=b&password_again=b", alice}},
      {"Auth.Logout", {"logout", "", alice}}};
  for (const auto& each : kCases) {
    world.failing_as = each.cause;
    for (const auto& [method, post] : posts) {
      world.failing = {method};
      const std::string answer = world.Post(post[0], post[1], post[2]);
      EXPECT_THAT(answer, StartsWith("HTTP/1.1 503 ")) << method;
      EXPECT_THAT(answer, HasSubstr(each.heading)) << method;
      EXPECT_THAT(answer, HasSubstr(each.text)) << method;
      EXPECT_THAT(answer, HasSubstr(std::string("Retry-After: ") + each.retry_after + "\r\n")) << method;
    }
  }
}

TEST_F(LoginTest, GivesAConnectionBackWhenTheNextRequestIsAppsAndReadsNoFurther) {
  const Fd client = world.Connect("GET /zoobar/index.cgi/login HTTP/1.1\r\nHost: zoobar\r\n\r\n", 42);
  EXPECT_THAT(world.ReadAnswer(client), StartsWith("HTTP/1.1 200 "));
  const std::string next = "POST /zoobar/index.cgi/transfer HTTP/1.1\r\nHost: zoobar\r\n" + alice +
                           "Content-Length: 22\r\n\r\nrecipient=bob&zoobars=1";
  ASSERT_EQ(send(client.get(), next.data(), next.size(), 0), static_cast<ssize_t>(next.size()));
  world.site.RunUntil([&] { return !world.taken_back.empty(); });
  EXPECT_EQ(world.taken_back[0].connection(), 42u);
  EXPECT_FALSE(world.taken_back[0].closed());
  EXPECT_EQ(world.taken_back_bytes[0], next.substr(0, kFirstBytes));
}

TEST_F(LoginTest, LogsNoPassword) {
  world.Post("login", "login_username=alice&login_password=hunter2hunter2&submit_login=1");
  world.failing.insert("Auth.Login");
  world.Post("login", "login_username=alice&login_password=hunter2hunter2&submit_login=1");
  for (const FakeLog::Line& line : world.site.lines.lines) EXPECT_THAT(line.Text(), Not(HasSubstr("hunter2")));
}

TEST_F(LoginTest, RubbishInAnyFieldOfAnyFormIsAnsweredByThePage) {
  SendRubbish(world,
              {{"login", {"login_username", "login_password", "nexturl", "submit_login", "submit_registration"}},
               {"logout", {"x"}},
               {"password", {"password_submit", "password_now", "password_new", "password_again"}},
               {"strength", {"password", "name"}},
               {"passkeys",
                {"ask", "submit_passkey", "add_passkey", "challenge", "credential", "client_data", "passkey_name"}}},
              alice);
}

// kFirstBytes is computed from the shortest path.
TEST(LoginRoutes, NoneIsShorterThanThatOfTheLogin) {
  for (const std::string_view route : kLoginRole.default_routes) {
    EXPECT_GE(route.size(), std::string_view("/zoobar/index.cgi/login").size()) << route;
  }
  EXPECT_NE(kShortestHead.find(" /zoobar/index.cgi/login "), std::string_view::npos);
}

}  // namespace
}  // namespace zoobar
