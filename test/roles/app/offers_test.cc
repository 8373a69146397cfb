// app: the page of open offers, and what the journal says about offers and corrections.
#include "roles/app/fixture.h"

namespace zoobar {
namespace {

class OffersPageTest : public AppTest {
 protected:
  std::string Offer(const std::string& form) { return world.Post("offers", "act=offer&" + form, alice); }
  std::string End(const std::string& act, std::uint64_t offer, const std::string& cookie) {
    return world.Post("offers", "act=" + act + "&offer=" + std::to_string(offer), cookie);
  }
  std::uint64_t TheOffer() const { return world.open_offers.empty() ? 0 : world.open_offers.begin()->first; }

  const std::string bob = AppWorld::CookieOf("bob"), carol = AppWorld::CookieOf("carol");
};

TEST_F(OffersPageTest, AnOfferIsMadeAndBothSeeIt) {
  const std::string answer = Offer("recipient=bob&zoobars=3&days=2&note=for+lunch");
  EXPECT_THAT(answer, HasSubstr("You offered 3 zoobars to <bdi>bob</bdi>."));
  EXPECT_TRUE(Matches(answer, "Balance.*>7 zoobars"));
  EXPECT_EQ(world.balances["id:bob"], 10);
  ASSERT_EQ(world.offers_asked.size(), 1u);
  EXPECT_EQ(world.offers_asked[0].days(), 2u);
  EXPECT_EQ(world.acts_asked.back().offer().note(), "for lunch");
  EXPECT_TRUE(Matches(answer, "Your offers[^]*3 zoobars to [^]*for lunch[^]*value=\"withdraw\""));
  const std::string got = world.Get("offers", bob);
  EXPECT_TRUE(Matches(got, "Offers to you[^]*3 zoobars from [^]*>alice<[^]*for lunch[^]*3 Jan 1970"));
  EXPECT_THAT(got, HasSubstr("Accept<span class=\"unseen\"> offer 1 from <bdi>alice</bdi></span></button>"));
  EXPECT_THAT(got, HasSubstr("Decline<span class=\"unseen\"> offer 1 from <bdi>alice</bdi></span></button>"));
  EXPECT_THAT(got, Not(HasSubstr("value=\"withdraw\"")));
}

TEST_F(OffersPageTest, TheDaysAreSevenIfNoneAreNamed) {
  EXPECT_THAT(world.Get("offers?recipient=bob", alice), HasSubstr("min=\"1\" max=\"30\" value=\"7\""));
  Offer("recipient=bob&zoobars=3");
  ASSERT_EQ(world.offers_asked.size(), 1u);
  EXPECT_EQ(world.offers_asked[0].days(), 7u);
}

TEST_F(OffersPageTest, ItsRecipientAcceptsOrDeclinesAndItsSenderWithdraws) {
  Offer("recipient=bob&zoobars=3");
  std::string answer = End("accept", TheOffer(), bob);
  EXPECT_THAT(answer, HasSubstr("You accepted 3 zoobars from <bdi>alice</bdi>."));
  EXPECT_TRUE(Matches(answer, "Balance.*>13 zoobars"));
  EXPECT_THAT(End("accept", 1, bob), HasSubstr("offer 1 is not open any more"));
  Offer("recipient=bob&zoobars=2");
  EXPECT_THAT(End("decline", TheOffer(), bob), HasSubstr("You declined 2 zoobars from <bdi>alice</bdi>."));
  Offer("recipient=bob&zoobars=1");
  answer = End("withdraw", TheOffer(), alice);
  EXPECT_THAT(answer, HasSubstr("You withdrew your offer of 1 zoobar to <bdi>bob</bdi>."));
  EXPECT_TRUE(Matches(answer, "Balance.*>7 zoobars"));
  EXPECT_EQ(world.balances["id:bob"], 13);
}

TEST_F(OffersPageTest, OneFormSentTwiceMakesOneOffer) {
  const std::string form = world.Get("offers?recipient=bob", alice);
  std::smatch found;
  ASSERT_TRUE(std::regex_search(form, found, std::regex("name=\"submission\" value=\"([0-9a-f]{32})\"")));
  const std::string filled = "recipient=bob&zoobars=3&submission=" + found[1].str();
  EXPECT_THAT(Offer(filled), HasSubstr("You offered 3 zoobars"));
  const std::string again = Offer(filled);
  EXPECT_THAT(again, HasSubstr("only one offer was made"));
  EXPECT_THAT(again, Not(HasSubstr(found[1].str()))) << "the next form is a new act";
  EXPECT_EQ(world.open_offers.size(), 1u);
}

TEST_F(OffersPageTest, WhatIsWrongIsSaidAndTheFormKeepsWhatWasTyped) {
  const std::string note(201, 'n');
  const std::pair<std::string, const char*> refusals[] = {
      {"recipient=bob&zoobars=11", "overdraft"},
      {"recipient=bob&zoobars=1.5", "fractions"},
      {"recipient=bob&zoobars=", "amount is missing"},
      {"recipient=ghost&zoobars=1", "no member with this name"},
      {"recipient=&zoobars=1", "recipient is missing"},
      {"recipient=alice&zoobars=1", "to yourself"},
      {"recipient=bob&zoobars=1&days=0", "1 to 30 days"},
      {"recipient=bob&zoobars=1&days=31", "1 to 30 days"},
      {"recipient=bob&zoobars=1&days=", "1 to 30 days"},
      {"recipient=bob&zoobars=1&days=99999999999999999999", "1 to 30 days"},
      {"recipient=bob&zoobars=1&note=" + note, "the note has 201 bytes, and may have at most 200."},
      {"recipient=bob&zoobars=1&note=a%ff", "not valid UTF-8"},
      {"recipient=bob&zoobars=1&note=a%0ab", "must be one line"},
  };
  for (const auto& [form, reason] : refusals) {
    const std::string answer = Offer(form);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 ")) << form;
    EXPECT_THAT(answer, HasSubstr(reason)) << form;
    EXPECT_TRUE(Matches(answer, "Offer to .* failed")) << form;
    EXPECT_TRUE(Matches(answer, "Balance.*>10 zoobars")) << form;
  }
  const std::string answer = Offer("recipient=b+b&zoobars=1x&days=3&note=a+b");
  for (const char* value : {"value=\"b b\"", "value=\"1x\"", "value=\"3\"", "value=\"a b\""}) {
    EXPECT_THAT(answer, HasSubstr(value));
  }
  EXPECT_THAT(Offer("recipient=bob&zoobars=1&note=" + note.substr(1)), HasSubstr("You offered 1 zoobar "));
}

TEST_F(OffersPageTest, TheBanksLimitsAreNamed) {
  TransferReply& refused = world.transfer_refused.emplace();
  refused.set_most(20);
  refused.set_outcome(TransferReply::OUTCOME_TOO_MANY_MADE);
  EXPECT_THAT(Offer("recipient=bob&zoobars=3"), HasSubstr("you have made 20 offers that are still open"));
  refused.set_most(5);
  refused.set_outcome(TransferReply::OUTCOME_TOO_MANY_BETWEEN);
  EXPECT_THAT(Offer("recipient=bob&zoobars=3"),
              AllOf(HasSubstr("at most 5. Withdraw one"), StartsWith("HTTP/1.1 200 ")));
  refused.set_burst(20);
  refused.set_per_hour(5);
  refused.set_retry_after_s(700);
  EXPECT_THAT(
      Offer("recipient=bob&zoobars=3"),
      AllOf(HasSubstr("20 offers at once, and then 5 an hour. Try again in 12 minutes"), StartsWith("HTTP/1.1 429 ")));
  refused.set_retry_after_s(0);
  refused.set_most(100);
  refused.set_outcome(TransferReply::OUTCOME_TOO_MANY_GOT);
  EXPECT_THAT(Offer("recipient=bob&zoobars=3"), HasSubstr("the recipient has 100 open offers"));
  refused.set_outcome(TransferReply::OUTCOME_TOO_MANY);
  refused.set_retry_after_s(3);
  EXPECT_THAT(Offer("recipient=bob&zoobars=3"), StartsWith("HTTP/1.1 429 "));
  refused.set_outcome(TransferReply::OUTCOME_NO_ROOM);
  EXPECT_THAT(Offer("recipient=bob&zoobars=3"), StartsWith("HTTP/1.1 503 "));
}

TEST_F(OffersPageTest, WhyAnOfferDoesNotEndIsSaid) {
  SettleReply& refused = world.settle_refused.emplace();
  const std::pair<SettleReply::Outcome, const char*> refusals[] = {
      {SettleReply::OUTCOME_EXPIRED, "offer 4 has expired"},
      {SettleReply::OUTCOME_OVERFLOW, "cannot hold that many"},
      {SettleReply::OUTCOME_TICKET_REFUSED, "the bank refused it"},
  };
  for (const auto& [outcome, reason] : refusals) {
    refused.set_outcome(outcome);
    EXPECT_THAT(End("accept", 4, bob), HasSubstr(reason));
  }
  refused.set_outcome(SettleReply::OUTCOME_NO_ROOM);
  const std::string full = End("accept", 4, bob);
  EXPECT_THAT(full, StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(full, HasSubstr("Retry-After: 60\r\n"));
  const std::size_t asked = world.settlements.size();
  for (const char* form : {"", "act=accept", "act=accept&offer=x", "act=accept&offer=-1", "act=steal&offer=4"}) {
    EXPECT_THAT(world.Post("offers", form, bob), HasSubstr("no offer was chosen")) << form;
  }
  EXPECT_EQ(world.settlements.size(), asked);
}

TEST_F(OffersPageTest, AStrangerEndsNobodysOffer) {
  world.AddMember("carol");
  Offer("recipient=bob&zoobars=3");
  for (const char* act : {"accept", "decline", "withdraw"}) {
    EXPECT_THAT(End(act, TheOffer(), carol), HasSubstr("No zoobars were moved")) << act;
  }
  EXPECT_THAT(End("accept", TheOffer(), alice), HasSubstr("No zoobars were moved"));
  EXPECT_THAT(End("withdraw", TheOffer(), bob), HasSubstr("No zoobars were moved"));
  EXPECT_THAT(world.Get("offers", carol), Not(HasSubstr("3 zoobars")));
  EXPECT_EQ(world.open_offers.size(), 1u);
}

TEST_F(OffersPageTest, TheBankIsAskedAgainWithTheSameTicket) {
  world.lose_transfer_replies = 1;
  EXPECT_THAT(Offer("recipient=bob&zoobars=3"), HasSubstr("You offered 3 zoobars"));
  ASSERT_EQ(world.offers_asked.size(), 2u);
  EXPECT_EQ(world.offers_asked[0].ticket().body(), world.offers_asked[1].ticket().body());
  world.lose_transfer_replies = 1;
  EXPECT_THAT(End("accept", TheOffer(), bob), HasSubstr("You accepted 3 zoobars"));
  ASSERT_EQ(world.settlements.size(), 2u);
  EXPECT_EQ(world.settlements[0].ticket().body(), world.settlements[1].ticket().body());
  EXPECT_EQ(world.balances["id:bob"], 13);
}

TEST_F(OffersPageTest, AfterASilentBankThePageSaysThatNothingIsConfirmed) {
  world.lose_transfer_replies = 2;
  const std::string submission(32, 'a');
  const std::string answer = Offer("recipient=bob&zoobars=3&submission=" + submission);
  EXPECT_THAT(answer, HasSubstr("Not confirmed yet; check your"));
  EXPECT_THAT(answer, HasSubstr("value=\"" + submission + "\"")) << "sent again, it is the same act";
  EXPECT_THAT(answer, Not(HasSubstr("failed")));
  world.lose_transfer_replies = 2;
  EXPECT_THAT(End("accept", TheOffer(), bob), HasSubstr("Not confirmed yet; check your"));
}

TEST_F(OffersPageTest, WhatWasDoneIsSaidEvenIfTheListCannotBeShown) {
  world.failing.insert("Bank.Offers");
  EXPECT_THAT(Offer("recipient=bob&zoobars=3"), HasSubstr("You offered 3 zoobars"));
  EXPECT_THAT(world.Get("offers", alice), StartsWith("HTTP/1.1 503 "));
  world.failing.insert("Bank.Journal");
  EXPECT_THAT(End("withdraw", TheOffer(), alice), HasSubstr("You withdrew your offer of 3 zoobars. You have"));
}

TEST_F(OffersPageTest, TheSendersAccountIsOpenedIfTheBankHasNone) {
  world.balances.erase("id:alice");
  EXPECT_THAT(Offer("recipient=bob&zoobars=3"), HasSubstr("You offered 3 zoobars"));
  EXPECT_EQ(world.balances["id:alice"], 7);
}

TEST_F(OffersPageTest, HostileNotesAreText) {
  Offer("recipient=bob&zoobars=3&note=%3Cscript%3Ealert(1)%3C/script%3E%22");
  for (const char* page : {"offers", "journal"}) {
    const std::string answer = world.Get(page, bob);
    EXPECT_THAT(answer, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;&quot;")) << page;
    EXPECT_THAT(answer, Not(HasSubstr("<script"))) << page;
  }
}

TEST_F(OffersPageTest, OtherPagesLeadToIt) {
  EXPECT_THAT(world.Get("transfer?recipient=bob", alice), HasSubstr("/zoobar/index.cgi/offers?recipient=bob\""));
  for (const char* page : {"", "account", "journal"}) {
    EXPECT_THAT(world.Get(page, alice), HasSubstr("href=\"/zoobar/index.cgi/offers\"")) << page;
  }
  EXPECT_EQ(world.CountOf("Bank.Offers"), 0);
}

// --- The journal ---

class EntryKindsTest : public AppTest {
 protected:
  void SetUp() override {
    AppTest::SetUp();
    world.AddMember("carol");
    Add(1, "", "alice", 20, 20);
    Add(2, "alice", "bob", 3, -3);
    Add(3, "bob", "alice", 3, 3).set_note("paid twice & wrongly");
    world.journal.front().set_about(2);
    Add(4, "alice", "bob", 5, -5).set_note("for the boat");
    Add(5, "alice", "bob", 5, 0).set_about(4);
    Add(4, "alice", "bob", 6, -6).set_note("a secret gift");
    Add(6, "alice", "bob", 6, 6).set_note("declined");
    world.journal.front().set_about(6);
  }
  // Adds an entry. `change` is that of alice's balance.
  JournalReply::Entry& Add(std::uint32_t kind, const std::string& sender, const std::string& recipient,
                           std::int64_t zoobars, std::int64_t change) {
    JournalReply::Entry entry;
    entry.set_number(world.journal.size() + 1);
    entry.set_kind(kind);
    entry.set_sender(sender);
    entry.set_recipient(recipient);
    entry.set_zoobars(zoobars);
    entry.set_change(change);
    balance_ += change;
    entry.set_balance(balance_);
    return *world.journal.insert(world.journal.begin(), entry);
  }
  std::int64_t balance_ = 0;

  // The rows of the table, newest first.
  static std::vector<std::string> Rows(const std::string& page) {
    std::vector<std::string> rows;
    const std::regex row("<tr(?: class=\"received\")?><td>.*</tr>");
    for (std::sregex_iterator at(page.begin(), page.end(), row), end; at != end; ++at) rows.push_back(at->str());
    return rows;
  }
};

TEST_F(EntryKindsTest, TheJournalSaysWhatEachEntryIs) {
  const std::vector<std::string> rows = Rows(world.Get("journal", alice));
  ASSERT_EQ(rows.size(), 7u);
  const std::pair<const char*, bool> expected[] = {
      {"<p class=\"hint\">offer 6 returned (declined)</p>", true},
      {"<p class=\"hint\">offer 6: <bdi>a secret gift</bdi></p>", false},
      {"<p class=\"hint\">offer 4 accepted</p>", false},
      {"<p class=\"hint\">offer 4: <bdi>for the boat</bdi></p>", false},
      {"<p class=\"hint\">correction of entry 2: <bdi>paid twice &amp; wrongly</bdi></p>", true},
      {"<bdi>bob</bdi></a></td><td class=\"number\">−3</td><td class=\"number balance-after\">17</td></tr>", false},
      {"<em>the bank</em>", true},
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_THAT(rows[i], HasSubstr(expected[i].first));
    EXPECT_EQ(rows[i].starts_with("<tr class=\"received\">"), expected[i].second) << rows[i];
  }
}

TEST_F(EntryKindsTest, TheJournalHasSignsAndTheBalanceAfterEachEntry) {
  const std::vector<std::string> rows = Rows(world.Get("journal", alice));
  const std::pair<const char*, int> expected[] = {{"+6", 15}, {"−6", 9},  {"5", 15},  {"−5", 15},
                                                  {"+3", 20}, {"−3", 17}, {"+20", 20}};
  ASSERT_EQ(rows.size(), std::size(expected));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_THAT(rows[i], HasSubstr(fmt::format("<td class=\"number\">{}</td><td class=\"number balance-after\">{}</td>",
                                               expected[i].first, expected[i].second)));
  }
  EXPECT_THAT(world.Get("users?user=alice", alice), Not(HasSubstr("balance-after")));
}

TEST_F(EntryKindsTest, ATransferIsARowAsBefore) {
  EXPECT_EQ(Rows(world.Get("users?user=alice", alice))[2],
            "<tr><td><time datetime=\"1970-01-01T00:00:00Z\">1 Jan 1970, 00:00</time></td>"
            "<td><a href=\"/zoobar/index.cgi/users?user=alice\"><bdi>alice</bdi></a></td>"
            "<td><a href=\"/zoobar/index.cgi/users?user=bob\"><bdi>bob</bdi></a></td><td class=\"number\">3</td></tr>");
}

TEST_F(EntryKindsTest, OthersSeeOnlyWhatMovedBetweenTwoMembersAndNoNotes) {
  const std::string answer = world.Get("users?user=alice", AppWorld::CookieOf("carol"));
  const std::vector<std::string> rows = Rows(answer);
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_THAT(rows[0], HasSubstr("offer 4 accepted"));
  EXPECT_THAT(rows[1], HasSubstr("<p class=\"hint\">correction of entry 2</p>"));
  for (const char* text : {"secret", "boat", "wrongly", "returned", "the bank"}) {
    EXPECT_THAT(answer, Not(HasSubstr(text)));
  }
  EXPECT_THAT(world.Get("users?user=alice", AppWorld::CookieOf("bob")), HasSubstr("wrongly"));
}

TEST_F(EntryKindsTest, TransfersBehindManyOffersAreFound) {
  for (int i = 0; i < 60; ++i) Add(4, "bob", "alice", 1, 0);
  EXPECT_EQ(Rows(world.Get("users?user=alice", alice)).size(), 3u);
  for (int i = 0; i < 200; ++i) Add(4, "bob", "alice", 1, 0);
  const std::string answer = world.Get("users?user=alice", alice);
  EXPECT_THAT(answer, HasSubstr("user=alice&amp;before=68"));
  EXPECT_THAT(answer, Not(HasSubstr("No transfers yet")));
  EXPECT_EQ(Rows(world.Get("users?user=alice&before=68", alice)).size(), 3u);
}

}  // namespace
}  // namespace zoobar
