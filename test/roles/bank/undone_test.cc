// Acts that are not carried out: the store has no room, or the caller no longer waits.
#include "roles/bank/fixture.h"

namespace zoobar {
namespace {

TEST_F(BankTest, AStoreWithoutRoomSaysSoAndNothingMoves) {
  store_.set_map_bytes(128 << 10);
  store_.set_max_map_bytes(128 << 10);
  settings_.set_acts_burst(1'000'000);
  Restart(1'000'000);
  Open("alice");
  Open("bob");
  const TransferRequest first = Asking("alice", "bob", 1, "form-1");
  ASSERT_EQ(Transfer(first).outcome(), TransferReply::OUTCOME_SENT);
  std::int64_t moved = 1;
  TransferReply last;
  while (moved < 10'000 && (last = Transfer(Asking("alice", "bob", 1))).outcome() == TransferReply::OUTCOME_SENT)
    ++moved;
  EXPECT_EQ(last.outcome(), TransferReply::OUTCOME_NO_ROOM);
  EXPECT_EQ(Balance("bob"), 1'000'000 + moved);
  const std::vector<TransferReply> both = AllAtOnce({Asking("alice", "bob", 1), first});
  EXPECT_EQ(Count(both, TransferReply::OUTCOME_NO_ROOM), 1);
  EXPECT_EQ(Count(both, TransferReply::OUTCOME_SENT), 1) << "an earlier act is answered from the journal";
  EXPECT_EQ(Transfer(Asking("alice", "bob", 2'000'000)).outcome(), TransferReply::OUTCOME_OVERDRAFT);
  const OpenAccountReply::Outcome opened = Open("carol").outcome();
  EXPECT_EQ(opened, OpenAccountReply::OUTCOME_NO_ROOM);
  EXPECT_EQ(Open("alice").outcome(), OpenAccountReply::OUTCOME_EXISTS);
  EXPECT_EQ(Balance("bob"), 1'000'000 + moved);
  EXPECT_GE(site_->counters.at("store.no_room")(), 3);
  const auto lines = site_->lines.Named("store-has-no-room");
  ASSERT_EQ(lines.size(), 1u) << "one line for all of them";
  EXPECT_THAT(lines[0].Text(), testing::HasSubstr("store.max_map_bytes is 131072"));
  EXPECT_TRUE(Verified().sound());
}

TEST_F(BankTest, AnActNobodyWaitsForIsNotBegunAndTheRepeatFindsTheTruth) {
  Open("alice");
  Open("bob");
  const TransferRequest asked = Asking("alice", "bob", 3, "form-1");
  Incoming<TransferRequest> late{Caller{ROLE_APP, 0}, asked, {}, {}, 1};
  EXPECT_FALSE(site_->Wait(bank_->Transfer(std::move(late))).ok());
  EXPECT_EQ(Balance("alice"), 10);
  EXPECT_EQ(site_->counters.at("store.late")(), 1);
  const TransferReply again = Transfer(asked);
  EXPECT_EQ(again.outcome(), TransferReply::OUTCOME_SENT);
  EXPECT_FALSE(again.repeated_act()) << "the first was not carried out";
  EXPECT_TRUE(Transfer(asked).repeated_act());
  EXPECT_EQ(Balance("alice"), 7);

  OpenAccountRequest opening;
  *opening.mutable_ticket() = TicketFor("carol", kOpenAccountMethod, OpenAccountDigest(), ActId("", ""));
  Incoming<OpenAccountRequest> late_opening{Caller{ROLE_APP, 0}, opening, {}, {}, 1};
  EXPECT_FALSE(site_->Wait(bank_->OpenAccount(std::move(late_opening))).ok());
  EXPECT_EQ(Balance("carol"), -1);
}

TEST_F(BankTest, AnActWhoseCallerLeftMeanwhileIsFoundByItsRepeat) {
  Open("alice");
  Open("bob");
  const TransferRequest asked = Asking("alice", "bob", 3, "form-1");
  bool answered = false;
  const auto ask = [&]() -> Task<void> {
    auto transfer = app_->Call<TransferReply>(TransferRequest(asked));
    const Result<Incoming<TransferReply>> reply = co_await transfer;
    EXPECT_FALSE(reply.ok());
    answered = true;
  };
  Spawn(ask());
  site_->RunUntil([&] { return site_->counters.at("acts.members")() == 1; });  // bank has begun
  app_ = site_->CallAs(ROLE_APP, ROLE_BANK);
  site_->RunUntil([&] { return answered; });
  EXPECT_EQ(Transfer(asked).outcome(), TransferReply::OUTCOME_SENT);
  EXPECT_EQ(Balance("alice"), 7);
}

}  // namespace
}  // namespace zoobar
