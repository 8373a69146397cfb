// Passwords and sessions on a live site: when honeychecker dies, under floods of guesses, and behind a proxy with TLS.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>

#include "live_site/live_site.h"

namespace zoobar {
namespace {

using testing::HasSubstr;
using testing::Not;

class CredentialsTest : public testing::Test {
 protected:
  Form Filled(const std::string& name, const std::string& password, const std::string& what = "submit_login") {
    return {{"login_username", name}, {"login_password", password}, {what, "1"}};
  }
  LiveSite site_;
};

TEST_F(CredentialsTest, ALoginOutlivesHoneycheckersDeath) {
  ASSERT_TRUE(site_.Start()) << site_.Output();
  Browser alice = site_.NewMember("alice");
  const pid_t checker = site_.PidOf("honeychecker");
  ASSERT_GT(checker, 0);
  kill(checker, SIGKILL);
  // auth waits a second for the next process, which is there long before.
  EXPECT_TRUE(Eventually([&] { return site_.NewBrowser().Login("alice", kPassword, kHome).status == 303; }));
  EXPECT_NE(site_.PidOf("honeychecker"), checker);
  EXPECT_EQ(alice.Balance(), 10);
}

TEST_F(CredentialsTest, EachHalfOfASecretLiesUnderAUidOfItsOwn) {
  ASSERT_TRUE(site_.Start()) << site_.Output();
  site_.NewMember("alice");
  const std::string cred = ReadWhole(site_.state() + "/auth/store/data.mdb");
  const std::string honey = ReadWhole(site_.state() + "/honeychecker/store/data.mdb");
  EXPECT_THAT(cred, HasSubstr("$argon2id$"));
  EXPECT_THAT(honey, HasSubstr("alice"));
  EXPECT_THAT(honey, Not(HasSubstr("$argon2id$")));
  EXPECT_THAT(cred + honey, Not(HasSubstr(kPassword)));
}

// This test changes the indexes in honeychecker's store. Then each member's own password is a honeyword, and their
// login is to the site what a thief's login with a honeyword would be.
TEST_F(CredentialsTest, AHoneywordRingsNamesTheAccountAndLocksItUntilTheOperatorUnlocks) {
  ASSERT_TRUE(site_.Start()) << site_.Output();
  site_.NewMember("alice");
  std::vector<std::string> members;
  for (int i = 0; i < 4; ++i) {
    members.push_back("member" + std::to_string(i));
    site_.NewMember(members.back());
  }
  ASSERT_EQ(site_.Stop(), 0);
  // The values are in the file as they are. Each index of 1 to 20 becomes the next one.
  const std::string path = site_.state() + "/honeychecker/store/data.mdb";
  std::string bytes = ReadWhole(path);
  int changed = 0;
  for (const std::string& member : members) {
    // StoredIndex: 0a LENGTH NAME 15 INDEX(4, little-endian)
    const std::string before = std::string("\x0a") + static_cast<char>(member.size()) + member + "\x15";
    for (std::size_t at = bytes.find(before); at != bytes.npos; at = bytes.find(before, at + 1)) {
      char& index = bytes[at + before.size()];
      index = static_cast<char>(index % 20 + 1);
      ++changed;
    }
  }
  ASSERT_GE(changed, 4);
  std::fstream(path, std::ios::in | std::ios::out | std::ios::binary)
      .write(bytes.data(), static_cast<long>(bytes.size()));
  ASSERT_TRUE(site_.Start()) << site_.Output();

  EXPECT_EQ(site_.NewBrowser().Login("alice", kPassword, kHome).status, 303);
  for (const std::string& member : members) {
    EXPECT_TRUE(site_.NewBrowser().Login(member, kPassword, kHome).Has("Wrong name or password"));
  }
  EXPECT_TRUE(site_.Says("honeyword-used"));
  EXPECT_THAT(site_.Output(), HasSubstr("member3"));
  EXPECT_THAT(site_.Output(), Not(HasSubstr(kPassword)));
  const Ended unlocked = site_.Ctl({"member", "unlock", "member3"});
  EXPECT_EQ(unlocked.status, 0) << unlocked.output;
  EXPECT_THAT(unlocked.output, HasSubstr("member3: unlocked"));
  EXPECT_EQ(site_.Ctl({"member", "unlock", "nobody"}).status, 1);
}

TEST_F(CredentialsTest, AFloodOfGuessesIsRefusedAndAKnownDeviceGetsIn) {
  site_.settings.push_back("auth { throttle { address_failures: 5 address_seconds: 60 max_delay_ms: 10 } }");
  ASSERT_TRUE(site_.Start()) << site_.Output();
  Browser alice = site_.NewMember("alice");
  alice.Get("/zoobar/index.cgi/logout");
  Browser stranger = site_.NewBrowser();
  Answer last;
  for (int i = 0; i < 30 && last.status != 429; ++i) last = stranger.Post(kLogin, Filled("alice", "wrong horse"));
  EXPECT_EQ(last.status, 429);
  EXPECT_FALSE(last.Field("Retry-After").empty());
  EXPECT_EQ(site_.NewBrowser().Login("alice", kPassword, kHome).status, 429) << "it is the address of the stranger";
  EXPECT_EQ(alice.Login("alice", kPassword, kHome).status, 303) << "this browser of alice is a known device";
}

TEST_F(CredentialsTest, BehindTlsCookiesAreTheHostsOwn) {
  site_.settings.push_back("trusted_proxies: \"127.0.0.1\"");
  ASSERT_TRUE(site_.Start()) << site_.Output();
  const std::string secure = "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\n";
  Browser alice = site_.NewBrowser();
  const Answer joined = alice.Post(kLogin, Filled("alice", kPassword, "submit_registration"), secure);
  ASSERT_EQ(joined.status, 303);
  EXPECT_EQ(alice.cookies.count("__Host-PyZoobarLogin"), 1u);
  EXPECT_EQ(alice.cookies.count("__Host-PyZoobarDevice"), 1u);
  EXPECT_EQ(alice.cookies.count("PyZoobarLogin"), 0u);
  EXPECT_THAT(joined.head, HasSubstr("; Secure"));
  EXPECT_TRUE(alice.Get(kHome, secure).Has("Log out alice"));
  // A site on a neighbouring host could set a cookie of the plain name. It opens no session here.
  Browser planted = site_.NewBrowser();
  planted.cookies["PyZoobarLogin"] = alice.cookies["__Host-PyZoobarLogin"];
  EXPECT_FALSE(planted.Get(kHome, secure).Has("Log out alice"));
}

TEST_F(CredentialsTest, TheHintJudgesAsTheBankDoes) {
  ASSERT_TRUE(site_.Start()) << site_.Output();
  Browser browser = site_.NewBrowser();
  const auto hint = [&](const std::string& password) {
    return browser.Post("/zoobar/index.cgi/strength", {{"password", password}, {"name", "alice"}}).body;
  };
  EXPECT_THAT(hint("password"), HasSubstr("not accepted"));
  EXPECT_TRUE(browser.Register("alice", "password", kHome).Has("too easy to guess"));
  EXPECT_THAT(hint("four words in a row"), Not(HasSubstr("not accepted")));
  EXPECT_EQ(browser.Register("alice", "four words in a row", kHome).status, 303);
  EXPECT_EQ(browser.Get("/zoobar/media/strength.js").status, 200);
}

}  // namespace
}  // namespace zoobar
