#include "roles/app/fixture.h"

namespace zoobar {
namespace {

TEST_F(AppTest, SendsAStrangerToTheLoginAndBack) {
  for (const char* page : {"", "users?user=bob", "transfer", "account", "members", "journal", "program", "offers"}) {
    const std::string answer = world.Get(page);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 302 ")) << page;
    EXPECT_THAT(answer, HasSubstr("\r\nLocation: /zoobar/index.cgi/login?nexturl=/zoobar/index.cgi/")) << page;
  }
  EXPECT_THAT(world.Get("", "Cookie: PyZoobarLogin=sessionnobody\r\n"), StartsWith("HTTP/1.1 302 "));
  EXPECT_TRUE(world.transfers.empty());
}

TEST_F(AppTest, OpensAnAccountThatIsMissing) {
  world.sessions.insert("sessioncarol");
  EXPECT_TRUE(Matches(world.Get("", AppWorld::CookieOf("carol")), "Balance.*>10 zoobars"));
  EXPECT_EQ(world.balances["id:carol"], 10);
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
  entry.set_kind(2);
  entry.set_sender("bob");
  entry.set_recipient("alice");
  entry.set_zoobars(3);
  world.journal.push_back(entry);
  entry.set_number(1);
  entry.set_kind(1);
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
    entry.set_kind(2);
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

// The form on the account page is sent to login. A form of an older page may still come here.
TEST_F(AppTest, TakesNoPassword) {
  EXPECT_THAT(world.Get("account", alice), HasSubstr("<form method=\"post\" action=\"/zoobar/index.cgi/password\">"));
  const std::string answer = world.Post(
      "account",
      "password_now=supersecretpassword&password_new=another+one&password_again=another+one&password_submit=1", alice);
  EXPECT_THAT(answer, HasSubstr("The password was not changed."));
  EXPECT_EQ(world.passwords["alice"], "supersecretpassword");
  EXPECT_EQ(world.CountOf("Auth.ChangePassword"), 0);
}

TEST_F(AppTest, SaysThatThePasswordWasChangedOnlyToTheSessionThatLoginNames) {
  // The stand-in's id of the present session is "here".
  EXPECT_THAT(world.Get("account?password_changed_in=68657265", alice), HasSubstr("Password changed."));
  for (const char* id : {"", "656c73657768657265", "1", "68657265x"}) {
    EXPECT_THAT(world.Get(std::string("account?password_changed_in=") + id, alice), Not(HasSubstr("Password changed.")))
        << id;
  }
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
