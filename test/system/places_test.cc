// More clients than there are turns or places: the dispatcher, as it is really confined, makes them wait or gives their
// places to others, and lives.
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <string>
#include <vector>

#include "system/site.h"

namespace zoobar {
namespace {

constexpr const char* kLogin = "/zoobar/index.cgi/login";
constexpr const char* kPassword = "correct-horse-7";

TEST(PlacesTest, MoreRequestsAtOnceThanMayBeOnTheirWayToAppWaitAndAreAllAnswered) {
  LiveSite site;
  ASSERT_TRUE(site.Start()) << site.Output();
  const pid_t dispatcher = site.PidOf("dispatcher");
  ASSERT_EQ(kill(dispatcher, SIGSTOP), 0);  // so that all of them are there in one turn of its loop
  std::vector<Visitor> visitors;
  for (int i = 0; i < 600; ++i) {
    visitors.push_back(site.NewVisitor());
    visitors.back().SetPatience(std::chrono::seconds(120));
    EXPECT_TRUE(visitors.back().Send("GET " + std::string(kLogin) + " HTTP/1.1\r\nHost: zoobar\r\n\r\n")) << i;
  }
  visitors[100].Disconnect();  // who leaves meanwhile is not handed over
  ASSERT_EQ(kill(dispatcher, SIGCONT), 0);
  for (std::size_t i = 0; i < visitors.size(); ++i) {
    if (i == 100) continue;
    EXPECT_EQ(visitors[i].Receive().status, 200) << i;
  }
  EXPECT_EQ(site.PidOf("dispatcher"), dispatcher) << site.Output();
  EXPECT_EQ(site.Stop(), 0);
}

TEST(PlacesTest, FormsThatNeverComeGiveTheirPlacesToOthers) {
  LiveSite site;
  site.settings.push_back("http { connections: 32 connections_per_address: 32 }");
  ASSERT_TRUE(site.Start()) << site.Output();
  const pid_t dispatcher = site.PidOf("dispatcher");
  std::vector<Visitor> slow;
  for (int i = 0; i < 64; ++i) {
    slow.emplace_back(site.Addresses().at(0), "127.0.0.2");
    EXPECT_TRUE(slow.back().Send("POST " + std::string(kLogin) +
                                 " HTTP/1.1\r\nHost: zoobar\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                                 "Content-Length: 100\r\n\r\nlogin_username="));
  }
  for (int i = 0; i < 8; ++i) {
    Visitor honest = site.NewVisitor();
    EXPECT_EQ(honest.Register("member" + std::to_string(i), kPassword, "/zoobar/index.cgi/").status, 303) << i;
    EXPECT_EQ(honest.Get("/zoobar/index.cgi/").status, 200) << i;
  }
  slow.clear();  // or the dispatcher would wait for them when it is told to end
  EXPECT_EQ(site.PidOf("dispatcher"), dispatcher) << site.Output();
  EXPECT_EQ(site.Stop(), 0);
}

}  // namespace
}  // namespace zoobar
