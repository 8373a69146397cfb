// Roles that end again and again. Clients who wait are served soon all the same, and the operator is told
// (src/master/restart.h).
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <vector>

#include "live_site/live_site.h"
#include "system/manager_socket.h"
#include "system/restart_times.h"

namespace zoobar {
namespace {

using std::chrono::milliseconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Clock = std::chrono::steady_clock;

// Each role ends kEnds times in a row. Of the last kLast waits the shortest must be under kBackAgain. If the delays
// grew on and on, from a tenth of a second to five seconds, it would be over that.
constexpr int kEnds = 14, kLast = 4;
// Half a minute without an end is needed; the rest is for a machine that is busy with other work.
constexpr milliseconds kQuiet{120'000};

long CountOf(const std::string& text, const std::string& part) {
  long count = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

class RestartTest : public testing::Test {
 protected:
  // Kills the role's process, and waits until another process has its place if `wait` says so. Returns the time of the
  // kill.
  Clock::time_point End(const std::string& role, bool wait = true) {
    pid_t pid = 0;
    EXPECT_TRUE(Eventually([&] { return (pid = site_.PidOf(role)) != 0; })) << role;
    const auto now = Clock::now();
    EXPECT_EQ(kill(pid, SIGKILL), 0) << role;
    EXPECT_TRUE(!wait || site_.Restarted(role, pid)) << role;
    return now;
  }
  static void ExpectSoon(const std::string& role, const std::vector<long>& waits) {
    std::cout << role << " killed " << waits.size() << " times in a row, a page after (ms):";
    for (const long wait : waits) std::cout << ' ' << wait;
    std::cout << '\n';
    EXPECT_LT(*std::min_element(waits.end() - kLast, waits.end()), kBackAgain.count()) << role;
  }
  bool SecurityLogSays(const std::string& text) const {
    return Eventually([&] { return site_.Log("security").find(text) != std::string::npos; });
  }

  LiveSite site_;
};

TEST_F(RestartTest, WhoeverWaitsInTheListenQueueIsServedSoonHoweverOftenTheDispatcherEnds) {
  ASSERT_TRUE(site_.Start()) << site_.Output();
  std::vector<long> waits;
  for (int end = 0; end < kEnds; ++end) {
    const auto killed = End("dispatcher", false);
    Browser browser = site_.NewBrowser();
    // The kernel accepts the connection at once. It is lost if the dispatcher that is dying accepted it too.
    Answer answer;
    EXPECT_TRUE(
        Eventually([&] { return (answer = browser.Get(kLogin)).status != 0 || (browser.Disconnect(), false); }));
    EXPECT_EQ(answer.status, 200) << answer.body;
    waits.push_back(MillisecondsSince(killed));
  }
  ExpectSoon("dispatcher", waits);
}

TEST_F(RestartTest, ThePageIsThereSoonHoweverOftenAnyOfTheRolesEnds) {
  ASSERT_TRUE(site_.Start()) << site_.Output();
  Browser alice = site_.NewMember("alice");
  for (const RoleProcess& role : site_.Roles()) {
    std::vector<long> waits;
    for (int end = 0; end < kEnds; ++end) {
      const auto killed = End(role.name);
      EXPECT_EQ(alice.BalanceInTime(), 10) << role.name;
      waits.push_back(MillisecondsSince(killed));
    }
    ExpectSoon(role.name, waits);
  }
}

TEST_F(RestartTest, ARoleThatEndsAgainAndAgainIsDegradedWithTheReasonUntilItHasBeenQuiet) {
  ManagerSocket manager(site_.scratch() + "/notify");
  site_.in_master = [&] { setenv("NOTIFY_SOCKET", manager.path().c_str(), 1); };
  ASSERT_TRUE(site_.Start()) << site_.Output();

  for (int end = 0; end < 3; ++end) End("echo");
  EXPECT_TRUE(Eventually([&] { return site_.Ctl({"status"}).status == 0; })) << "three ends are not enough";
  EXPECT_THAT(site_.Log("security"), Not(HasSubstr("role-degraded")));

  for (int end = 0; end < kEnds; ++end) End("echo");
  EXPECT_TRUE(manager.IsTold("STATUS=Degraded: echo (signal 9)")) << manager.told();
  EXPECT_TRUE(SecurityLogSays("role-degraded"));
  const Ended status = site_.Ctl({"status"});
  EXPECT_EQ(status.status, 1) << status.output;
  EXPECT_THAT(status.output, HasSubstr("DEGRADED: echo 0 ended "));
  EXPECT_THAT(status.output, HasSubstr("; the last time: signal 9\n"));
  EXPECT_EQ(CountOf(status.output, "DEGRADED: "), 1) << status.output;
  const std::string json = site_.Ctl({"status", "--json"}).output;
  EXPECT_EQ(CountOf(json, "\"degraded\": true"), 1) << json;
  EXPECT_THAT(json, HasSubstr("\"last_end\": \"signal 9\""));

  EXPECT_TRUE(Eventually([&] { return site_.Ctl({"status"}).status == 0; }, kQuiet));
  EXPECT_THAT(site_.Ctl({"status"}).output, AllOf(Not(HasSubstr("DEGRADED")), Not(HasSubstr(", degraded"))));
  EXPECT_TRUE(manager.IsTold("STATUS=Serving.")) << manager.told();
  EXPECT_TRUE(SecurityLogSays("role-recovered"));
  const std::string log = site_.Log("security");
  EXPECT_EQ(CountOf(log, "role-degraded"), 1) << log;
  EXPECT_EQ(CountOf(log, "role-recovered"), 1) << log;
  const long deaths = CountOf(site_.Output(), "\"event\":\"died\"");
  EXPECT_LT(deaths, kEnds + 3) << "one line stands for many";
  EXPECT_GE(deaths, 4);
}

TEST_F(RestartTest, TheEndOfLoggerItselfIsInItsLogs) {
  ASSERT_TRUE(site_.Start()) << site_.Output();
  for (int i = 0; i < 3; ++i) {
    const pid_t before = site_.PidOf("logger");
    kill(before, SIGKILL);
    ASSERT_TRUE(site_.Restarted("logger", before));
    const std::string line = "\"role\":\"logger\",\"pid\":\"" + std::to_string(before) + "\"";
    EXPECT_TRUE(Eventually([&] { return CountOf(site_.Log("alarms"), line) + CountOf(site_.Log("events"), line) > 0; }))
        << site_.Log("events");
  }
}

// Each process has few descriptors. So the connections that app has from earlier dispatchers, together with those from
// this one, would soon be more than it may have.
TEST_F(RestartTest, AppOutlivesManyDispatchersWhoseClientsStay) {
  constexpr rlim_t kDescriptors = 512;
  constexpr int kTurns = 6, kClients = 200;
  rlimit own{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &own), 0);
  own.rlim_cur = own.rlim_max;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &own), 0);
  ASSERT_GT(own.rlim_cur, static_cast<rlim_t>(kTurns * kClients + 100));
  site_.settings.push_back("http { connections_per_address: 12000 }");
  site_.in_master = [] {
    const rlimit few{kDescriptors, kDescriptors};
    prctl(PR_CAPBSET_DROP, CAP_SYS_RESOURCE);  // or the master would raise it
    setrlimit(RLIMIT_NOFILE, &few);
  };
  ASSERT_TRUE(site_.Start()) << site_.Output();
  const pid_t app = site_.PidOf("app");
  rlimit apps{};
  ASSERT_EQ(prlimit(app, RLIMIT_NOFILE, nullptr, &apps), 0);
  ASSERT_EQ(apps.rlim_cur, kDescriptors);
  std::vector<Browser> clients;
  for (int round = 0; round < kTurns; ++round) {
    for (int i = 0; i < kClients; ++i) {
      clients.push_back(site_.NewBrowser());
      // app has the connection and waits for the form.
      ASSERT_TRUE(clients.back().BeginForm(kLogin, 10)) << "round " << round << ", client " << i << site_.Output();
    }
    End("dispatcher");
    EXPECT_TRUE(Eventually([&] { return site_.NewBrowser().Get(kLogin).status == 200; })) << "round " << round;
  }
  EXPECT_EQ(site_.PidOf("app"), app);
  EXPECT_THAT(site_.Log("security"), Not(HasSubstr("accused")));
}

}  // namespace
}  // namespace zoobar
