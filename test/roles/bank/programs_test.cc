// Payments by members' programs.
#include "roles/bank/fixture.h"

namespace zoobar {
namespace {

TEST_F(BankTest, AProgramPaysFromItsOwnersAccountWhileSomebodyLooks) {
  for (const char* name : {"owner", "bob", "carol"}) Open(name);
  const SpendRequest visit = Visit("owner", "visitor");
  const TransferReply paid = Spend(Paying(visit, 1, "bob", 3));
  EXPECT_EQ(paid.outcome(), TransferReply::OUTCOME_SENT);
  EXPECT_EQ(paid.zoobars(), 7);
  EXPECT_EQ(Spent(visit, 2, "carol", 2), TransferReply::OUTCOME_SENT) << "one ticket, several payments";
  EXPECT_EQ(Balance("owner"), 5);
  EXPECT_EQ(Balance("bob"), 13);
  EXPECT_EQ(Balance("carol"), 12);
  EXPECT_EQ(site_->counters.at("payments")(), 2);
  JournalRequest request;
  request.set_member(Member("bob"));
  request.set_limit(10);
  const JournalReply page = Answer<JournalReply>(request);
  ASSERT_EQ(page.entries_size(), 2);
  EXPECT_EQ(page.entries(0).sender(), "owner");
  EXPECT_TRUE(page.entries(0).by_program());
  EXPECT_FALSE(page.entries(1).by_program());
  EXPECT_TRUE(Verified().sound());
}

TEST_F(BankTest, ASpendingTicketIsForItsVisitorAndItsLimitsAlone) {
  for (const char* name : {"owner", "bob"}) Open(name);
  SpendRequest other = Visit("owner", "visitor");
  other.set_visitor(Member("mallory"));
  EXPECT_EQ(Spent(other, 1, "bob", 1), TransferReply::OUTCOME_TICKET_REFUSED);
  for (const SpendingLimits& limits : {Limits(1000, 1000), Limits(20, 11), Limits(21, 10), SpendingLimits()}) {
    SpendRequest forged = Visit("owner", "visitor");
    *forged.mutable_limits() = limits;
    EXPECT_EQ(Spent(forged, 1, "bob", 1), TransferReply::OUTCOME_TICKET_REFUSED) << limits.ShortDebugString();
  }
  SpendRequest flipped = Visit("owner", "visitor");
  flipped.mutable_ticket()->mutable_mac()->back() ^= 1;
  EXPECT_EQ(Spent(flipped, 1, "bob", 1), TransferReply::OUTCOME_TICKET_REFUSED);
  EXPECT_EQ(Balance("owner"), 10);
  EXPECT_EQ(site_->lines.Named("ticket-refused").size(), 6u);
  EXPECT_EQ(site_->lines.Named("ticket-refused")[0].fields.at("from"), "profile");
}

TEST_F(BankTest, ATicketsPayerCannotBeAltered) {
  for (const char* name : {"owner", "rich", "bob"}) Open(name);
  SpendRequest request = Visit("owner", "visitor");
  TicketBody body;
  ASSERT_TRUE(body.ParseFromString(request.ticket().body()));
  body.set_member(Member("rich"));
  body.SerializeToString(request.mutable_ticket()->mutable_body());
  EXPECT_EQ(Spent(request, 1, "bob", 1), TransferReply::OUTCOME_TICKET_REFUSED);
  EXPECT_EQ(Balance("rich"), 10);
}

TEST_F(BankTest, WithoutASpendingTicketProfileSpendsNothing) {
  for (const char* name : {"owner", "bob"}) Open(name);
  SpendRequest request = Visit("owner", "visitor");
  request.clear_ticket();
  EXPECT_EQ(Spent(request, 1, "bob", 1), TransferReply::OUTCOME_TICKET_REFUSED);
  // Tickets for other acts do not work either, not even the owner's own.
  *request.mutable_ticket() = Asking("owner", "bob", 1).ticket();
  EXPECT_EQ(Spent(request, 1, "bob", 1), TransferReply::OUTCOME_TICKET_REFUSED);
  *request.mutable_ticket() =
      TicketFor("owner", kVisitMethod, SpendDigest(Member("visitor"), Limits(20, 10)), ActId("", ""));
  EXPECT_EQ(Spent(request, 1, "bob", 1), TransferReply::OUTCOME_TICKET_REFUSED);
  EXPECT_EQ(Balance("owner"), 10);
}

TEST_F(BankTest, ASpendingTicketOpensNoAccountAndMakesNoTransferOfItsOwners) {
  for (const char* name : {"owner", "bob"}) Open(name);
  TransferRequest transfer = Asking("owner", "bob", 1);
  *transfer.mutable_ticket() = Visit("owner", "visitor").ticket();
  EXPECT_EQ(Transfer(transfer).outcome(), TransferReply::OUTCOME_TICKET_REFUSED);
  OpenAccountRequest open;
  *open.mutable_ticket() = Visit("mallory", "visitor").ticket();
  EXPECT_EQ(Answer<OpenAccountReply>(open).outcome(), OpenAccountReply::OUTCOME_TICKET_REFUSED);
}

TEST_F(BankTest, AfterThirtySecondsAVisitPaysNoMore) {
  for (const char* name : {"owner", "bob"}) Open(name);
  const SpendRequest visit = Visit("owner", "visitor");
  now_ = kNow + kTicketLifetimeMs - 1;
  EXPECT_EQ(Spent(visit, 1, "bob", 1), TransferReply::OUTCOME_SENT);
  now_ = kNow + kTicketLifetimeMs;
  EXPECT_EQ(Spent(visit, 2, "bob", 1), TransferReply::OUTCOME_TICKET_REFUSED);
  EXPECT_EQ(Spent(visit, 1, "bob", 1), TransferReply::OUTCOME_TICKET_REFUSED);
}

TEST_F(BankTest, AppPaysForNoProgram) {
  for (const char* name : {"owner", "bob"}) Open(name);
  EXPECT_FALSE(Call<TransferReply>(Paying(Visit("owner", "visitor"), 1, "bob", 1)).ok());
  EXPECT_EQ(site_->misbehaviours.size(), 1u);
}

TEST_F(BankTest, SpendingPastTheOwnersLimitMovesNothingWhoeverLooks) {
  Restart(100);
  for (const char* name : {"owner", "bob", "carol", "dave"}) Open(name);
  EXPECT_EQ(Spent(Visit("owner", "v1"), 1, "bob", 11), TransferReply::OUTCOME_OVER_RECIPIENT);
  EXPECT_EQ(Spent(Visit("owner", "v1"), 1, "bob", 21), TransferReply::OUTCOME_OVER_HOUR);
  EXPECT_EQ(Spent(Visit("owner", "v1"), 1, "bob", 7), TransferReply::OUTCOME_SENT);
  EXPECT_EQ(Spent(Visit("owner", "v2"), 1, "bob", 4), TransferReply::OUTCOME_OVER_RECIPIENT);
  EXPECT_EQ(Spent(Visit("owner", "v3"), 1, "bob", 3), TransferReply::OUTCOME_SENT);
  EXPECT_EQ(Spent(Visit("owner", "v3"), 1, "carol", 10), TransferReply::OUTCOME_SENT);
  const TransferReply refused = Spend(Paying(Visit("owner", "v4"), 1, "dave", 1));
  EXPECT_EQ(refused.outcome(), TransferReply::OUTCOME_OVER_HOUR);
  EXPECT_EQ(refused.zoobars(), 80);
  EXPECT_EQ(Balance("owner"), 80);
  EXPECT_EQ(Balance("bob"), 110);
  EXPECT_EQ(Balance("dave"), 100);
  EXPECT_EQ(site_->counters.at("payments.past-limits")(), 4);
  // The limit also holds after a restart. It does not apply to the owner's own payments.
  Restart();
  EXPECT_EQ(Spent(Visit("owner", "v5"), 1, "dave", 1), TransferReply::OUTCOME_OVER_HOUR);
  EXPECT_EQ(Transfer(Asking("owner", "dave", 30)).outcome(), TransferReply::OUTCOME_SENT);
  EXPECT_TRUE(Verified().sound());
}

TEST_F(BankTest, AnHourLaterTheLimitIsFreeAgain) {
  for (const char* name : {"owner", "bob"}) Open(name);
  EXPECT_EQ(Spent(Visit("owner", "visitor", Limits(2, 2)), 1, "bob", 2), TransferReply::OUTCOME_SENT);
  now_ = kNow + Ledger::kHourMs - 1;
  EXPECT_EQ(Spent(Visit("owner", "visitor", Limits(2, 2)), 1, "bob", 1), TransferReply::OUTCOME_OVER_HOUR);
  now_ = kNow + Ledger::kHourMs;
  EXPECT_EQ(Spent(Visit("owner", "visitor", Limits(2, 2)), 1, "bob", 2), TransferReply::OUTCOME_SENT);
}

TEST_F(BankTest, NoTicketLetsProgramsPayMoreThanAThousandAnHour) {
  Restart(5000);
  for (const char* name : {"owner", "bob"}) Open(name);
  const SpendRequest visit = Visit("owner", "visitor", Limits(4000, 4000));
  EXPECT_EQ(Spent(visit, 1, "bob", 1001), TransferReply::OUTCOME_OVER_HOUR);
  EXPECT_EQ(Spent(visit, 2, "bob", 1000), TransferReply::OUTCOME_SENT);
  EXPECT_EQ(Spent(visit, 3, "bob", 1), TransferReply::OUTCOME_OVER_HOUR);
}

TEST_F(BankTest, APaymentsNumberAgainIsAnsweredFromTheJournal) {
  for (const char* name : {"owner", "bob", "carol"}) Open(name);
  const SpendRequest visit = Visit("owner", "visitor", Limits(3, 3));
  const TransferReply first = Spend(Paying(visit, 5, "bob", 3));
  Restart();
  const TransferReply again = Spend(Paying(visit, 5, "bob", 3));
  EXPECT_EQ(again.outcome(), TransferReply::OUTCOME_SENT) << "though the limit is reached";
  EXPECT_TRUE(again.repeated_act());
  EXPECT_EQ(again.entry(), first.entry());
  EXPECT_EQ(site_->counters.at("payments")(), 0);
  EXPECT_EQ(Spent(visit, 5, "carol", 3), TransferReply::OUTCOME_ACT_REUSED);
  EXPECT_EQ(Spent(visit, 5, "bob", 2), TransferReply::OUTCOME_ACT_REUSED);
  EXPECT_EQ(Balance("bob"), 13);
}

TEST_F(BankTest, AVisitsPaymentsAreNumberedToTwoHundred) {
  for (const char* name : {"owner", "bob"}) Open(name);
  const SpendRequest visit = Visit("owner", "visitor");
  EXPECT_EQ(Spent(visit, 0, "bob", 1), TransferReply::OUTCOME_SENT);
  EXPECT_EQ(Spent(visit, 200, "bob", 1), TransferReply::OUTCOME_SENT);
  EXPECT_EQ(Spent(visit, 201, "bob", 1), TransferReply::OUTCOME_TICKET_REFUSED);
  EXPECT_EQ(site_->lines.Named("ticket-refused").back().fields.at("why"), "payment 201 of one visit");
}

TEST_F(BankTest, AProgramsOtherRefusalsAreAsATransfers) {
  for (const char* name : {"owner", "bob"}) Open(name);
  const SpendRequest visit = Visit("owner", "visitor", Limits(100, 100));
  EXPECT_EQ(Spent(visit, 1, "owner", 1), TransferReply::OUTCOME_SELF);
  EXPECT_EQ(Spent(visit, 2, "nobody", 1), TransferReply::OUTCOME_UNKNOWN_RECIPIENT);
  EXPECT_EQ(Spent(visit, 3, "bob", 0), TransferReply::OUTCOME_NOT_POSITIVE);
  EXPECT_EQ(Spent(visit, 4, "bob", -5), TransferReply::OUTCOME_NOT_POSITIVE);
  EXPECT_EQ(Spent(visit, 5, "bob", 11), TransferReply::OUTCOME_OVERDRAFT);
  EXPECT_EQ(Spent(Visit("stranger", "visitor"), 1, "bob", 1), TransferReply::OUTCOME_NO_ACCOUNT);
  SpendRequest odd = Paying(visit, 6, "bob", 1);
  odd.set_recipient("bob");
  EXPECT_EQ(Spend(odd).outcome(), TransferReply::OUTCOME_UNKNOWN_RECIPIENT);
  EXPECT_EQ(Balance("owner"), 10);
  EXPECT_EQ(Balance("bob"), 10);
}

TEST_F(BankTest, WithoutAVisitorNobodyPaysWhateverTheTicketSays) {
  for (const char* name : {"owner", "bob"}) Open(name);
  SpendRequest request = Visit("owner", "visitor");
  request.clear_visitor();
  *request.mutable_ticket() = TicketFor("owner", kSpendMethod, SpendDigest("", Limits(20, 10)), ActId("", ""));
  EXPECT_EQ(Spent(request, 1, "bob", 1), TransferReply::OUTCOME_TICKET_REFUSED);
}

TEST_F(BankTest, VisitsThatPayAtOnceStayWithinTheLimitTogether) {
  Restart(100);
  Open("owner");
  for (int i = 0; i < 5; ++i) Open("m" + std::to_string(i));
  std::map<TransferReply::Outcome, int> outcomes;
  std::size_t answered = 0;
  const auto pay = [](Task<Result<Incoming<TransferReply>>> call, std::map<TransferReply::Outcome, int>* counts,
                      std::size_t* count) -> Task<void> {
    Result<Incoming<TransferReply>> reply = co_await call;
    EXPECT_TRUE(reply.ok());
    if (reply.ok()) ++(*counts)[reply->message.outcome()];
    ++*count;
  };
  for (int i = 0; i < 100; ++i) {
    SpendRequest request = Paying(Visit("owner", "v" + std::to_string(i)), 1, "m" + std::to_string(i % 5), 3);
    Spawn(pay(profile_->Call<TransferReply>(std::move(request)), &outcomes, &answered));
  }
  site_->RunUntil([&] { return answered == 100; });
  EXPECT_EQ(outcomes[TransferReply::OUTCOME_SENT], 6);
  EXPECT_EQ(outcomes[TransferReply::OUTCOME_OVER_HOUR], 94);
  EXPECT_EQ(Balance("owner"), 82);
  EXPECT_TRUE(Verified().sound());
}

}  // namespace
}  // namespace zoobar
