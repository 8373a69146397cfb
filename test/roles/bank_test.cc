#include "roles/bank/fixture.h"

namespace zoobar {
namespace {

TEST_F(BankTest, EveryMethodHasItsHandler) { EXPECT_THAT(site_->service().Missing(ROLE_BANK), testing::IsEmpty()); }

TEST_F(BankTest, AnAccountIsOpenedByTicketOnce) {
  EXPECT_EQ(Balance("alice"), -1);
  OpenAccountReply reply = Open("alice");
  EXPECT_EQ(reply.outcome(), OpenAccountReply::OUTCOME_OPENED);
  EXPECT_EQ(reply.zoobars(), 10);
  reply = Open("alice");
  EXPECT_EQ(reply.outcome(), OpenAccountReply::OUTCOME_EXISTS);
  EXPECT_EQ(reply.zoobars(), 10);
  EXPECT_EQ(Balance("alice"), 10);
}

TEST_F(BankTest, NobodyMintsByInventingNames) {
  OpenAccountRequest request;
  EXPECT_EQ(Answer<OpenAccountReply>(request).outcome(), OpenAccountReply::OUTCOME_TICKET_REFUSED);
  // A ticket for another act is refused.
  *request.mutable_ticket() = Asking("alice", "bob", 1).ticket();
  EXPECT_EQ(Answer<OpenAccountReply>(request).outcome(), OpenAccountReply::OUTCOME_TICKET_REFUSED);
  EXPECT_EQ(Balance("alice"), -1);
  const auto lines = site_->lines.Named("ticket-refused");
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_TRUE(lines[0].security);
  EXPECT_EQ(lines[0].fields.at("from"), "app");
  EXPECT_EQ(site_->counters.at("tickets.refused")(), 2);
}

TEST_F(BankTest, ATransferMovesWhatTheTicketSays) {
  Open("alice");
  Open("bob");
  const TransferReply reply = Transfer(Asking("alice", "bob", 3));
  EXPECT_EQ(reply.outcome(), TransferReply::OUTCOME_SENT);
  EXPECT_EQ(reply.zoobars(), 7);
  EXPECT_EQ(reply.entry(), 3u);
  EXPECT_FALSE(reply.repeated_act());
  EXPECT_EQ(Balance("bob"), 13);
  EXPECT_EQ(site_->counters.at("transfers")(), 1);
}

TEST_F(BankTest, ATicketIsForItsRecipientAndAmountAlone) {
  for (const char* name : {"alice", "bob", "carol"}) Open(name);
  TransferRequest request = Asking("alice", "bob", 3);
  request.set_zoobars(10);
  EXPECT_EQ(Transfer(request).outcome(), TransferReply::OUTCOME_TICKET_REFUSED);
  request = Asking("alice", "bob", 3);
  request.set_recipient(Member("carol"));
  EXPECT_EQ(Transfer(request).outcome(), TransferReply::OUTCOME_TICKET_REFUSED);
  request = Asking("alice", "bob", 3);
  request.mutable_ticket()->mutable_mac()->back() ^= 1;
  EXPECT_EQ(Transfer(request).outcome(), TransferReply::OUTCOME_TICKET_REFUSED);
  EXPECT_EQ(Balance("alice"), 10);
}

TEST_F(BankTest, AnExpiredTicketIsRefused) {
  Open("alice");
  Open("bob");
  const TransferRequest request = Asking("alice", "bob", 3);
  now_ = kNow + kTicketLifetimeMs;
  EXPECT_EQ(Transfer(request).outcome(), TransferReply::OUTCOME_TICKET_REFUSED);
}

TEST_F(BankTest, EachRefusalHasItsOwnName) {
  Open("alice");
  Open("bob");
  EXPECT_EQ(Transfer(Asking("alice", "bob", 0)).outcome(), TransferReply::OUTCOME_NOT_POSITIVE);
  EXPECT_EQ(Transfer(Asking("alice", "bob", -3)).outcome(), TransferReply::OUTCOME_NOT_POSITIVE);
  EXPECT_EQ(Transfer(Asking("alice", "bob", 11)).outcome(), TransferReply::OUTCOME_OVERDRAFT);
  EXPECT_EQ(Transfer(Asking("alice", "nobody", 1)).outcome(), TransferReply::OUTCOME_UNKNOWN_RECIPIENT);
  EXPECT_EQ(Transfer(Asking("alice", "alice", 1)).outcome(), TransferReply::OUTCOME_SELF);
  EXPECT_EQ(Transfer(Asking("nobody", "alice", 1)).outcome(), TransferReply::OUTCOME_NO_ACCOUNT);
  EXPECT_EQ(Transfer(Asking("alice", "bob", 11)).zoobars(), 10);
  EXPECT_EQ(Balance("alice"), 10);
  EXPECT_EQ(Balance("bob"), 10);
}

TEST_F(BankTest, ARecipientThatIsNoMemberIdIsUnknown) {
  Open("alice");
  TransferRequest request;
  *request.mutable_ticket() = TicketFor("alice", kTransferMethod, TransferDigest("bob", 1), ActId("", ""));
  request.set_recipient("bob");
  request.set_zoobars(1);
  EXPECT_EQ(Transfer(request).outcome(), TransferReply::OUTCOME_UNKNOWN_RECIPIENT);
}

TEST_F(BankTest, TheSameSubmissionPaysOnceEvenAcrossARestart) {
  Open("alice");
  Open("bob");
  const TransferReply first = Transfer(Asking("alice", "bob", 3, "form-1"));
  Restart();
  const TransferReply again = Transfer(Asking("alice", "bob", 3, "form-1"));
  EXPECT_EQ(again.outcome(), TransferReply::OUTCOME_SENT);
  EXPECT_TRUE(again.repeated_act());
  EXPECT_EQ(again.entry(), first.entry());
  EXPECT_EQ(Transfer(Asking("alice", "bob", 4, "form-1")).outcome(), TransferReply::OUTCOME_ACT_REUSED);
  EXPECT_EQ(Balance("bob"), 13);
}

TEST_F(BankTest, TheJournalNamesBothAndStartsWithTheNewest) {
  Open("alice");
  Open("bob");
  now_ = kNow + 5;
  Transfer(Asking("alice", "bob", 3));
  JournalRequest request;
  request.set_member(Member("bob"));
  request.set_limit(1);
  const JournalReply page = Answer<JournalReply>(request);
  ASSERT_EQ(page.entries_size(), 1);
  EXPECT_EQ(page.entries(0).sender(), "alice");
  EXPECT_EQ(page.entries(0).recipient(), "bob");
  EXPECT_EQ(page.entries(0).zoobars(), 3);
  EXPECT_EQ(page.entries(0).time_ms(), kNow + 5);
  EXPECT_TRUE(page.more());
  request.set_before(page.entries(0).number());
  const JournalReply rest = Answer<JournalReply>(request);
  ASSERT_EQ(rest.entries_size(), 1);
  EXPECT_EQ(rest.entries(0).sender(), "");
  EXPECT_FALSE(rest.more());
}

TEST_F(BankTest, WhatNoPageAsksForIsUnavailable) {
  BalancesRequest many;
  for (int i = 0; i < 101; ++i) many.add_members(Member("alice"));
  EXPECT_FALSE(Call<BalancesReply>(many).ok());
  JournalRequest journal;
  journal.set_member("short");
  EXPECT_FALSE(Call<JournalReply>(journal).ok());
  journal.set_member(Member("alice"));
  journal.set_limit(101);
  EXPECT_FALSE(Call<JournalReply>(journal).ok());
  EXPECT_EQ(site_->errors.size(), 3u);
  EXPECT_TRUE(site_->misbehaviours.empty());
}

TEST_F(BankTest, BalancesComeInTheOrderAsked) {
  Open("alice");
  Open("bob");
  Transfer(Asking("alice", "bob", 1));
  BalancesRequest request;
  for (const char* name : {"bob", "nobody", "alice", "bob"}) request.add_members(Member(name));
  request.add_members("short");
  const BalancesReply reply = Answer<BalancesReply>(request);
  ASSERT_EQ(reply.balances_size(), 5);
  EXPECT_EQ(reply.balances(0).zoobars(), 11);
  EXPECT_FALSE(reply.balances(1).found());
  EXPECT_EQ(reply.balances(2).zoobars(), 9);
  EXPECT_EQ(reply.balances(3).zoobars(), 11);
  EXPECT_FALSE(reply.balances(4).found());
}

TEST_F(BankTest, AdminVerifies) {
  Open("alice");
  Open("bob");
  Transfer(Asking("alice", "bob", 3));
  const VerifyReply reply = Verified();
  EXPECT_TRUE(reply.sound());
  EXPECT_EQ(reply.accounts(), 2u);
  EXPECT_EQ(reply.entries(), 3u);
  EXPECT_EQ(reply.issued(), 20);
  EXPECT_EQ(reply.held(), 20);
  EXPECT_EQ(reply.faults_size(), 0);
}

TEST_F(BankTest, ProfileReadsButMakesNoTransfer) {
  Open("alice");
  Open("bob");
  BalancesRequest request;
  request.add_members(Member("alice"));
  auto balances = site_->Wait(profile_->Call<BalancesReply>(std::move(request)));
  ASSERT_TRUE(balances.ok());
  TransferRequest transfer = Asking("alice", "bob", 1);
  EXPECT_FALSE(site_->Wait(profile_->Call<TransferReply>(std::move(transfer))).ok());
  EXPECT_EQ(site_->misbehaviours.size(), 1u);
  EXPECT_EQ(Balance("alice"), 10);
}

TEST_F(BankTest, ProfileFindsMembersByName) {
  Open("alice");
  Open("bob");
  Transfer(Asking("alice", "bob", 1));
  FindRequest request;
  for (const char* name : {"bob", "nobody", "alice", "", "Bob"}) request.add_names(name);
  request.add_names(std::string(1000, 'x'));
  auto reply = site_->Wait(profile_->Call<FindReply>(request));
  ASSERT_TRUE(reply.ok());
  ASSERT_EQ(reply->message.found_size(), 6);
  EXPECT_EQ(reply->message.found(0).member(), Member("bob"));
  EXPECT_EQ(reply->message.found(0).zoobars(), 11);
  EXPECT_EQ(reply->message.found(2).member(), Member("alice"));
  for (int i : {1, 3, 4, 5}) EXPECT_TRUE(reply->message.found(i).member().empty()) << i;
  while (request.names_size() < 100) request.add_names("alice");
  EXPECT_TRUE(site_->Wait(profile_->Call<FindReply>(request)).ok());
  request.add_names("alice");
  EXPECT_FALSE(site_->Wait(profile_->Call<FindReply>(request)).ok());
}

TEST_F(BankTest, DrainWaitsForWhatIsBeingCommitted) {
  Open("alice");
  Open("bob");
  bool drained = false;
  bank_->Drain([&] { drained = true; });
  EXPECT_TRUE(drained);
  drained = false;
  std::optional<TransferReply> reply;
  auto pay = [&](TransferRequest request) -> Task<void> {
    Incoming<TransferRequest> call;
    call.message = std::move(request);
    auto transfer = bank_->Transfer(std::move(call));
    const auto answer = co_await transfer;
    if (answer.ok()) reply = answer->message;
  };
  Spawn(pay(Asking("alice", "bob", 1)));
  bank_->Drain([&] { drained = true; });
  EXPECT_FALSE(drained);
  site_->RunUntil([&] { return drained; });
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->outcome(), TransferReply::OUTCOME_SENT);
}

TEST_F(BankTest, TheInitialZoobarsAreConfigured) {
  Restart(25);
  EXPECT_EQ(Open("alice").zoobars(), 25);
}

}  // namespace
}  // namespace zoobar
