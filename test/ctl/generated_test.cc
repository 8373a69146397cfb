// The manual page, read by groff, and the completion, run by bash.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <sstream>

#include "ctl/commands.h"
#include "ctl/completion.h"
#include "ctl/man_page.h"
#include "live_site/temporary_directory.h"

namespace zoobar {
namespace {

using testing::HasSubstr;

class GeneratedTest : public testing::Test {
 protected:
  // What the shell's command prints on stdout and stderr.
  static std::string Shell(const std::string& command) {
    std::string output;
    FILE* const pipe = popen((command + " 2>&1").c_str(), "r");
    char buffer[4096];
    for (std::size_t count; (count = fread(buffer, 1, sizeof buffer, pipe)) > 0;) output.append(buffer, count);
    pclose(pipe);
    return output;
  }
  static bool Has(const std::string& program) { return Shell("command -v " + program) != ""; }

  // The words that bash offers after these. The last one is being typed. Each is one of COMP_WORDS.
  std::string Offers(const std::vector<std::string>& words) const {
    std::ofstream script(folder_.path() + "/complete");
    PrintBashCompletion(script);
    script << "COMP_WORDS=(zoobar";
    for (const std::string& word : words) script << " '" << word << "'";
    script << "); COMP_CWORD=" << words.size() << "\n_zoobar\nprintf '%s ' \"${COMPREPLY[@]}\"\n";
    script.close();
    return Shell("cd " + folder_.path() + " && bash --norc --noprofile -u complete");
  }

  TemporaryDirectory folder_;
};

TEST_F(GeneratedTest, GroffFindsNoFaultInTheManualPage) {
  ASSERT_TRUE(Has("groff")) << "tools/install-deps test installs it";
  const std::string page = folder_.path() + "/zoobar.8";
  std::ofstream file(page);
  PrintManPage(file);
  file.close();
  EXPECT_EQ(Shell("groff -t -man -Tutf8 -ww -z " + page), "");
  const std::string shown = Shell("groff -t -man -Tutf8 -P-c " + page + " | sed 's/.\\x08//g'");
  EXPECT_THAT(shown, HasSubstr("zoobar ctl member unlock"));
  EXPECT_THAT(shown, HasSubstr("EXIT STATUS"));
}

TEST_F(GeneratedTest, TextThatLooksLikeARequestIsText) {
  EXPECT_EQ(Troff("a-b \\ 'c' \"d\""), "a\\-b \\e \\(aqc\\(aq \\(dqd\\(dq");
}

TEST_F(GeneratedTest, BashOffersWordsOptionsValuesAndPaths) {
  ASSERT_TRUE(Has("bash"));
  std::ofstream(folder_.path() + "/backup.zbk") << "";
  mkdir((folder_.path() + "/backups").c_str(), 0700);
  EXPECT_EQ(Offers({"ctl", "memb"}), "member ");
  EXPECT_THAT(Offers({""}), AllOf(HasSubstr("ctl "), HasSubstr("restore "), HasSubstr("doctor ")));
  EXPECT_EQ(Offers({"ctl", "certificate", "self"}), "self-signed ");
  EXPECT_EQ(Offers({"ctl", "status", "--js"}), "--json ");
  EXPECT_EQ(Offers({"ctl", "--json", "statu"}), "status ");
  EXPECT_EQ(Offers({"ctl", "--state-dir", "/x", "statu"}), "status ") << "the value is no command";
  EXPECT_EQ(Offers({"ctl", "--state-dir", "=", "/x", "statu"}), "status ") << "as bash breaks --state-dir=/x";
  EXPECT_EQ(Offers({"ctl", "role", "restart", "ban"}), "bank ");
  EXPECT_EQ(Offers({"ctl", "role", "restart", "bank", "ban"}).find("bank"), std::string::npos) << "one role, not two";
  EXPECT_THAT(Offers({"verify-backup", "back"}), AllOf(HasSubstr("backup.zbk "), HasSubstr("backups ")));
  EXPECT_EQ(Offers({"ctl", "--state-dir", "back"}), "backups ") << "folders alone";
  EXPECT_EQ(Offers({"ctl", "certificate", "self-signed", "--out", "=", "back"}), "backups ");
  EXPECT_EQ(Offers({"completion", ""}), "bash ");
  EXPECT_EQ(Offers({"ctl", "member", "unlock", "ali"}), " ") << "only the site knows its members";
  EXPECT_EQ(Offers({"--trace"}), "--trace-calls ");
  EXPECT_EQ(Offers({"--interp"}), " ") << "only the master passes it";
}

}  // namespace
}  // namespace zoobar
