// What the logs of a live site keep: security lines in spite of floods, alarms in spite of everything, and all lines
// when somebody moves a file away.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "live_site/live_site.h"

namespace zoobar {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr int kAtOnce = 100;

class EvidenceTest : public testing::Test {
 protected:
  // Names of files are "security.log".
  std::string Path(const std::string& name) const { return site_.state() + "/log/" + name; }
  std::string Read(const std::string& name) const { return ReadWhole(Path(name)); }
  // Whether a log, or a rotated file of it, has this text.
  bool Keeps(const std::string& log, const std::string& text) const {
    return std::ranges::any_of(fs::directory_iterator(site_.state() + "/log"), [&](const fs::directory_entry& entry) {
      return entry.path().filename().string().starts_with(log) &&
             ReadWhole(entry.path()).find(text) != std::string::npos;
    });
  }
  // Starts the site, asks for a page, and waits until the access log has a line.
  void StartAndAsk() {
    ASSERT_TRUE(site_.Start()) << site_.Output();
    ASSERT_EQ(site_.NewBrowser().Get(kLogin).status, 200);
    ASSERT_TRUE(Eventually([&] { return !Read("access.log").empty(); }));
  }
  // Sends the request kAtOnce times on one connection, and expects this status of each answer.
  void AskManyTimes(Browser& browser, const std::string& request, int status) const {
    std::string requests;
    for (int i = 0; i < kAtOnce; ++i) requests += request;
    ASSERT_TRUE(browser.Send(requests));
    for (int i = 0; i < kAtOnce; ++i) ASSERT_EQ(browser.Receive().status, status);
  }

  LiveSite site_;
};

TEST_F(EvidenceTest, SecurityLinesAndAlarmsSurviveAFloodOfAnonymousPosts) {
  site_.settings.push_back("log { rotate_bytes: 262144 }");
  ASSERT_TRUE(site_.Start()) << site_.Output();
  // A role dies, which is an alarm.
  const pid_t echo = site_.PidOf("echo");
  ASSERT_EQ(kill(echo, SIGKILL), 0);
  ASSERT_TRUE(Eventually([&] { return Read("alarms.log").find("\"event\":\"died\"") != std::string::npos; }));
  Browser browser = site_.NewBrowser();
  browser.Login("EVIDENCE-MARKER", "wrong password");
  ASSERT_TRUE(Eventually([&] { return Keeps("security.log", "EVIDENCE-MARKER"); }));

  const std::string post =
      "POST /zoobar/index.cgi/login HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: cross-site\r\nContent-Length: 0\r\n\r\n";
  for (int i = 0; i < 8400 / kAtOnce; ++i) ASSERT_NO_FATAL_FAILURE(AskManyTimes(browser, post, 403));

  EXPECT_TRUE(Keeps("security.log", "EVIDENCE-MARKER"));
  EXPECT_TRUE(Keeps("security.log", "cross-site-post"));
  EXPECT_THAT(Read("alarms.log"), HasSubstr("\"event\":\"died\""));
  EXPECT_FALSE(fs::exists(Path("security.log.1"))) << "8,400 posts are not 256 KiB of lines";
  struct stat about{};
  ASSERT_EQ(stat(Path("alarms.log").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 07777, 0600u);
  EXPECT_EQ(about.st_uid, site_.id_base() + 1);

  const Ended alarms = site_.Ctl({"log", "--alarms"});
  EXPECT_EQ(alarms.status, 0);
  EXPECT_THAT(alarms.output, HasSubstr("\"event\":\"died\""));
  EXPECT_EQ(alarms.output.find("cross-site-post"), std::string::npos);
  const Ended status = site_.Ctl({"status"});
  EXPECT_THAT(status.output, testing::ContainsRegex("alarms: [1-9][0-9]* since logger started, the last at 20"));
  EXPECT_THAT(status.output, HasSubstr("alarms.died 1"));
  EXPECT_THAT(status.output, testing::ContainsRegex("log.repeats [0-9]{4}"));

  // The number of lines that were only counted is written at the latest when the site stops.
  EXPECT_EQ(site_.Stop(), 0);
  EXPECT_TRUE(Keeps("security.log", "\"event\":\"repeated\""));
}

TEST_F(EvidenceTest, AfterAFileWasMovedAndAHangupLinesGoToANewOneWhichIsRotatedAsBefore) {
  site_.settings.push_back("log { rotate_bytes: 65536 }");
  ASSERT_NO_FATAL_FAILURE(StartAndAsk());
  Browser browser = site_.NewBrowser();
  for (const char* log : {"access", "events", "security", "alarms"}) {
    fs::rename(Path(std::string(log) + ".log"), Path(std::string("moved.") + log));
  }
  ASSERT_EQ(kill(site_.master(), SIGHUP), 0);
  EXPECT_TRUE(Eventually(
      [&] { return browser.Get(kLogin).status == 200 && !Read("access.log").empty() && !Read("events.log").empty(); }));
  browser.Login("AFTER-THE-MOVE", "wrong password");
  EXPECT_TRUE(Eventually([&] { return Read("security.log").find("AFTER-THE-MOVE") != std::string::npos; }));
  EXPECT_TRUE(fs::exists(Path("alarms.log")));

  const std::string get = "GET /zoobar/index.cgi/login HTTP/1.1\r\nHost: x\r\n\r\n";
  for (int i = 0; i < 20 && !fs::exists(Path("access.log.1")); ++i) {
    ASSERT_NO_FATAL_FAILURE(AskManyTimes(browser, get, 200));
  }
  EXPECT_TRUE(Eventually([&] { return fs::exists(Path("access.log.1")) && fs::exists(Path("access.log")); }));
}

TEST_F(EvidenceTest, AFileThatWasMovedWithoutAHangupIsRenewedWhenItIsFull) {
  site_.settings.push_back("log { rotate_bytes: 65536 }");
  ASSERT_NO_FATAL_FAILURE(StartAndAsk());
  Browser browser = site_.NewBrowser();
  fs::rename(Path("access.log"), Path("moved"));
  const std::string get = "GET /zoobar/index.cgi/login HTTP/1.1\r\nHost: x\r\n\r\n";
  for (int i = 0; i < 20 && !fs::exists(Path("access.log")); ++i) {
    ASSERT_NO_FATAL_FAILURE(AskManyTimes(browser, get, 200));
  }
  ASSERT_TRUE(Eventually([&] { return fs::exists(Path("access.log")); }));
  EXPECT_TRUE(Eventually([&] { return browser.Get(kLogin).status == 200 && !Read("access.log").empty(); }));
}

TEST_F(EvidenceTest, ALinkPlantedForALogIsNotFollowedAndLinesGoOnIntoTheOldFile) {
  ASSERT_TRUE(site_.Start()) << site_.Output();
  const std::string victim = site_.scratch() + "/victim";
  std::ofstream(victim) << "victim\n";
  fs::permissions(victim, fs::perms::all);
  fs::rename(Path("security.log"), Path("moved"));
  fs::create_symlink(victim, Path("security.log"));
  ASSERT_EQ(kill(site_.master(), SIGHUP), 0);
  ASSERT_TRUE(Eventually([&] { return Read("alarms.log").find("log-not-opened") != std::string::npos; }));
  Browser browser = site_.NewBrowser();
  browser.Login("STILL-HERE", "wrong password");
  EXPECT_TRUE(Eventually([&] { return Read("moved").find("STILL-HERE") != std::string::npos; }));
  EXPECT_EQ(ReadWhole(victim), "victim\n");
}

}  // namespace
}  // namespace zoobar
