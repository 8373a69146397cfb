// The table of names, also in ledgers that were made before it existed.
#include "ledger/ledger_fixture.h"
#include "store/keys.h"

namespace zoobar {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

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

// Makes an environment as an older zoobar did, without the tables names and spending.
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
  const TemporaryDirectory old;
  std::vector<std::string> names;
  for (int i = 0; i < 3000; ++i) names.push_back(fmt::format("m{}", i));
  MakeOldLedger(loop_, old.path(), names);
  Config::Store config;
  config.set_map_bytes(64 << 10);  // small, so that the map must grow while the names are added
  ledger_ = MustHave(Ledger::Open(loop_, old.path(), config));
  EXPECT_GT(ledger_->environment().usage().growths, 0u);
  for (const std::string& name : names) ASSERT_EQ(Found(name), MemberId(name));
  EXPECT_THAT(Verify().faults, ElementsAre());
  // From here on it works as any other ledger.
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

}  // namespace
}  // namespace zoobar
