// Where passwords are while members log in: in login and auth, and in the dispatcher while the bytes pass. The memory of
// every live role is searched. Clients keep their connections, as browsers and scripts do, so a login often comes on a
// connection that app has kept after a page.
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "credentials/memory_scan.h"
#include "live_site/live_site.h"

namespace zoobar {
namespace {

constexpr const char* kNewPassword = "/zoobar/index.cgi/password";
constexpr const char* kStrength = "/zoobar/index.cgi/strength";

class PasswordsTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(site_.Start()) << site_.Output(); }

  // Every password of these tests begins with the same random text, so one search finds all of them.
  std::string Password(const std::string& end) const {
    const Bytes mark = mark_.Reveal();
    return std::string(View(mark)) + end;
  }
  static Form Change(const std::string& now, const std::string& fresh) {
    return {{"password_now", now}, {"password_new", fresh}, {"password_again", fresh}, {"password_submit", "1"}};
  }
  bool Holds(const RoleProcess& role) const {
    const std::vector<std::string> found = FindInMemory(std::to_string(role.pid), mark_);
    return !found.empty() && IsAlive(role.pid);  // the interpreter is replaced from time to time
  }
  // The roles in whose memory a piece of a password is.
  std::set<std::string> Holders() const {
    std::set<std::string> holders;
    std::vector<RoleProcess> roles = site_.Roles();
    roles.push_back({"master", site_.master()});
    for (const RoleProcess& role : roles) {
      if (Holds(role)) holders.insert(role.name);
    }
    return holders;
  }
  // Fails if a role holds a password that must never have one.
  void ExpectOnlyEntrances() const {
    for (const std::string& role : Holders()) {
      EXPECT_TRUE(role == "login" || role == "auth" || role == "dispatcher") << role << " holds a password";
    }
  }
  bool LoginHolds() const { return Holds({"login", site_.PidOf("login")}); }

  LiveSite site_;
  HiddenText mark_;
};

// The form never ends, so whoever has read a part of it keeps that part.
TEST_F(PasswordsTest, AFormThatIsBeingSentIsInLoginAlone) {
  Browser alice = site_.NewMember("alice");
  const std::string text = "password=" + Password("-half-of-a-form");
  for (const std::string target :
       {kLogin, kNewPassword, kStrength, "/zoobar/index.cgi/%6cogin", "/zoobar/index.cgi/./login?x"}) {
    const bool served = target.find("/./") == std::string::npos;  // the last one is refused
    ASSERT_EQ(alice.Get(kHome).status, 200);                      // app keeps the connection now
    ASSERT_FALSE(LoginHolds());
    std::string request = "POST ";
    request += target;
    request +=
        " HTTP/1.1\r\nHost: zoobar\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        "Content-Length: 5000\r\n\r\n";
    request += text;
    ASSERT_TRUE(alice.Send(request));
    if (served) {
      EXPECT_TRUE(Eventually([&] { return LoginHolds(); })) << target;
    } else {
      EXPECT_EQ(alice.Receive().status, 400) << target;
    }
    for (const std::string& role : Holders()) EXPECT_EQ(role, "login") << target;
    alice.Disconnect();
    EXPECT_TRUE(Eventually([&] { return !LoginHolds(); })) << target;
  }
}

TEST_F(PasswordsTest, AfterAThousandOfThemNoRoleHoldsOneAndMostNeverDid) {
  constexpr int kBrowsers = 4, kMembers = 50;  // for each browser; five passwords are sent for each member
  std::atomic<int> sent = 0;
  std::atomic<bool> done = false;
  std::vector<std::thread> threads;
  threads.reserve(kBrowsers);
  for (int b = 0; b < kBrowsers; ++b) {
    threads.emplace_back([&, b] {
      for (int m = 0; m < kMembers; ++m) {
        const std::string name = "member " + std::to_string(b) + "-" + std::to_string(m);
        const std::string first = Password("-first"), second = Password("-second");
        Browser browser = site_.NewBrowser();
        const auto logs_in = [&](const Answer& answer) {
          EXPECT_EQ(answer.status, 303) << name << answer.body;
          EXPECT_TRUE(browser.Get(kHome).Has("Log out " + name)) << name;
          ++sent;
        };
        EXPECT_EQ(browser.Get(kHome).status, 302);
        logs_in(browser.Register(name, first, kHome));
        logs_in(browser.Login(name, first, kHome));
        EXPECT_EQ(browser.Post(kStrength, {{"password", second}, {"name", name}}).status, 200);
        EXPECT_TRUE(browser.Get("/zoobar/index.cgi/account").Has("Current password"));
        const Answer changed = browser.Post(kNewPassword, Change(first, second));
        EXPECT_EQ(changed.status, 303) << changed.body;
        EXPECT_TRUE(browser.Get(changed.Field("Location")).Has("Password changed."));
        ++sent;
        EXPECT_EQ(browser.Login(name, first, kHome).status, 200) << "a wrong password";
        EXPECT_EQ(browser.Get(kHome).status, 200);
        ++sent;
        logs_in(browser.Login(name, second, kHome));
      }
    });
  }
  std::thread watcher([&] {
    while (!done) ExpectOnlyEntrances();
  });
  for (std::thread& thread : threads) thread.join();
  done = true;
  watcher.join();
  EXPECT_EQ(sent, 5 * kBrowsers * kMembers);
  // One second after a login is promised, but a machine that is busy with other work must not fail the test.
  EXPECT_TRUE(Eventually([&] { return Holders().empty(); }));
  for (const std::string& role : Holders()) ADD_FAILURE() << role << " holds a password";
  const std::string access = site_.Log("access") + site_.Log("security") + site_.Output();
  EXPECT_EQ(access.find(Password("")), std::string::npos);
}

TEST_F(PasswordsTest, WhileLoginIsKilledMembersGoOnAndLoginsComeBack) {
  Browser alice = site_.NewMember("alice");
  ASSERT_EQ(alice.Get(kHome).status, 200);  // so login has given the connection back
  const std::vector<RoleProcess> before = site_.Roles();
  for (int i = 0; i < 5; ++i) {
    const pid_t login = site_.PidOf("login");
    ASSERT_EQ(kill(login, SIGKILL), 0);
    for (int page = 0; page < 20; ++page) EXPECT_EQ(alice.Get(kHome).status, 200);
    ASSERT_TRUE(site_.Restarted("login", login));
    EXPECT_TRUE(Eventually([&] { return site_.NewBrowser().Login("alice", kPassword, kHome).status == 303; }));
    EXPECT_EQ(alice.Get(kHome).status, 200);
  }
  for (const RoleProcess& role : before) {
    if (role.name == "login" || role.name == "interpreter") continue;
    EXPECT_TRUE(IsAlive(role.pid)) << role.name;
  }
}

}  // namespace
}  // namespace zoobar
