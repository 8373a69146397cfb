// What `zoobar check-config` says about a site that runs, and that a reload and a restart then do just that.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "live_site/live_site.h"

namespace zoobar {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class ConfigTest : public testing::Test {
 protected:
  void SetUp() override {
    chmod(site_.scratch().c_str(), 0711);  // at a reload the master is not root any more, and must find the file
    site_.config = site_.scratch() + "/zoobar.textproto";
    Write("");
    ASSERT_TRUE(site_.Start()) << site_.Output();
  }
  // A new text for the file with which the site was started.
  void Write(const std::string& text) const {
    std::ofstream(site_.config) << "web_root: \"" ZOOBAR_SOURCE_DIR "/web/root\"\n" << text << '\n';
  }
  Ended Check() const { return Execute({"check-config", site_.config, "--state-dir", site_.state()}); }

  LiveSite site_;
};

TEST_F(ConfigTest, ItSaysWhatAReloadAndARestartWouldChange) {
  const std::string running = "The configuration is valid.\nThe site on " + site_.state();
  Ended checked = Check();
  EXPECT_EQ(checked.status, 0);
  EXPECT_EQ(checked.output, running + " already uses it.\n") << "with its own --set and --listen";

  Write("bank { initial_zoobars: 77 } store { map_bytes: 134217728 }");
  checked = Check();
  EXPECT_EQ(checked.status, 0);
  EXPECT_EQ(checked.output,
            running +
                " runs.\n"
                "It would change at `zoobar ctl reload`:\n  bank.initial_zoobars: 10 -> 77\n"
                "It would change at a restart of the site:\n  store.map_bytes: 67108864 -> 134217728\n");
  EXPECT_THAT(site_.Ctl({"config"}).output, HasSubstr("initial_zoobars: 10")) << "the check has changed nothing";

  EXPECT_EQ(site_.Ctl({"reload"}).status, 0);
  EXPECT_THAT(site_.Ctl({"config"}).output, AllOf(HasSubstr("initial_zoobars: 77"), HasSubstr("map_bytes: 67108864")));
  checked = Check();
  EXPECT_THAT(checked.output, AllOf(Not(HasSubstr("initial_zoobars")), HasSubstr("store.map_bytes")));

  EXPECT_EQ(site_.Stop(), 0);
  ASSERT_TRUE(site_.Start()) << site_.Output();
  EXPECT_EQ(Check().output, running + " already uses it.\n");
}

TEST_F(ConfigTest, AWrongFileLeavesTheSiteAlone) {
  Write("bank { initial_zoobars: -1 }");
  const Ended checked = Check();
  EXPECT_EQ(checked.status, 2);
  EXPECT_THAT(checked.output, HasSubstr(site_.config + ":2:8: initial_zoobars"));
  EXPECT_TRUE(site_.Answers());
}

TEST_F(ConfigTest, OptionsOfTheCommandReplaceThoseOfTheSite) {
  const Ended checked =
      Execute({"check-config", site_.config, "--state-dir", site_.state(), "--listen", "127.0.0.1:9", "--json"});
  EXPECT_EQ(checked.status, 0);
  EXPECT_THAT(checked.output, HasSubstr("\"field\": \"listen[0].port\""));
  EXPECT_THAT(checked.output, HasSubstr("\"needs_restart\": true"));
}

TEST_F(ConfigTest, WithoutTheSecretNothingIsTold) {
  const std::string wrong = site_.scratch() + "/wrong";
  std::ofstream(wrong) << "guess\n";
  chmod(wrong.c_str(), 0600);
  const Ended checked = Execute({"check-config", site_.config, "--state-dir", site_.state(), "--secret-file", wrong});
  EXPECT_EQ(checked.status, 3);
  EXPECT_THAT(checked.output, HasSubstr("wrong operator secret"));
}

}  // namespace
}  // namespace zoobar
