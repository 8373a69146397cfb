#include "site/ticket.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include <set>

namespace zoobar {
namespace {

constexpr std::int64_t kNow = 1'700'000'000'000;

class TicketTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_GE(sodium_init(), 0); }

  TicketBody Body() const {
    TicketBody body;
    body.set_member(member_);
    body.set_name("alice");
    body.set_audience(ROLE_BANK);
    body.set_method("Transfer");
    body.set_digest(TransferDigest(recipient_, 5));
    body.set_id(ActId(member_, "form-1"));
    body.set_expires_ms(kNow + kTicketLifetimeMs);
    return body;
  }
  Result<TicketBody> Check(const Ticket& ticket) const { return CheckTransfer(ticket, recipient_, 5, kNow); }
  Result<TicketBody> CheckTransfer(const Ticket& ticket, std::string_view recipient, std::int64_t zoobars,
                                   std::int64_t now) const {
    return CheckTicket(key_, ticket, ROLE_BANK, kTransferMethod, TransferDigest(recipient, zoobars), now);
  }
  // The reason a ticket with this body is refused; empty when it is accepted.
  std::string Refusal(const TicketBody& body) const {
    Result<TicketBody> checked = Check(MakeTicket(key_, body));
    return checked.ok() ? "" : checked.error().text;
  }

  const Bytes key_ = Bytes(kTicketKeySize, 'k');
  const std::string member_ = std::string(kMemberIdSize, 'a');
  const std::string recipient_ = std::string(kMemberIdSize, 'b');
};

TEST_F(TicketTest, ATicketIsAcceptedForExactlyWhatItWasMadeFor) {
  Result<TicketBody> checked = Check(MakeTicket(key_, Body()));
  ASSERT_TRUE(checked.ok()) << checked.error().text;
  EXPECT_EQ(checked->member(), member_);
  EXPECT_EQ(checked->name(), "alice");
  EXPECT_EQ(checked->id(), ActId(member_, "form-1"));
}

TEST_F(TicketTest, AnyFlippedBitOfBodyOrMacIsRefused) {
  const Ticket good = MakeTicket(key_, Body());
  for (std::size_t bit = 0; bit < 8 * good.body().size(); ++bit) {
    Ticket bad = good;
    (*bad.mutable_body())[bit / 8] ^= static_cast<char>(1 << bit % 8);
    EXPECT_FALSE(Check(bad).ok()) << "bit " << bit << " of the body";
  }
  for (std::size_t bit = 0; bit < 8 * good.mac().size(); ++bit) {
    Ticket bad = good;
    (*bad.mutable_mac())[bit / 8] ^= static_cast<char>(1 << bit % 8);
    EXPECT_FALSE(Check(bad).ok()) << "bit " << bit << " of the mac";
  }
}

TEST_F(TicketTest, AShortOrMissingMacIsRefused) {
  Ticket ticket = MakeTicket(key_, Body());
  ticket.mutable_mac()->resize(16);
  EXPECT_FALSE(Check(ticket).ok());
  ticket.clear_mac();
  EXPECT_FALSE(Check(ticket).ok());
}

TEST_F(TicketTest, ATicketUnderAnotherKeyIsRefused) {
  EXPECT_FALSE(Check(MakeTicket(Bytes(kTicketKeySize, 'x'), Body())).ok());
}

TEST_F(TicketTest, WithoutAKeyEverythingIsRefused) {
  const Ticket ticket = MakeTicket(key_, Body());
  EXPECT_FALSE(CheckTicket(Bytes(), ticket, ROLE_BANK, "Transfer", TransferDigest(recipient_, 5), kNow).ok());
}

TEST_F(TicketTest, AnotherAudienceMethodRecipientOrAmountIsRefused) {
  const Ticket ticket = MakeTicket(key_, Body());
  EXPECT_FALSE(CheckTicket(key_, ticket, ROLE_PROFILE, "Transfer", TransferDigest(recipient_, 5), kNow).ok());
  EXPECT_FALSE(CheckTicket(key_, ticket, ROLE_BANK, "OpenAccount", TransferDigest(recipient_, 5), kNow).ok());
  EXPECT_FALSE(CheckTransfer(ticket, std::string(kMemberIdSize, 'c'), 5, kNow).ok());
  EXPECT_FALSE(CheckTransfer(ticket, recipient_, 50, kNow).ok());
}

TEST_F(TicketTest, ItIsGoodUntilItsLastMillisecondAndNotAfter) {
  const Ticket ticket = MakeTicket(key_, Body());
  EXPECT_TRUE(CheckTransfer(ticket, recipient_, 5, kNow + kTicketLifetimeMs - 1).ok());
  EXPECT_FALSE(CheckTransfer(ticket, recipient_, 5, kNow + kTicketLifetimeMs).ok());
}

TEST_F(TicketTest, OneThatWouldLiveTooLongIsRefused) {
  TicketBody body = Body();
  body.set_expires_ms(kNow + kTicketLifetimeMs + 1);
  EXPECT_EQ(Refusal(body), "ticket: expires too far in the future");
}

TEST_F(TicketTest, FieldsOfTheWrongSizeAreRefusedEvenUnderTheRightKey) {
  const std::string wrong = "ticket: a field has the wrong size";
  TicketBody body = Body();
  body.set_member("short");
  EXPECT_EQ(Refusal(body), wrong);
  body = Body();
  body.set_id("short");
  EXPECT_EQ(Refusal(body), wrong);
  body = Body();
  body.clear_name();
  EXPECT_EQ(Refusal(body), wrong);
  body.set_name(std::string(kMaxMemberName + 1, 'n'));
  EXPECT_EQ(Refusal(body), wrong);
  body.set_name(std::string(kMaxTicketBody, 'n'));
  EXPECT_EQ(Refusal(body), "ticket: too large");
}

TEST_F(TicketTest, DigestsOfDifferentActsNeverMeet) {
  const std::string text_hash = TextHash("text");
  EXPECT_NE(OpenAccountDigest(), SaveProfileDigest(text_hash));
  EXPECT_NE(TransferDigest(recipient_, 5), TransferDigest(recipient_, -5));
  // Fields carry their lengths, so moving a byte from one to the next changes the digest.
  EXPECT_NE(TransferDigest("ab", 1), TransferDigest("a", 1));
  EXPECT_EQ(OpenAccountDigest().size(), kDigestSize);
}

TEST_F(TicketTest, ASpendingDigestIsOfTheVisitorAndBothLimits) {
  SpendingLimits limits, other;
  limits.set_per_hour(20);
  limits.set_per_recipient(10);
  EXPECT_EQ(SpendDigest(recipient_, limits), SpendDigest(recipient_, limits));
  EXPECT_NE(SpendDigest(recipient_, limits), SpendDigest(member_, limits));
  other.set_per_hour(21);
  other.set_per_recipient(10);
  EXPECT_NE(SpendDigest(recipient_, limits), SpendDigest(recipient_, other));
  other.set_per_hour(10);
  other.set_per_recipient(20);
  EXPECT_NE(SpendDigest(recipient_, limits), SpendDigest(recipient_, other));
  EXPECT_NE(SpendDigest(recipient_, SpendingLimits()), VisitDigest(recipient_));
}

TEST_F(TicketTest, DigestsOfProgramsActsNeverMeet) {
  const std::string text_hash = TextHash("text");
  const std::set<std::string> digests = {SaveProfileDigest(text_hash), TryProgramDigest(text_hash),
                                         OwnProgramDigest(),           OpenAccountDigest(),
                                         VisitDigest(text_hash),       VisitDigest(member_)};
  EXPECT_EQ(digests.size(), 6u);
}

TEST_F(TicketTest, EachPaymentOfAVisitIsAnActOfItsOwn) {
  const std::string visit = ActId(member_, ""), another = ActId(member_, "");
  EXPECT_EQ(PaymentActId(visit, 1), PaymentActId(visit, 1));
  EXPECT_EQ(PaymentActId(visit, 1).size(), kActIdSize);
  EXPECT_NE(PaymentActId(visit, 1), PaymentActId(visit, 2));
  EXPECT_NE(PaymentActId(visit, 1), PaymentActId(another, 1));
  EXPECT_NE(PaymentActId(visit, 0), visit);
}

TEST_F(TicketTest, TextHashIsPlainBlake2b) {
  // RFC 7693's algorithm with a 32-byte result, of "abc".
  const std::string hash = TextHash("abc");
  char hex[65];
  sodium_bin2hex(hex, sizeof hex, reinterpret_cast<const unsigned char*>(hash.data()), hash.size());
  EXPECT_STREQ(hex, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}

TEST_F(TicketTest, ASubmissionNamesOneActOfOneMember) {
  EXPECT_EQ(ActId(member_, "form-1"), ActId(member_, "form-1"));
  EXPECT_NE(ActId(member_, "form-1"), ActId(recipient_, "form-1"));
  EXPECT_NE(ActId(member_, "form-1"), ActId(member_, "form-2"));
  EXPECT_NE(ActId(member_, ""), ActId(member_, ""));
}

using TicketDeathTest = TicketTest;
TEST_F(TicketDeathTest, AuthWithoutAKeyIsABug) { EXPECT_DEATH(MakeTicket(Bytes(), Body()), "no key"); }

}  // namespace
}  // namespace zoobar
