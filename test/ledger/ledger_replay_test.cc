// What Verify finds when somebody changed the tables without the ledger.
#include "ledger/ledger_fixture.h"
#include "store/keys.h"

namespace zoobar {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::int64_t kHuge = std::numeric_limits<std::int64_t>::max() / 4;

class LedgerReplayTest : public LedgerTest {
 protected:
  void SetUp() override {
    LedgerTest::SetUp();
    OpenAccount("alice");           // entry 1
    OpenAccount("bob");             // entry 2
    Send("1", "alice", "bob", 4);   // entry 3
    Send("2", "bob", "alice", 14);  // entry 4
    ASSERT_TRUE(Verify().sound());
  }
  void ChangeEntry(std::uint64_t number, std::function<void(StoredEntry*)> change) {
    Tamper([this, number, change](WriteTransaction& tx) {
      StoredEntry entry;
      ASSERT_TRUE(tx.GetMessage(table("journal"), NumberKey(number), &entry));
      change(&entry);
      tx.PutMessage(table("journal"), NumberKey(number), entry);
    });
  }
  void ChangeAccount(std::string_view name, std::function<void(StoredBankAccount*)> change) {
    Tamper([this, member = MemberId(name), change](WriteTransaction& tx) {
      StoredBankAccount account;
      tx.GetMessage(table("accounts"), member, &account);
      change(&account);
      tx.PutMessage(table("accounts"), member, account);
    });
  }
};

TEST_F(LedgerReplayTest, ABalanceTheJournalDoesNotExplain) {
  ChangeAccount("alice", [](StoredBankAccount* account) { account->set_zoobars(1000); });
  const Ledger::Audit audit = Verify();
  EXPECT_THAT(audit.faults, Contains(HasSubstr("holds 1000, but the journal gives 20")));
  EXPECT_THAT(audit.faults, Contains(HasSubstr("hold 1000, and 0 are set aside in offers, but 20 were issued")));
}

TEST_F(LedgerReplayTest, BalancesShiftedFromOneToAnother) {
  ChangeAccount("alice", [](StoredBankAccount* account) { account->set_zoobars(15); });
  ChangeAccount("bob", [](StoredBankAccount* account) { account->set_zoobars(5); });
  EXPECT_EQ(Verify().faults.size(), 2u);
}

TEST_F(LedgerReplayTest, AnAccountTheJournalNeverOpened) {
  ChangeAccount("mallory", [](StoredBankAccount* account) { account->set_name("mallory"); });
  EXPECT_THAT(Verify().faults, Contains(HasSubstr("is not opened in the journal")));
}

TEST_F(LedgerReplayTest, AnAccountThatIsGone) {
  Tamper([this](WriteTransaction& tx) { tx.Delete(table("accounts"), MemberId("bob")); });
  EXPECT_THAT(Verify().faults,
              ElementsAre("there are 1 accounts, but the journal opens 2", "there are 2 names for 1 accounts"));
}

TEST_F(LedgerReplayTest, AnEntryWithAnotherAmount) {
  ChangeEntry(3, [](StoredEntry* entry) { entry->set_zoobars(5); });
  EXPECT_THAT(Verify().faults, Contains("entry 3 notes the balances 6 and 14, but the replay gives 5 and 15"));
}

TEST_F(LedgerReplayTest, AnEntryThatOverdraws) {
  ChangeEntry(3, [](StoredEntry* entry) { entry->set_zoobars(11); });
  EXPECT_THAT(Verify().faults, Contains("entry 3 moves 11 zoobars from 10 to 10"));
}

TEST_F(LedgerReplayTest, AnEntryThatIsGone) {
  Tamper([this](WriteTransaction& tx) { tx.Delete(table("journal"), NumberKey(3)); });
  const Ledger::Audit audit = Verify();
  EXPECT_THAT(audit.faults, Contains("the journal goes from entry 2 to 4"));
  EXPECT_THAT(audit.faults, Contains("there are 4 acts for 3 entries"));
}

TEST_F(LedgerReplayTest, AnEntryThatIsDamaged) {
  Tamper([this](WriteTransaction& tx) { tx.Put(table("journal"), NumberKey(3), "\xff\xff"); });
  EXPECT_THAT(Verify().faults, Contains("entry 3 is damaged"));
}

TEST_F(LedgerReplayTest, ASecondMintIntoOneAccount) {
  ChangeEntry(4, [](StoredEntry* entry) {
    entry->set_kind(StoredEntry::KIND_MINT);
    entry->clear_sender();
    entry->set_recipient_after(entry->zoobars());
  });
  EXPECT_THAT(Verify().faults, Contains(HasSubstr("entry 4 opens the account")));
}

TEST_F(LedgerReplayTest, AnEntryOfNoKnownKind) {
  ChangeEntry(4, [](StoredEntry* entry) { entry->set_kind(static_cast<StoredEntry::Kind>(7)); });
  EXPECT_THAT(Verify().faults, Contains("entry 4 has an unknown kind"));
}

TEST_F(LedgerReplayTest, MissingAndSpareIndexEntries) {
  Tamper([this](WriteTransaction& tx) {
    tx.Delete(table("acts"), ActOf("1"));
    tx.Delete(table("by_member"), MemberId("alice") + NumberKey(3));
    tx.Put(table("by_member"), MemberId("carol") + NumberKey(3), {});
    tx.Put(table("by_member"), MemberId("carol") + NumberKey(4), {});
  });
  const Ledger::Audit audit = Verify();
  EXPECT_THAT(audit.faults, Contains("entry 3 is not found by its act"));
  EXPECT_THAT(audit.faults, Contains(HasSubstr("entry 3 is not found by member 616c696365")));
  EXPECT_THAT(audit.faults, Contains("by_member has 7 entries, but the journal gives 6"));
}

TEST_F(LedgerReplayTest, AnotherSumIssued) {
  Tamper([this](WriteTransaction& tx) {
    StoredTotals totals;
    totals.set_issued(30);
    tx.PutMessage(table("totals"), "totals", totals);
  });
  EXPECT_THAT(Verify().faults, ElementsAre("the totals say that 30 were issued, but the journal says 20"));
}

TEST_F(LedgerReplayTest, ANameThatLeadsElsewhere) {
  Tamper([this](WriteTransaction& tx) { tx.Put(table("names"), "bob", MemberId("alice")); });
  EXPECT_THAT(Verify().faults, ElementsAre(HasSubstr("account 626f62")));
  EXPECT_THAT(Verify().faults, ElementsAre(HasSubstr("is not found by its name")));
}

TEST_F(LedgerReplayTest, AMissingAndASpareName) {
  Tamper([this](WriteTransaction& tx) {
    tx.Delete(table("names"), "bob");
    tx.Put(table("names"), "robert", MemberId("bob"));
    tx.Put(table("names"), "rob", MemberId("bob"));
  });
  EXPECT_THAT(Verify().faults, ElementsAre(HasSubstr("is not found by its name"), "there are 3 names for 2 accounts"));
}

// ---- payments by programs

class ProgramReplayTest : public LedgerReplayTest {
 protected:
  void SetUp() override {
    LedgerReplayTest::SetUp();
    Send(PayByProgram("5", "alice", "bob", 6));  // entry 5
    Send(PayByProgram("6", "alice", "bob", 4));  // entry 6
    ASSERT_TRUE(Verify().sound());
  }
};

TEST_F(ProgramReplayTest, APaymentNobodyLookedAt) {
  ChangeEntry(6, [](StoredEntry* entry) { entry->mutable_program()->clear_visitor(); });
  EXPECT_THAT(Verify().faults, ElementsAre("entry 6 was made by a program, but names no visitor"));
}

TEST_F(ProgramReplayTest, PaymentsPastTheLimitsTheyCameWith) {
  ChangeEntry(6, [](StoredEntry* entry) { entry->mutable_program()->set_per_hour(9); });
  EXPECT_THAT(Verify().faults, ElementsAre("entry 6 exceeds the 9 that a program may pay in an hour"));
  ChangeEntry(6, [](StoredEntry* entry) {
    entry->mutable_program()->set_per_hour(20);
    entry->mutable_program()->set_per_recipient(9);
  });
  EXPECT_THAT(Verify().faults, ElementsAre("entry 6 exceeds the 9 that a program may pay to one recipient in an hour"));
}

TEST_F(ProgramReplayTest, AnHourBetweenPaymentsExplainsThem) {
  ChangeEntry(6, [](StoredEntry* entry) {
    entry->mutable_program()->set_per_hour(4);
    entry->set_time_ms(entry->time_ms() + Ledger::kHourMs - 1);
  });
  EXPECT_THAT(Verify().faults, Contains(HasSubstr("entry 6 exceeds the 4")));
  ChangeEntry(6, [](StoredEntry* entry) { entry->set_time_ms(entry->time_ms() + 1); });
  EXPECT_THAT(Verify().faults, ElementsAre("entry 6 is not found among the payments by programs"));
}

TEST_F(ProgramReplayTest, LimitsNoOwnerCanSet) {
  ChangeEntry(6, [](StoredEntry* entry) { entry->mutable_program()->set_per_hour(1001); });
  EXPECT_THAT(Verify().faults, ElementsAre("entry 6 allows a program to pay 1001 an hour"));
}

TEST_F(ProgramReplayTest, AMintByAProgram) {
  ChangeEntry(2, [](StoredEntry* entry) { entry->mutable_program()->set_visitor(MemberId("carol")); });
  EXPECT_THAT(Verify().faults, Contains("entry 2 was made by a program, but is no transfer"));
}

TEST_F(ProgramReplayTest, APaymentPassedOffAsTheOwnersOwnAndTheOtherWayRound) {
  ChangeEntry(6, [](StoredEntry* entry) { entry->clear_program(); });
  EXPECT_THAT(Verify().faults, ElementsAre("there are 2 payments by programs, but the journal has 1"));
  ChangeEntry(3, [](StoredEntry* entry) {
    entry->mutable_program()->set_visitor(MemberId("carol"));
    entry->mutable_program()->set_per_hour(20);
    entry->mutable_program()->set_per_recipient(10);
  });
  EXPECT_THAT(Verify().faults, ElementsAre("entry 3 is not found among the payments by programs"));
}

TEST_F(ProgramReplayTest, TimesAndAmountsAtTheirEndsAreJudgedToo) {
  ChangeEntry(5, [](StoredEntry* entry) { entry->set_zoobars(std::numeric_limits<std::int64_t>::max()); });
  ChangeEntry(6, [](StoredEntry* entry) { entry->set_time_ms(std::numeric_limits<std::int64_t>::min()); });
  EXPECT_THAT(Verify().faults, Contains("entry 5 exceeds the 20 that a program may pay in an hour"));
}

TEST_F(ProgramReplayTest, AnIndexThatSaysLessThanWasPaid) {
  Tamper([this](WriteTransaction& tx) {
    std::string payment(*tx.Get(table("spending"), MemberId("alice") + NumberKey(6)));
    payment[15] = 1;  // the last byte of the zoobars
    tx.Put(table("spending"), MemberId("alice") + NumberKey(6), payment);
  });
  EXPECT_THAT(Verify().faults, ElementsAre("entry 6 is not found among the payments by programs"));
}

TEST_F(ProgramReplayTest, ADamagedPaymentIsAnErrorToTheProgramThatPaysNext) {
  for (const std::string& damage : {std::string(), std::string(31, 'x'), std::string(32, '\0'), std::string(32, 'x')}) {
    Tamper([&](WriteTransaction& tx) { tx.Put(table("spending"), MemberId("alice") + NumberKey(6), damage); });
    EXPECT_FALSE(WaitFor(loop_, ledger_->Send(PayByProgram("7", "alice", "bob", 1))).ok());
  }
  EXPECT_EQ(Send("8", "alice", "bob", 1).outcome, Outcome::kSent);
}

TEST_F(LedgerReplayTest, NeverMoreFaultsThanTheBound) {
  for (int i = 0; i < 50; ++i) OpenAccount(fmt::format("m{}", i));
  for (int i = 0; i < 50; ++i) {
    ChangeAccount(fmt::format("m{}", i), [](StoredBankAccount* account) { account->set_zoobars(kHuge); });
  }
  const Ledger::Audit audit = Verify();
  EXPECT_EQ(audit.faults.size(), Ledger::kMaxFaults);
}

// ---- the ledger itself, with damaged values: always an Error, never a crash or a wrong answer

TEST_F(LedgerReplayTest, DamagedAccountsAreErrorsToWhoAsks) {
  Tamper([this](WriteTransaction& tx) { tx.Put(table("accounts"), MemberId("bob"), "\xff\xff"); });
  const std::string bob = MemberId("bob");
  auto balances = ledger_->Balances({bob});
  ASSERT_FALSE(balances.ok());
  EXPECT_THAT(balances.error().text, HasSubstr("accounts: the entry 626f62"));
  auto judged = WaitFor(loop_, ledger_->Send(Pay("3", "alice", "bob", 1)));
  EXPECT_FALSE(judged.ok());
  EXPECT_FALSE(ledger_->Journal(bob, 0, 10).ok());
  EXPECT_EQ(Balance("alice"), 20);
  EXPECT_THAT(Verify().faults, Contains(HasSubstr("is damaged")));
}

TEST_F(LedgerReplayTest, AnActThatLeadsNowhereIsAnError) {
  Tamper([this](WriteTransaction& tx) { tx.Put(table("acts"), ActOf("3"), NumberKey(99)); });
  EXPECT_FALSE(WaitFor(loop_, ledger_->Send(Pay("3", "alice", "bob", 1))).ok());
  Tamper([this](WriteTransaction& tx) { tx.Put(table("acts"), ActOf("3"), "odd"); });
  EXPECT_FALSE(WaitFor(loop_, ledger_->Send(Pay("3", "alice", "bob", 1))).ok());
}

TEST_F(LedgerReplayTest, ANameThatLeadsNowhereIsAnError) {
  Tamper([this](WriteTransaction& tx) { tx.Put(table("names"), "nobody", "odd"); });
  EXPECT_FALSE(ledger_->Find({"nobody"}).ok());
  EXPECT_TRUE(ledger_->Find({"alice"}).ok());
}

TEST_F(LedgerReplayTest, AnIndexThatLeadsNowhereIsAnError) {
  Tamper([this](WriteTransaction& tx) { tx.Put(table("by_member"), MemberId("alice") + NumberKey(99), {}); });
  EXPECT_FALSE(ledger_->Journal(MemberId("alice"), 0, 10).ok());
}

}  // namespace
}  // namespace zoobar
