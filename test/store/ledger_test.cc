#include "store/ledger.h"

#include <random>

#include "store/ledger_fixture.h"

namespace zoobar {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

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
  EXPECT_EQ(page->lines[1].sender, "");
  EXPECT_EQ(page->lines[1].recipient, "alice");
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
  Tamper([this](WriteTransaction& tx) {  // the sum of what is issued prevents it otherwise
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
  const Ledger::Judgement again = Send("1", "alice", "bob", 4);  // though alice has nothing left
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

// ---- together

TEST_F(LedgerTest, MoneyIsNeitherMadeNorLostWhenManyPayAtOnce) {
  constexpr int kMembers = 12, kTransfers = 3000, kAtOnce = 64;
  for (int i = 0; i < kMembers; ++i) OpenAccount(fmt::format("m{}", i), 50);
  std::mt19937 random(20040627);
  auto below = [&random](int bound) { return static_cast<int>(random() % static_cast<unsigned>(bound)); };
  int started = 0, ended = 0, sent = 0;
  auto one = [&](std::string act) -> Task<void> {
    Ledger::Transfer transfer =
        Pay(act, fmt::format("m{}", below(kMembers)), fmt::format("m{}", below(kMembers)), below(60) - 5);
    auto judged = co_await ledger_->Send(std::move(transfer));
    EXPECT_TRUE(judged.ok());
    sent += judged.ok() && judged->outcome == Outcome::kSent;
    ++ended;
  };
  while (ended < kTransfers) {
    while (started < kTransfers && started - ended < kAtOnce) Spawn(one(fmt::format("{}", started++)));
    uv_run(loop_.uv(), UV_RUN_ONCE);
  }
  const Ledger::Audit audit = Verify();
  EXPECT_THAT(audit.faults, ElementsAre());
  EXPECT_EQ(audit.held, kMembers * 50);
  EXPECT_EQ(audit.entries, static_cast<std::uint64_t>(kMembers + sent));
  EXPECT_GT(sent, kTransfers / 10);
  EXPECT_LT(ledger_->environment().usage().commits, static_cast<std::uint64_t>(kTransfers));
}

TEST_F(LedgerTest, OneActSentManyTimesAtOncePaysOnce) {
  OpenAccount("alice", 100);
  OpenAccount("bob", 0);
  int ended = 0, repeated = 0;
  auto one = [&]() -> Task<void> {
    Ledger::Transfer transfer = Pay("once", "alice", "bob", 7);
    auto judged = co_await ledger_->Send(std::move(transfer));
    EXPECT_TRUE(judged.ok() && judged->outcome == Outcome::kSent);
    repeated += judged.ok() && judged->repeated_act;
    ++ended;
  };
  for (int i = 0; i < 100; ++i) {
    Spawn(one());
    if (i % 10 == 0) loop_.RunOnce();
  }
  while (ended < 100) uv_run(loop_.uv(), UV_RUN_ONCE);
  EXPECT_EQ(repeated, 99);
  EXPECT_EQ(Balance("bob"), 7);
}

TEST_F(LedgerTest, PaymentsGoOnWhileTheLedgerIsVerified) {
  OpenAccount("alice", 1'000'000);
  OpenAccount("bob", 0);
  int ended = 0;
  bool verified = false;
  auto verify = [&]() -> Task<void> {
    auto audit = co_await ledger_->Verify();
    EXPECT_TRUE(audit.ok() && audit->sound());
    verified = true;
  };
  auto one = [&](int number) -> Task<void> {
    Ledger::Transfer transfer = Pay(fmt::format("{}", number), "alice", "bob", 1);
    auto judged = co_await ledger_->Send(std::move(transfer));
    EXPECT_TRUE(judged.ok() && judged->outcome == Outcome::kSent);
    ++ended;
  };
  Spawn(verify());
  for (int i = 0; i < 2000; ++i) Spawn(one(i));
  while (ended < 2000 || !verified) uv_run(loop_.uv(), UV_RUN_ONCE);
  EXPECT_EQ(Verify().entries, 2002u);
}

}  // namespace
}  // namespace zoobar
