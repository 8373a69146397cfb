// The operator's page of a real site.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <regex>

#include "credentials/memory_scan.h"
#include "live_site/live_site.h"

namespace zoobar {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class ConsoleSystemTest : public testing::Test {
 protected:
  void Start() {
    site_.settings.emplace_back("console { port: 0 }");
    ASSERT_TRUE(site_.Start()) << site_.Output();
    std::string address = ReadWhole(site_.state() + "/listening.console");
    ASSERT_TRUE(std::regex_match(address, std::regex("127\\.0\\.0\\.1:[0-9]+\n"))) << address;
    address.pop_back();
    operator_ = Browser(address);
    secret_ = ReadWhole(site_.state() + "/operator.secret");
    while (!secret_.empty() && secret_.back() == '\n') secret_.pop_back();
  }
  void SignIn() { ASSERT_EQ(operator_.Post("/sign-in", {{"secret", secret_}}).status, 303); }

  LiveSite site_;
  Browser operator_{""};
  std::string secret_;
};

TEST_F(ConsoleSystemTest, ShowsTheLiveProcessesToWhoHasTheSecret) {
  Start();
  EXPECT_TRUE(operator_.Get("/").Has("Operator secret"));
  EXPECT_EQ(operator_.Post("/sign-in", {{"secret", "wrong"}}).status, 403);
  EXPECT_TRUE(operator_.Get("/").Has("Operator secret"));
  SignIn();
  const std::string page = operator_.Get("/").body;
  EXPECT_THAT(page, HasSubstr("processes are well"));
  for (const RoleProcess& role : site_.Roles()) {
    if (role.name == "interpreter") continue;
    EXPECT_THAT(page, HasSubstr("<th scope=\"row\">" + role.name + "</th>"));
    EXPECT_THAT(page, HasSubstr("<td class=\"number\">" + std::to_string(role.pid) + "</td>")) << role.name;
  }
  EXPECT_THAT(page, HasSubstr("console-refused")) << "the wrong secret is an alarm";
  EXPECT_THAT(page, Not(HasSubstr(secret_)));
  EXPECT_THAT(site_.Ctl({"log", "--audit"}).output, HasSubstr("console-opened"));
  EXPECT_EQ(operator_.Post("/sign-out", {}).status, 303);
  EXPECT_TRUE(operator_.Get("/").Has("Operator secret"));
}

TEST_F(ConsoleSystemTest, FiguresAndArrowsFollowWhatMembersDo) {
  Start();
  SignIn();
  Browser ann = site_.NewMember("ann"), bob = site_.NewMember("bob");
  bob.Save("#!python\nimport socket\nsocket.socket()");
  EXPECT_TRUE(Eventually([&] {
    ann.Pay("bob", "1");
    const std::string page = operator_.Get("/").body;
    return page.find("app may call bank: ") != page.npos && page.find("Sessions") != page.npos;
  })) << "after two rounds of ten seconds";
  ann.Look("bob");
  EXPECT_TRUE(Eventually([&] { return operator_.Get("/").Has("program-denied"); }));
}

TEST_F(ConsoleSystemTest, AfterManySignInsNoProcessHoldsTheSecretNorWhatWasGuessed) {
  Start();
  const HiddenText secret(Bytes(secret_.begin(), secret_.end())), guess;
  for (int i = 0; i < 10; ++i) {
    SignIn();
    const Bytes wrong = guess.Reveal();
    EXPECT_EQ(operator_.Post("/sign-in", {{"secret", std::string(wrong.begin(), wrong.end())}}).status, 403);
    EXPECT_TRUE(operator_.Get("/").Has("processes are well"));
  }
  for (const RoleProcess& role : site_.Roles()) {
    for (const HiddenText* const text : {&secret, &guess}) {
      EXPECT_THAT(FindInMemory(std::to_string(role.pid), *text), testing::IsEmpty()) << role.name;
    }
  }
}

TEST_F(ConsoleSystemTest, ARestartIsSeenAndAdminsEndsTheSessions) {
  Start();
  SignIn();
  const pid_t bank = site_.PidOf("bank");
  kill(bank, SIGKILL);
  ASSERT_TRUE(site_.Restarted("bank", bank));
  EXPECT_TRUE(Eventually([&] { return operator_.Get("/").Has(", 1 restart"); }));
  EXPECT_TRUE(operator_.Get("/").Has("died")) << "it is an alarm";
  const pid_t admin = site_.PidOf("admin");
  kill(admin, SIGKILL);
  ASSERT_TRUE(site_.Restarted("admin", admin));
  EXPECT_TRUE(Eventually([&] { return operator_.Get("/").Has("Operator secret"); }));
  SignIn();
  EXPECT_TRUE(operator_.Get("/").Has("processes are well"));
}

TEST_F(ConsoleSystemTest, WithoutItsListenerThereIsNoPage) {
  ASSERT_TRUE(site_.Start()) << site_.Output();
  EXPECT_FALSE(std::filesystem::exists(site_.state() + "/listening.console"));
  EXPECT_GT(site_.PidOf("console"), 0);
  EXPECT_THAT(site_.Output(), HasSubstr("\"console\":\"off\""));
}

TEST_F(ConsoleSystemTest, AnAddressThatCannotBeUsedIsNamed) {
  site_.settings.emplace_back("console { address: \"192.0.2.1\" port: 0 }");
  EXPECT_FALSE(site_.Start());
  EXPECT_THAT(site_.Output(), HasSubstr("console: listen on 192.0.2.1"));
}

}  // namespace
}  // namespace zoobar
