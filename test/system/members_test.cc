// `zoobar ctl member ...` on a running site: a class in one command, one-time passwords, closed accounts, and the stores
// of auth and honeychecker lost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "live_site/live_site.h"

namespace zoobar {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

constexpr char kHome[] = "/zoobar/index.cgi/", kPasswordPath[] = "/zoobar/index.cgi/password";

class MembersTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(site_.Start()) << site_.Output(); }

  // The rows "name,password" of a file that ctl wrote.
  static std::vector<std::pair<std::string, std::string>> Rows(const std::string& path) {
    std::vector<std::pair<std::string, std::string>> rows;
    std::istringstream text(ReadWhole(path));
    std::string line;
    std::getline(text, line);
    EXPECT_EQ(line, "name,password");
    while (std::getline(text, line)) {
      const std::size_t comma = line.rfind(',');
      rows.emplace_back(line.substr(0, comma), line.substr(comma + 1));
    }
    return rows;
  }
  // Logs in with a one-time password and chooses `chosen`.
  void FirstLogin(Browser& browser, const std::string& name, const std::string& password, const std::string& chosen) {
    const Answer in = browser.Login(name, password, kHome);
    ASSERT_EQ(in.status, 303) << name;
    EXPECT_EQ(in.Field("Location"), kPasswordPath);
    // Every other page leads back to that form.
    const Answer home = browser.Get(kHome);
    EXPECT_EQ(home.status, 302);
    const Answer form = browser.Get(home.Field("Location"));
    EXPECT_EQ(form.Field("Location"), kPasswordPath);
    EXPECT_TRUE(browser.Get(kPasswordPath).Has("Choose your own password"));
    const Answer changed = browser.Post(kPasswordPath, {{"password_now", password},
                                                        {"password_new", chosen},
                                                        {"password_again", chosen},
                                                        {"password_submit", "Change"}});
    ASSERT_EQ(changed.status, 303) << changed.body;
  }
  std::string File(const std::string& name) const { return site_.scratch() + "/" + name; }

  LiveSite site_;
};

TEST_F(MembersTest, AClassIsMadeInOneCommandAndEachMemberMustChooseAPassword) {
  constexpr int kClass = 60;
  {
    std::ofstream csv(File("class.csv"));
    csv << "Name,Seat\r\n";
    for (int i = 0; i < kClass - 1; ++i) csv << "student" << i << "," << i << "\r\n";
    csv << "\"Ada, \"\"the first\"\"\",0\r\n";
  }
  const Ended added = site_.Ctl({"member", "add", "--csv=" + File("class.csv"), "--out=" + File("passwords.csv")});
  ASSERT_EQ(added.status, 0) << added.output;
  EXPECT_THAT(added.output, HasSubstr("60 of 60 got a one-time password"));
  struct stat file{};
  ASSERT_EQ(stat(File("passwords.csv").c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600u);
  const auto rows = Rows(File("passwords.csv"));
  ASSERT_THAT(rows, SizeIs(kClass));
  EXPECT_EQ(rows[kClass - 1].first, "\"Ada, \"\"the first\"\"\"");
  for (int i = 0; i < kClass - 1; ++i) {
    Browser browser = site_.NewBrowser();
    FirstLogin(browser, rows[i].first, rows[i].second, "my own words " + rows[i].first);
    EXPECT_EQ(browser.Balance(), 10) << rows[i].first;
    EXPECT_NE(site_.NewBrowser().Login(rows[i].first, rows[i].second, kHome).status, 303);
  }
  Browser ada = site_.NewBrowser();
  FirstLogin(ada, "Ada, \"the first\"", rows[kClass - 1].second, "a password of ada's");
  EXPECT_THAT(site_.Output(), Not(HasSubstr(rows[0].second)));
  EXPECT_THAT(site_.Log("security"), HasSubstr("member-added"));
  // The same class again: everybody is there already, and nothing changes.
  const Ended again = site_.Ctl({"member", "add", "--csv=" + File("class.csv")});
  EXPECT_EQ(again.status, 1);
  EXPECT_THAT(again.output, HasSubstr("student0: the name is taken"));
  EXPECT_THAT(again.output, HasSubstr("0 of 60"));
  EXPECT_THAT(site_.Ctl({"verify"}).output, HasSubstr("sound"));
}

TEST_F(MembersTest, AnAccountIsShownLockedResetExportedAndClosed) {
  Browser alice = site_.NewMember("alice"), bob = site_.NewMember("bob");
  alice.Get(kHome);
  const Ended list = site_.Ctl({"member", "list"});
  EXPECT_EQ(list.status, 0);
  EXPECT_THAT(list.output, HasSubstr("alice"));
  const Ended shown = site_.Ctl({"member", "show", "alice"});
  EXPECT_EQ(shown.status, 0);
  EXPECT_THAT(shown.output, HasSubstr("zoobars       10"));
  EXPECT_EQ(site_.Ctl({"member", "show", "nobody"}).status, 1);

  EXPECT_THAT(site_.Ctl({"member", "lock", "alice"}).output, HasSubstr("alice: locked, 1 sessions ended"));
  EXPECT_EQ(alice.Get(kHome).status, 302);
  EXPECT_TRUE(site_.NewBrowser().Login("alice", kPassword, kHome).Has("locked"));
  EXPECT_THAT(site_.Ctl({"member", "list", "--locked"}).output, HasSubstr("alice"));
  EXPECT_THAT(site_.Ctl({"member", "list", "--locked"}).output, Not(HasSubstr("bob")));
  EXPECT_EQ(site_.Ctl({"member", "unlock", "alice"}).status, 0);
  EXPECT_EQ(alice.Login("alice", kPassword, kHome).status, 303);

  ASSERT_EQ(site_.Ctl({"member", "reset-password", "alice", "--out=" + File("alice.csv")}).status, 0);
  EXPECT_EQ(alice.Get(kHome).status, 302);
  FirstLogin(alice, "alice", Rows(File("alice.csv")).at(0).second, "another password");
  EXPECT_EQ(site_.Ctl({"member", "logout", "alice"}).status, 0);
  EXPECT_EQ(alice.Get(kHome).status, 302);

  EXPECT_EQ(bob.Pay("alice", "4").status, 200);
  const Ended data = site_.Ctl({"member", "export", "alice"});
  EXPECT_EQ(data.status, 0);
  EXPECT_THAT(data.output, HasSubstr("\"recipient\": \"alice\""));

  const Ended unsure = site_.Ctl({"member", "delete", "alice"});
  EXPECT_EQ(unsure.status, 2) << unsure.output;
  EXPECT_THAT(unsure.output, HasSubstr("--yes"));
  const Ended closed = site_.Ctl({"member", "delete", "alice", "--yes"});
  EXPECT_EQ(closed.status, 0) << closed.output;
  EXPECT_THAT(closed.output, HasSubstr("14 zoobars stay"));
  EXPECT_TRUE(site_.NewBrowser().Login("alice", "another password", kHome).Has("Wrong name or password"));
  EXPECT_NE(bob.Pay("alice", "1").status, 303);
  EXPECT_EQ(bob.Balance(), 6);
  EXPECT_THAT(site_.Ctl({"verify"}).output, HasSubstr("sound"));
}

TEST_F(MembersTest, WithoutTheOperatorKeyNothingIsDone) {
  site_.NewMember("alice");
  {
    std::ofstream other(File("other.key"));
    other << std::string(43, 'A') << '\n';
  }
  const Ended refused = site_.Ctl({"member", "reset-password", "alice", "--operator-key=" + File("other.key")});
  EXPECT_EQ(refused.status, 3) << refused.output;
  EXPECT_THAT(refused.output, HasSubstr("not the operator's"));
  EXPECT_TRUE(site_.Says("operator-act-refused"));
  EXPECT_EQ(site_.NewBrowser().Login("alice", kPassword, kHome).status, 303);
}

// What an operator does who has lost one of the two stores of passwords.
class LostStoreTest : public MembersTest {
 protected:
  void Lose(const std::string& role) {
    site_.NewMember("alice");
    Browser bob = site_.NewMember("bob");
    EXPECT_EQ(bob.Pay("alice", "3").status, 200);
    ASSERT_EQ(site_.Stop(), 0);
    for (const auto& file : std::filesystem::directory_iterator(site_.state() + "/" + role + "/store")) {
      std::filesystem::remove(file);
    }
    ASSERT_TRUE(site_.Start()) << site_.Output();
    EXPECT_NE(site_.NewBrowser().Login("alice", kPassword, kHome).status, 303);
    const Ended drawn = site_.Ctl({"member", "draw-anew", "--yes", "--out=" + File("passwords.csv")});
    ASSERT_EQ(drawn.status, 0) << drawn.output;
    for (const auto& [name, password] : Rows(File("passwords.csv"))) {
      Browser browser = site_.NewBrowser();
      FirstLogin(browser, name, password, "a new password of " + name);
      EXPECT_EQ(browser.Balance(), name == "alice" ? 13 : 7);
    }
    EXPECT_THAT(Rows(File("passwords.csv")), SizeIs(2));
  }
};

TEST_F(LostStoreTest, OfHoneychecker) { Lose("honeychecker"); }
TEST_F(LostStoreTest, OfAuth) { Lose("auth"); }

}  // namespace
}  // namespace zoobar
