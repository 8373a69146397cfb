// What bank tells logger for the money log: each act that was committed, once, and nothing else.
#include "roles/bank/money_log.h"

#include "roles/bank/fixture.h"

namespace zoobar {
namespace {

// Plays logger.
class MoneyTaker {
 public:
  MoneyTaker() { service_.Handle(&MoneyTaker::Money, this); }
  Task<Result<Outgoing<Nothing>>> Money(Incoming<MoneyRequest> call) {
    for (const MoneyRequest::Entry& entry : call.message.entries()) entries.push_back(entry);
    dropped += call.message.dropped();
    Nothing nothing;
    co_return nothing;
  }
  const Service& service() const { return service_; }
  std::vector<MoneyRequest::Entry> entries;
  std::uint64_t dropped = 0;

 private:
  Service service_;
};

TEST_F(BankTest, EachCommittedActIsToldOnceAndRefusedOnesAreNot) {
  MoneyTaker logger;
  site_->Connect(ROLE_BANK, ROLE_LOGGER, logger.service());
  Open("alice");
  Open("bob");
  Open("bob");
  const TransferRequest asked = Asking("alice", "bob", 3, "form-1");
  EXPECT_EQ(Transfer(asked).outcome(), TransferReply::OUTCOME_SENT);
  EXPECT_TRUE(Transfer(asked).repeated_act());
  EXPECT_EQ(Transfer(Asking("alice", "bob", 1000)).outcome(), TransferReply::OUTCOME_OVERDRAFT);
  EXPECT_EQ(Spent(Visit("alice", "bob"), 1, "bob", 2), TransferReply::OUTCOME_SENT);
  site_->RunUntil([&] { return logger.entries.size() >= 4; });
  ASSERT_EQ(logger.entries.size(), 4u);
  EXPECT_EQ(logger.entries[0].kind(), MoneyRequest::KIND_ACCOUNT_OPENED);
  EXPECT_EQ(logger.entries[0].name(), "alice");
  EXPECT_EQ(logger.entries[0].entry(), 1u);
  EXPECT_EQ(logger.entries[2].kind(), MoneyRequest::KIND_TRANSFER);
  EXPECT_EQ(logger.entries[2].from(), Member("alice"));
  EXPECT_EQ(logger.entries[2].to(), Member("bob"));
  EXPECT_EQ(logger.entries[2].zoobars(), 3);
  EXPECT_EQ(logger.entries[2].entry(), 3u);
  EXPECT_EQ(logger.entries[3].kind(), MoneyRequest::KIND_PAYMENT);
  EXPECT_EQ(logger.entries[3].visitor(), Member("bob"));
  EXPECT_EQ(logger.entries[3].entry(), 4u);
}

TEST_F(BankTest, WithoutLoggerPaymentsGoOnAndWhatWaitsIsSentLater) {
  Open("alice");
  Open("bob");
  EXPECT_EQ(Transfer(Asking("alice", "bob", 3)).outcome(), TransferReply::OUTCOME_SENT);
  MoneyTaker logger;
  site_->Connect(ROLE_BANK, ROLE_LOGGER, logger.service());
  site_->RunUntil([&] { return logger.entries.size() == 3; });
  EXPECT_EQ(logger.dropped, 0u);
}

TEST(MoneyLog, PastItsRoomEntriesAreDroppedAndCountedInOrder) {
  FakeSite site;
  MoneyTaker logger;
  {
    MoneyLog log(site);
    for (std::size_t i = 1; i <= MoneyLog::kMaxWaiting + 5; ++i) {
      MoneyRequest::Entry entry;
      entry.set_entry(i);
      log.Add(std::move(entry));
    }
    EXPECT_EQ(log.dropped(), 5u);
    log.Flush();
    site.Connect(ROLE_BANK, ROLE_LOGGER, logger.service());
    log.Flush();
    site.RunUntil([&] { return logger.entries.size() == MoneyLog::kMaxWaiting; });
    for (std::size_t i = 0; i < logger.entries.size(); ++i) {
      if (logger.entries[i].entry() != i + 1) {
        FAIL() << i;
      }
    }
    EXPECT_EQ(logger.dropped, 5u);
  }
}

}  // namespace
}  // namespace zoobar
