// Forged statements: each is refused by the offline check with the journal's key.
#include <gmock/gmock.h>

#include <functional>
#include <random>

#include "journal/small_journal.h"
#include "journal/statement_check.h"

namespace zoobar::journal {
namespace {

constexpr int kForgeries = 1400;

class Forger {
 public:
  Forger()
      : journal_(300),
        forked_(300, 40),
        key_("zoobar-journal-77", Bytes(32, 'k')),
        own_key_("zoobar-journal-77", Bytes(32, 'm')),
        random_(1) {}

  Statement Honest() {
    const std::uint64_t size = 60 + Below(journal_.size() - 60);
    Statement statement = journal_.StatementOf(Pick({"alice", "bob", "carol", "dave"}), key_, size);
    if (Below(2) == 0) *statement.mutable_consistency() = journal_.Consistency(1 + Below(size), size);
    return statement;
  }
  const PublicKey& key() const { return key_.open(); }

  // Changes the statement, or returns another text than its JSON.
  std::string Forge(int kind, Statement statement) {
    if (kind == 0) return Flipped(StatementJson(statement));
    kForgers[static_cast<std::size_t>(kind)](*this, statement);
    return StatementJson(statement);
  }
  static int kinds() { return static_cast<int>(kForgers.size()); }

 private:
  using Change = std::function<void(Forger&, Statement&)>;

  std::uint64_t Below(std::uint64_t end) { return std::uniform_int_distribution<std::uint64_t>(0, end - 1)(random_); }
  std::string Pick(const std::vector<std::string>& from) { return from[Below(from.size())]; }
  std::string Flipped(std::string text) {
    const std::uint64_t bit = Below(8 * text.size());
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << bit % 8));
    return text;
  }
  int Inner(const Statement& statement) {  // neither the first nor the last
    return 1 + static_cast<int>(Below(static_cast<std::uint64_t>(statement.entries_size()) - 2));
  }
  StatementEntry& Any(Statement& statement) { return *statement.mutable_entries(Inner(statement)); }
  static void Remove(Statement& statement, int index) { statement.mutable_entries()->DeleteSubrange(index, 1); }

  // Repairs what can be repaired without the tree: the counts and the balances.
  static void Repair(Statement& statement) {
    std::int64_t balance = 0;
    std::uint64_t ordinal = 0;
    for (StatementEntry& entry : *statement.mutable_entries()) {
      balance += entry.recipient() == statement.member() ? entry.zoobars() : -entry.zoobars();
      entry.set_balance(balance);
      entry.set_ordinal(++ordinal);
    }
  }
  Statement Other(const Statement& statement) {
    const std::uint64_t size = OpenCheckpoint(statement.checkpoint(), key_.open())->size;
    return journal_.StatementOf(statement.name() == "bob" ? "carol" : "bob", key_, size);
  }

  static const std::vector<Change> kForgers;

  SmallJournal journal_, forked_;
  SigningKey key_, own_key_;
  std::mt19937 random_;
};

const std::vector<Forger::Change> Forger::kForgers = {
    [](Forger&, Statement&) {},  // 0: a flipped bit of the file
    [](Forger& f, Statement& s) { f.Any(s).set_zoobars(f.Any(s).zoobars() + 1 + static_cast<int>(f.Below(1000))); },
    [](Forger& f, Statement& s) { f.Any(s).set_balance(static_cast<std::int64_t>(f.Below(1'000'000)) + 100'000); },
    [](Forger& f, Statement& s) {
      StatementEntry& entry = f.Any(s);
      entry.set_zoobars(entry.zoobars() + 1 + static_cast<int>(f.Below(9)));
      Repair(s);
    },
    [](Forger& f, Statement& s) {
      StatementEntry& entry = f.Any(s);
      (entry.recipient() == s.member() ? *entry.mutable_sender_name() : *entry.mutable_recipient_name()) += "x";
    },
    [](Forger& f, Statement& s) { f.Any(s).set_sender_name("mallory"); },
    [](Forger& f, Statement& s) { s.set_name(f.Pick({"mallory", "Alice", "alice ", "b"})); },
    [](Forger& f, Statement& s) {
      const int index = f.Inner(s);
      s.mutable_entries()->SwapElements(index, index - 1);
    },
    [](Forger& f, Statement& s) {
      const int index = f.Inner(s);
      s.mutable_entries()->SwapElements(index, index - 1);
      Repair(s);
    },
    [](Forger& f, Statement& s) { Remove(s, f.Inner(s)); },
    [](Forger& f, Statement& s) {
      Remove(s, f.Inner(s));
      Repair(s);
    },
    [](Forger& f, Statement& s) { *s.mutable_entries(f.Inner(s)) = f.Other(s).entries(1); },
    [](Forger& f, Statement& s) {
      const Statement other = f.Other(s);
      s.set_member(other.member());
    },
    [](Forger& f, Statement& s) { *s.mutable_entries() = f.Other(s).entries(); },
    [](Forger& f, Statement& s) {
      const int index = f.Inner(s);
      s.mutable_entries(index)->mutable_proof()->Swap(s.mutable_entries(index + 1)->mutable_proof());
    },
    [](Forger& f, Statement& s) { f.Any(s).mutable_proof()->RemoveLast(); },
    [](Forger& f, Statement& s) { f.Any(s).add_proof(std::string(kHashBytes, 'h')); },
    [](Forger& f, Statement& s) { f.Any(s).set_proof(0, f.Flipped(f.Any(s).proof(0))); },
    [](Forger& f, Statement& s) { f.Any(s).set_time_ms(f.Any(s).time_ms() + 1 + static_cast<int>(f.Below(99'999))); },
    [](Forger& f, Statement& s) {
      StatementEntry& entry = f.Any(s);
      entry.set_by_program(!entry.by_program());
    },
    [](Forger& f, Statement& s) {
      const int index = f.Inner(s);
      *s.add_entries() = s.entries(index);
    },
    [](Forger& f, Statement& s) { f.Any(s).set_number(f.Any(s).number() + 1); },
    [](Forger& f, Statement& s) {
      StatementEntry& entry = f.Any(s);
      entry.set_salt(f.Flipped(entry.salt()));
    },
    [](Forger& f, Statement& s) {
      StatementEntry& entry = f.Any(s);
      entry.set_other_side(f.Flipped(entry.other_side()));
    },
    [](Forger& f, Statement& s) {
      StatementEntry& entry = f.Any(s);
      entry.set_stored(f.Flipped(entry.stored()));
    },
    [](Forger& f, Statement& s) {  // receives what it paid
      StatementEntry& entry = f.Any(s);
      entry.mutable_sender()->swap(*entry.mutable_recipient());
      entry.mutable_sender_name()->swap(*entry.mutable_recipient_name());
      Repair(s);
    },
    [](Forger& f, Statement& s) {  // a history of its own, signed with a key of its own
      s = f.forked_.StatementOf(s.name(), f.own_key_, 250);
    },
    [](Forger& f, Statement& s) {  // the same, and the journal's key beside it
      s = f.forked_.StatementOf(s.name(), f.own_key_, 250);
      s.set_key(f.key_.open().Text());
    },
    [](Forger& f, Statement& s) {  // the same under the journal's own head
      const Statement forged = f.forked_.StatementOf(s.name(), f.own_key_, 250);
      s = f.journal_.StatementOf(s.name(), f.key_, 250);
      *s.mutable_entries() = forged.entries();
    },
    [](Forger& f, Statement& s) {  // a head of another size
      s.set_checkpoint(f.journal_.Checkpoint(f.key_, 59));
    },
    [](Forger& f, Statement& s) {  // a head with another root under the old signature
      const std::string forged = f.forked_.Checkpoint(f.key_, 250), honest = f.journal_.Checkpoint(f.key_, 250);
      s = f.journal_.StatementOf(s.name(), f.key_, 250);
      s.set_checkpoint(forged.substr(0, forged.find("\n\n")) + honest.substr(honest.find("\n\n")));
    },
    [](Forger& f, Statement& s) {  // a payment that never was
      StatementEntry& entry = *s.add_entries();
      entry = s.entries(f.Inner(s));
      entry.set_number(s.entries(s.entries_size() - 2).number() + 1);
      Repair(s);
    },
    [](Forger& f, Statement& s) { f.Any(s).set_kind(1 + 2 * static_cast<std::uint32_t>(f.Below(2))); },
    [](Forger& f, Statement& s) { *s.mutable_consistency() = f.forked_.Consistency(200, 250); },
    [](Forger& f, Statement& s) {
      s = f.journal_.StatementOf(s.name(), f.key_, 250);
      *s.mutable_consistency() = f.journal_.Consistency(100 + f.Below(20), 250);
      s.mutable_consistency()->set_old_size(99 - f.Below(20));
    },
    [](Forger& f, Statement& s) { f.Any(s).set_ordinal(f.Below(2) == 0 ? 0 : f.Any(s).ordinal() + 1); },
    [](Forger&, Statement& s) {  // begins with the second entry and calls it the first
      Remove(s, 0);
      Repair(s);
    },
    [](Forger&, Statement& s) { s.set_format("zoobar statement 2"); },
};

TEST(Forgeries, AreAllRefused) {
  Forger forger;
  int made = 0;
  for (int i = 0; i < kForgeries; ++i) {
    const Statement honest = forger.Honest();
    CheckAgainst against;
    against.key = forger.key();
    const Result<Checked> sound = CheckStatement(honest, against);
    ASSERT_TRUE(sound.ok()) << sound.error().text;
    // A third of them are changes of one bit of the file.
    const int kind = i % 3 == 0 ? 0 : 1 + i % (Forger::kinds() - 1);
    const std::string forged = forger.Forge(kind, honest);
    if (forged == StatementJson(honest)) continue;
    ++made;
    const Result<Statement> read = ReadStatement(forged);
    EXPECT_FALSE(read.ok() && CheckStatement(*read, against).ok()) << "kind " << kind << "\n" << forged;
    if (HasFailure()) break;
  }
  EXPECT_GE(made, 1000);
}

}  // namespace
}  // namespace zoobar::journal
