// Roles that end again and again: who waits is served soon all the same, and the operator is told
// (src/master/restart.h).
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <vector>

#include "system/site.h"

namespace zoobar {
namespace {

using std::chrono::milliseconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Clock = std::chrono::steady_clock;

constexpr const char* kHome = "/zoobar/index.cgi/";
constexpr const char* kLogin = "/zoobar/index.cgi/login";
constexpr const char* kPassword = "correct-horse-7";
// Half a second is promised; a machine with other work must not fail the test. So the shortest of the last waits is
// looked at: where delays grew on and on, from a tenth of a second to five, it would be over kBackAgain.
constexpr milliseconds kBackAgain{3000};
constexpr int kEnds = 14, kLast = 4;
// Half a minute without an end, and time for a machine with other work.
constexpr milliseconds kQuiet{120'000};

long Milliseconds(Clock::time_point since) {
  return std::chrono::duration_cast<milliseconds>(Clock::now() - since).count();
}

long CountOf(const std::string& text, const std::string& part) {
  long count = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

class RestartTest : public testing::Test {
 protected:
  // Ends the role's process, and waits until another has its place when `wait` says so. Gives when it was ended.
  Clock::time_point End(const std::string& role, bool wait = true) {
    pid_t pid = 0;
    EXPECT_TRUE(Eventually([&] { return (pid = site_.PidOf(role)) != 0; })) << role;
    const auto now = Clock::now();
    EXPECT_EQ(kill(pid, SIGKILL), 0) << role;
    pid_t next = 0;
    if (wait) {
      EXPECT_TRUE(Eventually([&] { return (next = site_.PidOf(role)) != 0 && next != pid; })) << role;
    }
    return now;
  }
  static void ExpectSoon(const std::string& role, const std::vector<long>& waits) {
    std::cout << role << " killed " << waits.size() << " times in a row, a page after (ms):";
    for (const long wait : waits) std::cout << ' ' << wait;
    std::cout << '\n';
    EXPECT_LT(*std::min_element(waits.end() - kLast, waits.end()), kBackAgain.count()) << role;
  }
  std::string SecurityLog() const { return ReadWhole(site_.state() + "/log/security.log"); }

  LiveSite site_;
};

TEST_F(RestartTest, WhoeverWaitsInTheListenQueueIsServedSoonHoweverOftenTheDispatcherEnds) {
  ASSERT_TRUE(site_.Start()) << site_.Output();
  std::vector<long> waits;
  for (int end = 0; end < kEnds; ++end) {
    const auto killed = End("dispatcher", false);
    Visitor visitor = site_.NewVisitor();
    // The kernel has the connection from the first moment on; the dead one's last breath may take it along.
    Answer answer;
    EXPECT_TRUE(
        Eventually([&] { return (answer = visitor.Get(kLogin)).status != 0 || (visitor.Disconnect(), false); }));
    EXPECT_EQ(answer.status, 200) << answer.body;
    waits.push_back(Milliseconds(killed));
  }
  ExpectSoon("dispatcher", waits);
}

TEST_F(RestartTest, ThePageIsThereSoonHoweverOftenAnyOfTheRolesEnds) {
  ASSERT_TRUE(site_.Start()) << site_.Output();
  Visitor alice = site_.NewVisitor();
  ASSERT_EQ(alice.Register("alice", kPassword, kHome).status, 303);
  for (const RoleProcess& role : site_.Roles()) {
    std::vector<long> waits;
    for (int end = 0; end < kEnds; ++end) {
      const auto killed = End(role.name);
      EXPECT_EQ(alice.BalanceInTime(), 10) << role.name;
      waits.push_back(Milliseconds(killed));
    }
    ExpectSoon(role.name, waits);
  }
}

TEST_F(RestartTest, ARoleThatEndsAgainAndAgainIsDegradedWithTheReasonUntilItHasBeenQuiet) {
  const Fd manager(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const std::string path = site_.scratch() + "/notify";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(bind(manager.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  std::string told;
  const auto is_told = [&](const std::string& text) {
    char more[512];
    for (ssize_t count; (count = recv(manager.get(), more, sizeof more, MSG_DONTWAIT)) > 0;)
      told.append(more, static_cast<std::size_t>(count)).append("\n");
    return told.find(text) != told.npos;
  };
  site_.in_master = [&] { setenv("NOTIFY_SOCKET", path.c_str(), 1); };
  ASSERT_TRUE(site_.Start()) << site_.Output();

  for (int end = 0; end < 3; ++end) End("echo");
  EXPECT_TRUE(Eventually([&] { return site_.Ctl({"status"}).status == 0; })) << "three ends are no habit";
  EXPECT_THAT(SecurityLog(), Not(HasSubstr("role-degraded")));

  for (int end = 0; end < kEnds; ++end) End("echo");
  EXPECT_TRUE(Eventually([&] { return is_told("STATUS=Degraded: echo (signal 9)"); })) << told;
  EXPECT_TRUE(Eventually([&] { return SecurityLog().find("role-degraded") != std::string::npos; }));
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
  EXPECT_TRUE(Eventually([&] { return is_told("STATUS=Serving."); })) << told;
  EXPECT_TRUE(Eventually([&] { return SecurityLog().find("role-recovered") != std::string::npos; }));
  const std::string log = SecurityLog();
  EXPECT_EQ(CountOf(log, "role-degraded"), 1) << log;
  EXPECT_EQ(CountOf(log, "role-recovered"), 1) << log;
  const long deaths = CountOf(site_.Output(), "\"event\":\"died\"");
  EXPECT_LT(deaths, kEnds + 3) << "one line stands for many";
  EXPECT_GE(deaths, 4);
}

// With few descriptors for each process, the connections of the dispatchers before and those of this one are soon more
// than app may have.
TEST_F(RestartTest, AppOutlivesManyDispatchersWhoseClientsStay) {
  constexpr rlim_t kDescriptors = 512;
  constexpr int kRounds = 6, kClients = 200;
  rlimit own{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &own), 0);
  own.rlim_cur = own.rlim_max;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &own), 0);
  ASSERT_GT(own.rlim_cur, static_cast<rlim_t>(kRounds * kClients + 100));
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
  std::vector<Visitor> clients;
  for (int round = 0; round < kRounds; ++round) {
    for (int i = 0; i < kClients; ++i) {
      clients.push_back(site_.NewVisitor());
      // app has the connection and waits for the form.
      ASSERT_TRUE(clients.back().Send("POST " + std::string(kLogin) +
                                      " HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                                      "Expect: 100-continue\r\nContent-Length: 10\r\n\r\n"));
      ASSERT_EQ(clients.back().Receive("100").status, 100) << "round " << round << ", client " << i << site_.Output();
    }
    End("dispatcher");
    EXPECT_TRUE(Eventually([&] { return site_.NewVisitor().Get(kLogin).status == 200; })) << "round " << round;
  }
  EXPECT_EQ(site_.PidOf("app"), app);
  EXPECT_THAT(SecurityLog(), Not(HasSubstr("accused")));
}

}  // namespace
}  // namespace zoobar
