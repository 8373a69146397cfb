// The journal's tree in the ledger: its heads, its statements, and ledgers that were made before it existed.
#include <chrono>

#include "journal/statement_check.h"
#include "journal/statement_text.h"
#include "ledger/ledger_fixture.h"
#include "store/keys.h"

namespace zoobar {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class LedgerTreeTest : public LedgerTest {
 protected:
  LedgerTreeTest() : key_("zoobar-journal-1", Bytes(32, 'k')) {}

  // Two members who pay each other, until the journal has so many entries.
  void Grow(std::uint64_t entries) {
    if (size_ == 0) {
      OpenAccount("alice", 100'000);
      OpenAccount("bob", 100'000);
      size_ = 2;
    }
    for (; size_ < entries; ++size_) {
      Send("act " + std::to_string(size_), size_ % 2 ? "alice" : "bob", size_ % 2 ? "bob" : "alice", 3);
    }
  }
  Ledger::Head Head(std::uint64_t old_size = 0, std::uint64_t size = 0) {
    auto head = ledger_->TreeHead(old_size, size);
    EXPECT_TRUE(head.ok()) << head.error().text;
    return head.ok() ? *head : Ledger::Head{};
  }
  Statement StatementOf(const std::string& name, std::uint64_t before = 0, std::size_t limit = 1000) {
    const Ledger::Head head = Head();
    Ledger::StatementAsk ask{.member = MemberId(name), .size = head.size, .before = before, .limit = limit};
    auto part = WaitFor(loop_, ledger_->Statement(std::move(ask)));
    EXPECT_TRUE(part.ok()) << part.error().text;
    Statement statement;
    if (!part.ok()) return statement;
    statement.set_format(std::string(journal::kStatementFormat));
    statement.set_key(key_.open().Text());
    statement.set_checkpoint(key_.Sign(head.size, head.root, 1'700'000'000));
    statement.set_member(MemberId(name));
    statement.set_name(part->name);
    for (StatementEntry& entry : part->entries) *statement.add_entries() = entry;
    return statement;
  }
  Result<journal::Checked> Check(const Statement& statement) {
    journal::CheckAgainst against;
    against.key = key_.open();
    return journal::CheckStatement(statement, against);
  }
  // Makes the store what a zoobar without the tree would have written.
  void ForgetTree(bool counts) {
    Tamper([this, counts](WriteTransaction& tx) {
      for (const std::string& key : KeysWithPrefix(tx, table("tree"), "")) tx.Delete(table("tree"), key);
      if (!counts) return;
      for (const std::string& number : KeysWithPrefix(tx, table("journal"), "")) {
        StoredEntry entry;
        tx.GetMessage(table("journal"), number, &entry);
        entry.clear_sender_ordinal();
        entry.clear_recipient_ordinal();
        entry.clear_sender_name();
        entry.clear_recipient_name();
        tx.PutMessage(table("journal"), number, entry);
      }
      for (const std::string& member : KeysWithPrefix(tx, table("accounts"), "")) {
        StoredBankAccount account;
        tx.GetMessage(table("accounts"), member, &account);
        account.clear_entries();
        tx.PutMessage(table("accounts"), member, account);
      }
    });
  }

  journal::SigningKey key_;
  std::uint64_t size_ = 0;
};

TEST_F(LedgerTreeTest, HeadsContinueEachOtherAtAllSizes) {
  std::vector<Ledger::Head> heads = {Head()};
  EXPECT_EQ(heads[0].root, journal::Sha256({}));
  for (std::uint64_t size = 2; size <= 300; size += size < 40 ? 1 : 13) {
    Grow(size);
    const Ledger::Head last = heads.back(), head = Head(last.size);
    EXPECT_EQ(head.size, size);
    EXPECT_EQ(head.old_root, last.root);
    EXPECT_TRUE(journal::CheckConsistency(last.size, last.root, head.size, head.root, head.proof).ok()) << size;
    heads.push_back(head);
  }
  for (const Ledger::Head& head : heads) {
    if (head.size == 0) continue;
    EXPECT_EQ(Head(0, head.size).root, head.root) << head.size;  // the older sizes can be asked for again
  }
  const Ledger::Audit audit = Verify();
  EXPECT_THAT(audit.faults, ElementsAre());
  EXPECT_EQ(audit.root, heads.back().root);
  Open();
  EXPECT_EQ(Head().root, heads.back().root);
  EXPECT_FALSE(ledger_->TreeHead(0, size_ + 1).ok());
  EXPECT_EQ(Head(size_ + 7).size, size_);
}

TEST_F(LedgerTreeTest, StatementsOfTheLedgerAreSound) {
  Grow(270);
  Send(PayByProgram("by program", "alice", "bob", 2));
  for (const char* name : {"alice", "bob"}) {
    const Statement statement = StatementOf(name);
    const auto checked = Check(statement);
    ASSERT_TRUE(checked.ok()) << checked.error().text;
    EXPECT_EQ(checked->first, 1u);
    EXPECT_EQ(checked->last, 270u);  // of the 271 entries, one opened the other's account
    EXPECT_EQ(checked->after, Balance(name));
    EXPECT_TRUE(statement.entries(269).by_program());
    EXPECT_EQ(checked->uncounted, 0u);
  }
}

// The note, and what an entry is about, are proved too.
TEST_F(LedgerTreeTest, StatementsWithOffersAndCorrectionsAreSoundAndBound) {
  Grow(20);
  std::vector<std::uint64_t> offers;
  for (const char* act : {"offer 1", "offer 2"}) {
    Ledger::Transfer offer = Pay(act, "alice", "bob", 7);
    offer.offer = Ledger::AsOffer{.note = "for lunch", .expires_ms = offer.time_ms + 1000};
    offers.push_back(Send(std::move(offer)).entry);
  }
  const auto end = [this](const char* act, std::uint64_t offer, OfferEnd how) {
    Ledger::Settlement settlement{
        .member = MemberId("bob"), .act = ActOf(act), .offer = offer, .end = how, .time_ms = 1'700'000'000'001};
    return WaitFor(loop_, ledger_->Settle(std::move(settlement)))->entry;
  };
  const std::uint64_t accepted = end("accept", offers[0], OFFER_END_ACCEPT);
  end("decline", offers[1], OFFER_END_DECLINE);
  Ledger::Correction correction{
      .entry = accepted, .reason = "paid twice", .act = ActOf("correct"), .time_ms = 1'700'000'000'002};
  ASSERT_EQ(WaitFor(loop_, ledger_->Correct(std::move(correction)))->refused, "");
  for (const char* name : {"alice", "bob"}) {
    const Statement statement = StatementOf(name);
    const auto checked = Check(statement);
    ASSERT_TRUE(checked.ok()) << checked.error().text;
    EXPECT_EQ(checked->after, Balance(name));
    const auto read = journal::ReadStatement(journal::StatementJson(statement));
    ASSERT_TRUE(read.ok()) << read.error().text;
    EXPECT_TRUE(Check(*read).ok());
    for (int back = 1; back <= 5; ++back) {
      const int i = statement.entries_size() - back;
      Statement other = statement;
      other.mutable_entries(i)->set_note("another note");
      EXPECT_FALSE(Check(other).ok()) << back;
      other = statement;
      other.mutable_entries(i)->set_about(statement.entries(i).about() + 1);
      EXPECT_FALSE(Check(other).ok()) << back;
      other = statement;
      other.mutable_entries(i)->set_expires_ms(statement.entries(i).expires_ms() + 1);
      EXPECT_FALSE(Check(other).ok()) << back;
      other = statement;
      other.mutable_entries(i)->set_kind(statement.entries(i).kind() == 3 ? 2 : 3);
      EXPECT_FALSE(Check(other).ok()) << back;
    }
  }
}

TEST_F(LedgerTreeTest, AStatementComesInParts) {
  Grow(60);
  const Statement newest = StatementOf("alice", 0, 20);
  ASSERT_EQ(newest.entries_size(), 20);
  const Statement older = StatementOf("alice", newest.entries(0).number(), 20);
  const auto first = Check(older), second = Check(newest);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(first->last + 1, second->first);
  EXPECT_EQ(first->after, second->before);
  Ledger::StatementAsk ask{.member = MemberId("alice"), .size = 60, .limit = 20, .summary = true};
  auto summary = WaitFor(loop_, ledger_->Statement(ask));
  ASSERT_TRUE(summary.ok());
  EXPECT_TRUE(summary->more);
  ASSERT_EQ(summary->entries.size(), 1u);
  EXPECT_EQ(summary->entries[0].number(), newest.entries(0).number());
  Ledger::StatementAsk nobody{.member = MemberId("nobody"), .size = 60, .limit = 20};
  auto none = WaitFor(loop_, ledger_->Statement(nobody));
  ASSERT_TRUE(none.ok());
  EXPECT_EQ(none->name, "");
}

// Neither the other member's balance nor the act's id is in a statement.
TEST_F(LedgerTreeTest, AStatementDoesNotTellTheOtherMembersBalance) {
  OpenAccount("alice", 10);
  OpenAccount("bob", 987'654'321);
  Send("1", "alice", "bob", 3);
  const std::string json = journal::StatementJson(StatementOf("alice"));
  EXPECT_EQ(json.find("98765432"), std::string::npos);
  EXPECT_EQ(json.find(journal::ToBase64(ActOf("1")).substr(0, 8)), std::string::npos);
}

TEST_F(LedgerTreeTest, AJournalWithoutATreeGetsOne) {
  Grow(700);
  const journal::Hash root = Head().root;
  ForgetTree(false);
  Open();
  EXPECT_FALSE(ledger_->TreeHead(0, 0).ok()) << "a head of a tree that is not complete";
  Grow(705);  // transfers go on meanwhile
  ASSERT_TRUE(WaitFor(loop_, ledger_->CompleteTree()).ok());
  EXPECT_EQ(Head(0, 700).root, root);
  EXPECT_THAT(Verify().faults, ElementsAre());
  ASSERT_TRUE(WaitFor(loop_, ledger_->CompleteTree()).ok());
}

// The pieces and the transfers between them fit together, wherever a transfer completes a subtree.
TEST_F(LedgerTreeTest, TransfersBetweenThePiecesDoNoHarm) {
  Grow(2100);
  ForgetTree(false);
  bool ended = false;
  auto complete = [](Ledger& ledger, bool* done) -> Task<void> {
    auto completing = ledger.CompleteTree();
    const Status completed = co_await completing;
    EXPECT_TRUE(completed.ok());
    *done = true;
  };
  Spawn(complete(*ledger_, &ended));
  for (std::uint64_t size = size_ + 1; !ended || size < 2320; ++size) Grow(size);
  EXPECT_THAT(Verify().faults, ElementsAre());
  EXPECT_EQ(Head().size, size_);
}

TEST_F(LedgerTreeTest, EntriesFromBeforeTheTreeAreCountedByTheNextOne) {
  Grow(50);
  ForgetTree(true);
  Open();
  ASSERT_THAT(Verify().faults, ElementsAre());
  auto checked = Check(StatementOf("alice"));
  ASSERT_TRUE(checked.ok()) << checked.error().text;
  EXPECT_EQ(checked->uncounted, 49u);
  EXPECT_EQ(checked->last, 49u);  // from the opening on, by the balances alone
  Grow(52);
  ASSERT_THAT(Verify().faults, ElementsAre());
  const Statement statement = StatementOf("alice");
  EXPECT_EQ(statement.entries(50).ordinal(), 51u);
  EXPECT_EQ(statement.entries(10).sender_name(), "");
  checked = Check(statement);
  ASSERT_TRUE(checked.ok()) << checked.error().text;
  EXPECT_EQ(checked->first, 1u);
  EXPECT_EQ(checked->last, 51u);
  EXPECT_EQ(checked->uncounted, 49u);
  // One of the old ones is left out.
  Statement cut = statement;
  cut.mutable_entries()->DeleteSubrange(10, 1);
  EXPECT_FALSE(Check(cut).ok());
}

TEST_F(LedgerTreeTest, VerifyFindsEntriesThatTheTreeDoesNotHave) {
  Grow(40);
  Tamper([this](WriteTransaction& tx) {
    StoredEntry entry;
    tx.GetMessage(table("journal"), NumberKey(5), &entry);
    entry.set_time_ms(1);  // no balance depends on it
    tx.PutMessage(table("journal"), NumberKey(5), entry);
  });
  EXPECT_THAT(Verify().faults, ElementsAre(HasSubstr("the 16 entries up to entry 16 were others")));
}

TEST_F(LedgerTreeTest, VerifyFindsWrongCountsAndNames) {
  Grow(20);
  Tamper([this](WriteTransaction& tx) {
    StoredEntry entry;
    tx.GetMessage(table("journal"), NumberKey(18), &entry);
    entry.set_sender_ordinal(3);
    entry.set_recipient_name("mallory");
    tx.PutMessage(table("journal"), NumberKey(18), entry);
    StoredBankAccount account;
    tx.GetMessage(table("accounts"), MemberId("bob"), &account);
    account.set_entries(99);
    tx.PutMessage(table("accounts"), MemberId("bob"), account);
  });
  EXPECT_THAT(Verify().faults, testing::UnorderedElementsAre(HasSubstr("entry 18 counts as entry 3"),
                                                             HasSubstr("entry 18 has another name"),
                                                             HasSubstr("counts 99 entries, but the journal has 19")));
}

// A journal that is damaged still takes transfers; the tree must not stop them.
TEST_F(LedgerTreeTest, ADamagedEntryDoesNotStopTransfers) {
  Grow(10);
  Tamper([this](WriteTransaction& tx) {
    tx.Put(table("journal"), NumberKey(4), "\xff\xff");
    tx.Delete(table("journal"), NumberKey(6));
  });
  Grow(40);
  EXPECT_FALSE(ledger_->TreeHead(0, 0).ok());
  EXPECT_FALSE(Verify().sound());
}

TEST_F(LedgerTreeTest, AnOlderZoobarDoesNotAddEntriesToAJournalWithATree) {
  Grow(3);
  ledger_.reset();
  EnvironmentOptions options;
  options.folder = folder_.path();
  options.kind = "bank";
  options.format = 1;
  EXPECT_FALSE(Environment::Open(loop_, std::move(options)).ok());
}

}  // namespace
}  // namespace zoobar
