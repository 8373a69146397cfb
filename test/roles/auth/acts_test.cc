// Tickets: what auth grants to a member, checked as the audiences check it. Also what a member is told about others.
#include "roles/auth/acts_fixture.h"

namespace zoobar {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class TicketsTest : public AuthActsTest {
 protected:
  // Checks the ticket as bank does.
  Result<TicketBody> CheckedTransfer(const Granted& granted, std::int64_t zoobars) {
    return CheckTicket(site_->ticket_keys[ROLE_BANK], granted.ticket(), ROLE_BANK, kTransferMethod,
                       TransferDigest(granted.recipient(), zoobars), now_);
  }
  std::string IdOf(const Granted& granted, std::int64_t zoobars) {
    const Result<TicketBody> body = CheckedTransfer(granted, zoobars);
    EXPECT_TRUE(body.ok());
    return body.ok() ? body->id() : "";
  }
  std::vector<std::string> Names(const std::string& session, const std::string& prefix, const std::string& after,
                                 std::uint32_t limit, bool more) {
    MembersRequest request;
    request.set_prefix(prefix);
    request.set_after(after);
    request.set_limit(limit);
    auto reply = site_->Wait(app_->Call<MembersReply>(std::move(request), PackSecrets({session})));
    std::vector<std::string> names;
    for (const auto& member : reply->message.members()) names.push_back(member.name());
    EXPECT_EQ(reply->message.more(), more);
    return names;
  }
};

TEST_F(TicketsTest, ATransfersTicketIsForBankThisRecipientAndThisAmount) {
  const Entry alice = Register("alice"), bob = Register("bob");
  const Granted granted = Ask(alice.session, Transfer("bob", 5));
  ASSERT_EQ(granted.outcome(), Granted::OUTCOME_OK);
  EXPECT_EQ(granted.recipient(), bob.reply.member());
  const Result<TicketBody> body = CheckedTransfer(granted, 5);
  ASSERT_TRUE(body.ok()) << body.error().text;
  EXPECT_EQ(body->member(), alice.reply.member());
  EXPECT_EQ(body->name(), "alice");
  EXPECT_FALSE(CheckedTransfer(granted, 6).ok());
  EXPECT_FALSE(CheckTicket(site_->ticket_keys[ROLE_PROFILE], granted.ticket(), ROLE_PROFILE, kTransferMethod,
                           TransferDigest(granted.recipient(), 5), now_)
                   .ok());
  now_ += 30'000;
  EXPECT_FALSE(CheckedTransfer(granted, 5).ok()) << "thirty seconds have passed";
}

TEST_F(TicketsTest, AnOffersTicketIsForAllThatTheOfferSays) {
  const Entry alice = Register("alice"), bob = Register("bob");
  Act act;
  act.mutable_offer()->set_recipient("bob");
  act.mutable_offer()->set_zoobars(5);
  act.mutable_offer()->set_days(7);
  act.mutable_offer()->set_note("for lunch");
  act.mutable_offer()->set_submission("form 1");
  const Granted granted = Ask(alice.session, act);
  ASSERT_EQ(granted.outcome(), Granted::OUTCOME_OK);
  EXPECT_EQ(granted.recipient(), bob.reply.member());
  const auto check = [&](std::int64_t zoobars, std::uint32_t days, std::string_view note) {
    return CheckTicket(site_->ticket_keys[ROLE_BANK], granted.ticket(), ROLE_BANK, kOfferMethod,
                       OfferDigest(granted.recipient(), zoobars, days, note), now_);
  };
  const Result<TicketBody> body = check(5, 7, "for lunch");
  ASSERT_TRUE(body.ok()) << body.error().text;
  EXPECT_EQ(body->member(), alice.reply.member());
  EXPECT_EQ(body->id(), IdOf(Ask(alice.session, Transfer("bob", 5, "form 1")), 5)) << "bank refuses the second one";
  EXPECT_FALSE(check(6, 7, "for lunch").ok());
  EXPECT_FALSE(check(5, 8, "for lunch").ok());
  EXPECT_FALSE(check(5, 7, "for dinner").ok());
  act.mutable_offer()->set_recipient("nobody");
  EXPECT_EQ(Ask(alice.session, act).outcome(), Granted::OUTCOME_UNKNOWN_RECIPIENT);
}

TEST_F(TicketsTest, TheTicketThatEndsAnOfferIsForThisOfferAndThisEnd) {
  const Entry bob = Register("bob");
  Act act;
  act.mutable_settle()->set_offer(15);
  act.mutable_settle()->set_end(OFFER_END_DECLINE);
  const Granted granted = Ask(bob.session, act);
  const auto check = [&](std::uint64_t offer, OfferEnd end) {
    return CheckTicket(site_->ticket_keys[ROLE_BANK], granted.ticket(), ROLE_BANK, kSettleMethod,
                       SettleDigest(offer, end), now_);
  };
  const Result<TicketBody> body = check(15, OFFER_END_DECLINE);
  ASSERT_TRUE(body.ok()) << body.error().text;
  EXPECT_EQ(body->member(), bob.reply.member());
  EXPECT_FALSE(check(16, OFFER_END_DECLINE).ok());
  EXPECT_FALSE(check(15, OFFER_END_ACCEPT).ok());
}

TEST_F(TicketsTest, TheSameSubmissionIsTheSameActForThisMemberAlone) {
  const Entry alice = Register("alice"), bob = Register("bob");
  const std::string first = IdOf(Ask(alice.session, Transfer("bob", 5, "form 1")), 5);
  EXPECT_EQ(first.size(), kActIdSize);
  EXPECT_EQ(IdOf(Ask(alice.session, Transfer("bob", 5, "form 1")), 5), first);
  EXPECT_EQ(IdOf(Ask(alice.session, Transfer("bob", 6, "form 1")), 6), first) << "bank refuses it as reused";
  EXPECT_NE(IdOf(Ask(alice.session, Transfer("bob", 5, "form 2")), 5), first);
  EXPECT_NE(IdOf(Ask(bob.session, Transfer("bob", 5, "form 1")), 5), first);
  const Entry again = Login("alice");
  EXPECT_EQ(IdOf(Ask(again.session, Transfer("bob", 5, "form 1")), 5), first) << "in another session too";
  Start();
  const Result<TicketBody> after = CheckedTransfer(Ask(alice.session, Transfer("bob", 5, "form 1")), 5);
  EXPECT_EQ(after->id(), first) << "and after a restart";
}

TEST_F(TicketsTest, WithoutASubmissionEachIsAnActOfItsOwn) {
  const Entry alice = Register("alice");
  EXPECT_NE(IdOf(Ask(alice.session, Transfer("alice", 5)), 5), IdOf(Ask(alice.session, Transfer("alice", 5)), 5));
}

TEST_F(TicketsTest, ATransferToNobodyOrWithAnEndlessSubmissionGetsNoTicket) {
  const Entry alice = Register("alice");
  for (const std::string& nobody :
       {std::string("nobody"), std::string(), std::string(300, 'x'), std::string("Alice")}) {
    const Granted granted = Ask(alice.session, Transfer(nobody, 5));
    EXPECT_EQ(granted.outcome(), Granted::OUTCOME_UNKNOWN_RECIPIENT);
    EXPECT_FALSE(granted.has_ticket());
  }
  EXPECT_EQ(Ask(alice.session, Transfer("alice", 5, std::string(128, 'x'))).outcome(), Granted::OUTCOME_OK);
  EXPECT_EQ(Ask(alice.session, Transfer("alice", 5, std::string(129, 'x'))).outcome(),
            Granted::OUTCOME_SUBMISSION_INVALID);
}

TEST_F(TicketsTest, ARecipientIsFoundHoweverTheAccentIsTyped) {
  const Entry zoe = Register("Zo\xc3\xab");
  EXPECT_EQ(Ask(zoe.session, Transfer("Zoe\xcc\x88", 1)).recipient(), zoe.reply.member());
}

TEST_F(TicketsTest, SavingAProfileIsGrantedForThisTextToProfile) {
  const Entry alice = Register("alice");
  const Granted granted = Ask(alice.session, SaveProfile("hello"));
  const auto check = [&](std::string_view text) {
    return CheckTicket(site_->ticket_keys[ROLE_PROFILE], granted.ticket(), ROLE_PROFILE, kSaveProfileMethod,
                       SaveProfileDigest(TextHash(text)), now_);
  };
  ASSERT_TRUE(check("hello").ok());
  EXPECT_EQ(check("hello")->member(), alice.reply.member());
  EXPECT_FALSE(check("hullo").ok());
}

TEST_F(TicketsTest, TryingAProgramAndSeeingOnesOwnAreGrantedToProfile) {
  const Entry alice = Register("alice");
  Act attempt, own;
  attempt.mutable_try_program()->set_text_hash(TextHash("#!python"));
  own.mutable_own_program();
  const CheckReply reply = Check(alice.session, {attempt, own});
  ASSERT_EQ(reply.granted_size(), 2);
  const auto check = [&](int i, std::string_view method, const std::string& digest) {
    const auto body =
        CheckTicket(site_->ticket_keys[ROLE_PROFILE], reply.granted(i).ticket(), ROLE_PROFILE, method, digest, now_);
    return body.ok() && body->member() == alice.reply.member();
  };
  EXPECT_TRUE(check(0, kTryProgramMethod, TryProgramDigest(TextHash("#!python"))));
  EXPECT_FALSE(check(0, kSaveProfileMethod, SaveProfileDigest(TextHash("#!python"))));
  EXPECT_TRUE(check(1, kOwnProgramMethod, OwnProgramDigest()));
  EXPECT_EQ(Delegated(alice.session), "") << "trying makes no delegation";
}

TEST_F(TicketsTest, ATextHashOfAnotherSizeFailsTheCallAndChangesNothing) {
  const Entry alice = Register("alice");
  Act save, attempt;
  save.mutable_save_profile()->set_text_hash("short");
  save.mutable_save_profile()->set_program(true);
  attempt.mutable_try_program()->set_text_hash(std::string(33, 'x'));
  for (const Act& act : {save, attempt, Act()}) {
    CheckRequest request;
    *request.add_acts() = act;
    EXPECT_FALSE(site_->Wait(app_->Call<CheckReply>(request, PackSecrets({alice.session}))).ok());
  }
  EXPECT_EQ(Delegated(alice.session), "");
}

TEST_F(TicketsTest, AnAccountIsOpenedByTicketAtLoginAndByCheck) {
  const Entry registered = Register("alice"), entered = Login("alice");
  const Granted granted = Ask(entered.session, OpenAccount());
  for (const Ticket& ticket : {registered.reply.open_account(), entered.reply.open_account(), granted.ticket()}) {
    const Result<TicketBody> body =
        CheckTicket(site_->ticket_keys[ROLE_BANK], ticket, ROLE_BANK, kOpenAccountMethod, OpenAccountDigest(), now_);
    ASSERT_TRUE(body.ok()) << body.error().text;
    EXPECT_EQ(body->member(), registered.reply.member());
  }
}

TEST_F(TicketsTest, NothingIsGrantedWithoutASession) {
  const Entry alice = Register("alice");
  Logout(alice.session);
  const CheckReply reply = Check(alice.session, {OpenAccount(), Transfer("alice", 5)}, "alice");
  EXPECT_EQ(reply.ByteSizeLong(), 0u);
}

TEST_F(TicketsTest, SeveralActsAreAnsweredInOrder) {
  const Entry alice = Register("alice");
  const CheckReply reply = Check(alice.session, {Transfer("nobody", 1), OpenAccount(), Transfer("alice", 1)});
  ASSERT_EQ(reply.granted_size(), 3);
  EXPECT_EQ(reply.granted(0).outcome(), Granted::OUTCOME_UNKNOWN_RECIPIENT);
  EXPECT_TRUE(reply.granted(1).recipient().empty());
  EXPECT_EQ(reply.granted(2).recipient(), alice.reply.member());
}

TEST_F(TicketsTest, ACheckFindsAnotherMemberByName) {
  const Entry alice = Register("alice"), bob = Register("Bj\xc3\xb6rn");
  const CheckReply reply = Check(alice.session, {}, "Bjo\xcc\x88rn");
  EXPECT_EQ(reply.found(), bob.reply.member());
  EXPECT_EQ(reply.found_name(), "Bj\xc3\xb6rn");
  EXPECT_TRUE(Check(alice.session, {}, "nobody").found().empty());
  EXPECT_TRUE(Check(alice.session, {}, "").found().empty());
}

TEST_F(TicketsTest, MembersAreListedPageByPage) {
  const Entry alice = Register("alice");
  for (const char* name : {"bob", "Bea", "bobby", "carol"}) Register(name);
  EXPECT_THAT(Names(alice.session, "", "", 100, false), ElementsAre("Bea", "alice", "bob", "bobby", "carol"));
  EXPECT_THAT(Names(alice.session, "", "", 2, true), ElementsAre("Bea", "alice"));
  EXPECT_THAT(Names(alice.session, "", "alice", 2, true), ElementsAre("bob", "bobby"));
  EXPECT_THAT(Names(alice.session, "bob", "", 100, false), ElementsAre("bob", "bobby"));
  EXPECT_THAT(Names(alice.session, "", "", 0, true), ElementsAre("Bea"));
  EXPECT_THAT(Names(alice.session, std::string(400, 'x'), "", 100, false), IsEmpty());
  EXPECT_THAT(Names(alice.session, "", std::string(600, 'x'), 100, false), IsEmpty());
  EXPECT_THAT(Names("no session", "", "", 100, false), IsEmpty());
}

}  // namespace
}  // namespace zoobar
