// Offers on a running site: who sees them, what the balances are, who can end them (docs/offers.md).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "live_site/live_site.h"
#include "live_site/page_text.h"

namespace zoobar {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kOffersPath[] = "/zoobar/index.cgi/offers";

class OffersTest : public testing::Test {
 protected:
  void SetUp() override {
    site_.settings.emplace_back("bank { initial_zoobars: 100 }");
    ASSERT_TRUE(site_.Start()) << site_.Output();
  }

  static Answer Offer(Browser& browser, const std::string& recipient, const std::string& zoobars,
                      const std::string& note = "", const std::string& submission = "") {
    return browser.Post(kOffersPath, {{"act", "offer"},
                                      {"recipient", recipient},
                                      {"zoobars", zoobars},
                                      {"days", "7"},
                                      {"note", note},
                                      {"submission", submission}});
  }
  static Answer End(Browser& browser, const std::string& act, const std::string& offer) {
    return browser.Post(kOffersPath, {{"act", act}, {"offer", offer}});
  }
  static std::string ValueOf(const Answer& page, const std::string& field) {
    const std::string mark = "name=\"" + field + "\" value=\"";
    const std::size_t at = page.body.find(mark);
    if (at == std::string::npos) return "";
    const std::size_t begin = at + mark.size();
    return page.body.substr(begin, page.body.find('"', begin) - begin);
  }
  // The number of the member's newest offer; empty: there is none.
  static std::string Newest(Browser& browser) { return ValueOf(browser.Get(kOffersPath), "offer"); }
  static std::string TextOf(Browser& browser, const std::string& page) {
    return PageText(browser.Get("/zoobar/index.cgi/" + page).body);
  }
  // Checks that the journal is sound, and that so much is set aside.
  void ExpectSetAside(int zoobars) const {
    const Ended verified = site_.Ctl({"verify"});
    EXPECT_EQ(verified.status, 0) << verified.output;
    EXPECT_THAT(verified.output, HasSubstr("set aside in open offers " + std::to_string(zoobars)));
  }

  LiveSite site_;
};

TEST_F(OffersTest, AnOfferIsSetAsideAndItsRecipientAcceptsIt) {
  Browser alice = site_.NewMember("alice"), bob = site_.NewMember("bob");
  EXPECT_THAT(alice.Get(kTransfer).body, HasSubstr(kOffersPath));
  EXPECT_THAT(Offer(alice, "bob", "30", "for the boat").body,
              HasSubstr("You offered 30 zoobars to <bdi>bob</bdi>. They are set aside"));
  EXPECT_EQ(alice.Balance(), 70);
  EXPECT_EQ(bob.Balance(), 100);
  ExpectSetAside(30);
  EXPECT_THAT(TextOf(bob, "offers"), HasSubstr("30 zoobars from alice for the boat"));
  const std::string offer = Newest(bob);
  ASSERT_EQ(offer, Newest(alice));
  EXPECT_THAT(TextOf(bob, "journal"), HasSubstr("offer " + offer + ": for the boat"));

  const Answer accepted = End(bob, "accept", offer);
  EXPECT_THAT(accepted.body, HasSubstr("You accepted 30 zoobars from <bdi>alice</bdi>."));
  EXPECT_EQ(alice.Balance(), 70);
  EXPECT_EQ(bob.Balance(), 130);
  EXPECT_EQ(Newest(bob), "");
  EXPECT_THAT(TextOf(alice, "journal"), HasSubstr("offer " + offer + " accepted"));
  EXPECT_THAT(End(bob, "accept", offer).body, HasSubstr("No zoobars were moved"));
  EXPECT_THAT(End(alice, "withdraw", offer).body, HasSubstr("No zoobars were moved"));
  ExpectSetAside(0);
}

TEST_F(OffersTest, ADeclinedAndAWithdrawnOfferGoBack) {
  Browser alice = site_.NewMember("alice"), bob = site_.NewMember("bob");
  Offer(alice, "bob", "30");
  std::string offer = Newest(bob);
  EXPECT_THAT(End(bob, "decline", offer).body, HasSubstr("You declined 30 zoobars from <bdi>alice</bdi>."));
  EXPECT_EQ(alice.Balance(), 100);
  EXPECT_THAT(TextOf(alice, "journal"), HasSubstr("offer " + offer + " returned (declined)"));
  Offer(alice, "bob", "20");
  offer = Newest(alice);
  EXPECT_THAT(End(alice, "withdraw", offer).body,
              HasSubstr("You withdrew your offer of 20 zoobars to <bdi>bob</bdi>."));
  EXPECT_EQ(alice.Balance(), 100);
  EXPECT_EQ(bob.Balance(), 100);
  EXPECT_THAT(TextOf(bob, "journal"), HasSubstr("offer " + offer + " returned (withdrawn)"));
  EXPECT_THAT(End(bob, "accept", offer).body, HasSubstr("No zoobars were moved"));
  ExpectSetAside(0);
}

TEST_F(OffersTest, AFormSentTwiceMakesOneOffer) {
  Browser alice = site_.NewMember("alice"), bob = site_.NewMember("bob");
  const std::string submission = ValueOf(alice.Get(kOffersPath), "submission");
  ASSERT_EQ(submission.size(), 32u);
  EXPECT_THAT(Offer(alice, "bob", "30", "once", submission).body, Not(HasSubstr("twice")));
  EXPECT_THAT(Offer(alice, "bob", "30", "once", submission).body, HasSubstr("only one offer was made"));
  EXPECT_EQ(alice.Balance(), 70);
  // The same form with other contents is another offer, and not carried out.
  EXPECT_THAT(Offer(alice, "bob", "31", "once", submission).body, HasSubstr("already used"));
  EXPECT_THAT(Offer(alice, "bob", "30", "changed", submission).body, HasSubstr("already used"));
  EXPECT_EQ(alice.Balance(), 70);
  ExpectSetAside(30);
}

TEST_F(OffersTest, AStrangerNeitherSeesNorEndsIt) {
  Browser alice = site_.NewMember("alice"), bob = site_.NewMember("bob"), carol = site_.NewMember("carol");
  Offer(alice, "bob", "30", "a secret gift");
  const std::string offer = Newest(bob);
  for (const char* act : {"accept", "decline", "withdraw"}) {
    EXPECT_THAT(End(carol, act, offer).body, HasSubstr("No zoobars were moved")) << act;
  }
  EXPECT_THAT(End(alice, "accept", offer).body, HasSubstr("No zoobars were moved"));
  EXPECT_THAT(End(bob, "withdraw", offer).body, HasSubstr("No zoobars were moved"));
  Browser nobody = site_.NewBrowser();
  EXPECT_EQ(End(nobody, "accept", offer).status, 303);
  EXPECT_EQ(alice.Balance(), 70);
  EXPECT_EQ(bob.Balance(), 100);
  for (const char* page : {"users?user=alice", "users?user=bob", "offers", "journal"}) {
    EXPECT_THAT(TextOf(carol, page), Not(HasSubstr("secret"))) << page;
  }
  EXPECT_THAT(TextOf(carol, "users?user=alice"), HasSubstr("No transfers yet"));
  End(bob, "accept", offer);
  const std::string seen = TextOf(carol, "users?user=alice");
  EXPECT_THAT(seen, HasSubstr("offer " + offer + " accepted"));
  EXPECT_THAT(seen, Not(HasSubstr("secret")));
}

TEST_F(OffersTest, LimitsAreNamedAndTheFormKeepsWhatWasTyped) {
  Browser alice = site_.NewMember("alice");
  for (const char* name : {"bob", "carol", "dave", "erin", "frank"}) site_.NewMember(name);
  const std::string note(201, 'n');
  const Answer too_long = Offer(alice, "bob", "1", note);
  EXPECT_THAT(too_long.body, HasSubstr("at most 200"));
  EXPECT_THAT(too_long.body, HasSubstr("value=\"" + note + "\""));
  EXPECT_THAT(Offer(alice, "bob", "1", "\xff").body, HasSubstr("not valid UTF-8"));
  EXPECT_THAT(Offer(alice, "bob", "101").body, HasSubstr("overdraft"));
  for (const char* days : {"0", "31", "x", "-1", "1.5", ""}) {
    const Form form = {{"act", "offer"}, {"recipient", "bob"}, {"zoobars", "1"}, {"days", days}};
    EXPECT_THAT(alice.Post(kOffersPath, form).body, HasSubstr("1 to 30 days")) << days;
  }
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(Offer(alice, "bob", "1").Has("You offered 1 zoobar"));
  EXPECT_THAT(Offer(alice, "bob", "1").body, HasSubstr("as many open offers from you as you may make, at most 5"));
  for (const char* name : {"carol", "dave", "erin"}) {
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(Offer(alice, name, "1").Has("You offered 1 zoobar ")) << name;
  }
  EXPECT_THAT(Offer(alice, "frank", "1").body, HasSubstr("you have made 20 offers that are still open"));
  EXPECT_EQ(alice.Balance(), 80);
  End(alice, "withdraw", Newest(alice));
  EXPECT_THAT(Offer(alice, "frank", "1").body, HasSubstr("You offered 1 zoobar "));
  ExpectSetAside(20);
}

TEST_F(OffersTest, AHostileNoteIsTextEverywhere) {
  Browser alice = site_.NewMember("alice"), bob = site_.NewMember("bob");
  const std::string note = "<script>alert(1)</script>\"'&amp;";
  const std::string escaped = "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;amp;";
  EXPECT_THAT(Offer(alice, "bob", "30", note).body, HasSubstr(escaped));
  EXPECT_THAT(Offer(alice, "nobody", "30", note).body, HasSubstr("value=\"" + escaped + "\""));
  for (const char* page : {"offers", "journal"}) {
    for (Browser* browser : {&alice, &bob}) {
      const Answer shown = browser->Get("/zoobar/index.cgi/" + std::string(page));
      EXPECT_THAT(shown.body, HasSubstr(escaped)) << page;
      EXPECT_THAT(shown.body, Not(HasSubstr("<script"))) << page;
    }
  }
}

TEST_F(OffersTest, AClosedAccountsOffersGoBack) {
  Browser alice = site_.NewMember("alice"), bob = site_.NewMember("bob");
  Offer(alice, "bob", "30");
  Offer(bob, "alice", "40");
  ASSERT_EQ(site_.Ctl({"member", "delete", "bob", "--yes"}).status, 0);
  EXPECT_EQ(alice.Balance(), 100);
  EXPECT_EQ(Newest(alice), "");
  EXPECT_THAT(TextOf(alice, "journal"), HasSubstr("returned (account closed)"));
  ExpectSetAside(0);
}

TEST_F(OffersTest, TheStatementAndTheMembersDataHaveThem) {
  Browser alice = site_.NewMember("alice"), bob = site_.NewMember("bob");
  Offer(alice, "bob", "30", "for the boat");
  const std::string offer = Newest(bob);
  End(bob, "accept", offer);
  Offer(bob, "alice", "5", "for \"you\"");
  const Answer data = alice.Get("/zoobar/index.cgi/export");
  EXPECT_EQ(data.status, 200);
  EXPECT_THAT(data.body, HasSubstr("\"offers\": ["));
  EXPECT_THAT(data.body, HasSubstr("\"note\": \"for \\\"you\\\"\""));

  const std::string csv = alice.Get("/zoobar/index.cgi/statement?format=csv").body;
  EXPECT_THAT(csv, HasSubstr(",alice,bob,,30,70,,offer " + offer + ": for the boat\r\n"));
  EXPECT_THAT(csv, HasSubstr(",alice,bob,,,70,,offer " + offer + " accepted\r\n"));
  const Ended key = site_.Ctl({"journal", "key"});
  ASSERT_EQ(key.status, 0) << key.output;
  for (Browser* browser : {&alice, &bob}) {
    const std::string file = site_.scratch() + "/statement.json";
    std::ofstream(file) << browser->Get("/zoobar/index.cgi/statement?format=json").body;
    EXPECT_THAT(ReadWhole(file), HasSubstr("for the boat"));
    const Ended checked = Execute({"verify-statement", file, "--key", key.output.substr(0, key.output.find('\n'))});
    EXPECT_EQ(checked.status, 0) << checked.output;
  }
}

}  // namespace
}  // namespace zoobar
