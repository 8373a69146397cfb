// Many people at the entrance of a live site at once, strangers who guess, answers that are lost, and rubbish in forms.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <thread>

#include "live_site/live_site.h"

namespace zoobar {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr int kPupils = 60;
// Far more than is needed, because a machine that is busy with other work must not fail a test.
constexpr std::chrono::seconds kPatience{300};

class ClassTest : public testing::Test {
 protected:
  static std::string Password(int number) { return "lamp orbit quilt " + std::to_string(number); }
  static std::string Name(int number) { return "pupil" + std::to_string(number); }

  // Calls `act` for every pupil, for all at the same time.
  static void AtOnce(const std::function<void(int)>& act) {
    std::vector<std::thread> threads;
    for (int i = 0; i < kPupils; ++i) threads.emplace_back(act, i);
    for (std::thread& thread : threads) thread.join();
  }
  // A browser that waits long enough for each answer.
  Browser Patient() {
    Browser browser = site_.NewBrowser();
    browser.SetPatience(kPatience);
    return browser;
  }
  // Does what a browser does: sends the form, then asks for each page that an answer tells it to ask for.
  Answer Browse(Browser& browser, int number, const char* button, std::atomic<int>* pages) {
    const std::string fields = "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Site: same-origin\r\n";
    const Form form = {
        {"login_username", Name(number)}, {"login_password", Password(number)}, {"nexturl", kHome}, {button, "1"}};
    Answer answer = browser.Post(kLogin, form, fields);
    std::string refresh;
    while (answer.status == 200 && !(refresh = answer.Field("Refresh")).empty()) {
      ++*pages;
      EXPECT_TRUE(answer.Has("Please wait"));
      EXPECT_TRUE(answer.Has("ahead of you.") || answer.Has("You are next."));
      std::this_thread::sleep_for(std::chrono::seconds(1));
      answer = browser.Get(refresh.substr(refresh.find("url=") + 4), fields);
    }
    return answer;
  }
  void ExpectNobodyDiedOrComplained(const std::vector<RoleProcess>& before) {
    for (const RoleProcess& role : before) EXPECT_TRUE(IsAlive(role.pid)) << role.name;
    EXPECT_THAT(site_.Output(), Not(HasSubstr("page-unavailable")));
    EXPECT_THAT(site_.Output(), Not(HasSubstr("\"level\":\"error\"")));
  }
  // Without the interpreter, which is replaced from time to time.
  static std::vector<RoleProcess> Lasting(std::vector<RoleProcess> roles) {
    std::erase_if(roles, [](const RoleProcess& role) { return role.name == "interpreter"; });
    return roles;
  }

  LiveSite site_;
};

TEST_F(ClassTest, SixtyScriptsRegisterAtOnceAndThenLogInAtOnce) {
  site_.settings = {"auth { argon2 { memory_kib: 4096 passes: 1 } }"};
  ASSERT_TRUE(site_.Start()) << site_.Output();
  const std::vector<RoleProcess> roles = Lasting(site_.Roles());
  std::vector<int> statuses(kPupils), again(kPupils);
  std::vector<long> balances(kPupils);
  AtOnce([&](int i) {
    Browser pupil = Patient();
    statuses[static_cast<std::size_t>(i)] = pupil.Register(Name(i), Password(i), kHome).status;
    balances[static_cast<std::size_t>(i)] = pupil.Balance();
  });
  EXPECT_THAT(statuses, testing::Each(303));
  EXPECT_THAT(balances, testing::Each(10));
  AtOnce([&](int i) { again[static_cast<std::size_t>(i)] = Patient().Login(Name(i), Password(i), kHome).status; });
  EXPECT_THAT(again, testing::Each(303));
  ExpectNobodyDiedOrComplained(roles);
}

TEST_F(ClassTest, SixtyBrowsersRegisterAtOnceAndSeeHowManyAreBeforeThem) {
  // Hashes take so long that the queue is longer than a browser waits for one answer.
  site_.settings = {"auth { argon2 { memory_kib: 16384 passes: 1 } }"};
  ASSERT_TRUE(site_.Start()) << site_.Output();
  const std::vector<RoleProcess> roles = Lasting(site_.Roles());
  std::atomic<int> pages = 0;
  std::vector<int> statuses(kPupils);
  std::vector<long> balances(kPupils);
  AtOnce([&](int i) {
    Browser pupil = Patient();
    statuses[static_cast<std::size_t>(i)] = Browse(pupil, i, "submit_registration", &pages).status;
    balances[static_cast<std::size_t>(i)] = pupil.Balance();
  });
  for (const int status : statuses) EXPECT_TRUE(status == 302 || status == 303) << status;
  EXPECT_THAT(balances, testing::Each(10));
  EXPECT_GT(pages, 0) << "sixty registrations of twenty hashes took less than three seconds";
  ExpectNobodyDiedOrComplained(roles);
}

TEST_F(ClassTest, ARegistrationWhoseAnswerWasLostIsFoundDoneWhenTheFormIsSentAgain) {
  ASSERT_TRUE(site_.Start()) << site_.Output();
  Browser lost = site_.NewBrowser();
  ASSERT_TRUE(lost.BeginPost(kLogin, {{"login_username", "alice"},
                                      {"login_password", Password(1)},
                                      {"nexturl", kHome},
                                      {"submit_registration", "1"}}));
  ASSERT_TRUE(site_.Says("\"event\":\"register\""));
  lost.Disconnect();
  Browser alice = site_.NewBrowser();
  EXPECT_EQ(alice.Register("alice", Password(1), kHome).status, 303);
  EXPECT_EQ(alice.Balance(), 10);
  EXPECT_TRUE(site_.NewBrowser().Register("alice", Password(2), kHome).Has("This name is already taken"));
}

TEST_F(ClassTest, AMemberOnANewDeviceGetsInWhileStrangersAtFourAddressesGuess) {
  site_.settings.push_back("trusted_proxies: \"127.0.0.1\"");
  ASSERT_TRUE(site_.Start()) << site_.Output();
  const auto from = [](const std::string& address) { return "X-Forwarded-For: " + address + "\r\n"; };
  const auto form = [](const std::string& password, const char* button) {
    return Form{{"login_username", "alice"}, {"login_password", password}, {"nexturl", kHome}, {button, "1"}};
  };
  ASSERT_EQ(site_.NewBrowser().Post(kLogin, form(Password(1), "submit_registration"), from("192.0.2.9")).status, 303);
  std::atomic<bool> stop = false;
  std::atomic<int> guesses = 0;
  std::vector<std::thread> strangers;
  for (int i = 0; i < 12; ++i) {
    strangers.emplace_back([&, i] {
      Browser stranger = Patient();
      for (int n = 0; !stop; ++n) {
        const std::string guess = "guess " + std::to_string(i) + " " + std::to_string(n);
        stranger.Post(kLogin, form(guess, "submit_login"), from("203.0.113." + std::to_string(i % 4)));
        ++guesses;
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
      }
    });
  }
  EXPECT_TRUE(Eventually([&] { return guesses > 40; }, kPatience));
  for (int i = 0; i < 15; ++i) {
    Browser alice = Patient();
    EXPECT_EQ(alice.Post(kLogin, form(Password(1), "submit_login"), from("192.0.2.1")).status, 303) << "try " << i;
  }
  stop = true;
  for (std::thread& stranger : strangers) stranger.join();
}

TEST_F(ClassTest, RubbishInFormsIsAnsweredByTheirPages) {
  ASSERT_TRUE(site_.Start()) << site_.Output();
  const std::vector<RoleProcess> roles = Lasting(site_.Roles());
  Browser alice = site_.NewBrowser();
  ASSERT_EQ(alice.Register("alice", Password(1), kHome).status, 303);
  const std::vector<std::pair<std::string, std::vector<std::string>>> forms = {
      {"login", {"login_username", "login_password", "nexturl", "submit_login", "submit_registration"}},
      {"", {"profile_update", "profile_submit", "profile_try", "program_limits", "program_per_hour"}},
      {"transfer", {"recipient", "zoobars", "submission"}},
      {"account", {"end_session", "password_submit", "password_now"}},
      {"password", {"password_submit", "password_now", "password_new", "password_again"}},
      {"program", {"remove_files"}},
      {"strength", {"password", "name"}},
  };
  const std::map<std::string, std::string> cookies = alice.cookies;
  for (const auto& [page, fields] : forms) {
    for (const std::string& value : {std::string("zz"), std::string(), std::string("\xff\xfe"), std::string(1, '\0'),
                                     std::string("99999999999999999999"), std::string(70000, 'a')}) {
      for (const std::string& field : fields) {
        alice.cookies = cookies;
        const Answer answer = alice.Post(kHome + page, {{field, value}});
        EXPECT_TRUE(answer.status >= 200 && answer.status < 500) << page << " " << field << ": " << answer.status;
      }
      Form all;
      for (const std::string& field : fields) all.emplace_back(field, value.substr(0, 10000));
      alice.cookies = cookies;
      const Answer answer = alice.Post(kHome + page, all);
      EXPECT_TRUE(answer.status >= 200 && answer.status < 500) << page << ": " << answer.status;
    }
  }
  for (const std::string path :
       {"users?user=%ff&before=zz", "journal?before=99999999999999999999", "members?search=%ff&after=%00",
        "?example=zz", "transfer?recipient=%fe", "echo?s=%ff%00", "login?nexturl=%ff&waiting=zz"}) {
    alice.cookies = cookies;
    alice.cookies["PyZoobarClaim"] = "rubbish";
    const Answer answer = alice.Get(kHome + path);
    EXPECT_TRUE(answer.status >= 200 && answer.status < 500) << path << ": " << answer.status;
  }
  ExpectNobodyDiedOrComplained(roles);
}

}  // namespace
}  // namespace zoobar
