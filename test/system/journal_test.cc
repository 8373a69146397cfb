// Statements and signed heads of a live site, checked offline by `zoobar verify-statement`.
#include <gmock/gmock.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "live_site/live_site.h"

namespace zoobar {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kStatement[] = "/zoobar/index.cgi/statement";

class JournalTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(site_.Start()) << site_.Output(); }

  std::string Keep(const std::string& name, const std::string& text) const {
    std::ofstream(site_.scratch() + "/" + name) << text;
    return site_.scratch() + "/" + name;
  }
  std::string KeepJson(Browser& browser, const std::string& name, const std::string& query = "") const {
    const Answer answer = browser.Get(kStatement + std::string("?format=json") + query);
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.Field("Content-Type"), "application/json");
    EXPECT_THAT(answer.Field("Content-Disposition"), HasSubstr("attachment"));
    return Keep(name, answer.body);
  }
  std::string Key() const {
    const Ended key = site_.Ctl({"journal", "key"});
    EXPECT_EQ(key.status, 0) << key.output;
    return key.output.substr(0, key.output.find('\n'));
  }
  static Ended Verify(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "verify-statement");
    return Execute(arguments);
  }
  // The size in the second line of a head.
  static std::string SizeIn(const std::string& head) {
    const std::size_t line = head.find('\n') + 1;
    return head.substr(line, head.find('\n', line) - line);
  }

  LiveSite site_;
};

TEST_F(JournalTest, AMembersStatementIsCheckedWithoutTheSite) {
  Browser alice = site_.NewMember("alice"), bob = site_.NewMember("bob");
  ASSERT_TRUE(alice.Pay("bob", "3").Has("Sent 3 zoobars"));
  ASSERT_TRUE(bob.Pay("alice", "1").Has("Sent 1 zoobars"));
  const std::string older = KeepJson(alice, "older.json"), key = Key();

  const Answer page = alice.Get(kStatement);
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, HasSubstr("format=json"));
  EXPECT_THAT(page.body, HasSubstr(key.substr(0, key.find('+'))));
  EXPECT_THAT(alice.Get("/zoobar/index.cgi/journal").body, HasSubstr(kStatement));
  EXPECT_THAT(alice.Get("/zoobar/index.cgi/account").body, HasSubstr(kStatement));

  const Ended head = site_.Ctl({"journal", "head"});
  ASSERT_EQ(head.status, 0) << head.output;
  const std::string kept = Keep("head", head.output);
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(alice.Pay("bob", "1").status == 200 || i >= 8);
  const std::string newer = KeepJson(alice, "newer.json", "&older=" + SizeIn(head.output));

  const std::string statement = KeepJson(alice, "statement.json");
  const std::string bank_key = Keep("journal.pub", key + "\n");
  const Ended without = Verify({statement});
  site_.KillEverything();

  const Ended sound = Verify({statement, "--key", key});
  EXPECT_EQ(sound.status, 0) << sound.output;
  EXPECT_THAT(sound.output, HasSubstr("sound: the statement of alice"));
  EXPECT_THAT(sound.output, HasSubstr("from the opening of the account"));
  EXPECT_THAT(sound.output, HasSubstr("0 before, 0 after"));
  EXPECT_EQ(Verify({statement, "--key", bank_key}).status, 0);
  EXPECT_EQ(without.status, 0);
  EXPECT_THAT(without.output, HasSubstr("only the one inside the statement"));
  const Ended continued = Verify({newer, "--key", key, "--older", kept});
  EXPECT_EQ(continued.status, 0) << continued.output;
  EXPECT_THAT(continued.output, HasSubstr("continues the older one"));
  const Ended no_proof = Verify({statement, "--key", key, "--older", older});
  EXPECT_EQ(no_proof.status, 2) << no_proof.output;
  EXPECT_THAT(no_proof.output, HasSubstr("zoobar ctl journal proof"));

  std::string forged = ReadWhole(statement);
  const std::size_t amount = forged.find("\"zoobars\": \"3\"");
  ASSERT_NE(amount, std::string::npos);
  forged[amount + 12] = '2';
  const Ended refused = Verify({Keep("forged.json", forged), "--key", key});
  EXPECT_EQ(refused.status, 1) << refused.output;
  EXPECT_THAT(refused.output, HasSubstr("not sound: entry"));
  EXPECT_EQ(Verify({statement, "--key", "no-key"}).status, 2);
  EXPECT_EQ(Verify({site_.scratch() + "/none", "--key", key}).status, 2);
  EXPECT_EQ(Verify({"/dev/zero", "--key", key}).status, 2);
  EXPECT_EQ(Verify({}).status, 2);
}

TEST_F(JournalTest, OnlyTheMemberGetsTheStatementAndCsvHasTheSameEntries) {
  Browser alice = site_.NewMember("alice"), bob = site_.NewMember("=cmd");
  ASSERT_TRUE(alice.Pay("=cmd", "3").Has("Sent 3 zoobars"));
  Browser stranger = site_.NewBrowser();
  const Answer refused = stranger.Get(kStatement + std::string("?format=json"));
  EXPECT_EQ(refused.status, 302);
  EXPECT_THAT(refused.body, Not(HasSubstr("alice")));
  const Answer csv = alice.Get(kStatement + std::string("?format=csv"));
  EXPECT_EQ(csv.status, 200);
  EXPECT_THAT(csv.Field("Content-Type"), HasSubstr("text/csv"));
  EXPECT_THAT(csv.body, HasSubstr("entry,time,from,to,received,sent,balance,by program,note\r\n"));
  EXPECT_THAT(csv.body, HasSubstr(",(account opened),alice,10,,10,,\r\n"));
  EXPECT_THAT(csv.body, HasSubstr(",alice,'=cmd,,3,7,,\r\n"));
  EXPECT_EQ(alice.Get(kStatement + std::string("?format=xml")).status, 400);
  EXPECT_EQ(alice.Get(kStatement + std::string("?format=json&older=999")).status, 400);
  EXPECT_EQ(alice.Get(kStatement + std::string("?format=json&before=nonsense")).status, 200);
}

// bank's store is put back to an earlier state, as somebody who has taken bank over could do: a second history begins.
TEST_F(JournalTest, ASecondHistoryIsNotSignedAndRaisesAnAlarm) {
  Browser alice = site_.NewMember("alice");
  site_.NewMember("bob");
  const std::string data = site_.state() + "/bank/store/data.mdb", copy = site_.scratch() + "/data.mdb";
  site_.KillEverything();
  std::filesystem::copy_file(data, copy);
  ASSERT_TRUE(site_.Start()) << site_.Output();
  alice.MoveTo(site_.Addresses().at(0));
  ASSERT_TRUE(alice.Pay("bob", "3").Has("Sent 3 zoobars"));
  KeepJson(alice, "older.json");  // signs the head with this transfer
  ASSERT_TRUE(Eventually([&] { return site_.Log("events").find("\"journal-head\"") != std::string::npos; }));
  site_.KillEverything();
  {
    std::ifstream from(copy, std::ios::binary);
    std::ofstream to(data, std::ios::binary | std::ios::trunc);
    to << from.rdbuf();
  }
  ASSERT_TRUE(site_.Start()) << site_.Output();
  alice.MoveTo(site_.Addresses().at(0));
  ASSERT_TRUE(alice.Pay("bob", "5").Has("Sent 5 zoobars"));
  alice.Get(kStatement + std::string("?format=json"));
  EXPECT_TRUE(Eventually([&] { return site_.Log("alarms").find("journal-fork") != std::string::npos; }))
      << site_.Log("alarms");
  // A head that has the new transfer is not signed: of the old size there is one already, and a larger one has no proof.
  ASSERT_TRUE(alice.Pay("bob", "1").Has("Sent 1 zoobars"));
  const Answer none = alice.Get(kStatement + std::string("?format=json"));
  EXPECT_EQ(none.status, 503) << none.body;
  EXPECT_THAT(none.body, HasSubstr("Not signed yet"));
}

TEST_F(JournalTest, TheOperatorGetsProofsAndVerifySeesTheTree) {
  Browser alice = site_.NewMember("alice");
  site_.NewMember("bob");
  const std::string older = KeepJson(alice, "older.json"), key = Key();
  for (int i = 0; i < 9; ++i) ASSERT_TRUE(alice.Pay("bob", "1").Has("Sent 1 zoobars"));
  const std::string newer = KeepJson(alice, "newer.json");
  const std::string size = "2";  // both accounts were opened, and nothing else happened
  const Ended proof = site_.Ctl({"journal", "proof", size});
  ASSERT_EQ(proof.status, 0) << proof.output;
  const Ended checked = Verify({newer, "--key", key, "--older", older, "--proof", Keep("proof.json", proof.output)});
  EXPECT_EQ(checked.status, 0) << checked.output;
  EXPECT_EQ(site_.Ctl({"journal", "proof", "999"}).status, 1);
  EXPECT_EQ(site_.Ctl({"verify"}).status, 0);
}

}  // namespace
}  // namespace zoobar
