#include "store/ledger.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <map>
#include <random>

#include "store/ledger_fixture.h"
#include "store/keys.h"

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

// ---- names

TEST_F(LedgerTest, MembersAreFoundByName) {
  OpenAccount("alice");
  OpenAccount("Zo\xc3\xab", 3);
  const std::string endless(600, 'x');
  auto found = ledger_->Find({"Zo\xc3\xab", "nobody", "alice", "", endless, "Alice", "alice"});
  ASSERT_TRUE(found.ok()) << found.error().text;
  std::vector<std::string> members;
  for (const Ledger::Holder& holder : *found) members.push_back(holder.member);
  EXPECT_THAT(members, ElementsAre(MemberId("Zo\xc3\xab"), "", MemberId("alice"), "", "", "", MemberId("alice")));
  EXPECT_EQ((*found)[0].zoobars, 3);
  EXPECT_EQ((*found)[1].zoobars, 0);
  EXPECT_EQ((*found)[2].zoobars, 10);
}

TEST_F(LedgerTest, ANameStaysWithTheAccountThatOpenedUnderItFirst) {
  OpenAccount("alice");
  Ledger::Opening opening{
      .member = MemberId("another"), .name = "alice", .act = ActOf("open another"), .zoobars = 1, .time_ms = 1};
  ASSERT_TRUE(WaitFor(loop_, ledger_->OpenAccount(std::move(opening))).ok());
  EXPECT_EQ(Found("alice"), MemberId("alice"));
  Open();
  EXPECT_EQ(Found("alice"), MemberId("alice"));
  EXPECT_THAT(Verify().faults, ElementsAre(HasSubstr("is not found by its name"), "there are 1 names for 2 accounts"));
}

// An environment as they were before there were the tables names and spending.
void MakeOldLedger(Loop& loop, const std::string& folder, const std::vector<std::string>& names) {
  EnvironmentOptions options;
  options.folder = folder;
  options.kind = "bank";
  options.tables = {"accounts", "journal", "by_member", "acts", "totals"};
  options.map_bytes = 64 << 10;
  auto environment = MustHave(Environment::Open(loop, std::move(options)));
  auto act = [&](WriteTransaction& tx) -> Status {
    std::uint64_t number = 0;
    for (const std::string& name : names) {
      StoredBankAccount account;
      account.set_name(name);
      tx.PutMessage(environment->table("accounts"), MemberId(name), account);
      StoredEntry entry;
      entry.set_kind(StoredEntry::KIND_MINT);
      entry.set_recipient(MemberId(name));
      entry.set_act(ActOf("open " + name));
      tx.PutMessage(environment->table("journal"), NumberKey(++number), entry);
      tx.Put(environment->table("acts"), entry.act(), NumberKey(number));
      tx.Put(environment->table("by_member"), entry.recipient() + NumberKey(number), {});
    }
    return {};
  };
  ASSERT_TRUE(WaitFor(loop, environment->Write(std::move(act))).ok());
}

TEST_F(LedgerTest, ALedgerFromBeforeTheNamesGetsThemWhenItIsOpened) {
  ledger_.reset();
  const ScratchFolder old;
  std::vector<std::string> names;
  for (int i = 0; i < 3000; ++i) names.push_back(fmt::format("m{}", i));
  MakeOldLedger(loop_, old.path(), names);
  Config::Store config;
  config.set_map_bytes(64 << 10);  // so that it grows meanwhile
  ledger_ = MustHave(Ledger::Open(loop_, old.path(), config));
  EXPECT_GT(ledger_->environment().usage().growths, 0u);
  for (const std::string& name : names) ASSERT_EQ(Found(name), MemberId(name));
  EXPECT_THAT(Verify().faults, ElementsAre());
  // And it goes on as any other.
  OpenAccount("alice");
  EXPECT_EQ(Found("alice"), MemberId("alice"));
  EXPECT_EQ(Send(PayByProgram("1", "alice", "m7", 2)).outcome, Outcome::kSent);
  EXPECT_THAT(Verify().faults, ElementsAre());
  ledger_.reset();
}

TEST_F(LedgerTest, ADamagedAccountDoesNotKeepTheNamesOfOthersFromBeingFilled) {
  for (const char* name : {"alice", "bob", "carol"}) OpenAccount(name);
  Tamper([this](WriteTransaction& tx) {
    for (const char* name : {"alice", "bob", "carol"}) tx.Delete(table("names"), name);
    tx.Put(table("accounts"), MemberId("bob"), "\xff\xff");
    StoredBankAccount nameless;
    tx.PutMessage(table("accounts"), MemberId("carol"), nameless);
  });
  Open();
  EXPECT_EQ(Found("alice"), MemberId("alice"));
  EXPECT_EQ(Found("bob"), "");
}

// ---- what programs pay

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

TEST_F(LedgerTest, ProgramsThatPayAtOnceStayWithinTheLimitTogether) {
  OpenAccount("alice", 1000);
  for (int i = 0; i < 8; ++i) OpenAccount(fmt::format("m{}", i), 0);
  int ended = 0;
  std::map<Outcome, int> outcomes;
  auto one = [&](int number) -> Task<void> {
    Ledger::Transfer transfer =
        PayByProgram(fmt::format("{}", number), "alice", fmt::format("m{}", number % 8), 1 + number % 3);
    auto judged = co_await ledger_->Send(std::move(transfer));
    EXPECT_TRUE(judged.ok());
    if (judged.ok()) ++outcomes[judged->outcome];
    ++ended;
  };
  for (int i = 0; i < 400; ++i) {
    Spawn(one(i));
    if (i % 25 == 0) loop_.RunOnce();
  }
  while (ended < 400) uv_run(loop_.uv(), UV_RUN_ONCE);
  EXPECT_EQ(Balance("alice"), 980) << "all of the limit, and not a zoobar more";
  EXPECT_GT(outcomes[Outcome::kOverHour], 300);
  EXPECT_THAT(Verify().faults, ElementsAre());
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

// Runs in a child: 0 when acts carried out before are answered as such beside one that finds no room.
int RepeatBesideOneWithoutRoom(const std::string& folder) {
  Loop loop;
  Config::Store config;
  auto opened = Ledger::Open(loop, folder, config);
  if (!opened.ok()) return 2;
  Ledger& ledger = **opened;
  const auto opening = [](const std::string& name) {
    return Ledger::Opening{
        .member = MemberId(name), .name = name, .act = ActOf("open " + name), .zoobars = 1'000'000, .time_ms = 1};
  };
  if (!WaitFor(loop, ledger.OpenAccount(opening("alice"))).ok()) return 3;
  if (!WaitFor(loop, ledger.OpenAccount(opening("bob"))).ok()) return 3;
  if (!WaitFor(loop, ledger.Send(Pay("first", "alice", "bob", 1))).ok()) return 3;
  struct stat file;
  if (stat((folder + "/data.mdb").c_str(), &file) != 0) return 4;
  const rlimit small{static_cast<rlim_t>(file.st_size), RLIM_INFINITY};
  setrlimit(RLIMIT_FSIZE, &small);
  int sent = 0;
  for (; sent < 10'000; ++sent) {  // pages that earlier commits freed are used first
    const auto judged = WaitFor(loop, ledger.Send(Pay(fmt::format("{}", sent), "alice", "bob", 1)));
    if (!judged.ok()) break;
  }
  std::vector<int> ended;
  const auto send = [&](Ledger::Transfer transfer) -> Task<void> {
    auto sending = ledger.Send(std::move(transfer));
    const auto judged = co_await sending;
    ended.push_back(judged.ok() ? (judged->repeated_act ? 1 : 2) : (judged.error().no_room() ? 3 : 4));
  };
  const auto open = [&](Ledger::Opening asked) -> Task<void> {
    auto asking = ledger.OpenAccount(std::move(asked));
    const auto known = co_await asking;
    ended.push_back(known.ok() ? (known->existed ? 1 : 2) : (known.error().no_room() ? 3 : 4));
  };
  Spawn(send(Pay("first", "alice", "bob", 1)));
  Spawn(send(Pay("new", "alice", "bob", 1)));
  Spawn(open(opening("alice")));
  Spawn(open(opening("carol")));
  while (ended.size() < 4) uv_run(loop.uv(), UV_RUN_ONCE);
  if (ended != std::vector<int>{1, 3, 1, 3}) return 5;
  const auto balances = ledger.Balances({MemberId("bob"), MemberId("carol")});
  if (!balances.ok() || (*balances)[0] != 1'000'001 + sent || (*balances)[1]) return 6;
  const auto audit = WaitFor(loop, ledger.Verify());
  return audit.ok() && audit->sound() ? 0 : 7;
}

TEST_F(LedgerTest, WhatWasDoneBeforeIsToldThoughTheOthersOfItsGroupFindNoRoom) {
  const ScratchFolder folder;
  Child child([&] { return RepeatBesideOneWithoutRoom(folder.path()); });
  EXPECT_EQ(child.Wait(), 0);
}

}  // namespace
}  // namespace zoobar
