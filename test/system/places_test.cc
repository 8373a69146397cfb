// More clients than there are turns or places: the dispatcher, confined as it really is, makes them wait or gives their
// places to others, and goes on.
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <string>
#include <vector>

#include "live_site/live_site.h"

namespace zoobar {
namespace {

TEST(PlacesTest, MoreRequestsAtOnceThanMayBeOnTheirWayToAppWaitAndAreAllAnswered) {
  LiveSite site;
  ASSERT_TRUE(site.Start()) << site.Output();
  const pid_t dispatcher = site.PidOf("dispatcher");
  ASSERT_EQ(kill(dispatcher, SIGSTOP), 0);  // so that it finds all requests in one turn of its loop
  std::vector<Browser> browsers;
  for (int i = 0; i < 600; ++i) {
    browsers.push_back(site.NewBrowser());
    browsers.back().SetPatience(std::chrono::seconds(120));
    EXPECT_TRUE(browsers.back().Send("GET " + std::string(kLogin) + " HTTP/1.1\r\nHost: zoobar\r\n\r\n")) << i;
  }
  browsers[100].Disconnect();  // a client that left is not handed over
  ASSERT_EQ(kill(dispatcher, SIGCONT), 0);
  for (std::size_t i = 0; i < browsers.size(); ++i) {
    if (i == 100) continue;
    EXPECT_EQ(browsers[i].Receive().status, 200) << i;
  }
  EXPECT_EQ(site.PidOf("dispatcher"), dispatcher) << site.Output();
  EXPECT_EQ(site.Stop(), 0);
}

TEST(PlacesTest, FormsThatNeverComeGiveTheirPlacesToOthers) {
  LiveSite site;
  site.settings.push_back("http { connections: 32 connections_per_address: 32 }");
  ASSERT_TRUE(site.Start()) << site.Output();
  const pid_t dispatcher = site.PidOf("dispatcher");
  std::vector<Browser> slow;
  for (int i = 0; i < 64; ++i) {
    slow.emplace_back(site.Addresses().at(0), "127.0.0.2");
    EXPECT_TRUE(slow.back().Send("POST " + std::string(kLogin) +
                                 " HTTP/1.1\r\nHost: zoobar\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                                 "Content-Length: 100\r\n\r\nlogin_username="));
  }
  for (int i = 0; i < 8; ++i) {
    Browser honest = site.NewMember("member" + std::to_string(i));
    EXPECT_EQ(honest.Get(kHome).status, 200) << i;
  }
  slow.clear();  // otherwise the dispatcher would wait for them when it is told to end
  EXPECT_EQ(site.PidOf("dispatcher"), dispatcher) << site.Output();
  EXPECT_EQ(site.Stop(), 0);
}

}  // namespace
}  // namespace zoobar
