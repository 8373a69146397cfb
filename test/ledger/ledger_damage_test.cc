// Entries that are damaged: they parse, or their keys look right, but no ledger wrote them.
#include "ledger/ledger_fixture.h"
#include "store/keys.h"

namespace zoobar {
namespace {

using testing::HasSubstr;

constexpr std::int64_t kTime = 1'700'000'000'000;
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max(),
                       kLeast = std::numeric_limits<std::int64_t>::min();

class LedgerDamageTest : public LedgerTest {
 protected:
  void SetUp() override {
    LedgerTest::SetUp();
    for (const char* name : {"alice", "bob"}) OpenAccount(name);
  }
  // alice offers bob three zoobars. Returns the number of the entry.
  std::uint64_t Offer() {
    Ledger::Transfer offer = Pay("offer", "alice", "bob", 3);
    offer.offer = {.note = "", .expires_ms = kTime + Ledger::kHourMs};
    return Send(std::move(offer)).entry;
  }
  void SetBalance(std::string_view name, std::int64_t zoobars) {
    Tamper([this, name, zoobars](WriteTransaction& tx) {
      StoredBankAccount account = *tx.GetMessage<StoredBankAccount>(table("accounts"), MemberId(name));
      account.set_zoobars(zoobars);
      tx.PutMessage(table("accounts"), MemberId(name), account);
    });
  }
  void SetAmount(std::uint64_t number, std::int64_t zoobars) {
    Tamper([this, number, zoobars](WriteTransaction& tx) {
      StoredEntry entry = *tx.GetMessage<StoredEntry>(table("journal"), NumberKey(number));
      entry.set_zoobars(zoobars);
      tx.PutMessage(table("journal"), NumberKey(number), entry);
    });
  }
  Result<Ledger::Settled> Settle(std::string_view name, std::uint64_t offer, OfferEnd end) {
    Ledger::Settlement settlement{.member = MemberId(name), .act = ActOf("settle"), .offer = offer, .end = end};
    settlement.time_ms = kTime + 1;
    return WaitFor(loop_, ledger_->Settle(std::move(settlement)));
  }
};

TEST_F(LedgerDamageTest, AKeyOfAnOfferThatIsCutShortIsAnErrorOfItsMember) {
  Offer();
  Tamper([this](WriteTransaction& tx) { tx.Put(table("offers"), MemberId("alice") + "\x01", ""); });
  const auto damaged = ledger_->Offers(MemberId("alice"));
  ASSERT_FALSE(damaged.ok());
  EXPECT_THAT(damaged.error().text, HasSubstr("offers: the entry "));
  EXPECT_TRUE(ledger_->Offers(MemberId("bob")).ok());
}

TEST_F(LedgerDamageTest, AnAmountThatNoOfferCanHaveMovesNothing) {
  const std::uint64_t offer = Offer();
  for (const std::int64_t zoobars : {std::int64_t{0}, std::int64_t{-1}, kLeast}) {
    SetAmount(offer, zoobars);
    for (const OfferEnd end : {OFFER_END_ACCEPT, OFFER_END_DECLINE})
      EXPECT_FALSE(Settle("bob", offer, end).ok()) << zoobars;
    const auto corrected = WaitFor(loop_, ledger_->Correct({.entry = 1, .reason = "x", .act = ActOf("c")}));
    EXPECT_TRUE(corrected.ok());  // another entry
    EXPECT_EQ(Balance("alice"), 7);
    EXPECT_EQ(Balance("bob"), 10);
  }
}

TEST_F(LedgerDamageTest, ACorrectionOfAnAmountThatNoTransferCanHaveMovesNothing) {
  const std::uint64_t number = Send("pay", "alice", "bob", 2).entry;
  for (const std::int64_t zoobars : {std::int64_t{-5}, kLeast}) {
    SetAmount(number, zoobars);
    Ledger::Correction correction{.entry = number, .reason = "wrong", .act = ActOf("correct")};
    EXPECT_FALSE(WaitFor(loop_, ledger_->Correct(std::move(correction))).ok());
    EXPECT_TRUE(ledger_->Journal(MemberId("alice"), 0, 10).ok());
    EXPECT_EQ(Balance("bob"), 12);
  }
}

TEST_F(LedgerDamageTest, ABalanceThatCannotTakeItsOfferBackStaysAsItIs) {
  const std::uint64_t offer = Offer();
  SetBalance("alice", kMost);
  const auto declined = Settle("bob", offer, OFFER_END_DECLINE);
  ASSERT_FALSE(declined.ok());
  EXPECT_THAT(declined.error().text, HasSubstr("accounts: the entry "));
  EXPECT_EQ(Balance("alice"), kMost);
}

TEST_F(LedgerDamageTest, NothingIsAddedAfterTheGreatestNumber) {
  Tamper([this](WriteTransaction& tx) { tx.Put(table("journal"), std::string(8, '\xff'), ""); });
  const auto sent = WaitFor(loop_, ledger_->Send(Pay("pay", "alice", "bob", 1)));
  ASSERT_FALSE(sent.ok());
  EXPECT_THAT(sent.error().text, HasSubstr("journal: the entry ffffffffffffffff is damaged"));
  EXPECT_EQ(Balance("alice"), 10);
}

}  // namespace
}  // namespace zoobar
