// The offline check of a statement: what is sound, and what is refused.
#include "journal/statement_check.h"

#include <gmock/gmock.h>

#include "journal/small_journal.h"

namespace zoobar::journal {
namespace {

using testing::HasSubstr;

class StatementTest : public testing::Test {
 protected:
  StatementTest() : journal_(300), key_("zoobar-journal-77", Bytes(32, 'k')) {}

  // What `zoobar verify-statement --key` does with the text of a statement.
  Result<Checked> Check(const std::string& json, CheckAgainst against = {}) const {
    against.key = key_.open();
    const Result<Statement> statement = ReadStatement(json);
    if (!statement.ok()) return statement.error();
    return CheckStatement(*statement, against);
  }
  Result<Checked> Check(const Statement& statement, CheckAgainst against = {}) const {
    return Check(StatementJson(statement), std::move(against));
  }
  CheckAgainst After(Statement older) const {
    CheckAgainst against;
    against.older = Older{older.checkpoint(), std::move(older)};
    return against;
  }

  SmallJournal journal_;
  SigningKey key_;
};

TEST_F(StatementTest, AStatementOfEveryMemberIsSound) {
  for (const char* name : {"alice", "bob", "carol", "dave"}) {
    for (const std::uint64_t size : {4, 5, 17, 255, 256, 300}) {
      const Statement statement = journal_.StatementOf(name, key_, size);
      const Result<Checked> checked = Check(statement);
      ASSERT_TRUE(checked.ok()) << checked.error().text;
      EXPECT_EQ(checked->first, 1u);
      EXPECT_EQ(checked->last, static_cast<std::uint64_t>(statement.entries_size()));
      EXPECT_TRUE(checked->from_the_opening);
      EXPECT_TRUE(checked->key_known);
      EXPECT_EQ(checked->before, 0);
      EXPECT_EQ(checked->after, statement.entries(statement.entries_size() - 1).balance());
    }
  }
}

TEST_F(StatementTest, APartOfAStatementIsSoundAndSaysWhichPartItIs) {
  const Statement part = journal_.StatementOf("alice", key_, 300, 20, 30);
  ASSERT_EQ(part.entries_size(), 11);
  const Result<Checked> checked = Check(part);
  ASSERT_TRUE(checked.ok()) << checked.error().text;
  EXPECT_EQ(checked->first, 20u);
  EXPECT_EQ(checked->last, 30u);
  EXPECT_FALSE(checked->from_the_opening);
}

TEST_F(StatementTest, WithoutAKeyItSaysThatItKnowsNone) {
  const Result<Checked> checked = CheckStatement(journal_.StatementOf("alice", key_, 300), {});
  ASSERT_TRUE(checked.ok());
  EXPECT_FALSE(checked->key_known);
}

TEST_F(StatementTest, TheHistoryContinuesAnOlderStatement) {
  Statement newer = journal_.StatementOf("alice", key_, 300);
  for (const std::uint64_t size : {4, 16, 100, 299}) {
    *newer.mutable_consistency() = journal_.Consistency(size, 300);
    const Result<Checked> checked = Check(newer, After(journal_.StatementOf("alice", key_, size)));
    ASSERT_TRUE(checked.ok()) << checked.error().text;
    ASSERT_TRUE(checked->older);
    EXPECT_EQ(checked->older->size, size);
  }
  CheckAgainst apart = After(journal_.StatementOf("alice", key_, 100));
  apart.consistency = journal_.Consistency(100, 300);
  EXPECT_TRUE(Check(journal_.StatementOf("alice", key_, 300), apart).ok());
  apart.consistency.reset();
  const Result<Checked> without = Check(journal_.StatementOf("alice", key_, 300), apart);
  ASSERT_FALSE(without.ok());
  EXPECT_EQ(without.error().cause, Cause::kGone);
  EXPECT_THAT(without.error().text, HasSubstr("zoobar ctl journal proof 100 300"));
  EXPECT_TRUE(Check(newer, After(newer)).ok());
}

// A bank that shows two histories, both of them signed: what a taken bank and a taken notary together could make.
TEST_F(StatementTest, ASecondHistoryIsRefusedWhateverProofComesWithIt) {
  const SmallJournal other(300, 50);
  const Statement older = journal_.StatementOf("alice", key_, 100);
  Statement forged = other.StatementOf("alice", key_, 300);
  ASSERT_TRUE(Check(forged).ok()) << "each history alone is sound";
  for (const ConsistencyProof& proof : {other.Consistency(100, 300), journal_.Consistency(100, 300)}) {
    *forged.mutable_consistency() = proof;
    const Result<Checked> checked = Check(forged, After(older));
    EXPECT_FALSE(checked.ok());
  }
  ConsistencyProof mixed = other.Consistency(100, 300);
  mixed.set_old_root(journal_.Root(100).text());
  *forged.mutable_consistency() = mixed;
  EXPECT_FALSE(Check(forged, After(older)).ok());
  // Of one size, two roots.
  EXPECT_FALSE(Check(other.StatementOf("alice", key_, 300), After(journal_.StatementOf("alice", key_, 300))).ok());
  // A shorter history.
  EXPECT_FALSE(Check(journal_.StatementOf("alice", key_, 90), After(older)).ok());
}

TEST_F(StatementTest, AnOmittedEndIsSeenBesideAnOlderStatement) {
  Statement cut = journal_.StatementOf("alice", key_, 300, 1, 20);
  *cut.mutable_consistency() = journal_.Consistency(200, 300);
  EXPECT_TRUE(Check(cut).ok()) << "one statement alone does not show what comes after it";
  const Result<Checked> checked = Check(cut, After(journal_.StatementOf("alice", key_, 200)));
  ASSERT_FALSE(checked.ok());
  EXPECT_THAT(checked.error().text, HasSubstr("goes to entry"));
}

TEST_F(StatementTest, AnotherMembersStatementIsNoOlderOne) {
  Statement newer = journal_.StatementOf("alice", key_, 300);
  *newer.mutable_consistency() = journal_.Consistency(200, 300);
  EXPECT_FALSE(Check(newer, After(journal_.StatementOf("bob", key_, 200))).ok());
}

TEST_F(StatementTest, EntriesOlderThanTheTreeAreCountedFromTheFirstCountedOne) {
  Checked checked{.key = key_.open(), .checkpoint = {}};
  EXPECT_EQ(checked.first, 0u);
  Statement statement = journal_.StatementOf("alice", key_, 300);
  statement.mutable_entries(3)->set_ordinal(0);  // its leaf says 4
  EXPECT_FALSE(Check(statement).ok());
}

TEST_F(StatementTest, JsonIsReadInOneFormOnly) {
  const std::string json = StatementJson(journal_.StatementOf("alice", key_, 60));
  ASSERT_TRUE(Check(json).ok());
  EXPECT_FALSE(Check(json + " ").ok());
  EXPECT_FALSE(Check(" " + json).ok());
  EXPECT_FALSE(Check(json.substr(0, json.size() - 1)).ok());
  std::string twice = json;
  twice.insert(2, " \"name\": \"mallory\",\n");
  EXPECT_FALSE(Check(twice).ok());
  EXPECT_FALSE(Check("").ok());
  EXPECT_FALSE(Check("{}").ok());
  EXPECT_FALSE(Check("[]").ok());
  EXPECT_FALSE(Check(std::string(100'000, '[')).ok());
  std::string deep;
  for (int i = 0; i < 50'000; ++i) deep += "{\"consistency\":";
  EXPECT_FALSE(Check(deep).ok());
  EXPECT_FALSE(Check(std::string(kMostStatementBytes + 1, ' ')).ok());
  EXPECT_FALSE(Check(std::string("{\"name\": \"\xff\"}\n")).ok());
}

TEST_F(StatementTest, NamesOfAllKindsComeBackAsTheyWere) {
  Statement statement;
  statement.set_name("a\"b\\c\n\t\x01\x7f é 名 </script>");
  const Result<Statement> read = ReadStatement(StatementJson(statement));
  ASSERT_TRUE(read.ok()) << read.error().text;
  EXPECT_EQ(read->name(), statement.name());
}

TEST_F(StatementTest, CsvQuotesCellsAndDisarmsFormulas) {
  Statement statement;
  statement.set_member("me");
  const auto add = [&statement](const std::string& from, std::int64_t zoobars) {
    StatementEntry& entry = *statement.add_entries();
    entry.set_number(static_cast<std::uint64_t>(statement.entries_size()));
    entry.set_kind(from.empty() ? kKindMint : kKindTransfer);
    entry.set_sender(from.empty() ? "" : "other");
    entry.set_sender_name(from);
    entry.set_recipient("me");
    entry.set_recipient_name("me");
    entry.set_zoobars(zoobars);
    entry.set_balance(zoobars);
  };
  add("", 10);
  add("=HYPERLINK(\"http://x\",\"y\")", 1);
  add("+1", 2);
  add("-1", 3);
  add("@sum", 4);
  add("\ttab", 5);
  add("a,b", 6);
  EXPECT_EQ(StatementCsv(statement),
            "entry,time,from,to,received,sent,balance,by program,note\r\n"
            "1,1970-01-01T00:00:00Z,(account opened),me,10,,10,,\r\n"
            "2,1970-01-01T00:00:00Z,\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\",me,1,,1,,\r\n"
            "3,1970-01-01T00:00:00Z,'+1,me,2,,2,,\r\n"
            "4,1970-01-01T00:00:00Z,'-1,me,3,,3,,\r\n"
            "5,1970-01-01T00:00:00Z,'@sum,me,4,,4,,\r\n"
            "6,1970-01-01T00:00:00Z,'\ttab,me,5,,5,,\r\n"
            "7,1970-01-01T00:00:00Z,\"a,b\",me,6,,6,,\r\n");
}

TEST_F(StatementTest, CsvSaysWhatTheEntriesOfOffersAndCorrectionsAre) {
  Statement statement;
  const auto add = [&statement](std::uint32_t kind, std::uint64_t about, const std::string& note) {
    StatementEntry& entry = *statement.add_entries();
    entry.set_number(10 + static_cast<std::uint64_t>(statement.entries_size()));
    entry.set_kind(kind);
    entry.set_sender("alice");
    entry.set_sender_name("alice");
    entry.set_recipient("bob");
    entry.set_recipient_name("bob");
    entry.set_zoobars(5);
    entry.set_balance(7);
    entry.set_about(about);
    entry.set_note(note);
  };
  add(kKindCorrection, 4, "=paid, \"twice\"");
  add(kKindOffer, 0, "");
  add(kKindAccepted, 12, "");
  add(kKindOffer, 0, "for lunch");
  add(kKindReturned, 14, "expired");
  const auto of = [&statement](const std::string& member) {
    statement.set_member(member);
    return StatementCsv(statement);
  };
  EXPECT_EQ(of("alice"),
            "entry,time,from,to,received,sent,balance,by program,note\r\n"
            "11,1970-01-01T00:00:00Z,alice,bob,,5,7,,\"correction of entry 4: =paid, \"\"twice\"\"\"\r\n"
            "12,1970-01-01T00:00:00Z,alice,bob,,5,7,,offer 12\r\n"
            "13,1970-01-01T00:00:00Z,alice,bob,,,7,,offer 12 accepted\r\n"
            "14,1970-01-01T00:00:00Z,alice,bob,,5,7,,offer 14: for lunch\r\n"
            "15,1970-01-01T00:00:00Z,alice,bob,5,,7,,offer 14 returned (expired)\r\n");
  EXPECT_EQ(of("bob"),
            "entry,time,from,to,received,sent,balance,by program,note\r\n"
            "11,1970-01-01T00:00:00Z,alice,bob,5,,7,,\"correction of entry 4: =paid, \"\"twice\"\"\"\r\n"
            "12,1970-01-01T00:00:00Z,alice,bob,,,7,,offer 12\r\n"
            "13,1970-01-01T00:00:00Z,alice,bob,5,,7,,offer 12 accepted\r\n"
            "14,1970-01-01T00:00:00Z,alice,bob,,,7,,offer 14: for lunch\r\n"
            "15,1970-01-01T00:00:00Z,alice,bob,,,7,,offer 14 returned (expired)\r\n");
}

TEST_F(StatementTest, JsonHasTheFieldsOfTheNewerKindsOnlyIfTheyAreSet) {
  Statement statement;
  StatementEntry& entry = *statement.add_entries();
  entry.set_kind(kKindTransfer);
  for (const char* name : {"about", "note", "expires_ms"}) {
    EXPECT_THAT(StatementJson(statement), testing::Not(HasSubstr(name)));
  }
  entry.add_proof("hash");
  entry.set_about(1);
  entry.set_note("a \"note\"\n");
  entry.set_expires_ms(2);
  const std::string json = StatementJson(statement);
  EXPECT_THAT(json,
              HasSubstr("],\n   \"about\": \"1\",\n   \"note\": \"a \\\"note\\\"\\n\",\n   \"expires_ms\": \"2\"\n"));
  const Result<Statement> read = ReadStatement(json);
  ASSERT_TRUE(read.ok()) << read.error().text;
  EXPECT_EQ(read->entries(0).note(), entry.note());
  EXPECT_EQ(read->entries(0).expires_ms(), 2);
}

}  // namespace
}  // namespace zoobar::journal
