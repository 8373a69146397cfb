#include "ctl/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <sstream>

#include "ctl/command_help.h"
#include "ctl/commands.h"
#include "text/nearest.h"

namespace zoobar {
namespace {

using testing::HasSubstr;

struct Said {
  int status = -1;
  std::string out, err;
};

// What a command line says. terminal_says: what a person types; empty: stdin is no terminal.
Said Say(const std::vector<std::string>& words, const std::string& terminal_says = "") {
  std::istringstream in(terminal_says);
  std::ostringstream out, err;
  Said said;
  said.status = ExecuteCommandLine(words, {in, out, err, !terminal_says.empty()});
  said.out = out.str();
  said.err = err.str();
  return said;
}

TEST(CommandLineTest, AWrongWordIsNamedWithTheNearestRightOne) {
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{"statsu"}, "zoobar: there is no command \"zoobar statsu\"; did you mean: zoobar ctl status\n"},
      {{"docter"}, "zoobar: there is no command \"zoobar docter\"; did you mean: zoobar doctor\n"},
      {{"ctl", "member", "unlok"},
       "zoobar: there is no command \"zoobar ctl member unlok\"; did you mean: zoobar ctl member unlock\n"},
      {{"ctl", "xyzzy"}, "zoobar: there is no command \"zoobar ctl xyzzy\"; see: zoobar ctl --help\n"},
      {{"ctl", "status", "--jsn"}, "zoobar ctl status: there is no option --jsn; did you mean: --json\n"},
      {{"ctl", "status", "--zzzzzz=1"},
       "zoobar ctl status: there is no option --zzzzzz; see: zoobar ctl status --help\n"},
      {{"privileges", "bnk"}, "zoobar privileges: ROLE: there is no role \"bnk\"; did you mean: bank\n"},
      {{"ctl", "status", "now"}, "zoobar ctl status: one value too many: \"now\"\n"},
      {{"ctl", "status", "--state-dir"}, "zoobar ctl status: --state-dir needs a value\n"},
      {{"ctl", "status", "--state-dir=/a", "--state-dir=/b"}, "zoobar ctl status: --state-dir is there twice\n"},
      {{"ctl", "log", "-n", "-3"}, "zoobar ctl log: --lines: \"-3\" is not a whole number from 0 to 4294967295\n"},
      {{"ctl", "log", "-n", "99999999999999999999"},
       "zoobar ctl log: --lines: \"99999999999999999999\" is not a whole number from 0 to 4294967295\n"},
      {{"tune-argon2", "--target-ms", "5x"}, "zoobar tune-argon2: --target-ms: \"5x\" is not a number\n"},
  };
  for (const auto& [words, line] : cases) {
    const Said said = Say(words);
    EXPECT_EQ(said.status, kCtlUsage) << line;
    EXPECT_EQ(said.err, line);
    EXPECT_EQ(said.out, "");
  }
}

TEST(CommandLineTest, AMissingWordOrValueIsNamed) {
  EXPECT_THAT(Say({"ctl", "certificate"}).err,
              HasSubstr("zoobar ctl certificate: one more word is missing: list, install, self-signed"));
  EXPECT_THAT(Say({"ctl", "member", "unlock"}).err, HasSubstr("NAME is missing; usage: zoobar ctl member unlock"));
  EXPECT_THAT(Say({"ctl", "certificate", "install", "--key", "k"}).err, HasSubstr("--cert is missing"));
}

TEST(CommandLineTest, ControlCharactersOfAWrongWordDoNotReachTheTerminal) {
  EXPECT_EQ(Say({"no\x1Bsuch"}).err.find('\x1B'), std::string::npos);
}

TEST(CommandLineTest, OptionsOfCtlStandBeforeOrAfterTheCommandsWords) {
  const std::string none = "zoobar ctl: no master runs on /nowhere\n";
  EXPECT_EQ(Say({"ctl", "--state-dir", "/nowhere", "member", "unlock", "alice"}).err, none);
  EXPECT_EQ(Say({"ctl", "member", "unlock", "--state-dir=/nowhere", "alice"}).err, none);
  EXPECT_EQ(Say({"ctl", "member", "unlock", "alice", "--state-dir", "/nowhere"}).err, none);
}

TEST(CommandLineTest, AValueThatLooksLikeAnOptionStandsAfterTwoDashes) {
  EXPECT_EQ(Say({"ctl", "member", "unlock", "--state-dir=/nowhere", "--", "--json"}).err,
            "zoobar ctl: no master runs on /nowhere\n");
}

TEST(CommandLineTest, ADestructiveCommandAsksOnATerminalAlone) {
  const std::vector<std::string> shutdown = {"ctl", "shutdown", "--state-dir=/nowhere"};
  const std::string none = "zoobar ctl: no master runs on /nowhere\n";
  EXPECT_EQ(Say(shutdown).err, none) << "a script of today gives no --yes";
  const Said no = Say(shutdown, "n\n");
  EXPECT_EQ(no.status, kCtlRefused);
  EXPECT_EQ(no.err, "Stop the site? [y/N] zoobar ctl: nothing was done\n");
  EXPECT_EQ(Say(shutdown, "\n").status, kCtlRefused);
  EXPECT_EQ(Say(shutdown, "y\n").err, "Stop the site? [y/N] " + none);
  EXPECT_EQ(Say({"ctl", "shutdown", "--state-dir=/nowhere", "--yes"}, "n\n").err, none);
}

TEST(CommandLineTest, TheQuestionNamesWhatItIsAboutWithoutControlCharacters) {
  EXPECT_THAT(Say({"ctl", "profile", "pause", "al\x1Bice"}, "n\n").err,
              HasSubstr("Stop running the program of \"al\xEF\xBF\xBD"
                        "ice\"? [y/N]"));
}

TEST(CommandLineTest, HelpOfACommandAndOfAGroupGoToStdout) {
  const Said command = Say({"ctl", "member", "unlock", "--help"});
  EXPECT_EQ(command.status, kCtlOk);
  EXPECT_THAT(command.out, testing::StartsWith("Usage: zoobar ctl member unlock [OPTIONS] NAME\n"));
  EXPECT_THAT(command.out, HasSubstr("Example:\n  zoobar ctl member unlock alice\n"));
  EXPECT_EQ(command.err, "");
  const Said group = Say({"ctl", "certificate", "-h"});
  EXPECT_THAT(group.out, HasSubstr("self-signed"));
  EXPECT_THAT(group.out, testing::Not(HasSubstr("unlock")));
  for (const std::string& line : {Say({"--help"}).out, Say({"ctl", "--help"}).out}) {
    std::istringstream lines(line);
    for (std::string each; std::getline(lines, each);) EXPECT_LE(each.size(), 100u) << each;
  }
}

TEST(CommandLineTest, AFlagCanBeTakenBack) {
  const Said said = Say({"ctl", "shutdown", "--state-dir=/nowhere", "--yes=false"}, "n\n");
  EXPECT_EQ(said.status, kCtlRefused);
}

TEST(NearestTest, FewEditsAreNearAndManyAreNot) {
  constexpr std::array<std::string_view, 4> kWords = {"status", "shutdown", "profile", "ps"};
  EXPECT_EQ(Nearest("statsu", kWords), "status");  // two neighbours swapped count once
  EXPECT_EQ(Nearest("shutdwn", kWords), "shutdown");
  EXPECT_EQ(Nearest("pro", kWords), "profile") << "a beginning";
  EXPECT_EQ(Nearest("sp", kWords), "ps");
  EXPECT_EQ(Nearest("restore", kWords), "");
  EXPECT_EQ(Nearest("", kWords), "");
  EXPECT_EQ(Nearest(std::string(5000, 'x'), kWords), "");
}

TEST(ArgumentsDeathTest, AnOptionThatTheRowDoesNotHaveIsABug) {
  const Arguments arguments(OptionsOf(*FindCommand("version")));
  EXPECT_DEATH(arguments.Has("--nosuch"), "--nosuch");
}

}  // namespace
}  // namespace zoobar
