// What a site survives: the death of any role, of its master, and of everything at once. And how it starts and stops.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "live_site/live_site.h"
#include "system/manager_socket.h"
#include "system/restart_times.h"

namespace zoobar {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::MatchesRegex;
using Clock = std::chrono::steady_clock;

class SurvivalTest : public testing::Test {
 protected:
  // Starts zoobar with these arguments. It must exit 2 with one line on stderr, which is returned.
  static std::string Refusal(std::vector<std::string> arguments) {
    const Ended ended = Execute(arguments);
    EXPECT_EQ(ended.status, 2) << ended.output;
    EXPECT_EQ(std::count(ended.output.begin(), ended.output.end(), '\n'), 1) << ended.output;
    return ended.output;
  }
  std::vector<std::string> ArgumentsOnAnotherState(std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = site_.Arguments();
    arguments.push_back("--state-dir=" + site_.scratch() + "/other");
    std::erase(arguments, "--state-dir=" + site_.state());
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  LiveSite site_;
};

TEST_F(SurvivalTest, AnyRoleButTheMasterMayBeKilledAndTheSiteAnswersAgainWithTheRightBalances) {
  ASSERT_TRUE(site_.Start()) << site_.Output();
  Browser alice = site_.NewMember("alice"), bob = site_.NewMember("bob");
  long paid = 0;
  for (const RoleProcess& role : site_.Roles()) {
    const auto killed = Clock::now();
    ASSERT_EQ(kill(role.pid, SIGKILL), 0);
    ASSERT_TRUE(site_.Restarted(role.name, role.pid)) << role.name;
    const long started = MillisecondsSince(killed);
    EXPECT_EQ(alice.BalanceInTime(), 10 - paid) << role.name;
    const long answered = MillisecondsSince(killed);
    std::cout << role.name << ": new process after " << started << " ms, a home page after " << answered << " ms\n";
    EXPECT_LT(answered, kBackAgain.count()) << role.name;
    if (paid == 9) continue;
    // If the answer to a transfer is lost, a member sends the same form again.
    const std::string submission = "00000000000000000000000000000a0" + std::to_string(paid);
    EXPECT_TRUE(Eventually([&] { return alice.Pay("bob", "1", submission).Has("Sent 1 zoobars"); })) << role.name;
    ++paid;
  }
  EXPECT_EQ(alice.BalanceInTime(), 10 - paid);
  EXPECT_EQ(bob.BalanceInTime(), 10 + paid);
  const Ended verified = site_.Ctl({"verify"});
  EXPECT_EQ(verified.status, 0) << verified.output;
}

TEST_F(SurvivalTest, RolesThatSleptThroughTheEndOfAPeerFindTheNextOne) {
  ASSERT_TRUE(site_.Start()) << site_.Output();
  Browser alice = site_.NewMember("alice");
  for (const RoleProcess& role : site_.Roles()) {
    // When the others are continued, they find the end of the old channel and the new channel at the same time.
    std::vector<RoleProcess> others = site_.Roles();
    std::erase_if(others, [&](const RoleProcess& other) { return other.name == role.name; });
    for (const RoleProcess& other : others) ASSERT_EQ(kill(other.pid, SIGSTOP), 0);
    ASSERT_EQ(kill(role.pid, SIGKILL), 0);
    EXPECT_TRUE(site_.Restarted(role.name, role.pid)) << role.name;
    for (const RoleProcess& other : others) kill(other.pid, SIGCONT);
    ASSERT_EQ(alice.BalanceInTime(), 10) << role.name;
    EXPECT_TRUE(Eventually([&] { return site_.Ctl({"status"}).status == 0; })) << role.name;
  }
}

TEST_F(SurvivalTest, RolesLeaveWhenTheirMasterIsKilledAndANewOneStartsAtOnceOnTheSameState) {
  ASSERT_TRUE(site_.Start()) << site_.Output();
  Browser alice = site_.NewMember("alice"), bob = site_.NewMember("bob");
  ASSERT_TRUE(alice.Pay("bob", "4").Has("Sent 4 zoobars"));
  const std::vector<RoleProcess> roles = site_.Roles();
  const auto killed = Clock::now();
  ASSERT_EQ(kill(site_.master(), SIGKILL), 0);
  ASSERT_EQ(site_.WaitForExit(), 128 + SIGKILL);
  ASSERT_TRUE(site_.Start()) << site_.Output();
  std::cout << "a new site after " << MillisecondsSince(killed) << " ms\n";
  EXPECT_TRUE(LiveSite::Gone(roles));
  EXPECT_LT(MillisecondsSince(killed), 10'000);
  alice.MoveTo(site_.Addresses().at(0));
  bob.MoveTo(site_.Addresses().at(0));
  EXPECT_EQ(alice.Balance(), 6) << "the session holds";
  EXPECT_EQ(bob.Balance(), 14);
}

TEST_F(SurvivalTest, RolesLeaveSoonAfterTheirMastersDeath) {
  ASSERT_TRUE(site_.Start()) << site_.Output();
  const std::vector<RoleProcess> roles = site_.Roles();
  ASSERT_EQ(roles.size(), 21u) << "nineteen roles, sanitizer and edge twice";
  const auto killed = Clock::now();
  ASSERT_EQ(kill(site_.master(), SIGKILL), 0);
  EXPECT_TRUE(LiveSite::Gone(roles));
  std::cout << "all roles gone after " << MillisecondsSince(killed) << " ms\n";
  EXPECT_LT(MillisecondsSince(killed), 5000);
  EXPECT_EQ(site_.WaitForExit(), 128 + SIGKILL);
}

TEST_F(SurvivalTest, ATransferAnsweredSentSurvivesTheDeathOfEverythingAtThatVeryMoment) {
  site_.settings.push_back("bank { initial_zoobars: 100 }");
  ASSERT_TRUE(site_.Start()) << site_.Output();
  Browser alice = site_.NewMember("alice"), bob = site_.NewMember("bob");
  ASSERT_EQ(bob.Balance(), 100);
  for (long round = 1; round <= 10; ++round) {
    const std::vector<RoleProcess> roles = site_.Roles();
    const Answer answer = alice.Pay("bob", "1");
    site_.KillEverything(roles);
    ASSERT_TRUE(answer.Has("Sent 1 zoobars")) << round << answer.body;
    ASSERT_TRUE(site_.Start()) << site_.Output();
    alice.MoveTo(site_.Addresses().at(0));
    bob.MoveTo(site_.Addresses().at(0));
    ASSERT_EQ(alice.Balance(), 100 - round);
    ASSERT_EQ(bob.Balance(), 100 + round);
    const Ended verified = site_.Ctl({"verify"});
    ASSERT_EQ(verified.status, 0) << verified.output;
  }
}

TEST_F(SurvivalTest, ASiteThatIsDownForAMomentFindsItsIdsFreeHoweverManyTestsStartSites) {
  ASSERT_TRUE(site_.Start()) << site_.Output();
  const std::uint32_t ids = site_.id_base();
  site_.KillEverything();
  LiveSite other;
  ASSERT_TRUE(other.Start()) << other.Output();
  EXPECT_NE(other.id_base(), ids);
  ASSERT_TRUE(site_.Start()) << site_.Output();
  EXPECT_EQ(site_.id_base(), ids);
}

TEST_F(SurvivalTest, SigtermFinishesWhatIsInFlightAndExitsWith0) {
  ASSERT_TRUE(site_.Start()) << site_.Output();
  Browser idle = site_.NewMember("alice"), slow = site_.NewBrowser();
  const std::string form = "login_username=alice&login_password=" + std::string(kPassword) + "&submit_login=1";
  ASSERT_TRUE(slow.BeginForm(kLogin, form.size()));  // the site waits for the form
  ASSERT_EQ(kill(site_.master(), SIGTERM), 0);
  ASSERT_TRUE(site_.Says("\"event\":\"stopping\""));
  EXPECT_TRUE(idle.SeesEnd());
  ASSERT_TRUE(slow.Send(form));
  EXPECT_EQ(slow.Receive().status, 303);
  EXPECT_EQ(site_.WaitForExit(), 0) << site_.Output();
  EXPECT_EQ(site_.Output().find("drain-limit"), std::string::npos) << site_.Output();
  EXPECT_FALSE(ConnectTo(slow.address()));
}

TEST_F(SurvivalTest, ARequestThatNeverEndsDelaysTheEndByTheDrainLimitOnly) {
  site_.settings.push_back("drain_seconds: 1");
  ASSERT_TRUE(site_.Start()) << site_.Output();
  Browser slow = site_.NewBrowser();
  ASSERT_TRUE(slow.BeginForm(kLogin, 10));
  EXPECT_EQ(site_.Stop(), 0) << site_.Output();
}

TEST_F(SurvivalTest, ASecondMasterOnTheSameStateOrIdsSaysWhoHoldsThemAndTheFirstGoesOn) {
  ASSERT_TRUE(site_.Start()) << site_.Output();
  const std::string holder = "held by another zoobar, process " + std::to_string(site_.master());
  const std::string state = Refusal(site_.Arguments());
  EXPECT_THAT(state, HasSubstr("the state directory " + site_.state()));
  EXPECT_THAT(state, HasSubstr(holder));
  const std::string ids = Refusal(ArgumentsOnAnotherState());
  EXPECT_THAT(ids, HasSubstr("the id range " + std::to_string(site_.id_base())));
  EXPECT_THAT(ids, HasSubstr(holder));
  EXPECT_EQ(site_.NewBrowser().Get(kLogin).status, 200);
  EXPECT_EQ(site_.Ctl({"status"}).status, 0) << "the control socket is still the first one's";
}

TEST_F(SurvivalTest, SighupReadsTheConfigurationAgain) {
  // The master is not root any more when it reads the file again. So it must have access to the file and its folder.
  const std::string folder = site_.scratch() + "/config";
  ASSERT_TRUE(std::filesystem::create_directory(folder));
  std::filesystem::permissions(folder, std::filesystem::perms(0755));
  site_.config = folder + "/site.textproto";
  const std::string web = "web_root: \"" + std::string(ZOOBAR_SOURCE_DIR) + "/web/root\"\n";
  const auto write = [&](const std::string& text) { std::ofstream(site_.config, std::ios::trunc) << web << text; };
  write("auth { min_password_length: 8 }\n");
  ASSERT_TRUE(site_.Start()) << site_.Output();
  Browser browser = site_.NewBrowser();
  ASSERT_EQ(browser.Register("first", "nine-char").status, 303);

  // Too small a number: the file is refused as a whole, and the log says where the fault is.
  write("auth { min_password_length: 0 }\n");
  ASSERT_EQ(kill(site_.master(), SIGHUP), 0);
  ASSERT_TRUE(site_.Says("reload-refused"));
  EXPECT_THAT(site_.Output(), HasSubstr("site.textproto:2:8"));
  EXPECT_EQ(site_.NewBrowser().Register("second", "nine-char").status, 303);

  write("auth { min_password_length: 12 }\n");
  ASSERT_EQ(kill(site_.master(), SIGHUP), 0);
  int member = 0;
  EXPECT_TRUE(Eventually([&] {
    return site_.NewBrowser().Register("third" + std::to_string(member++), "nine-char").Has("at least 12 characters");
  }));
  EXPECT_EQ(browser.Balance(), 10) << "sessions outlive a reload";
}

TEST_F(SurvivalTest, AWrongFlagOrConfigurationIsOneLineWithItsPositionAndExit2) {
  const auto with = [&](const std::string& more) {
    return Refusal(ArgumentsOnAnotherState({"--set=id_base: 64000", more}));  // refused before an id is used
  };
  const struct {
    const char *set, *expected;
  } wrong[] = {
      {"role { name: \"bank\" uid: 0 gid: 64015 }", ".*--set:1:21: .*uid 0 is root.*\n"},
      {"role { name: \"bank\" uid: 64015 gid: 0 }", ".*--set:1:32: .*gid 0 is root.*\n"},
      {"role { name: \"bank\" uid: 1000 gid: 64015 }", ".*--set:1:21: .*uid 1000 is outside.*\n"},
      {"role { name: \"bank\" gid: 64015 }", ".*--set:1:.*: .*uid is missing.*\n"},
      {"role { name: \"bank\" uid: 64015 }", ".*--set:1:.*: .*gid is missing.*\n"},
      {"role { name: \"ban\" uid: 64015 gid: 64015 }", ".*--set:1:8: .*no role \"ban\".*\n"},
      {"role { name: \"bank\" uid: 64013 gid: 64015 }", ".*--set:1:8: .*\"auth\" already has uid 64013\n"},
      {"no_such_field: 1", ".*--set:1:.*no_such_field.*\n"},
      {"drain_seconds: 99999", ".*--set:1:1: drain_seconds must be.*\n"},
      {"profile { parallel_runs: 0 }", ".*--set:1:11: parallel_runs must be 1 to 64\n"},
      {"\n\n  listen { address: \"somewhere\" port: 1 }", ".*--set:3:12: .*somewhere.*\n"},
  };
  for (const auto& each : wrong)
    EXPECT_THAT(with(std::string("--set=") + each.set), MatchesRegex(each.expected)) << each.set;
  EXPECT_THAT(with("--listen=nonsense"), HasSubstr("--listen=nonsense"));
  EXPECT_THAT(with("--no-such-flag"), HasSubstr("--no-such-flag"));

  site_.config = site_.scratch() + "/wrong.textproto";
  EXPECT_THAT(Refusal(ArgumentsOnAnotherState()), HasSubstr("No such file"));
  std::ofstream(site_.config) << "# a comment\nauth {\n  min_password_length: eight\n}\n";
  EXPECT_THAT(Refusal(ArgumentsOnAnotherState()), HasSubstr("wrong.textproto:3:24: "));
}

TEST_F(SurvivalTest, AnyOtherRoleRunByHandSaysSoAndExits2) {
  for (const char* role : {"bank", "dispatcher", "logger", "admin"}) {
    EXPECT_THAT(Refusal({std::string("--role=") + role}), HasSubstr("only the master starts"));
  }
  EXPECT_THAT(Refusal({"--role=emperor"}), HasSubstr("there is no role \"emperor\""));
  EXPECT_THAT(Refusal({}), HasSubstr("--role=master"));
}

TEST_F(SurvivalTest, SocketsOfAManagerAreServedAndItIsToldReadyAndStopping) {
  const Fd listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(bind(listener.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any), 0);
  ASSERT_EQ(listen(listener.get(), 16), 0);
  socklen_t size = sizeof any;
  ASSERT_EQ(getsockname(listener.get(), reinterpret_cast<sockaddr*>(&any), &size), 0);
  ManagerSocket manager(site_.scratch() + "/notify");

  site_.listens.clear();
  site_.in_master = [&] {
    dup2(listener.get(), 3);
    fcntl(3, F_SETFD, 0);
    setenv("LISTEN_FDS", "1", 1);
    setenv("LISTEN_PID", std::to_string(getpid()).c_str(), 1);
    setenv("NOTIFY_SOCKET", manager.path().c_str(), 1);
  };
  ASSERT_TRUE(site_.Start()) << site_.Output();
  EXPECT_THAT(manager.Next(), HasSubstr("READY=1"));
  Browser browser("127.0.0.1:" + std::to_string(ntohs(any.sin_port)));
  EXPECT_EQ(browser.Get(kLogin).status, 200);
  EXPECT_EQ(site_.Stop(), 0) << site_.Output();
  EXPECT_THAT(manager.Next(), HasSubstr("STOPPING=1"));
}

TEST_F(SurvivalTest, EveryListenerAnswersIPv6Too) {
  site_.listens = {"127.0.0.1:0", "[::1]:0", "127.0.0.1:0"};
  ASSERT_TRUE(site_.Start()) << site_.Output();
  const std::vector<std::string> addresses = site_.Addresses();
  ASSERT_EQ(addresses.size(), 3u);
  EXPECT_THAT(addresses[1], testing::StartsWith("[::1]:"));
  for (const std::string& address : addresses) {
    EXPECT_FALSE(address.ends_with(":0")) << address;
    Browser browser(address);
    EXPECT_EQ(browser.Get(kLogin).status, 200) << address;
  }
}

}  // namespace
}  // namespace zoobar
