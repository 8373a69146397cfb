#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pages/pages.h"

namespace zoobar {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

OffersPage SomeOffers() {
  OffersPage page{.member = "alice", .zoobars = 7, .submission = "5f"};
  page.offers = {{15, false, "bob", 3, "for lunch", 0, 1795362750000}, {12, true, "carol", 2, "", 0, 1795362750000}};
  return page;
}

TEST(OffersPage, ShowsEachOfferBesideWhatTheMemberCanDoWithIt) {
  const std::string html = Pages().Render(SomeOffers());
  EXPECT_THAT(html, HasSubstr("<strong class=\"figure\">7 zoobars</strong>"));
  const std::size_t got = html.find("Offers to you"), made = html.find("Your offers");
  ASSERT_LT(got, made);
  const std::string to_me = html.substr(got, made - got), mine = html.substr(made);
  EXPECT_THAT(to_me, HasSubstr("3 zoobars from <a href=\"/zoobar/index.cgi/users?user=bob\"><bdi>bob</bdi></a>"));
  EXPECT_THAT(to_me, HasSubstr("<p class=\"note\"><bdi>for lunch</bdi></p>"));
  EXPECT_THAT(to_me, HasSubstr("22 Nov 2026, 15:52"));
  EXPECT_THAT(to_me, HasSubstr("name=\"offer\" value=\"15\""));
  EXPECT_THAT(to_me, HasSubstr("value=\"accept\">Accept<span class=\"unseen\"> offer 15 from <bdi>bob</bdi></span>"));
  EXPECT_THAT(to_me, HasSubstr("value=\"decline\""));
  EXPECT_THAT(to_me, Not(HasSubstr("carol")));
  EXPECT_THAT(mine, HasSubstr("2 zoobars to "));
  EXPECT_THAT(mine,
              HasSubstr("value=\"withdraw\">Withdraw<span class=\"unseen\"> offer 12 to <bdi>carol</bdi></span>"));
  EXPECT_THAT(mine, Not(HasSubstr("class=\"note\""))) << "there is none";
  EXPECT_THAT(mine, Not(HasSubstr("bob")));
}

TEST(OffersPage, TheFormNamesItsLimits) {
  OffersPage page = SomeOffers();
  page.most_days = 12;
  page.most_note = 34;
  const std::string html = Pages().Render(page);
  EXPECT_THAT(html, HasSubstr("type=\"number\" min=\"1\" max=\"12\" value=\"7\""));
  EXPECT_THAT(html, HasSubstr("1 to 12."));
  EXPECT_THAT(html, HasSubstr("maxlength=\"34\""));
  EXPECT_THAT(html, HasSubstr("At most 34 bytes"));
  EXPECT_THAT(html, HasSubstr("name=\"submission\" value=\"5f\""));
}

TEST(OffersPage, SaysThatThereAreNoneOnlyIfThatIsKnown) {
  OffersPage page = SomeOffers();
  page.offers.emplace();
  EXPECT_THAT(Pages().Render(page), HasSubstr("<p class=\"hint\">None. "));
  page.offers.reset();
  const std::string html = Pages().Render(page);
  EXPECT_THAT(html, Not(HasSubstr("None.")));
  EXPECT_THAT(html, HasSubstr("Make an offer"));
}

TEST(OffersPage, SaysWhatBecameOfAnOffer) {
  using Outcome = OffersPage::Outcome;
  const Pages pages;
  OffersPage page{.member = "alice"};
  page.other = "bob";
  page.moved = 3;
  page.reason = "offer 4 has expired.";
  const std::pair<Outcome, const char*> outcomes[] = {
      {Outcome::kOffered, "You offered 3 zoobars to <bdi>bob</bdi>. They are set aside until the offer ends.</p>"},
      {Outcome::kAccepted, "You accepted 3 zoobars from <bdi>bob</bdi>."},
      {Outcome::kDeclined, "You declined 3 zoobars from <bdi>bob</bdi>."},
      {Outcome::kWithdrawn, "You withdrew your offer of 3 zoobars to <bdi>bob</bdi>."},
      {Outcome::kNotOffered, "Offer to bob failed</bdi>: offer 4 has expired."},
      {Outcome::kNotEnded, "No zoobars were moved: offer 4 has expired."},
      {Outcome::kUnknown, "Not confirmed yet; check your <a href=\"/zoobar/index.cgi/journal\">journal</a>."},
  };
  for (const auto& [outcome, text] : outcomes) {
    page.outcome = outcome;
    const std::string html = pages.Render(page);
    for (const auto& [other, words] : outcomes) {
      EXPECT_EQ(html.find(words) != html.npos, other == outcome) << text << " " << words;
    }
  }
  page.outcome = Outcome::kOffered;
  page.repeated = true;
  EXPECT_THAT(pages.Render(page), HasSubstr("only one offer was made"));
  page.outcome = Outcome::kAccepted;
  page.other = {};
  EXPECT_THAT(pages.Render(page), HasSubstr("You accepted 3 zoobars. They are in your balance."));
}

TEST(OffersPage, TheJournalSaysWhatAnEntryIsThatIsNoTransfer) {
  JournalPage page{.member = "bob", .zoobars = 10};
  page.log.rows.push_back({.sender = "bob", .recipient = "alice", .zoobars = 4, .about = "offer 7"});
  page.log.rows.push_back({.sender = "alice", .recipient = "bob", .zoobars = 4, .about = "offer 9", .note = "<b>"});
  page.log.rows.push_back({.sender = "bob", .recipient = "alice", .zoobars = 4, .about = "offer 7 x", .change = 4});
  const std::string html = Pages().Render(page);
  EXPECT_THAT(html, HasSubstr("<p class=\"hint\">offer 7</p></td>"));
  EXPECT_THAT(html, HasSubstr("<p class=\"hint\">offer 9: <bdi>&lt;b&gt;</bdi></p></td>"));
  const std::size_t received = html.find("<tr class=\"received\">");
  ASSERT_NE(received, html.npos);
  EXPECT_EQ(html.find("<tr class=\"received\">", received + 1), html.npos);
  EXPECT_THAT(html.substr(received), HasSubstr("offer 7 x"));
}

}  // namespace
}  // namespace zoobar
