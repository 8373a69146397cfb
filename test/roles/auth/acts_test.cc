// Tickets: what auth grants a member, checked as the audiences check it. And what it tells members of each other.
#include <map>

#include "roles/auth/fixture.h"
#include "roles/bank.h"
#include "site/ticket.h"

namespace zoobar {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Granted = CheckReply::Granted;

class AuthActsTest : public AuthTest {
 protected:
  static Act OpenAccount() {
    Act act;
    act.mutable_open_account();
    return act;
  }
  static Act Transfer(const std::string& recipient, std::int64_t zoobars, const std::string& submission = "") {
    Act act;
    act.mutable_transfer()->set_recipient(recipient);
    act.mutable_transfer()->set_zoobars(zoobars);
    act.mutable_transfer()->set_submission(submission);
    return act;
  }
  static Act SaveProfile(std::string_view text, bool program = false) {
    Act act;
    act.mutable_save_profile()->set_text_hash(TextHash(text));
    act.mutable_save_profile()->set_program(program);
    return act;
  }
  static Act SaveProgram() { return SaveProfile("#!python", true); }
  static Act Delegate(std::uint32_t per_hour, std::uint32_t per_recipient) {
    Act act;
    act.mutable_delegate()->mutable_limits()->set_per_hour(per_hour);
    act.mutable_delegate()->mutable_limits()->set_per_recipient(per_recipient);
    return act;
  }
  static Act Visit(const std::string& owner) {
    Act act;
    act.mutable_visit()->set_owner(owner);
    return act;
  }
  Granted::Outcome SetLimits(const std::string& session, std::uint32_t per_hour, std::uint32_t per_recipient) {
    const Granted granted = Ask(session, Delegate(per_hour, per_recipient));
    EXPECT_FALSE(granted.has_ticket() || granted.has_spending());
    return granted.outcome();
  }
  // What the member's program may pay: "20 10"; "" if nothing.
  std::string Delegated(const std::string& session) {
    const CheckReply reply = Check(session, {}, "", true);
    EXPECT_EQ(reply.has_limits(), reply.delegates());
    if (!reply.delegates()) return "";
    return fmt::format("{} {}", reply.limits().per_hour(), reply.limits().per_recipient());
  }
  // As bank would check it, for a visitor and limits that profile claims.
  Result<TicketBody> CheckedSpending(const Ticket& ticket, const std::string& visitor, const SpendingLimits& limits) {
    return CheckTicket(site_->ticket_keys[ROLE_BANK], ticket, ROLE_BANK, kSpendMethod, SpendDigest(visitor, limits),
                       now_);
  }
  Granted Ask(const std::string& session, const Act& act) {
    const CheckReply reply = Check(session, {act});
    EXPECT_EQ(reply.granted_size(), 1);
    return reply.granted_size() == 1 ? reply.granted(0) : Granted();
  }
  // As bank would check it.
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

TEST_F(AuthActsTest, ATransfersTicketIsForBankThisRecipientAndThisAmount) {
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
  EXPECT_FALSE(CheckedTransfer(granted, 5).ok()) << "thirty seconds are over";
}

TEST_F(AuthActsTest, TheSameSubmissionIsTheSameActForThisMemberAlone) {
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

TEST_F(AuthActsTest, WithoutASubmissionEachIsAnActOfItsOwn) {
  const Entry alice = Register("alice");
  EXPECT_NE(IdOf(Ask(alice.session, Transfer("alice", 5)), 5), IdOf(Ask(alice.session, Transfer("alice", 5)), 5));
}

TEST_F(AuthActsTest, ATransferToNobodyOrWithAnEndlessSubmissionGetsNoTicket) {
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

TEST_F(AuthActsTest, ARecipientIsFoundHoweverTheAccentIsTyped) {
  const Entry zoe = Register("Zo\xc3\xab");
  EXPECT_EQ(Ask(zoe.session, Transfer("Zoe\xcc\x88", 1)).recipient(), zoe.reply.member());
}

TEST_F(AuthActsTest, SavingAProfileIsGrantedForThisTextToProfile) {
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

TEST_F(AuthActsTest, TryingAProgramAndSeeingOnesOwnAreGrantedToProfile) {
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

TEST_F(AuthActsTest, ATextHashOfAnotherSizeFailsTheCallAndChangesNothing) {
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

// ---- delegations

TEST_F(AuthActsTest, SavingAProgramMakesADelegationThatSurvivesARestart) {
  const Entry alice = Register("alice");
  EXPECT_EQ(Delegated(alice.session), "");
  EXPECT_TRUE(Ask(alice.session, SaveProgram()).has_ticket());
  EXPECT_EQ(Delegated(alice.session), "20 10");
  Start();
  EXPECT_EQ(Delegated(alice.session), "20 10");
  EXPECT_EQ(Delegated(Login("alice").session), "20 10");
}

TEST_F(AuthActsTest, ItIsOnDiskWhenTheTicketIsHandedOut) {
  const Entry alice = Register("alice");
  const auto commits = site_->counters["store.commits"];
  const std::int64_t before = commits();
  EXPECT_TRUE(Ask(alice.session, SaveProgram()).has_ticket());
  EXPECT_EQ(commits(), before + 1);
}

TEST_F(AuthActsTest, AskingForWhatIsSoAlreadyWritesNothing) {
  const Entry alice = Register("alice");
  Ask(alice.session, SaveProgram());
  const auto writes = site_->counters["store.writes"];
  const std::int64_t before = writes();
  Ask(alice.session, SaveProgram());
  EXPECT_EQ(SetLimits(alice.session, 20, 10), Granted::OUTCOME_OK);
  const Entry bob = Register("bob");
  const std::int64_t registered = writes();
  EXPECT_EQ(registered, before + 1);
  Ask(bob.session, SaveProfile("<b>plain</b>"));
  Ask(bob.session, Visit("alice"));
  Ask(bob.session, Transfer("alice", 1));
  EXPECT_EQ(writes(), registered);
}

TEST_F(AuthActsTest, ANewTextOfAProgramKeepsTheLimitsItsOwnerSet) {
  const Entry alice = Register("alice");
  Ask(alice.session, SaveProgram());
  EXPECT_EQ(SetLimits(alice.session, 5, 0), Granted::OUTCOME_OK);
  EXPECT_TRUE(Ask(alice.session, SaveProfile("#!python\nprint(1)", true)).has_ticket());
  EXPECT_EQ(Delegated(alice.session), "5 0");
}

TEST_F(AuthActsTest, PlainHtmlRemovesTheDelegationAndItsLimits) {
  const Entry alice = Register("alice");
  Ask(alice.session, SaveProgram());
  SetLimits(alice.session, 500, 400);
  EXPECT_TRUE(Ask(alice.session, SaveProfile("<b>plain</b>")).has_ticket());
  EXPECT_EQ(Delegated(alice.session), "");
  Start();
  EXPECT_EQ(Delegated(alice.session), "");
  Ask(alice.session, SaveProgram());
  EXPECT_EQ(Delegated(alice.session), "20 10") << "begun anew";
}

TEST_F(AuthActsTest, ANewPasswordRemovesTheDelegation) {
  const Entry alice = Register("alice");
  Ask(alice.session, SaveProgram());
  EXPECT_NE(ChangePassword(alice.session, "wrong horse", "battery staple").outcome(), LoginReply::OUTCOME_OK);
  EXPECT_EQ(Delegated(alice.session), "20 10");
  const Entry changed = ChangePassword(alice.session, "correct horse", "battery staple");
  ASSERT_EQ(changed.outcome(), LoginReply::OUTCOME_OK);
  EXPECT_EQ(Delegated(changed.session), "");
  EXPECT_EQ(Lines("delegation-removed"), 1u);
  Start();
  EXPECT_EQ(Delegated(changed.session), "");
}

TEST_F(AuthActsTest, ARehashAtLoginKeepsTheDelegation) {
  const Entry alice = Register("alice");
  Ask(alice.session, SaveProgram());
  config_.mutable_auth()->mutable_argon2()->set_memory_kib(128);
  Start();
  EXPECT_EQ(Delegated(Login("alice").session), "20 10");
}

TEST_F(AuthActsTest, LimitsAreBoundedAndNeedADelegation) {
  const Entry alice = Register("alice");
  EXPECT_EQ(SetLimits(alice.session, 20, 10), Granted::OUTCOME_NO_DELEGATION);
  EXPECT_EQ(Delegated(alice.session), "");
  Ask(alice.session, SaveProgram());
  EXPECT_EQ(SetLimits(alice.session, 1001, 10), Granted::OUTCOME_LIMITS_INVALID);
  EXPECT_EQ(SetLimits(alice.session, 10, 11), Granted::OUTCOME_LIMITS_INVALID);
  EXPECT_EQ(SetLimits(alice.session, ~0u, ~0u), Granted::OUTCOME_LIMITS_INVALID);
  EXPECT_EQ(Delegated(alice.session), "20 10");
  EXPECT_EQ(SetLimits(alice.session, 1000, 1000), Granted::OUTCOME_OK);
  EXPECT_EQ(Delegated(alice.session), "1000 1000");
  Start();
  EXPECT_EQ(Delegated(alice.session), "1000 1000");
  EXPECT_EQ(SetLimits(alice.session, 0, 0), Granted::OUTCOME_OK);
  EXPECT_EQ(Delegated(alice.session), "0 0") << "a delegation of nothing is one still";
}

TEST_F(AuthActsTest, ActsOnADelegationAreCarriedOutInOrder) {
  const Entry alice = Register("alice");
  CheckReply reply = Check(alice.session, {Delegate(7, 7), SaveProgram(), Delegate(6, 5)}, "", true);
  ASSERT_EQ(reply.granted_size(), 3);
  EXPECT_EQ(reply.granted(0).outcome(), Granted::OUTCOME_NO_DELEGATION);
  EXPECT_TRUE(reply.granted(1).has_ticket());
  EXPECT_EQ(reply.granted(2).outcome(), Granted::OUTCOME_OK);
  EXPECT_EQ(reply.limits().per_hour(), 6u) << "what it is told of is what is so afterwards";
  reply = Check(alice.session, {SaveProfile("plain"), Delegate(3, 3)}, "", true);
  EXPECT_EQ(reply.granted(1).outcome(), Granted::OUTCOME_NO_DELEGATION);
  EXPECT_FALSE(reply.delegates());
}

TEST_F(AuthActsTest, EachChangeOfADelegationIsInTheLog) {
  const Entry alice = Register("alice");
  Ask(alice.session, SaveProgram());
  SetLimits(alice.session, 30, 15);
  SetLimits(alice.session, 30, 15);
  SetLimits(alice.session, 30, 31);
  Ask(alice.session, SaveProfile("plain"));
  for (const auto& [event, limits] : std::map<std::string, std::string>{
           {"delegation-made", "20 10"}, {"delegation-changed", "30 15"}, {"delegation-removed", "30 15"}}) {
    const auto lines = site_->lines.Named(event);
    ASSERT_EQ(lines.size(), 1u) << event;
    EXPECT_EQ(lines[0].level, LEVEL_INFO);
    EXPECT_EQ(lines[0].fields.at("name"), "alice");
    EXPECT_EQ(lines[0].fields.at("member").size(), 2 * kMemberIdSize);
    EXPECT_EQ(lines[0].fields.at("per-hour") + " " + lines[0].fields.at("per-recipient"), limits);
  }
}

TEST_F(AuthActsTest, NoDelegationIsMadeForAMemberWhoDoesNotAct) {
  const Entry alice = Register("alice"), mallory = Register("mallory");
  const std::string ended = Login("alice").session;
  Logout(ended);
  for (const std::string& session : {ended, std::string(), std::string(43, 'x'), alice.device}) {
    EXPECT_FALSE(Check(session, {SaveProgram(), Delegate(1000, 1000)}).session());
  }
  Check(mallory.session, {SaveProgram(), Delegate(1000, 1000)});
  EXPECT_EQ(Delegated(alice.session), "");
  EXPECT_EQ(Delegated(mallory.session), "1000 1000");
  now_ += 15 * kDay;  // the sessions have expired
  EXPECT_FALSE(Check(alice.session, {SaveProgram()}).session());
  EXPECT_EQ(Delegated(Login("alice").session), "");
}

TEST_F(AuthActsTest, WhatIsAskedForBehindALogoutOnItsWayToTheDiskChangesNothing) {
  const Entry alice = Register("alice"), again = Login("alice");
  std::optional<CheckReply> reply;
  const auto log_out = [](Task<Result<Incoming<LogoutReply>>> call) -> Task<void> {
    const Result<Incoming<LogoutReply>> ended = co_await call;
    EXPECT_TRUE(ended.ok() && ended->message.session());
  };
  const auto ask = [](Task<Result<Incoming<CheckReply>>> call, std::optional<CheckReply>* got) -> Task<void> {
    Result<Incoming<CheckReply>> answer = co_await call;
    EXPECT_TRUE(answer.ok());
    *got = answer.ok() ? std::move(answer->message) : CheckReply();
  };
  LogoutRequest logout;
  logout.set_which(LogoutRequest::WHICH_THIS);
  CheckRequest request;
  *request.add_acts() = SaveProgram();
  Spawn(log_out(app_->Call<LogoutReply>(std::move(logout), PackSecrets({alice.session}))));
  Spawn(ask(app_->Call<CheckReply>(std::move(request), PackSecrets({alice.session})), &reply));
  site_->RunUntil([&] { return reply.has_value(); });
  EXPECT_FALSE(reply->session());
  EXPECT_EQ(reply->granted_size(), 0);
  EXPECT_EQ(Delegated(again.session), "");
}

// Whoever knew the old password asks for one again and again while its owner changes it.
TEST_F(AuthActsTest, NoDelegationAskedForWhileThePasswordChangesOutlivesIt) {
  const Entry alice = Register("alice");
  const std::string thief = Login("alice").session;
  std::size_t answered = 0, asked = 0;
  const auto ask = [this, &thief, &answered, &asked](bool program) -> Task<void> {
    CheckRequest request;
    *request.add_acts() = program ? SaveProgram() : SaveProfile("plain");
    ++asked;
    auto call = app_->Call<CheckReply>(std::move(request), PackSecrets({thief}));
    const Result<Incoming<CheckReply>> reply = co_await call;
    EXPECT_TRUE(reply.ok());
    ++answered;
  };
  std::optional<Entry> changed;
  const auto change = [this, &alice, &changed]() -> Task<void> {
    auto call = app_->Call<LoginReply>(ChangePasswordRequest(),
                                       PackSecrets({alice.session, "correct horse", "battery staple"}));
    Result<Incoming<LoginReply>> reply = co_await call;
    EXPECT_TRUE(reply.ok());
    changed = Entry{reply->message, std::string(UnpackSecrets(reply->secret, 1)->at(0)), ""};
  };
  Spawn(change());
  for (int i = 0; !changed; ++i) {
    Spawn(ask(i % 2 == 0));
    site_->RunUntil([&] { return answered == asked; });
  }
  EXPECT_EQ(changed->outcome(), LoginReply::OUTCOME_OK);
  EXPECT_EQ(Delegated(changed->session), "");
  EXPECT_FALSE(Check(thief, {SaveProgram()}).session());
  EXPECT_EQ(Delegated(changed->session), "");
}

// ---- visits

TEST_F(AuthActsTest, AVisitsTicketIsTheVisitorsForProfileAndThisOwner) {
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

TEST_F(AuthActsTest, NobodyIsVisitedWhoIsNotThere) {
  const Entry alice = Register("alice");
  for (const std::string& nobody :
       {std::string("nobody"), std::string(), std::string(300, 'x'), std::string("Alice")}) {
    const Granted granted = Ask(alice.session, Visit(nobody));
    EXPECT_EQ(granted.outcome(), Granted::OUTCOME_UNKNOWN_OWNER);
    EXPECT_FALSE(granted.has_ticket() || granted.has_spending());
    EXPECT_TRUE(granted.owner().empty());
  }
}

TEST_F(AuthActsTest, AVisitToWhoDelegatesBringsASpendingTicketOfTheOwners) {
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
  // For this visitor and these limits alone.
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

TEST_F(AuthActsTest, AnOwnerVisitsTheirOwnProgramAsAnybodyElse) {
  const Entry owner = Register("owner");
  Ask(owner.session, SaveProgram());
  const Granted granted = Ask(owner.session, Visit("owner"));
  EXPECT_TRUE(CheckedSpending(granted.spending(), owner.reply.member(), granted.limits()).ok());
}

TEST_F(AuthActsTest, NothingToSpendBringsNoSpendingTicket) {
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

// auth's word as bank takes it: both real.
TEST_F(AuthActsTest, WhatAVisitGrantsBankPays) {
  const Entry owner = Register("owner"), visitor = Register("visitor");
  Ask(owner.session, SaveProgram());
  FakeSite bank_site;
  bank_site.ticket_keys = site_->ticket_keys;
  const ScratchFolder bank_folder;
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

TEST_F(AuthActsTest, AnAccountIsOpenedByTicketAtLoginAndByCheck) {
  const Entry registered = Register("alice"), entered = Login("alice");
  const Granted granted = Ask(entered.session, OpenAccount());
  for (const Ticket& ticket : {registered.reply.open_account(), entered.reply.open_account(), granted.ticket()}) {
    const Result<TicketBody> body =
        CheckTicket(site_->ticket_keys[ROLE_BANK], ticket, ROLE_BANK, kOpenAccountMethod, OpenAccountDigest(), now_);
    ASSERT_TRUE(body.ok()) << body.error().text;
    EXPECT_EQ(body->member(), registered.reply.member());
  }
}

TEST_F(AuthActsTest, NothingIsGrantedWithoutASession) {
  const Entry alice = Register("alice");
  Logout(alice.session);
  const CheckReply reply = Check(alice.session, {OpenAccount(), Transfer("alice", 5)}, "alice");
  EXPECT_EQ(reply.ByteSizeLong(), 0u);
}

TEST_F(AuthActsTest, SeveralActsAreAnsweredInOrder) {
  const Entry alice = Register("alice");
  const CheckReply reply = Check(alice.session, {Transfer("nobody", 1), OpenAccount(), Transfer("alice", 1)});
  ASSERT_EQ(reply.granted_size(), 3);
  EXPECT_EQ(reply.granted(0).outcome(), Granted::OUTCOME_UNKNOWN_RECIPIENT);
  EXPECT_TRUE(reply.granted(1).recipient().empty());
  EXPECT_EQ(reply.granted(2).recipient(), alice.reply.member());
}

TEST_F(AuthActsTest, ACheckFindsAnotherMemberByName) {
  const Entry alice = Register("alice"), bob = Register("Bj\xc3\xb6rn");
  const CheckReply reply = Check(alice.session, {}, "Bjo\xcc\x88rn");
  EXPECT_EQ(reply.found(), bob.reply.member());
  EXPECT_EQ(reply.found_name(), "Bj\xc3\xb6rn");
  EXPECT_TRUE(Check(alice.session, {}, "nobody").found().empty());
  EXPECT_TRUE(Check(alice.session, {}, "").found().empty());
}

TEST_F(AuthActsTest, MembersAreListedPageByPage) {
  const Entry alice = Register("alice");
  for (const char* name : {"bob", "Bob", "bobby", "carol"}) Register(name);
  EXPECT_THAT(Names(alice.session, "", "", 100, false), ElementsAre("Bob", "alice", "bob", "bobby", "carol"));
  EXPECT_THAT(Names(alice.session, "", "", 2, true), ElementsAre("Bob", "alice"));
  EXPECT_THAT(Names(alice.session, "", "alice", 2, true), ElementsAre("bob", "bobby"));
  EXPECT_THAT(Names(alice.session, "bob", "", 100, false), ElementsAre("bob", "bobby"));
  EXPECT_THAT(Names(alice.session, "", "", 0, true), ElementsAre("Bob"));
  EXPECT_THAT(Names(alice.session, std::string(400, 'x'), "", 100, false), IsEmpty());
  EXPECT_THAT(Names(alice.session, "", std::string(600, 'x'), 100, false), IsEmpty());
  EXPECT_THAT(Names("no session", "", "", 100, false), IsEmpty());
}

}  // namespace
}  // namespace zoobar
