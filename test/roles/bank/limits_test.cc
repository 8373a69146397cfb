// How many acts a member may have carried out.
#include "roles/bank/fixture.h"

namespace zoobar {
namespace {

TEST_F(BankTest, AMemberTransfersUpToTheBurstAndThenAtTheRate) {
  LimitTo(3, 1800);
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(Transfer(Asking("alice", "bob", 1)).outcome(), TransferReply::OUTCOME_SENT) << i;
  const TransferReply refused = Transfer(Asking("alice", "bob", 1));
  EXPECT_EQ(refused.outcome(), TransferReply::OUTCOME_TOO_MANY);
  EXPECT_EQ(refused.zoobars(), 7);
  EXPECT_EQ(refused.retry_after_s(), 2u);
  EXPECT_EQ(refused.burst(), 3u);
  EXPECT_EQ(refused.per_hour(), 1800u);
  EXPECT_EQ(Balance("alice"), 7);
  EXPECT_EQ(Balance("bob"), 13);
  EXPECT_EQ(site_->counters.at("acts.past-rate")(), 1);
  now_ += 2000;
  EXPECT_EQ(Transfer(Asking("alice", "bob", 1)).outcome(), TransferReply::OUTCOME_SENT);
  EXPECT_EQ(Transfer(Asking("alice", "bob", 1)).outcome(), TransferReply::OUTCOME_TOO_MANY);
  EXPECT_EQ(Verified().entries(), 7u) << "a refused act is not in the journal";
}

TEST_F(BankTest, OneMembersHasteIsNobodyElsesLimit) {
  LimitTo(1, 1);
  EXPECT_EQ(Transfer(Asking("alice", "bob", 1)).outcome(), TransferReply::OUTCOME_SENT);
  EXPECT_EQ(Transfer(Asking("alice", "bob", 1)).outcome(), TransferReply::OUTCOME_TOO_MANY);
  EXPECT_EQ(Transfer(Asking("bob", "alice", 1)).outcome(), TransferReply::OUTCOME_SENT);
  EXPECT_EQ(site_->counters.at("acts.members")(), 2);
}

TEST_F(BankTest, WhatIsRefusedIsNotCharged) {
  LimitTo(1, 1);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(Transfer(Asking("alice", "bob", 11)).outcome(), TransferReply::OUTCOME_OVERDRAFT);
    EXPECT_EQ(Transfer(Asking("alice", "nobody", 1)).outcome(), TransferReply::OUTCOME_UNKNOWN_RECIPIENT);
  }
  EXPECT_EQ(Transfer(Asking("alice", "bob", 1)).outcome(), TransferReply::OUTCOME_SENT);
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(Transfer(Asking("alice", "bob", 1)).retry_after_s(), 3600u)
        << "an act that was too many is not charged either";
  EXPECT_EQ(Transfer(Asking("alice", "bob", 11)).outcome(), TransferReply::OUTCOME_OVERDRAFT)
      << "an act that fails anyway keeps its own outcome";
}

TEST_F(BankTest, ARepeatIsAnsweredFromTheJournalAndNotCharged) {
  LimitTo(2, 1);
  const TransferRequest first = Asking("alice", "bob", 1, "form-1");
  EXPECT_EQ(Transfer(first).outcome(), TransferReply::OUTCOME_SENT);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(Transfer(first).repeated_act());
  EXPECT_EQ(Transfer(Asking("alice", "bob", 1)).outcome(), TransferReply::OUTCOME_SENT);
  const TransferReply again = Transfer(first);
  EXPECT_EQ(again.outcome(), TransferReply::OUTCOME_SENT) << "even when the limit is reached";
  EXPECT_TRUE(again.repeated_act());
}

TEST_F(BankTest, TransfersAskedForAtOnceAreCountedAtOnce) {
  LimitTo(3, 1);
  std::vector<TransferRequest> requests;
  for (int i = 0; i < 10; ++i) requests.push_back(Asking("alice", "bob", 1));
  const std::vector<TransferReply> replies = AllAtOnce(requests);
  EXPECT_EQ(Count(replies, TransferReply::OUTCOME_SENT), 3);
  EXPECT_EQ(Count(replies, TransferReply::OUTCOME_TOO_MANY), 7);
  EXPECT_EQ(Balance("alice"), 7);
}

TEST_F(BankTest, AFormSentTwiceAtOnceIsSentThoughOneWasTheLast) {
  LimitTo(1, 1);
  const TransferRequest form = Asking("alice", "bob", 1, "form-1");
  const std::vector<TransferReply> replies = AllAtOnce({form, form, form});
  EXPECT_EQ(Count(replies, TransferReply::OUTCOME_SENT), 3);
  EXPECT_EQ(Balance("alice"), 9);
}

TEST_F(BankTest, ProgramsActOutOfTheirOwnersBucket) {
  LimitTo(2, 1);
  const SpendRequest visit = Visit("alice", "carol");
  EXPECT_EQ(Spent(visit, 1, "bob", 1), TransferReply::OUTCOME_SENT);
  EXPECT_EQ(Spent(visit, 1, "bob", 1), TransferReply::OUTCOME_SENT) << "the same payment";
  EXPECT_EQ(Transfer(Asking("alice", "bob", 1)).outcome(), TransferReply::OUTCOME_SENT);
  EXPECT_EQ(Spent(visit, 2, "bob", 1), TransferReply::OUTCOME_TOO_MANY);
  EXPECT_EQ(Transfer(Asking("carol", "bob", 1)).outcome(), TransferReply::OUTCOME_SENT)
      << "the visitor's bucket is unchanged";
  EXPECT_EQ(Balance("alice"), 8);
}

TEST_F(BankTest, AReloadBringsNewLimits) {
  LimitTo(1, 1);
  EXPECT_EQ(Transfer(Asking("alice", "bob", 1)).outcome(), TransferReply::OUTCOME_SENT);
  EXPECT_EQ(Transfer(Asking("alice", "bob", 1)).outcome(), TransferReply::OUTCOME_TOO_MANY);
  Config config = site_->settings;
  config.mutable_bank()->set_acts_burst(2);
  config.mutable_bank()->set_initial_zoobars(25);
  bank_->Reload(config);
  EXPECT_EQ(Transfer(Asking("alice", "bob", 1)).outcome(), TransferReply::OUTCOME_SENT);
  EXPECT_EQ(Open("dave").zoobars(), 25);
}

}  // namespace
}  // namespace zoobar
