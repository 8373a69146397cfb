// Visits: the visitor's ticket to see a profile, and the owner's ticket by which their program pays.
#include "roles/auth/acts_fixture.h"
#include "roles/bank.h"

namespace zoobar {
namespace {

class VisitsTest : public AuthActsTest {
 protected:
  // Checks the ticket as bank does, for a visitor and limits that profile names.
  Result<TicketBody> CheckedSpending(const Ticket& ticket, const std::string& visitor, const SpendingLimits& limits) {
    return CheckTicket(site_->ticket_keys[ROLE_BANK], ticket, ROLE_BANK, kSpendMethod, SpendDigest(visitor, limits),
                       now_);
  }
};

TEST_F(VisitsTest, AVisitsTicketIsTheVisitorsForProfileAndThisOwner) {
  const Entry alice = Register("alice"), bob = Register("Bj\xc3\xb6rn");
  const Granted granted = Ask(alice.session, Visit("Bjo\xcc\x88rn"));
  ASSERT_EQ(granted.outcome(), Granted::OUTCOME_OK);
  EXPECT_EQ(granted.owner(), bob.reply.member());
  EXPECT_EQ(granted.owner_name(), "Bj\xc3\xb6rn");
  EXPECT_FALSE(granted.has_spending()) << "no program, no delegation";
  EXPECT_FALSE(granted.has_limits());
  const auto check = [&](const std::string& owner) {
    return CheckTicket(site_->ticket_keys[ROLE_PROFILE], granted.ticket(), ROLE_PROFILE, kVisitMethod,
                       VisitDigest(owner), now_);
  };
  ASSERT_TRUE(check(bob.reply.member()).ok());
  EXPECT_EQ(check(bob.reply.member())->member(), alice.reply.member());
  EXPECT_EQ(check(bob.reply.member())->name(), "alice");
  EXPECT_FALSE(check(alice.reply.member()).ok());
}

TEST_F(VisitsTest, NobodyIsVisitedWhoIsNotThere) {
  const Entry alice = Register("alice");
  for (const std::string& nobody :
       {std::string("nobody"), std::string(), std::string(300, 'x'), std::string("Alice")}) {
    const Granted granted = Ask(alice.session, Visit(nobody));
    EXPECT_EQ(granted.outcome(), Granted::OUTCOME_UNKNOWN_OWNER);
    EXPECT_FALSE(granted.has_ticket() || granted.has_spending());
    EXPECT_TRUE(granted.owner().empty());
  }
}

TEST_F(VisitsTest, AVisitToWhoDelegatesBringsASpendingTicketOfTheOwners) {
  const Entry owner = Register("owner"), visitor = Register("visitor"), other = Register("other");
  Ask(owner.session, SaveProgram());
  SetLimits(owner.session, 6, 3);
  const Granted granted = Ask(visitor.session, Visit("owner"));
  EXPECT_EQ(granted.limits().per_hour(), 6u);
  EXPECT_EQ(granted.limits().per_recipient(), 3u);
  const auto body = CheckedSpending(granted.spending(), visitor.reply.member(), granted.limits());
  ASSERT_TRUE(body.ok()) << body.error().text;
  EXPECT_EQ(body->member(), owner.reply.member());
  EXPECT_EQ(body->name(), "owner");
  EXPECT_EQ(body->id().size(), kActIdSize);
  // It holds only for this visitor and these limits.
  EXPECT_FALSE(CheckedSpending(granted.spending(), other.reply.member(), granted.limits()).ok());
  SpendingLimits more = granted.limits();
  more.set_per_hour(7);
  EXPECT_FALSE(CheckedSpending(granted.spending(), visitor.reply.member(), more).ok());
  // Each visit has a ticket of its own.
  const Granted again = Ask(visitor.session, Visit("owner"));
  EXPECT_NE(CheckedSpending(again.spending(), visitor.reply.member(), again.limits())->id(), body->id());
  now_ += 30'000;
  EXPECT_FALSE(CheckedSpending(granted.spending(), visitor.reply.member(), granted.limits()).ok());
}

TEST_F(VisitsTest, AnOwnerVisitsTheirOwnProgramAsAnybodyElse) {
  const Entry owner = Register("owner");
  Ask(owner.session, SaveProgram());
  const Granted granted = Ask(owner.session, Visit("owner"));
  EXPECT_TRUE(CheckedSpending(granted.spending(), owner.reply.member(), granted.limits()).ok());
}

TEST_F(VisitsTest, NothingToSpendBringsNoSpendingTicket) {
  const Entry owner = Register("owner"), visitor = Register("visitor");
  Ask(owner.session, SaveProgram());
  EXPECT_TRUE(Ask(visitor.session, Visit("owner")).has_spending());
  for (const auto& [per_hour, per_recipient] : {std::pair{0u, 0u}, std::pair{5u, 0u}}) {
    SetLimits(owner.session, per_hour, per_recipient);
    const Granted granted = Ask(visitor.session, Visit("owner"));
    EXPECT_TRUE(granted.has_ticket());
    EXPECT_FALSE(granted.has_spending() || granted.has_limits());
  }
  SetLimits(owner.session, 5, 5);
  EXPECT_TRUE(Ask(visitor.session, Visit("owner")).has_spending());
  Ask(owner.session, SaveProfile("plain"));
  EXPECT_FALSE(Ask(visitor.session, Visit("owner")).has_spending());
}

// Uses the real bank, too.
TEST_F(VisitsTest, WhatAVisitGrantsBankPays) {
  const Entry owner = Register("owner"), visitor = Register("visitor");
  Ask(owner.session, SaveProgram());
  FakeSite bank_site;
  bank_site.ticket_keys = site_->ticket_keys;
  const TemporaryDirectory bank_folder;
  Bank bank(bank_site, bank_folder.path(), [this] { return now_; });
  {
    const auto app = bank_site.CallAs(ROLE_APP, ROLE_BANK), profile = bank_site.CallAs(ROLE_PROFILE, ROLE_BANK);
    for (const Entry* entry : {&owner, &visitor}) {
      OpenAccountRequest open;
      *open.mutable_ticket() = entry->reply.open_account();
      ASSERT_TRUE(bank_site.Wait(app->Call<OpenAccountReply>(std::move(open))).ok());
    }
    const auto spend = [&](const Granted& granted, std::uint32_t sequence, std::int64_t zoobars) {
      SpendRequest request;
      *request.mutable_ticket() = granted.spending();
      request.set_visitor(visitor.reply.member());
      *request.mutable_limits() = granted.limits();
      request.set_sequence(sequence);
      request.set_recipient(visitor.reply.member());
      request.set_zoobars(zoobars);
      auto reply = bank_site.Wait(profile->Call<TransferReply>(std::move(request)));
      return reply.ok() ? reply->message.outcome() : TransferReply::OUTCOME_UNSPECIFIED;
    };
    SetLimits(owner.session, 4, 4);
    const Granted granted = Ask(visitor.session, Visit("owner"));
    EXPECT_EQ(spend(granted, 1, 3), TransferReply::OUTCOME_SENT);
    EXPECT_EQ(spend(granted, 2, 2), TransferReply::OUTCOME_OVER_HOUR);
    EXPECT_EQ(spend(Ask(visitor.session, Visit("owner")), 1, 2), TransferReply::OUTCOME_OVER_HOUR);
    Ask(owner.session, SaveProfile("plain"));
    EXPECT_EQ(spend(Ask(visitor.session, Visit("owner")), 1, 1), TransferReply::OUTCOME_TICKET_REFUSED);
  }
}

}  // namespace
}  // namespace zoobar
