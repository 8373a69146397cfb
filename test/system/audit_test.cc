// The audit log and the money log of a running site, what `zoobar ctl log verify` says about them, and that the operator
// can do nothing that cannot be recorded.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <regex>

#include "live_site/live_site.h"

namespace zoobar {
namespace {

using testing::HasSubstr;
using testing::Not;

class AuditTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(site_.Start()) << site_.Output(); }
  Ended Verify() { return site_.Ctl({"log", "verify"}); }
  std::string PathOf(const std::string& log) const { return site_.state() + "/log/" + log + ".log"; }
  void Write(const std::string& log, const std::string& text) const {
    std::ofstream(PathOf(log), std::ios::binary | std::ios::trunc) << text;
  }
  LiveSite site_;
};

TEST_F(AuditTest, TheLogsAreSoundWhileTheSiteRunsAfterLoggerDiedAndWhenItIsStopped) {
  Browser alice = site_.NewMember("alice"), bob = site_.NewMember("bob");
  EXPECT_EQ(site_.Ctl({"profile", "pause", "alice"}).status, 0);
  Ended verified = Verify();
  EXPECT_EQ(verified.status, 0) << verified.output;
  EXPECT_THAT(verified.output, HasSubstr("audit.log: "));
  EXPECT_THAT(verified.output, HasSubstr("money.log: "));
  EXPECT_THAT(verified.output, Not(HasSubstr("logger was not asked")));
  EXPECT_THAT(site_.Log("money"), HasSubstr("\"event\":\"account-opened\""));
  const std::string audit = site_.Log("audit");
  EXPECT_THAT(audit, HasSubstr("\"act\":\"profile-pause\""));
  EXPECT_THAT(audit, HasSubstr("\"member\":\"alice\""));
  EXPECT_THAT(audit, HasSubstr("\"ended\":\"done\""));

  const pid_t logger = site_.PidOf("logger");
  kill(logger, SIGKILL);
  ASSERT_TRUE(site_.Restarted("logger", logger));
  EXPECT_TRUE(Eventually([&] { return Verify().status == 0; }));
  EXPECT_THAT(Verify().output, HasSubstr("epochs did not end in order"));

  EXPECT_EQ(site_.Stop(), 0);
  verified = Verify();
  EXPECT_EQ(verified.status, 0) << verified.output;
  EXPECT_THAT(verified.output, Not(HasSubstr("was not stopped in order")));
  EXPECT_THAT(site_.Log("audit"), HasSubstr("\"event\":\"audit-end\""));
  ASSERT_TRUE(site_.Start()) << site_.Output();
  verified = Verify();
  EXPECT_EQ(verified.status, 0) << verified.output;
}

TEST_F(AuditTest, EditsOfTheFilesOfAStoppedSiteAreFoundAndStayFound) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(site_.Ctl({"reload"}).status, 0);
  EXPECT_EQ(site_.Stop(), 0);
  const std::string text = site_.Log("audit");

  std::string changed = text;
  changed.replace(changed.find("\"act\":\"reload\"") + 7, 6, "status");
  Write("audit", changed);
  Ended verified = Verify();
  EXPECT_EQ(verified.status, 1);
  EXPECT_TRUE(std::regex_search(verified.output, std::regex("audit\\.log:\\d+: edited: "))) << verified.output;
  EXPECT_THAT(verified.output, HasSubstr(": 1 fault\n"));

  Write("audit", text.substr(0, text.rfind('\n', text.size() - 2) + 1));
  verified = Verify();
  EXPECT_EQ(verified.status, 1);
  EXPECT_TRUE(std::regex_search(verified.output, std::regex("audit\\.log:\\d+: truncated: 1 record missing")))
      << verified.output;
  // The next start does not hide it.
  ASSERT_TRUE(site_.Start()) << site_.Output();
  EXPECT_TRUE(site_.Says("audit-end-missing"));
  verified = Verify();
  EXPECT_EQ(verified.status, 1);
  EXPECT_TRUE(std::regex_search(verified.output, std::regex("audit\\.log:\\d+: removed: 1 record missing")))
      << verified.output;
  const Ended json = site_.Ctl({"log", "verify", "--json"});
  EXPECT_EQ(json.status, 1);
  EXPECT_THAT(json.output, HasSubstr("\"fault\": \"removed\""));
}

TEST_F(AuditTest, TheSecretIsRootsAlone) {
  struct stat about{};
  for (const char* name : {"/audit", "/audit/secret", "/audit/starts", "/audit/note"}) {
    ASSERT_EQ(stat((site_.state() + name).c_str(), &about), 0) << name;
    EXPECT_EQ(about.st_uid, 0u) << name;
    EXPECT_EQ(about.st_mode & 0077, 0u) << name;
  }
  // No process of the site has it in memory.
  std::string secret = ReadWhole(site_.state() + "/audit/secret");
  EXPECT_EQ(secret.size(), 65u);
}

TEST_F(AuditTest, NothingIsDoneThatCannotBeRecorded) {
  Browser alice = site_.NewMember("alice");
  const pid_t logger = site_.PidOf("logger");
  kill(logger, SIGSTOP);
  const Ended refused = site_.Ctl({"profile", "pause", "alice"});
  EXPECT_EQ(refused.status, 3);
  EXPECT_THAT(refused.output, HasSubstr("nothing was done"));
  EXPECT_EQ(alice.Get("/zoobar/index.cgi/").status, 200);  // members do not wait for logger
  kill(logger, SIGCONT);
  EXPECT_TRUE(Eventually([&] { return site_.Ctl({"profile", "pause", "alice"}).status == 0; }));
  kill(site_.PidOf("logger"), SIGSTOP);
  EXPECT_EQ(site_.Ctl({"shutdown"}).status, 3);
  kill(site_.PidOf("logger"), SIGCONT);
  EXPECT_EQ(site_.Stop(), 0);  // SIGTERM needs no record
}

}  // namespace
}  // namespace zoobar
