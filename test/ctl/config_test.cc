// `zoobar config` and `zoobar check-config` where no site runs. test/system/config_test.cc has a site.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "ctl/command_line.h"
#include "live_site/temporary_directory.h"

namespace zoobar {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class ConfigCommandTest : public testing::Test {
 protected:
  int Run(const std::vector<std::string>& words) {
    out.str("");
    err.str("");
    std::istringstream in;
    return ExecuteCommandLine(words, {in, out, err});
  }
  // A file with this text.
  std::string File(const std::string& text) const {
    std::string path = folder_.path() + "/zoobar.textproto";
    std::ofstream(path) << text << "\nstate_dir: \"" << folder_.path() << "/state\"\nweb_root: \"/\"\n";
    return path;
  }

  std::ostringstream out, err;
  TemporaryDirectory folder_;
};

TEST_F(ConfigCommandTest, PrintPrintsTheDeliveredFile) {
  EXPECT_EQ(Run({"config", "--print"}), kCtlOk);
  std::stringstream file;
  file << std::ifstream(ZOOBAR_SOURCE_DIR "/config/zoobar.textproto").rdbuf();
  EXPECT_EQ(out.str(), file.str());
}

TEST_F(ConfigCommandTest, TheDeliveredFileMeansTheDefaults) {
  const std::string none = folder_.path() + "/none.textproto", delivered = folder_.path() + "/delivered.textproto";
  std::ofstream(none) << "";
  ASSERT_EQ(Run({"config", "--print"}), kCtlOk);
  std::ofstream(delivered) << out.str();
  ASSERT_EQ(Run({"config", "--config", none}), kCtlOk);
  const std::string defaults = out.str();
  ASSERT_EQ(Run({"config", "--config", delivered}), kCtlOk) << err.str();
  EXPECT_EQ(out.str(), defaults);
}

TEST_F(ConfigCommandTest, TheWholeConfigurationIsPrintedAndCanBeReadAgain) {
  ASSERT_EQ(Run({"config", "--config", File("auth { sweetwords: 7 }"), "--set", "id_base: 70000"}), kCtlOk);
  const std::string whole = out.str();
  EXPECT_THAT(whole, HasSubstr("sweetwords: 7"));
  EXPECT_THAT(whole, HasSubstr("uid: 70015"));
  const std::string again = folder_.path() + "/again.textproto";
  std::ofstream(again) << whole;
  ASSERT_EQ(Run({"config", "--config", again}), kCtlOk) << err.str();
  EXPECT_EQ(out.str(), whole);
}

TEST_F(ConfigCommandTest, AGoodFileIsValidAndComparedWithNoSite) {
  EXPECT_EQ(Run({"check-config", File("")}), kCtlOk) << err.str();
  EXPECT_EQ(out.str(), "The configuration is valid.\nno master runs on " + folder_.path() +
                           "/state, so it was compared with no site.\n");
  EXPECT_EQ(Run({"check-config", File(""), "--json"}), kCtlOk);
  EXPECT_THAT(out.str(), HasSubstr("\"changes\": []"));
}

TEST_F(ConfigCommandTest, AnErrorIsNamedWithItsPlace) {
  const std::string path = File("auth {\n  sweetwords: 1 }");
  EXPECT_EQ(Run({"check-config", path}), kCtlUsage);
  EXPECT_THAT(err.str(), StartsWith("zoobar: " + path + ":2:3: sweetwords must be 2 to 64"));
  EXPECT_EQ(out.str(), "");
  EXPECT_EQ(Run({"config", "--config", path}), kCtlUsage);
  EXPECT_EQ(Run({"check-config", "/nowhere"}), kCtlUsage);
  EXPECT_THAT(err.str(), HasSubstr("/nowhere"));
  EXPECT_EQ(Run({"check-config"}), kCtlUsage);
  EXPECT_EQ(Run({"check-config", File(""), "--set", "bank { nothing: 1 }"}), kCtlUsage);
  EXPECT_THAT(err.str(), HasSubstr("--set:1:15"));
}

TEST_F(ConfigCommandTest, FilesThatAreMissingAreNamed) {
  EXPECT_EQ(Run({"check-config", File(""), "--set", "web_root: \"/nowhere\""}), kCtlBad);
  EXPECT_THAT(out.str(), HasSubstr("warning: web root: /nowhere: No such file or directory"));
}

}  // namespace
}  // namespace zoobar
