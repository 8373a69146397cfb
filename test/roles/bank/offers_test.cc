// Offers and corrections, as app and the operator ask for them.
#include <gmock/gmock.h>

#include "roles/bank/fixture.h"

namespace zoobar {
namespace {

using testing::HasSubstr;

class BankOffersTest : public BankTest {
 protected:
  void SetUp() override {
    BankTest::SetUp();
    for (const char* name : {"alice", "bob"}) Open(name);
  }
  OfferRequest Offering(std::int64_t zoobars, std::uint32_t days = 7, std::string_view note = "") const {
    OfferRequest request;
    *request.mutable_ticket() =
        TicketFor("alice", kOfferMethod, OfferDigest(Member("bob"), zoobars, days, note), ActId("", ""));
    request.set_recipient(Member("bob"));
    request.set_zoobars(zoobars);
    request.set_days(days);
    request.set_note(std::string(note));
    return request;
  }
  SettleRequest Settling(std::string_view member, std::uint64_t offer, OfferEnd end) const {
    SettleRequest request;
    *request.mutable_ticket() = TicketFor(member, kSettleMethod, SettleDigest(offer, end), ActId("", ""));
    request.set_offer(offer);
    request.set_end(end);
    return request;
  }
  OffersReply Offers(std::string_view member) {
    OffersRequest request;
    request.set_member(Member(member));
    return Answer<OffersReply>(request);
  }
  OperatorAnswer Correct(std::uint64_t entry, const std::string& reason) {
    OperatorAct act;
    act.mutable_correct_entry()->set_entry(entry);
    act.mutable_correct_entry()->set_reason(reason);
    return CarryOut(std::move(act));
  }
};

TEST_F(BankOffersTest, AnOfferIsMadeListedAndAccepted) {
  const TransferReply made = Answer<TransferReply>(Offering(4, 2, "for lunch"));
  EXPECT_EQ(made.outcome(), TransferReply::OUTCOME_SENT);
  EXPECT_EQ(made.zoobars(), 6);
  const OffersReply got = Offers("bob"), by_alice = Offers("alice");
  ASSERT_EQ(got.offers_size(), 1);
  ASSERT_EQ(by_alice.offers_size(), 1);
  EXPECT_FALSE(got.offers(0).made());
  EXPECT_EQ(got.offers(0).other(), "alice");
  EXPECT_EQ(got.offers(0).note(), "for lunch");
  EXPECT_EQ(got.offers(0).expires_ms(), kNow + 2 * 86'400'000);
  EXPECT_TRUE(by_alice.offers(0).made());
  EXPECT_EQ(by_alice.offers(0).other(), "bob");
  const SettleReply ended = Answer<SettleReply>(Settling("bob", made.entry(), OFFER_END_ACCEPT));
  EXPECT_EQ(ended.outcome(), SettleReply::OUTCOME_ENDED);
  EXPECT_EQ(ended.zoobars(), 14);
  EXPECT_EQ(ended.moved(), 4);
  EXPECT_EQ(Offers("alice").offers_size(), 0);
  EXPECT_TRUE(Verified().sound());
}

TEST_F(BankOffersTest, ATicketIsForExactlyThisOffer) {
  const std::function<void(OfferRequest&)> changes[] = {
      [](OfferRequest& request) { request.set_zoobars(5); },
      [](OfferRequest& request) { request.set_days(8); },
      [](OfferRequest& request) { request.set_note("other"); },
      [](OfferRequest& request) { request.set_recipient(Member("mallory")); },
  };
  for (const auto& change : changes) {
    OfferRequest request = Offering(4, 7, "note");
    change(request);
    EXPECT_EQ(Answer<TransferReply>(request).outcome(), TransferReply::OUTCOME_TICKET_REFUSED);
  }
  const std::uint64_t offer = Answer<TransferReply>(Offering(4)).entry();
  SettleRequest request = Settling("bob", offer, OFFER_END_DECLINE);
  request.set_end(OFFER_END_ACCEPT);
  EXPECT_EQ(Answer<SettleReply>(request).outcome(), SettleReply::OUTCOME_TICKET_REFUSED);
  request = Settling("bob", offer + 1, OFFER_END_ACCEPT);
  request.set_offer(offer);
  EXPECT_EQ(Answer<SettleReply>(request).outcome(), SettleReply::OUTCOME_TICKET_REFUSED);
  EXPECT_EQ(Balance("bob"), 10);
}

TEST_F(BankOffersTest, WhatAppNeverSendsIsAnError) {
  EXPECT_FALSE(Call<TransferReply>(Offering(1, 0)).ok());
  EXPECT_FALSE(Call<TransferReply>(Offering(1, 31)).ok());
  EXPECT_FALSE(Call<TransferReply>(Offering(1, 7, std::string(201, 'a'))).ok());
  EXPECT_FALSE(Call<SettleReply>(Settling("bob", 1, OFFER_END_UNSPECIFIED)).ok());
  EXPECT_EQ(Balance("alice"), 10);
}

TEST_F(BankOffersTest, TheLimitThatWasHitIsNamed) {
  for (std::uint32_t i = 0; i < Ledger::kMostBetween; ++i)
    EXPECT_EQ(Answer<TransferReply>(Offering(1)).outcome(), TransferReply::OUTCOME_SENT);
  const TransferReply refused = Answer<TransferReply>(Offering(1));
  EXPECT_EQ(refused.outcome(), TransferReply::OUTCOME_TOO_MANY_BETWEEN);
  EXPECT_EQ(refused.most(), Ledger::kMostBetween);
}

// An offer that is withdrawn costs its sender nothing, but its entries stay in the recipient's journal.
TEST_F(BankOffersTest, NobodyFillsTheJournalOfAnotherMemberWithOffers) {
  TransferReply last;
  int made = 0;
  for (last = Answer<TransferReply>(Offering(1)); last.outcome() == TransferReply::OUTCOME_SENT;
       last = Answer<TransferReply>(Offering(1))) {
    ++made;
    EXPECT_EQ(Answer<SettleReply>(Settling("alice", last.entry(), OFFER_END_WITHDRAW)).outcome(),
              SettleReply::OUTCOME_ENDED);
    ASSERT_LT(made, 100);
  }
  EXPECT_EQ(made, 20);
  EXPECT_EQ(last.outcome(), TransferReply::OUTCOME_TOO_MANY_BETWEEN);
  EXPECT_EQ(last.burst(), 20u);
  EXPECT_EQ(last.per_hour(), 5u);
  EXPECT_GT(last.retry_after_s(), 0u);
  EXPECT_EQ(Transfer(Asking("alice", "bob", 1)).outcome(), TransferReply::OUTCOME_SENT);
  now_ += 3'600'000;
  EXPECT_EQ(Answer<TransferReply>(Offering(1)).outcome(), TransferReply::OUTCOME_SENT);
}

TEST_F(BankOffersTest, ProfileReadsNoNotes) {
  Answer<TransferReply>(Offering(1, 7, "a secret"));
  JournalRequest request;
  request.set_member(Member("bob"));
  request.set_limit(1);
  EXPECT_EQ(Answer<JournalReply>(request).entries(0).note(), "a secret");
  auto reply = site_->Wait(profile_->Call<JournalReply>(std::move(request)));
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply->message.entries(0).note(), "");
}

TEST_F(BankOffersTest, AnExpiredOfferGoesBackByItself) {
  Answer<TransferReply>(Offering(4, 1));
  EXPECT_EQ(Balance("alice"), 6);
  now_ += 86'400'000;
  Restart();  // a new bank looks at once, and then every few seconds
  site_->RunUntil([this] { return Balance("alice") == 10; });
  EXPECT_TRUE(Verified().sound());
}

TEST_F(BankOffersTest, TheOperatorCorrectsWithAReason) {
  const std::uint64_t entry = Transfer(Asking("alice", "bob", 3)).entry();
  EXPECT_THAT(Correct(entry, "").refused(), HasSubstr("1 to 200 bytes"));
  EXPECT_THAT(Correct(entry, std::string(201, 'a')).refused(), HasSubstr("1 to 200 bytes"));
  const OperatorAnswer done = Correct(entry, "a mistake");
  EXPECT_EQ(done.refused(), "");
  EXPECT_EQ(done.correction().corrects(), entry);
  EXPECT_EQ(done.correction().from(), "bob");
  EXPECT_EQ(done.correction().to(), "alice");
  EXPECT_EQ(Balance("alice"), 10);
  EXPECT_THAT(Correct(entry, "again").refused(), HasSubstr("already corrected"));
  EXPECT_TRUE(Verified().sound());
}

}  // namespace
}  // namespace zoobar
