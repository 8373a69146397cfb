#include "roles/app/fixture.h"

namespace zoobar {
namespace {

// --- Logging in ---

TEST_F(AppTest, SendsAStrangerToTheLoginAndBack) {
  for (const char* page : {"", "users?user=bob", "transfer", "account", "members", "journal", "program"}) {
    const std::string answer = world.Get(page);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 302 ")) << page;
    EXPECT_THAT(answer, HasSubstr("\r\nLocation: /zoobar/index.cgi/login?nexturl=/zoobar/index.cgi/")) << page;
  }
  EXPECT_THAT(world.Get("", "Cookie: PyZoobarLogin=sessionnobody\r\n"), StartsWith("HTTP/1.1 302 "));
  EXPECT_TRUE(world.transfers.empty());
}

TEST_F(AppTest, RegistersOpensTheAccountAndComesBackWithBothCookies) {
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

TEST_F(AppTest, RegistersEvenWhileTheBankIsAwayAndOpensTheAccountLater) {
  world.failing.insert("Bank.OpenAccount");
  EXPECT_THAT(world.Post("login", "login_username=carol&login_password=p&submit_registration=Register"),
              StartsWith("HTTP/1.1 303 "));
  EXPECT_EQ(world.balances.count("id:carol"), 0u);
  world.failing.clear();
  EXPECT_TRUE(Matches(world.Get("", AppWorld::CookieOf("carol")), "Balance.*>10 zoobars"));
  EXPECT_EQ(world.balances["id:carol"], 10);
}

TEST_F(AppTest, LogsInWithTheRightPasswordAlone) {
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

TEST_F(AppTest, NeverRedirectsToAnotherSite) {
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

TEST_F(AppTest, SaysWhyItCannotRegister) {
  EXPECT_THAT(world.Post("login", "login_username=bob&login_password=x&submit_registration=1"),
              HasSubstr("This name is already taken"));
  EXPECT_THAT(world.Post("login", "login_username=%ff&login_password=x&submit_registration=1"),
              HasSubstr("Choose 1 to 128 bytes of text"));
  world.login_outcome = LoginReply::OUTCOME_PASSWORD_TOO_SHORT;
  EXPECT_THAT(world.Post("login", "login_username=c&login_password=x&submit_registration=1"),
              HasSubstr("at least 8 characters"));
}

TEST_F(AppTest, TellsToComeBackWhenTooManyLogIn) {
  world.login_outcome = LoginReply::OUTCOME_BUSY;
  const std::string answer = world.Post("login", "login_username=alice&login_password=x&submit_login=1");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(answer, HasSubstr("\r\nRetry-After: 8\r\n"));  // the stand-in's limit
  EXPECT_THAT(answer, HasSubstr("Please try again in 8 seconds."));
  EXPECT_THAT(answer, HasSubstr("name=\"login_username\""));
}

// With the pause, a client that asks again at once takes little of the time of others.
TEST_F(AppTest, TellsWhoeverIsRefusedForNowAfterAPause) {
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

TEST_F(AppTest, SaysWhyALoginMustWaitAndHowLong) {
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

TEST_F(AppTest, SaysHowStrongANewPasswordWouldBe) {
  EXPECT_THAT(world.Post("strength", "password=password&name=alice"), HasSubstr("too easy to guess, not accepted"));
  EXPECT_THAT(world.Post("strength", "password=Kx9%2fvu2-Lq7rz&name=alice"), HasSubstr("strong"));
  EXPECT_THAT(world.Get("strength"), StartsWith("HTTP/1.1 405 "));
}

TEST_F(AppTest, LogsOutOnTheServerToo) {
  const std::string answer = world.Get("logout", alice);
  EXPECT_THAT(answer, HasSubstr("\r\nLocation: /zoobar/index.cgi/login\r\n"));
  EXPECT_THAT(answer, HasSubstr("Set-Cookie: PyZoobarLogin=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"));
  EXPECT_THAT(answer, Not(HasSubstr("PyZoobarDevice")));
  EXPECT_EQ(world.sessions.count("sessionalice"), 0u);
  world.failing.insert("Auth.Logout");
  EXPECT_THAT(world.Post("logout", "", AppWorld::CookieOf("bob")), StartsWith("HTTP/1.1 503 "));
}

// --- Home ---

TEST_F(AppTest, HomeShowsNameBalanceAndProfile) {
  world.profiles["id:alice"] = "<b>me</b>";
  const std::string answer = world.Get("", alice);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(answer, HasSubstr("Log out alice"));
  EXPECT_TRUE(Matches(answer, "Balance.*>10 zoobars"));
  EXPECT_THAT(answer, HasSubstr("&lt;b&gt;me&lt;/b&gt;</textarea>"));
  EXPECT_THAT(world.Ask("GET /zoobar/index.cgi HTTP/1.1\r\nHost: zoobar\r\n" + alice + "\r\n"),
              HasSubstr("Log out alice"));
}

TEST_F(AppTest, SavesAProfileAndShowsTheHomePage) {
  const std::string answer = world.Post("", "profile_update=%3Cb%3Ehi%3C%2Fb%3E&profile_submit=Save", alice);
  EXPECT_EQ(world.profiles["id:alice"], "<b>hi</b>");
  EXPECT_THAT(answer, HasSubstr("Profile saved."));
  EXPECT_THAT(answer, HasSubstr("&lt;b&gt;hi&lt;/b&gt;</textarea>"));
}

TEST_F(AppTest, KeepsWhatWasTypedWhenAProfileIsRefused) {
  const std::string typed(101, 'x');
  const std::string large = world.Post("", "profile_update=" + typed + "&profile_submit=Save", alice);
  EXPECT_THAT(large, HasSubstr("at most 100 bytes"));
  EXPECT_THAT(large, HasSubstr(typed));
  const std::string binary = world.Post("", "profile_update=a%ff&profile_submit=Save", alice);
  EXPECT_THAT(binary, HasSubstr("Not saved: the profile is not valid UTF-8 text"));
  EXPECT_EQ(world.profiles["id:alice"], "");
  EXPECT_EQ(world.CountOf("Profile.Save"), 1);
}

// --- Members ---

TEST_F(AppTest, UsersShowsAMember) {
  world.profiles["id:bob"] = "<p>clean</p>";
  JournalReply::Entry entry;
  entry.set_number(2);
  entry.set_sender("bob");
  entry.set_recipient("alice");
  entry.set_zoobars(3);
  world.journal.push_back(entry);
  entry.set_number(1);
  entry.set_sender("");
  world.journal.push_back(entry);
  const std::string answer = world.Get("users?user=bob", alice);
  EXPECT_THAT(answer, HasSubstr("<div id=\"profile\"><p>clean</p></div>"));
  EXPECT_THAT(answer, HasSubstr("<span id=\"zoobars\" class=\"10\">"));
  EXPECT_TRUE(Matches(answer, "<table class=\"log\"[^]*bob[^]*alice[^]*>3<"));
  EXPECT_THAT(answer, Not(HasSubstr("the bank</em>"))) << "the bank's own entry is no transfer";
  EXPECT_THAT(world.Get("journal", alice), HasSubstr("<em>the bank</em>"));
}

TEST_F(AppTest, UsersKnowsNobodyElse) {
  EXPECT_THAT(world.Get("users?user=ghost", alice), HasSubstr("There is no member with the name <bdi>ghost</bdi>"));
  EXPECT_THAT(world.Get("users?user=%ff%00", alice), HasSubstr("There is no member with the name"));
  EXPECT_THAT(world.Get("users", alice), Not(HasSubstr("There is no member")));
  EXPECT_EQ(world.CountOf("Profile.Get") + world.CountOf("Profile.Show"), 0);
}

TEST_F(AppTest, JournalsAndListsGoOnPageByPage) {
  for (int number = 60; number > 0; --number) {
    JournalReply::Entry entry;
    entry.set_number(static_cast<std::uint64_t>(number));
    entry.set_sender("alice");
    entry.set_recipient("bob");
    entry.set_zoobars(1000 + number);
    world.journal.push_back(entry);
  }
  const std::string first = world.Get("journal", alice);
  EXPECT_THAT(first, HasSubstr("1060"));
  EXPECT_THAT(first, HasSubstr("journal?before=36"));
  EXPECT_THAT(first, Not(HasSubstr(">Newest<")));
  const std::string second = world.Get("journal?before=36", alice);
  EXPECT_THAT(second, HasSubstr("1035"));
  EXPECT_THAT(second, Not(HasSubstr("1036")));
  EXPECT_THAT(second, HasSubstr(">Newest<"));
  EXPECT_THAT(world.Get("users?user=bob&before=36", alice), HasSubstr("users?user=bob&amp;before=11"));

  for (int i = 10; i < 50; ++i) world.AddMember("m" + std::to_string(i));
  const std::string members = world.Get("members?search=m", alice);
  EXPECT_THAT(members, HasSubstr("members?search=m&amp;after=m34"));
  EXPECT_THAT(members, Not(HasSubstr("user=alice")));
  EXPECT_THAT(world.Get("members?search=m&after=m34", alice), HasSubstr("user=m35"));
}

// --- Account ---

TEST_F(AppTest, AccountListsSessionsAndEndsThem) {
  EXPECT_THAT(world.Get("account", alice), HasSubstr("name=\"end_session\" value=\"656c73657768657265\""));
  world.sessions.insert("elsewhere");
  EXPECT_THAT(world.Post("account", "end_session=656c73657768657265", alice), HasSubstr("The session has ended."));
  EXPECT_EQ(world.sessions.count("elsewhere"), 0u);
  const std::string everywhere = world.Post("account", "end_every_session=yes", alice);
  EXPECT_THAT(everywhere, HasSubstr("\r\nLocation: /zoobar/index.cgi/login\r\n"));
  EXPECT_EQ(world.sessions.count("sessionalice"), 0u);
}

TEST_F(AppTest, ChangesThePasswordAndGivesTheNewSession) {
  const std::string differ =
      world.Post("account", "password_now=a&password_new=b&password_again=c&password_submit=1", alice);
  EXPECT_THAT(differ, HasSubstr("The new passwords differ"));
  const std::string wrong =
      world.Post("account", "password_now=a&password_new=b&password_again=b&password_submit=1", alice);
  EXPECT_THAT(wrong, HasSubstr("The current password is wrong."));
  EXPECT_EQ(world.passwords["alice"], "supersecretpassword");
  const std::string answer = world.Post(
      "account",
      "password_now=supersecretpassword&password_new=another+one&password_again=another+one&password_submit=1", alice);
  EXPECT_THAT(answer, HasSubstr("Password changed."));
  EXPECT_THAT(answer, HasSubstr("Set-Cookie: PyZoobarLogin=sessionalice;"));
  EXPECT_EQ(world.passwords["alice"], "another one");
}

// --- Small ones ---

TEST_F(AppTest, ZoobarjsIsTheBalanceOrNothing) {
  const std::string answer = world.Get("zoobarjs", alice);
  EXPECT_THAT(answer, HasSubstr("Content-Type: text/javascript"));
  EXPECT_THAT(answer, HasSubstr("\r\n\r\nvar myZoobars = 10;\n"));
  EXPECT_THAT(world.Get("zoobarjs"), HasSubstr("\r\nContent-Length: 0\r\n"));
}

TEST_F(AppTest, EchoSaysItBackEscaped) {
  const std::string answer = world.Get("echo?s=%3Cscript%3Ehi%3C%2Fscript%3E");
  EXPECT_THAT(answer, HasSubstr("&lt;script&gt;hi&lt;/script&gt;</p>"));
  EXPECT_THAT(answer, Not(HasSubstr("<script")));
  EXPECT_EQ(world.CountOf("Echo.Say"), 1);
}

TEST_F(AppTest, RootLeadsHome) {
  EXPECT_THAT(world.Ask("GET / HTTP/1.1\r\nHost: zoobar\r\n\r\n"), HasSubstr("\r\nLocation: /zoobar/index.cgi/\r\n"));
}

}  // namespace
}  // namespace zoobar
