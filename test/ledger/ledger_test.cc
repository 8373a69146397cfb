// Accounts, transfers and the journal.
#include "ledger/ledger_fixture.h"

namespace zoobar {
namespace {

using testing::ElementsAre;

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

TEST_F(LedgerTest, AnAccountIsOpenedAndMintedIntoOnce) {
  EXPECT_EQ(Balance("alice"), -1);
  EXPECT_FALSE(OpenAccount("alice").existed);
  EXPECT_EQ(Balance("alice"), 10);
  const Ledger::Opened again = OpenAccount("alice");
  EXPECT_TRUE(again.existed);
  EXPECT_EQ(again.zoobars, 10);
  const Ledger::Audit audit = Verify();
  EXPECT_TRUE(audit.sound());
  EXPECT_EQ(audit.issued, 10);
  EXPECT_EQ(audit.entries, 1u);
}

TEST_F(LedgerTest, AnAccountMayOpenWithNothing) {
  OpenAccount("alice", 0);
  EXPECT_EQ(Balance("alice"), 0);
  EXPECT_TRUE(Verify().sound());
}

TEST_F(LedgerTest, NoMoreIsIssuedThanCanBeCounted) {
  OpenAccount("alice", kMost - 5);
  Ledger::Opening opening{.member = MemberId("bob"), .name = "bob", .act = ActOf("open bob"), .zoobars = 10};
  auto opened = WaitFor(loop_, ledger_->OpenAccount(std::move(opening)));
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(Balance("bob"), -1);
  EXPECT_TRUE(Verify().sound());
}

TEST_F(LedgerTest, ATransferMovesZoobarsAndIsInTheJournal) {
  OpenAccount("alice");
  OpenAccount("bob");
  const Ledger::Judgement sent = Send("1", "alice", "bob", 3);
  EXPECT_EQ(sent.outcome, Outcome::kSent);
  EXPECT_EQ(sent.zoobars, 7);
  EXPECT_EQ(sent.entry, 3u);
  EXPECT_FALSE(sent.repeated_act);
  EXPECT_EQ(Balance("alice"), 7);
  EXPECT_EQ(Balance("bob"), 13);
  Open();
  EXPECT_EQ(Balance("bob"), 13);
  auto page = ledger_->Journal(MemberId("alice"), 0, 10);
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->lines.size(), 2u);
  EXPECT_EQ(page->lines[0].number, 3u);
  EXPECT_EQ(page->lines[0].sender, "alice");
  EXPECT_EQ(page->lines[0].recipient, "bob");
  EXPECT_EQ(page->lines[0].zoobars, 3);
  EXPECT_EQ(page->lines[0].time_ms, 1'700'000'000'000);
  EXPECT_EQ(page->lines[0].change, -3);
  EXPECT_EQ(page->lines[0].balance, 7);
  EXPECT_EQ(page->lines[1].sender, "");
  EXPECT_EQ(page->lines[1].recipient, "alice");
  EXPECT_EQ(page->lines[1].balance, 10);
  auto other = ledger_->Journal(MemberId("bob"), 0, 1);
  ASSERT_TRUE(other.ok());
  EXPECT_EQ(other->lines[0].balance, 13) << "each member's own";
  EXPECT_FALSE(page->more);
}

TEST_F(LedgerTest, RefusalsMoveNothingAndSayWhy) {
  OpenAccount("alice");
  OpenAccount("bob", kMost - 10 - 10);
  OpenAccount("carol", 10);
  EXPECT_EQ(Send("1", "alice", "bob", 0).outcome, Outcome::kNotPositive);
  EXPECT_EQ(Send("2", "alice", "bob", -1).outcome, Outcome::kNotPositive);
  EXPECT_EQ(Send("2", "alice", "bob", std::numeric_limits<std::int64_t>::min()).outcome, Outcome::kNotPositive);
  EXPECT_EQ(Send("3", "alice", "alice", 1).outcome, Outcome::kSelf);
  EXPECT_EQ(Send("4", "alice", "nobody", 1).outcome, Outcome::kUnknownRecipient);
  EXPECT_EQ(Send("5", "nobody", "alice", 1).outcome, Outcome::kNoAccount);
  EXPECT_EQ(Send("6", "alice", "bob", 11).outcome, Outcome::kOverdraft);
  EXPECT_EQ(Send("7", "alice", "bob", kMost).outcome, Outcome::kOverdraft);
  EXPECT_EQ(Send("6", "alice", "bob", 11).zoobars, 10);
  EXPECT_EQ(Balance("alice"), 10);
  EXPECT_EQ(Balance("bob"), kMost - 20);
  const Ledger::Audit audit = Verify();
  EXPECT_TRUE(audit.sound());
  EXPECT_EQ(audit.entries, 3u);
}

TEST_F(LedgerTest, ARecipientsBalanceNeverOverflows) {
  OpenAccount("alice");
  OpenAccount("bob");
  Tamper([this](WriteTransaction& tx) {  // needed because the bound on the sum of all issued zoobars prevents it
    StoredBankAccount account;
    account.set_name("bob");
    account.set_zoobars(kMost - 1);
    tx.PutMessage(table("accounts"), MemberId("bob"), account);
  });
  EXPECT_EQ(Send("1", "alice", "bob", 2).outcome, Outcome::kOverflow);
  EXPECT_EQ(Send("2", "alice", "bob", 1).outcome, Outcome::kSent);
}

TEST_F(LedgerTest, TheSameActAgainIsAnsweredFromItsEntry) {
  OpenAccount("alice");
  OpenAccount("bob");
  const Ledger::Judgement first = Send("1", "alice", "bob", 4);
  Send("2", "alice", "bob", 6);
  const Ledger::Judgement again = Send("1", "alice", "bob", 4);  // although alice has nothing left
  EXPECT_EQ(again.outcome, Outcome::kSent);
  EXPECT_TRUE(again.repeated_act);
  EXPECT_EQ(again.entry, first.entry);
  EXPECT_EQ(again.zoobars, 6);
  EXPECT_EQ(Balance("bob"), 20);
  Open();
  EXPECT_TRUE(Send("1", "alice", "bob", 4).repeated_act);
  EXPECT_TRUE(Verify().sound());
}

TEST_F(LedgerTest, AnActIdIsGoodForOneTransferAlone) {
  for (const char* name : {"alice", "bob", "carol"}) OpenAccount(name);
  Send("1", "alice", "bob", 4);
  EXPECT_EQ(Send("1", "alice", "bob", 5).outcome, Outcome::kActReused);
  EXPECT_EQ(Send("1", "alice", "carol", 4).outcome, Outcome::kActReused);
  EXPECT_EQ(Send("1", "carol", "bob", 4).outcome, Outcome::kActReused);
  EXPECT_EQ(Send("open alice", "alice", "bob", 10).outcome, Outcome::kActReused);
  EXPECT_TRUE(Verify().sound());
}

TEST_F(LedgerTest, ARefusedActMaySucceedLater) {
  OpenAccount("alice");
  OpenAccount("bob");
  EXPECT_EQ(Send("1", "alice", "bob", 11).outcome, Outcome::kOverdraft);
  Send("2", "bob", "alice", 5);
  EXPECT_EQ(Send("1", "alice", "bob", 11).outcome, Outcome::kSent);
}

TEST_F(LedgerTest, TheJournalIsReadInPagesNewestFirst) {
  OpenAccount("alice", 100);
  OpenAccount("bob");
  OpenAccount("carol", 100);
  for (int i = 0; i < 10; ++i) {
    Send(fmt::format("a{}", i), "alice", "bob", 1);
    Send(fmt::format("c{}", i), "carol", "alice", 2);
    Send(fmt::format("o{}", i), "carol", "bob", 1);  // not alice's
  }
  std::vector<std::int64_t> amounts;
  std::uint64_t before = 0;
  bool more = true;
  int pages = 0;
  while (more) {
    auto page = ledger_->Journal(MemberId("alice"), before, 6);
    ASSERT_TRUE(page.ok());
    for (const Ledger::Line& line : page->lines) {
      EXPECT_TRUE(before == 0 || line.number < before);
      before = line.number;
      amounts.push_back(line.zoobars);
    }
    more = page->more;
    ++pages;
  }
  EXPECT_EQ(pages, 4);
  ASSERT_EQ(amounts.size(), 21u);
  EXPECT_THAT(std::vector<std::int64_t>(amounts.begin(), amounts.begin() + 3), ElementsAre(2, 1, 2));
  EXPECT_EQ(amounts.back(), 100);
}

TEST_F(LedgerTest, TheJournalOfAMemberWithoutAccountIsEmpty) {
  OpenAccount("alice");
  auto page = ledger_->Journal(MemberId("nobody"), 0, 10);
  ASSERT_TRUE(page.ok());
  EXPECT_TRUE(page->lines.empty());
  EXPECT_FALSE(page->more);
}

TEST_F(LedgerTest, PastTheRateOnlyWhatWouldBeCarriedOutIsTooMuch) {
  OpenAccount("alice");
  OpenAccount("bob");
  Send("first", "alice", "bob", 1);
  const auto fast = [this](std::string_view act, std::int64_t zoobars) {
    Ledger::Transfer transfer = Pay(act, "alice", "bob", zoobars);
    transfer.past_rate = true;
    return Send(std::move(transfer));
  };
  EXPECT_EQ(fast("second", 1).outcome, Outcome::kTooMany);
  EXPECT_EQ(fast("second", 100).outcome, Outcome::kOverdraft);
  EXPECT_EQ(fast("second", 0).outcome, Outcome::kNotPositive);
  EXPECT_TRUE(fast("first", 1).repeated_act);
  EXPECT_EQ(Balance("alice"), 9);
  EXPECT_EQ(Verify().entries, 3u);
}

}  // namespace
}  // namespace zoobar
