// Payments by programs, within the limits of their owners.
#include "ledger/ledger_fixture.h"
#include "store/keys.h"

namespace zoobar {
namespace {

using testing::ElementsAre;

TEST_F(LedgerTest, APaymentByAProgramIsInTheJournalAsOne) {
  OpenAccount("alice");
  OpenAccount("bob");
  Send("1", "alice", "bob", 1);
  const Ledger::Judgement paid = Send(PayByProgram("2", "alice", "bob", 2));
  EXPECT_EQ(paid.outcome, Outcome::kSent);
  EXPECT_EQ(paid.zoobars, 7);
  auto page = ledger_->Journal(MemberId("bob"), 0, 10);
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->lines.size(), 3u);
  EXPECT_TRUE(page->lines[0].by_program);
  EXPECT_FALSE(page->lines[1].by_program);
  StoredEntry entry;
  Tamper([&](WriteTransaction& tx) { tx.GetMessage(table("journal"), NumberKey(paid.entry), &entry); });
  EXPECT_EQ(entry.program().visitor(), MemberId("carol"));
  EXPECT_EQ(entry.program().per_hour(), 20u);
  EXPECT_EQ(entry.program().per_recipient(), 10u);
  EXPECT_THAT(Verify().faults, ElementsAre());
}

TEST_F(LedgerTest, AProgramPaysNoMoreThanItsOwnersLimitsAndARefusalMovesNothing) {
  for (const char* name : {"bob", "carol", "dave"}) OpenAccount(name, 0);
  OpenAccount("alice", 100);
  EXPECT_EQ(Send(PayByProgram("1", "alice", "bob", 11)).outcome, Outcome::kOverRecipient);
  EXPECT_EQ(Send(PayByProgram("2", "alice", "bob", 21)).outcome, Outcome::kOverHour);
  EXPECT_EQ(Send(PayByProgram("3", "alice", "bob", 10)).outcome, Outcome::kSent);
  EXPECT_EQ(Send(PayByProgram("4", "alice", "bob", 1)).outcome, Outcome::kOverRecipient);
  EXPECT_EQ(Send(PayByProgram("5", "alice", "carol", 9)).outcome, Outcome::kSent);
  EXPECT_EQ(Send(PayByProgram("6", "alice", "dave", 2)).outcome, Outcome::kOverHour);
  EXPECT_EQ(Send(PayByProgram("6", "alice", "dave", 2)).zoobars, 81);
  EXPECT_EQ(Send(PayByProgram("7", "alice", "dave", 1)).outcome, Outcome::kSent);
  EXPECT_EQ(Send(PayByProgram("8", "alice", "dave", 1)).outcome, Outcome::kOverHour);
  EXPECT_EQ(Balance("alice"), 80);
  EXPECT_EQ(Balance("bob"), 10);
  EXPECT_EQ(Verify().entries, 7u);
  EXPECT_THAT(Verify().faults, ElementsAre());
}

TEST_F(LedgerTest, WhatTheOwnerPaysIsNotTheProgramsAndOwnersDoNotShareLimits) {
  for (const char* name : {"alice", "bob", "carol"}) OpenAccount(name, 100);
  Send("1", "alice", "bob", 30);
  EXPECT_EQ(Send(PayByProgram("2", "alice", "bob", 10)).outcome, Outcome::kSent);
  EXPECT_EQ(Send(PayByProgram("3", "carol", "bob", 10)).outcome, Outcome::kSent);
  Send("4", "alice", "bob", 30);
  EXPECT_EQ(Send(PayByProgram("5", "alice", "carol", 10)).outcome, Outcome::kSent);
}

TEST_F(LedgerTest, AnHourLaterAProgramMayPayAgain) {
  OpenAccount("alice", 100);
  for (const char* name : {"bob", "carol", "dave"}) OpenAccount(name, 0);
  const auto pay_at = [&](std::string_view act, std::string_view to, std::int64_t zoobars, std::int64_t minute) {
    Ledger::Transfer transfer = PayByProgram(act, "alice", to, zoobars);
    transfer.time_ms += 60'000 * minute;
    return Send(std::move(transfer)).outcome;
  };
  EXPECT_EQ(pay_at("1", "bob", 10, 0), Outcome::kSent);
  EXPECT_EQ(pay_at("2", "carol", 10, 30), Outcome::kSent);
  EXPECT_EQ(pay_at("3", "dave", 1, 59), Outcome::kOverHour);
  EXPECT_EQ(pay_at("4", "carol", 10, 60), Outcome::kOverRecipient);
  EXPECT_EQ(pay_at("5", "bob", 10, 60), Outcome::kSent) << "bob's ten of an hour ago count no more";
  EXPECT_EQ(pay_at("6", "dave", 1, 89), Outcome::kOverHour);
  EXPECT_EQ(pay_at("7", "dave", 10, 90), Outcome::kSent);
  EXPECT_THAT(Verify().faults, ElementsAre());
}

TEST_F(LedgerTest, NoLimitsLetProgramsPayMoreThanAThousandAnHour) {
  constexpr std::uint32_t kAny = std::numeric_limits<std::uint32_t>::max();
  OpenAccount("alice", 5000);
  OpenAccount("bob", 0);
  EXPECT_EQ(Send(PayByProgram("1", "alice", "bob", 1001, kAny, kAny)).outcome, Outcome::kOverHour);
  EXPECT_EQ(Send(PayByProgram("2", "alice", "bob", 1000, kAny, kAny)).outcome, Outcome::kSent);
  EXPECT_EQ(Send(PayByProgram("3", "alice", "bob", 1, kAny, kAny)).outcome, Outcome::kOverHour);
  EXPECT_EQ(Send(PayByProgram("4", "alice", "bob", std::numeric_limits<std::int64_t>::max(), kAny, kAny)).outcome,
            Outcome::kOverdraft);
  EXPECT_THAT(Verify().faults, ElementsAre());
}

TEST_F(LedgerTest, LimitsOfNothingLetProgramsPayNothing) {
  OpenAccount("alice");
  OpenAccount("bob");
  EXPECT_EQ(Send(PayByProgram("1", "alice", "bob", 1, 0, 0)).outcome, Outcome::kOverHour);
  EXPECT_EQ(Send(PayByProgram("2", "alice", "bob", 1, 1, 0)).outcome, Outcome::kOverRecipient);
}

TEST_F(LedgerTest, ALoweredLimitCountsWhatWasPaidUnderTheHigherOne) {
  OpenAccount("alice", 100);
  OpenAccount("bob", 0);
  EXPECT_EQ(Send(PayByProgram("1", "alice", "bob", 20, 50, 50)).outcome, Outcome::kSent);
  EXPECT_EQ(Send(PayByProgram("2", "alice", "bob", 1)).outcome, Outcome::kOverHour);
  EXPECT_EQ(Send(PayByProgram("3", "alice", "bob", 30, 50, 50)).outcome, Outcome::kSent);
  EXPECT_THAT(Verify().faults, ElementsAre());
}

TEST_F(LedgerTest, AProgramsPaymentAgainIsAnsweredFromItsEntryThoughTheLimitIsReached) {
  OpenAccount("alice", 100);
  OpenAccount("bob", 0);
  const Ledger::Judgement first = Send(PayByProgram("1", "alice", "bob", 10));
  const Ledger::Judgement again = Send(PayByProgram("1", "alice", "bob", 10));
  EXPECT_EQ(again.outcome, Outcome::kSent);
  EXPECT_TRUE(again.repeated_act);
  EXPECT_EQ(again.entry, first.entry);
  EXPECT_EQ(Balance("bob"), 10);
}

TEST_F(LedgerTest, AnActOfAProgramIsNoActOfItsOwner) {
  OpenAccount("alice", 100);
  OpenAccount("bob", 0);
  Send(PayByProgram("1", "alice", "bob", 1));
  Send("2", "alice", "bob", 1);
  EXPECT_EQ(Send("1", "alice", "bob", 1).outcome, Outcome::kActReused);
  EXPECT_EQ(Send(PayByProgram("2", "alice", "bob", 1)).outcome, Outcome::kActReused);
  Ledger::Transfer other = PayByProgram("1", "alice", "bob", 1);
  other.program->visitor = MemberId("dave");
  EXPECT_EQ(Send(std::move(other)).outcome, Outcome::kActReused);
  EXPECT_EQ(Balance("bob"), 2);
}

}  // namespace
}  // namespace zoobar
