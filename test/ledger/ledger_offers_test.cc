// Offers and corrections in the ledger: what they move, what is refused, and what a replay finds.
#include "journal/statement_check.h"
#include "ledger/ledger_fixture.h"
#include "store/keys.h"

namespace zoobar {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::int64_t kBegan = 1'700'000'000'000, kDay = 86'400'000;

class LedgerOffersTest : public LedgerTest {
 protected:
  void SetUp() override {
    LedgerTest::SetUp();
    for (const char* name : {"alice", "bob", "carol"}) OpenAccount(name, 100);
  }
  Ledger::Judgement MakeOffer(std::string_view act, std::string_view sender, std::string_view recipient,
                              std::int64_t zoobars, std::string_view note = "", std::int64_t days = 7) {
    Ledger::Transfer transfer = Pay(act, sender, recipient, zoobars);
    transfer.offer = Ledger::AsOffer{.note = std::string(note), .expires_ms = transfer.time_ms + days * kDay};
    return Send(std::move(transfer));
  }
  Ledger::Settled End(std::string_view act, std::string_view member, std::uint64_t offer, OfferEnd how,
                      std::int64_t time_ms = kBegan + 1) {
    auto settled = WaitFor(
        loop_, ledger_->Settle(
                   {.member = MemberId(member), .act = ActOf(act), .offer = offer, .end = how, .time_ms = time_ms}));
    EXPECT_TRUE(settled.ok()) << settled.error().text;
    return settled.ok() ? *settled : Ledger::Settled{};
  }
  std::vector<Ledger::Numbered> Expire(std::int64_t now_ms) {
    auto returned = WaitFor(loop_, ledger_->ReturnExpired(now_ms));
    EXPECT_TRUE(returned.ok()) << returned.error().text;
    return returned.ok() ? *returned : std::vector<Ledger::Numbered>();
  }
  std::vector<Ledger::Numbered> Open(std::string_view name) {
    auto offers = ledger_->Offers(MemberId(name));
    EXPECT_TRUE(offers.ok()) << offers.error().text;
    return offers.ok() ? *offers : std::vector<Ledger::Numbered>();
  }
  Ledger::Corrected Correct(std::uint64_t entry, std::string_view reason = "a mistake") {
    static int acts = 0;
    auto corrected = WaitFor(loop_, ledger_->Correct({.entry = entry,
                                                      .reason = std::string(reason),
                                                      .act = ActOf("correct " + std::to_string(++acts)),
                                                      .time_ms = kBegan + 5}));
    EXPECT_TRUE(corrected.ok()) << corrected.error().text;
    return corrected.ok() ? *corrected : Ledger::Corrected{};
  }
  void ExpectSound(std::int64_t offered) {
    const Ledger::Audit audit = Verify();
    EXPECT_THAT(audit.faults, IsEmpty());
    EXPECT_EQ(audit.offered, offered);
    EXPECT_EQ(audit.held + audit.offered, audit.issued);
  }
};

TEST_F(LedgerOffersTest, AnOfferIsSetAsideUntilItIsAccepted) {
  const Ledger::Judgement made = MakeOffer("a", "alice", "bob", 30, "for lunch");
  EXPECT_EQ(made.outcome, Outcome::kSent);
  EXPECT_EQ(made.zoobars, 70);
  EXPECT_EQ(Balance("alice"), 70);
  EXPECT_EQ(Balance("bob"), 100);
  ExpectSound(30);
  for (const char* name : {"alice", "bob"}) {
    ASSERT_THAT(Open(name), SizeIs(1)) << name;
    EXPECT_EQ(Open(name)[0].number, made.entry);
    EXPECT_EQ(Open(name)[0].entry.note(), "for lunch");
  }
  const Ledger::Settled ended = End("b", "bob", made.entry, OFFER_END_ACCEPT);
  EXPECT_EQ(ended.outcome, SettleReply::OUTCOME_ENDED);
  EXPECT_EQ(ended.zoobars, 130);
  EXPECT_EQ(ended.stored.about(), made.entry);
  EXPECT_EQ(Balance("alice"), 70);
  EXPECT_EQ(Balance("bob"), 130);
  EXPECT_THAT(Open("alice"), IsEmpty());
  EXPECT_THAT(Open("bob"), IsEmpty());
  ExpectSound(0);
}

TEST_F(LedgerOffersTest, ADeclinedAWithdrawnAndAnExpiredOneGoBack) {
  const std::uint64_t declined = MakeOffer("a", "alice", "bob", 10).entry;
  const std::uint64_t withdrawn = MakeOffer("b", "alice", "bob", 20).entry;
  const std::uint64_t expiring = MakeOffer("c", "alice", "bob", 30, "", 1).entry;
  EXPECT_EQ(End("d", "bob", declined, OFFER_END_DECLINE).zoobars, 100);
  EXPECT_EQ(End("e", "alice", withdrawn, OFFER_END_WITHDRAW).zoobars, 70);
  EXPECT_THAT(Expire(kBegan + kDay - 1), IsEmpty());
  EXPECT_EQ(End("f", "bob", expiring, OFFER_END_ACCEPT, kBegan + kDay).outcome, SettleReply::OUTCOME_EXPIRED);
  const std::vector<Ledger::Numbered> returned = Expire(kBegan + kDay);
  ASSERT_THAT(returned, SizeIs(1));
  EXPECT_EQ(returned[0].entry.about(), expiring);
  EXPECT_EQ(returned[0].entry.note(), "expired");
  EXPECT_EQ(Balance("alice"), 100);
  EXPECT_EQ(Balance("bob"), 100);
  EXPECT_THAT(Expire(kBegan + 100 * kDay), IsEmpty());
  ExpectSound(0);
}

TEST_F(LedgerOffersTest, OnlyTheRightMemberEndsAnOfferAndOnlyOnce) {
  const std::uint64_t offer = MakeOffer("a", "alice", "bob", 10).entry;
  const auto refused = [&](std::string_view act, std::string_view member, OfferEnd how) {
    EXPECT_EQ(End(act, member, offer, how).outcome, SettleReply::OUTCOME_NOT_OPEN) << member << how;
  };
  refused("1", "alice", OFFER_END_ACCEPT);
  refused("2", "alice", OFFER_END_DECLINE);
  refused("3", "bob", OFFER_END_WITHDRAW);
  for (const OfferEnd how : {OFFER_END_ACCEPT, OFFER_END_DECLINE, OFFER_END_WITHDRAW}) refused("4", "carol", how);
  EXPECT_EQ(End("5", "bob", offer + 1000, OFFER_END_ACCEPT).outcome, SettleReply::OUTCOME_NOT_OPEN);
  EXPECT_EQ(End("6", "bob", 1, OFFER_END_ACCEPT).outcome, SettleReply::OUTCOME_NOT_OPEN);
  EXPECT_EQ(End("7", "bob", offer, OFFER_END_ACCEPT).outcome, SettleReply::OUTCOME_ENDED);
  refused("8", "bob", OFFER_END_ACCEPT);
  refused("9", "alice", OFFER_END_WITHDRAW);
  EXPECT_EQ(Balance("bob"), 110);
  ExpectSound(0);
}

TEST_F(LedgerOffersTest, TheSameActIsCarriedOutOnceAndAnsweredAgain) {
  const Ledger::Judgement first = MakeOffer("a", "alice", "bob", 10, "note"),
                          second = MakeOffer("a", "alice", "bob", 10, "note");
  EXPECT_TRUE(second.repeated_act);
  EXPECT_EQ(second.entry, first.entry);
  EXPECT_EQ(MakeOffer("a", "alice", "bob", 10, "other note").outcome, Outcome::kActReused);
  EXPECT_EQ(MakeOffer("a", "alice", "bob", 10, "note", 8).outcome, Outcome::kActReused);
  EXPECT_EQ(Send("a", "alice", "bob", 10).outcome, Outcome::kActReused);
  End("b", "bob", first.entry, OFFER_END_ACCEPT);
  const Ledger::Settled again = End("b", "bob", first.entry, OFFER_END_ACCEPT);
  EXPECT_EQ(again.outcome, SettleReply::OUTCOME_ENDED);
  EXPECT_TRUE(again.repeated_act);
  EXPECT_EQ(again.zoobars, 110);
  EXPECT_EQ(Balance("bob"), 110);
  EXPECT_EQ(Balance("alice"), 90);
}

TEST_F(LedgerOffersTest, NobodyOffersWhatTheyDoNotHave) {
  MakeOffer("a", "alice", "bob", 60);
  EXPECT_EQ(MakeOffer("b", "alice", "bob", 41).outcome, Outcome::kOverdraft);
  EXPECT_EQ(Send("c", "alice", "bob", 41).outcome, Outcome::kOverdraft);
  EXPECT_EQ(MakeOffer("d", "alice", "alice", 1).outcome, Outcome::kSelf);
  EXPECT_EQ(MakeOffer("e", "alice", "nobody", 1).outcome, Outcome::kUnknownRecipient);
  EXPECT_EQ(MakeOffer("f", "alice", "bob", 0).outcome, Outcome::kNotPositive);
  EXPECT_EQ(MakeOffer("g", "alice", "bob", 40).outcome, Outcome::kSent);
}

TEST_F(LedgerOffersTest, OpenOffersAreLimitedForEachSenderAndEachRecipient) {
  std::vector<std::uint64_t> made;
  for (std::uint32_t i = 0; i < Ledger::kMostBetween; ++i)
    made.push_back(MakeOffer("b" + std::to_string(i), "alice", "bob", 1).entry);
  EXPECT_EQ(MakeOffer("more", "alice", "bob", 1).outcome, Outcome::kTooManyBetween);
  EXPECT_EQ(MakeOffer("other", "bob", "alice", 1).outcome, Outcome::kSent);  // the other direction has its own share
  End("end", "bob", made[0], OFFER_END_DECLINE);
  EXPECT_EQ(MakeOffer("more", "alice", "bob", 1).outcome, Outcome::kSent);
  for (std::uint32_t i = Ledger::kMostBetween; i < Ledger::kMostMade; ++i) {
    const std::string name = "friend " + std::to_string(i / Ledger::kMostBetween);
    OpenAccount(name);
    EXPECT_EQ(MakeOffer("m" + std::to_string(i), "alice", name, 1).outcome, Outcome::kSent) << i;
  }
  EXPECT_EQ(MakeOffer("last", "alice", "carol", 1).outcome, Outcome::kTooManyMade);
  // Whoever is refused has not used anything up, and a transfer is possible.
  EXPECT_EQ(Send("pay", "alice", "carol", 1).outcome, Outcome::kSent);
}

TEST_F(LedgerOffersTest, AMembersListIsFullAtItsLimitAndDecliningMakesRoom) {
  std::uint64_t last = 0;
  for (std::uint32_t s = 0; Open("bob").size() < Ledger::kMostGot; ++s) {
    const std::string name = "sender " + std::to_string(s);
    OpenAccount(name);
    // When half of the list is full, each further sender gets one place.
    const std::uint32_t places = Open("bob").size() < Ledger::kMostGot / 2 ? Ledger::kMostBetween : 1;
    for (std::uint32_t i = 0; i < places; ++i) last = MakeOffer(name + "/" + std::to_string(i), name, "bob", 1).entry;
    if (places > 1) continue;
    EXPECT_EQ(MakeOffer(name + "/more", name, "bob", 1).outcome, Outcome::kTooManyBetween);
  }
  EXPECT_THAT(Open("bob"), SizeIs(Ledger::kMostGot));
  EXPECT_EQ(MakeOffer("full", "alice", "bob", 1).outcome, Outcome::kTooManyGot);
  EXPECT_EQ(End("d", "bob", last, OFFER_END_DECLINE).outcome, SettleReply::OUTCOME_ENDED);
  EXPECT_EQ(MakeOffer("room", "alice", "bob", 1).outcome, Outcome::kSent);
  // Everything expires at once, in more than one round.
  std::size_t returned = 0;
  for (std::size_t part = Ledger::kMostAtOnce; part == Ledger::kMostAtOnce; returned += part)
    part = Expire(kBegan + 30 * kDay).size();
  EXPECT_EQ(returned, Ledger::kMostGot);
  ExpectSound(0);
}

TEST_F(LedgerOffersTest, ClosingAnAccountReturnsWhatIsOpen) {
  MakeOffer("a", "alice", "bob", 10);
  MakeOffer("b", "bob", "alice", 20);
  MakeOffer("c", "carol", "alice", 5);
  auto closed = WaitFor(loop_, ledger_->CloseAccount(MemberId("alice"), kBegan + 9));
  ASSERT_TRUE(closed.ok());
  EXPECT_THAT(closed->returned, SizeIs(3));
  EXPECT_EQ(closed->zoobars, 100);
  for (const char* name : {"alice", "bob", "carol"}) EXPECT_EQ(Balance(name), 100) << name;
  ExpectSound(0);
}

TEST_F(LedgerOffersTest, AClosedAccountMovesNothing) {
  const std::uint64_t offer = MakeOffer("a", "bob", "carol", 10).entry;
  ASSERT_TRUE(WaitFor(loop_, ledger_->CloseAccount(MemberId("alice"), kBegan)).ok());
  EXPECT_EQ(MakeOffer("b", "alice", "bob", 1).outcome, Outcome::kNoAccount);
  EXPECT_EQ(Send("c", "alice", "bob", 1).outcome, Outcome::kNoAccount);
  EXPECT_EQ(MakeOffer("d", "bob", "alice", 1).outcome, Outcome::kUnknownRecipient);
  EXPECT_THAT(Open("bob"), SizeIs(1));
  EXPECT_EQ(End("e", "carol", offer, OFFER_END_ACCEPT).outcome, SettleReply::OUTCOME_ENDED);
}

TEST_F(LedgerOffersTest, OffersOutliveARestart) {
  const std::uint64_t offer = MakeOffer("a", "alice", "bob", 10).entry;
  LedgerTest::Open();
  EXPECT_EQ(End("b", "bob", offer, OFFER_END_ACCEPT).outcome, SettleReply::OUTCOME_ENDED);
  ExpectSound(0);
}

TEST_F(LedgerOffersTest, ACorrectionGivesBackAndIsMarked) {
  const std::uint64_t wrong = Send("a", "alice", "bob", 40).entry;
  const Ledger::Corrected corrected = Correct(wrong, "typed a zero too much");
  EXPECT_EQ(corrected.refused, "");
  EXPECT_EQ(corrected.entry.entry.about(), wrong);
  EXPECT_EQ(Balance("alice"), 100);
  EXPECT_EQ(Balance("bob"), 100);
  for (const char* name : {"alice", "bob"}) {
    auto page = ledger_->Journal(MemberId(name), 0, 1);
    ASSERT_TRUE(page.ok());
    EXPECT_EQ(page->lines[0].note, "typed a zero too much") << name;
    EXPECT_EQ(page->lines[0].about, wrong);
    EXPECT_EQ(page->lines[0].kind, journal::kKindCorrection);
    EXPECT_EQ(page->lines[0].change, name == std::string("alice") ? 40 : -40);
  }
  EXPECT_THAT(Correct(wrong).refused,
              HasSubstr("already corrected by entry " + std::to_string(corrected.entry.number)));
  EXPECT_EQ(Correct(corrected.entry.number).refused, "");
  EXPECT_EQ(Balance("bob"), 140);
  ExpectSound(0);
}

TEST_F(LedgerOffersTest, WhatMovedNothingOrIsSpentIsNotCorrected) {
  EXPECT_THAT(Correct(999).refused, HasSubstr("no entry 999"));
  EXPECT_THAT(Correct(0).refused, HasSubstr("no entry 0"));
  EXPECT_THAT(Correct(1).refused, HasSubstr("opened an account"));
  const std::uint64_t offer = MakeOffer("a", "alice", "bob", 10).entry;
  EXPECT_THAT(Correct(offer).refused, HasSubstr("offer"));
  const std::uint64_t accepted = End("b", "bob", offer, OFFER_END_ACCEPT).entry;
  Send("c", "bob", "carol", 105);
  EXPECT_THAT(Correct(accepted).refused, HasSubstr("bob holds only 5 of the 10 zoobars"));
  Send("d", "carol", "bob", 5);
  EXPECT_EQ(Correct(accepted).refused, "");
  EXPECT_EQ(Balance("bob"), 0);
  EXPECT_EQ(Balance("alice"), 100);
  ExpectSound(0);
}

// Each of these is a change that somebody could make in a stolen store. The replay must find each.
TEST_F(LedgerOffersTest, AReplayFindsWhatWasChanged) {
  const std::uint64_t offer = MakeOffer("a", "alice", "bob", 10).entry;
  const std::uint64_t ended = MakeOffer("b", "alice", "bob", 20).entry;
  const std::uint64_t end = End("c", "bob", ended, OFFER_END_ACCEPT).entry;
  const std::uint64_t wrong = Send("d", "alice", "bob", 5).entry, correction = Correct(wrong).entry.number;
  ExpectSound(10);
  const auto change = [this](std::uint64_t number, std::function<void(StoredEntry&)> how) {
    return [this, number, how = std::move(how)](WriteTransaction& tx) {
      StoredEntry entry;
      ASSERT_TRUE(tx.GetMessage(table("journal"), NumberKey(number), &entry));
      how(entry);
      tx.PutMessage(table("journal"), NumberKey(number), entry);
    };
  };
  const std::string bob = MemberId("bob");
  const struct {
    const char* fault;
    std::function<void(WriteTransaction&)> how;
  } cases[] = {
      {"which is not open", change(end, [](StoredEntry& entry) { entry.set_about(1); })},
      {"another amount", change(end, [](StoredEntry& entry) { entry.set_zoobars(21); })},
      {"which has expired", change(end, [](StoredEntry& entry) { entry.set_time_ms(kBegan + 99 * kDay); })},
      {"does not fit its kind", change(end, [](StoredEntry& entry) { entry.set_note("because"); })},
      {"does not fit its kind", change(end, [](StoredEntry& entry) { entry.set_kind(StoredEntry::KIND_RETURNED); })},
      {"does not fit its kind", change(wrong, [](StoredEntry& entry) { entry.set_note("a transfer has none"); })},
      {"is about entry 1, against its kind", change(wrong, [](StoredEntry& entry) { entry.set_about(1); })},
      {"expires, against its kind", change(end, [](StoredEntry& entry) { entry.set_expires_ms(1); })},
      {"is an offer from", change(offer, [](StoredEntry& entry) { entry.set_expires_ms(1); })},
      {"is an offer from", change(offer, [](StoredEntry& entry) { entry.set_expires_ms(kBegan + 31 * kDay); })},
      {"does not give back", change(correction, [](StoredEntry& entry) { entry.set_zoobars(4); })},
      {"does not fit its kind", change(correction, [](StoredEntry& entry) { entry.clear_note(); })},
      {"which is not before it",
       change(correction, [correction](StoredEntry& entry) { entry.set_about(correction + 1); })},
      {"is not found by its members", [&](WriteTransaction& tx) { tx.Delete(table("offers"), EntryKey(bob, offer)); }},
      {"is not found by its time",
       [&](WriteTransaction& tx) {
         tx.Delete(table("expiring"), NumberKey(static_cast<std::uint64_t>(kBegan + 7 * kDay)) + NumberKey(offer));
       }},
      {"offers are open, but the tables have",
       [&](WriteTransaction& tx) { tx.Put(table("offers"), EntryKey(bob, 1), {}); }},
      {"are marked as corrected",
       [&](WriteTransaction& tx) { tx.Put(table("corrected"), NumberKey(1), NumberKey(2)); }},
      {"is not found as the correction",
       [&](WriteTransaction& tx) { tx.Put(table("corrected"), NumberKey(wrong), NumberKey(1)); }},
  };
  for (const auto& each : cases) {
    std::vector<std::pair<std::string, std::string>> before[4];
    const char* names[] = {"journal", "offers", "expiring", "corrected"};
    Tamper([&](WriteTransaction& tx) {
      for (int i = 0; i < 4; ++i) {
        Cursor cursor(tx, table(names[i]));
        for (bool at = cursor.First(); at; at = cursor.Next()) before[i].emplace_back(cursor.key(), cursor.value());
      }
      each.how(tx);
    });
    EXPECT_THAT(Verify().faults, Contains(HasSubstr(each.fault)));
    Tamper([&](WriteTransaction& tx) {
      for (int i = 0; i < 4; ++i) {
        for (const std::string& key : KeysWithPrefix(tx, table(names[i]), "")) tx.Delete(table(names[i]), key);
        for (const auto& [key, value] : before[i]) tx.Put(table(names[i]), key, value);
      }
    });
    ExpectSound(10);
  }
}

}  // namespace
}  // namespace zoobar
