#include "roles/bank.h"

#include <gmock/gmock.h>

#include "site/fake_site.h"
#include "site/ticket.h"
#include "store/scratch.h"

namespace zoobar {
namespace {

constexpr std::int64_t kNow = 1'700'000'000'000;

std::string Member(std::string_view name) {
  std::string id(name);
  id.resize(kMemberIdSize, '.');
  return id;
}

class BankTest : public testing::Test {
 protected:
  void SetUp() override { Restart(); }
  void Restart(std::int64_t initial_zoobars = 10) {
    app_.reset();
    profile_.reset();
    bank_.reset();
    site_ = std::make_unique<FakeSite>();
    site_->ticket_keys = keys_;
    *site_->settings.mutable_bank() = settings_;
    site_->settings.mutable_bank()->set_initial_zoobars(initial_zoobars);
    *site_->settings.mutable_store() = store_;
    bank_ = std::make_unique<Bank>(*site_, folder_.path(), [this] { return now_; });
    app_ = site_->CallAs(ROLE_APP, ROLE_BANK);
    profile_ = site_->CallAs(ROLE_PROFILE, ROLE_BANK);
  }
  void TearDown() override {
    app_.reset();
    profile_.reset();
    bank_.reset();
    site_.reset();
  }

  Ticket TicketFor(std::string_view name, std::string_view method, std::string digest, std::string id) const {
    TicketBody body;
    body.set_member(Member(name));
    body.set_name(std::string(name));
    body.set_audience(ROLE_BANK);
    body.set_method(std::string(method));
    body.set_digest(std::move(digest));
    body.set_id(std::move(id));
    body.set_expires_ms(now_ + kTicketLifetimeMs);
    return MakeTicket(keys_.at(ROLE_BANK), body);
  }
  template <typename Reply, typename Request>
  Result<Incoming<Reply>> Call(Request request) {
    return site_->Wait(app_->Call<Reply>(std::move(request)));
  }
  template <typename Reply, typename Request>
  Reply Answer(Request request) {
    auto reply = Call<Reply>(std::move(request));
    EXPECT_TRUE(reply.ok()) << reply.error().text;
    return reply.ok() ? reply->message : Reply();
  }

  OpenAccountReply Open(std::string_view name) {
    OpenAccountRequest request;
    *request.mutable_ticket() = TicketFor(name, kOpenAccountMethod, OpenAccountDigest(), ActId("", ""));
    return Answer<OpenAccountReply>(request);
  }
  TransferRequest Asking(std::string_view from, std::string_view to, std::int64_t zoobars,
                         std::string_view submission = "") const {
    TransferRequest request;
    const std::string id = ActId(Member(from), submission);
    *request.mutable_ticket() = TicketFor(from, kTransferMethod, TransferDigest(Member(to), zoobars), id);
    request.set_recipient(Member(to));
    request.set_zoobars(zoobars);
    return request;
  }
  TransferReply Transfer(const TransferRequest& request) { return Answer<TransferReply>(request); }
  static SpendingLimits Limits(std::uint32_t per_hour, std::uint32_t per_recipient) {
    SpendingLimits limits;
    limits.set_per_hour(per_hour);
    limits.set_per_recipient(per_recipient);
    return limits;
  }
  // A visit: what auth writes when `visitor` looks at a profile whose owner delegates, and profile passes on.
  SpendRequest Visit(std::string_view owner, std::string_view visitor,
                     const SpendingLimits& limits = Limits(20, 10)) const {
    SpendRequest request;
    *request.mutable_ticket() =
        TicketFor(owner, kSpendMethod, SpendDigest(Member(visitor), limits), ActId(Member(owner), ""));
    request.set_visitor(Member(visitor));
    *request.mutable_limits() = limits;
    return request;
  }
  static SpendRequest Paying(SpendRequest visit, std::uint32_t sequence, std::string_view to, std::int64_t zoobars) {
    visit.set_sequence(sequence);
    visit.set_recipient(Member(to));
    visit.set_zoobars(zoobars);
    return visit;
  }
  TransferReply Spend(SpendRequest request) {
    auto reply = site_->Wait(profile_->Call<TransferReply>(std::move(request)));
    EXPECT_TRUE(reply.ok()) << reply.error().text;
    return reply.ok() ? reply->message : TransferReply();
  }
  TransferReply::Outcome Spent(const SpendRequest& visit, std::uint32_t sequence, std::string_view to,
                               std::int64_t zoobars) {
    return Spend(Paying(visit, sequence, to, zoobars)).outcome();
  }
  VerifyReply Verified() {
    const auto admin = site_->CallAs(ROLE_ADMIN, ROLE_BANK);
    auto reply = site_->Wait(admin->Call<VerifyReply>(VerifyRequest()));
    EXPECT_TRUE(reply.ok());
    return reply.ok() ? reply->message : VerifyReply();
  }
  std::int64_t Balance(std::string_view name) {
    BalancesRequest request;
    request.add_members(Member(name));
    const BalancesReply reply = Answer<BalancesReply>(request);
    return reply.balances_size() == 1 && reply.balances(0).found() ? reply.balances(0).zoobars() : -1;
  }

  // Asks for all of them in one turn of the loop.
  std::vector<TransferReply> AllAtOnce(const std::vector<TransferRequest>& requests) {
    std::vector<TransferReply> replies;
    const auto ask = [&](TransferRequest request) -> Task<void> {
      auto asking = app_->Call<TransferReply>(std::move(request));
      const Result<Incoming<TransferReply>> reply = co_await asking;
      EXPECT_TRUE(reply.ok());
      replies.push_back(reply.ok() ? reply->message : TransferReply());
    };
    for (const TransferRequest& request : requests) Spawn(ask(request));
    site_->RunUntil([&] { return replies.size() == requests.size(); });
    return replies;
  }
  static auto Count(const std::vector<TransferReply>& replies, TransferReply::Outcome outcome) {
    return std::count_if(replies.begin(), replies.end(), [&](const auto& one) { return one.outcome() == outcome; });
  }
  // A bank in which a member may act so fast. The clock stands still.
  void LimitTo(std::uint32_t burst, std::uint32_t per_hour) {
    settings_.set_acts_burst(burst);
    settings_.set_acts_per_hour(per_hour);
    Restart();
    for (const char* name : {"alice", "bob", "carol"}) Open(name);
  }

  Config::Bank settings_;
  Config::Store store_;
  ScratchFolder folder_;
  std::map<Role, Bytes> keys_ = {{ROLE_BANK, Bytes(kTicketKeySize, 'k')}};
  std::int64_t now_ = kNow;
  std::unique_ptr<FakeSite> site_;
  std::unique_ptr<Bank> bank_;
  std::shared_ptr<Channel> app_, profile_;
};

TEST_F(BankTest, EveryMethodHasItsHandler) { EXPECT_THAT(site_->service().Missing(ROLE_BANK), testing::IsEmpty()); }

TEST_F(BankTest, AnAccountIsOpenedByTicketOnce) {
  EXPECT_EQ(Balance("alice"), -1);
  OpenAccountReply reply = Open("alice");
  EXPECT_EQ(reply.outcome(), OpenAccountReply::OUTCOME_OPENED);
  EXPECT_EQ(reply.zoobars(), 10);
  reply = Open("alice");
  EXPECT_EQ(reply.outcome(), OpenAccountReply::OUTCOME_EXISTS);
  EXPECT_EQ(reply.zoobars(), 10);
  EXPECT_EQ(Balance("alice"), 10);
}

TEST_F(BankTest, NobodyMintsByInventingNames) {
  OpenAccountRequest request;
  EXPECT_EQ(Answer<OpenAccountReply>(request).outcome(), OpenAccountReply::OUTCOME_TICKET_REFUSED);
  // A ticket for something else does not do.
  *request.mutable_ticket() = Asking("alice", "bob", 1).ticket();
  EXPECT_EQ(Answer<OpenAccountReply>(request).outcome(), OpenAccountReply::OUTCOME_TICKET_REFUSED);
  EXPECT_EQ(Balance("alice"), -1);
  const auto lines = site_->lines.Named("ticket-refused");
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_TRUE(lines[0].security);
  EXPECT_EQ(lines[0].fields.at("from"), "app");
  EXPECT_EQ(site_->counters.at("tickets.refused")(), 2);
}

TEST_F(BankTest, ATransferMovesWhatTheTicketSays) {
  Open("alice");
  Open("bob");
  const TransferReply reply = Transfer(Asking("alice", "bob", 3));
  EXPECT_EQ(reply.outcome(), TransferReply::OUTCOME_SENT);
  EXPECT_EQ(reply.zoobars(), 7);
  EXPECT_EQ(reply.entry(), 3u);
  EXPECT_FALSE(reply.repeated_act());
  EXPECT_EQ(Balance("bob"), 13);
  EXPECT_EQ(site_->counters.at("transfers")(), 1);
}

TEST_F(BankTest, ATicketIsForItsRecipientAndAmountAlone) {
  for (const char* name : {"alice", "bob", "carol"}) Open(name);
  TransferRequest request = Asking("alice", "bob", 3);
  request.set_zoobars(10);
  EXPECT_EQ(Transfer(request).outcome(), TransferReply::OUTCOME_TICKET_REFUSED);
  request = Asking("alice", "bob", 3);
  request.set_recipient(Member("carol"));
  EXPECT_EQ(Transfer(request).outcome(), TransferReply::OUTCOME_TICKET_REFUSED);
  request = Asking("alice", "bob", 3);
  request.mutable_ticket()->mutable_mac()->back() ^= 1;
  EXPECT_EQ(Transfer(request).outcome(), TransferReply::OUTCOME_TICKET_REFUSED);
  EXPECT_EQ(Balance("alice"), 10);
}

TEST_F(BankTest, AnExpiredTicketIsRefused) {
  Open("alice");
  Open("bob");
  const TransferRequest request = Asking("alice", "bob", 3);
  now_ = kNow + kTicketLifetimeMs;
  EXPECT_EQ(Transfer(request).outcome(), TransferReply::OUTCOME_TICKET_REFUSED);
}

TEST_F(BankTest, EachRefusalHasItsOwnName) {
  Open("alice");
  Open("bob");
  EXPECT_EQ(Transfer(Asking("alice", "bob", 0)).outcome(), TransferReply::OUTCOME_NOT_POSITIVE);
  EXPECT_EQ(Transfer(Asking("alice", "bob", -3)).outcome(), TransferReply::OUTCOME_NOT_POSITIVE);
  EXPECT_EQ(Transfer(Asking("alice", "bob", 11)).outcome(), TransferReply::OUTCOME_OVERDRAFT);
  EXPECT_EQ(Transfer(Asking("alice", "nobody", 1)).outcome(), TransferReply::OUTCOME_UNKNOWN_RECIPIENT);
  EXPECT_EQ(Transfer(Asking("alice", "alice", 1)).outcome(), TransferReply::OUTCOME_SELF);
  EXPECT_EQ(Transfer(Asking("nobody", "alice", 1)).outcome(), TransferReply::OUTCOME_NO_ACCOUNT);
  EXPECT_EQ(Transfer(Asking("alice", "bob", 11)).zoobars(), 10);
  EXPECT_EQ(Balance("alice"), 10);
  EXPECT_EQ(Balance("bob"), 10);
}

TEST_F(BankTest, ARecipientThatIsNoMemberIdIsUnknown) {
  Open("alice");
  TransferRequest request;
  *request.mutable_ticket() = TicketFor("alice", kTransferMethod, TransferDigest("bob", 1), ActId("", ""));
  request.set_recipient("bob");
  request.set_zoobars(1);
  EXPECT_EQ(Transfer(request).outcome(), TransferReply::OUTCOME_UNKNOWN_RECIPIENT);
}

TEST_F(BankTest, TheSameSubmissionPaysOnceEvenAcrossARestart) {
  Open("alice");
  Open("bob");
  const TransferReply first = Transfer(Asking("alice", "bob", 3, "form-1"));
  Restart();
  const TransferReply again = Transfer(Asking("alice", "bob", 3, "form-1"));
  EXPECT_EQ(again.outcome(), TransferReply::OUTCOME_SENT);
  EXPECT_TRUE(again.repeated_act());
  EXPECT_EQ(again.entry(), first.entry());
  EXPECT_EQ(Transfer(Asking("alice", "bob", 4, "form-1")).outcome(), TransferReply::OUTCOME_ACT_REUSED);
  EXPECT_EQ(Balance("bob"), 13);
}

TEST_F(BankTest, TheJournalNamesBothAndStartsWithTheNewest) {
  Open("alice");
  Open("bob");
  now_ = kNow + 5;
  Transfer(Asking("alice", "bob", 3));
  JournalRequest request;
  request.set_member(Member("bob"));
  request.set_limit(1);
  const JournalReply page = Answer<JournalReply>(request);
  ASSERT_EQ(page.entries_size(), 1);
  EXPECT_EQ(page.entries(0).sender(), "alice");
  EXPECT_EQ(page.entries(0).recipient(), "bob");
  EXPECT_EQ(page.entries(0).zoobars(), 3);
  EXPECT_EQ(page.entries(0).time_ms(), kNow + 5);
  EXPECT_TRUE(page.more());
  request.set_before(page.entries(0).number());
  const JournalReply rest = Answer<JournalReply>(request);
  ASSERT_EQ(rest.entries_size(), 1);
  EXPECT_EQ(rest.entries(0).sender(), "");
  EXPECT_FALSE(rest.more());
}

TEST_F(BankTest, WhatNoPageAsksForIsUnavailable) {
  BalancesRequest many;
  for (int i = 0; i < 101; ++i) many.add_members(Member("alice"));
  EXPECT_FALSE(Call<BalancesReply>(many).ok());
  JournalRequest journal;
  journal.set_member("short");
  EXPECT_FALSE(Call<JournalReply>(journal).ok());
  journal.set_member(Member("alice"));
  journal.set_limit(101);
  EXPECT_FALSE(Call<JournalReply>(journal).ok());
  EXPECT_EQ(site_->errors.size(), 3u);
  EXPECT_TRUE(site_->misbehaviours.empty());
}

TEST_F(BankTest, BalancesComeInTheOrderAsked) {
  Open("alice");
  Open("bob");
  Transfer(Asking("alice", "bob", 1));
  BalancesRequest request;
  for (const char* name : {"bob", "nobody", "alice", "bob"}) request.add_members(Member(name));
  request.add_members("short");
  const BalancesReply reply = Answer<BalancesReply>(request);
  ASSERT_EQ(reply.balances_size(), 5);
  EXPECT_EQ(reply.balances(0).zoobars(), 11);
  EXPECT_FALSE(reply.balances(1).found());
  EXPECT_EQ(reply.balances(2).zoobars(), 9);
  EXPECT_EQ(reply.balances(3).zoobars(), 11);
  EXPECT_FALSE(reply.balances(4).found());
}

TEST_F(BankTest, AdminVerifies) {
  Open("alice");
  Open("bob");
  Transfer(Asking("alice", "bob", 3));
  const VerifyReply reply = Verified();
  EXPECT_TRUE(reply.sound());
  EXPECT_EQ(reply.accounts(), 2u);
  EXPECT_EQ(reply.entries(), 3u);
  EXPECT_EQ(reply.issued(), 20);
  EXPECT_EQ(reply.held(), 20);
  EXPECT_EQ(reply.faults_size(), 0);
}

TEST_F(BankTest, ProfileReadsButMakesNoTransfer) {
  Open("alice");
  Open("bob");
  BalancesRequest request;
  request.add_members(Member("alice"));
  auto balances = site_->Wait(profile_->Call<BalancesReply>(std::move(request)));
  ASSERT_TRUE(balances.ok());
  TransferRequest transfer = Asking("alice", "bob", 1);
  EXPECT_FALSE(site_->Wait(profile_->Call<TransferReply>(std::move(transfer))).ok());
  EXPECT_EQ(site_->misbehaviours.size(), 1u);
  EXPECT_EQ(Balance("alice"), 10);
}

// ---- programs

TEST_F(BankTest, AProgramPaysFromItsOwnersAccountWhileSomebodyLooks) {
  for (const char* name : {"owner", "bob", "carol"}) Open(name);
  const SpendRequest visit = Visit("owner", "visitor");
  const TransferReply paid = Spend(Paying(visit, 1, "bob", 3));
  EXPECT_EQ(paid.outcome(), TransferReply::OUTCOME_SENT);
  EXPECT_EQ(paid.zoobars(), 7);
  EXPECT_EQ(Spent(visit, 2, "carol", 2), TransferReply::OUTCOME_SENT) << "one ticket, several payments";
  EXPECT_EQ(Balance("owner"), 5);
  EXPECT_EQ(Balance("bob"), 13);
  EXPECT_EQ(Balance("carol"), 12);
  EXPECT_EQ(site_->counters.at("payments")(), 2);
  JournalRequest request;
  request.set_member(Member("bob"));
  request.set_limit(10);
  const JournalReply page = Answer<JournalReply>(request);
  ASSERT_EQ(page.entries_size(), 2);
  EXPECT_EQ(page.entries(0).sender(), "owner");
  EXPECT_TRUE(page.entries(0).by_program());
  EXPECT_FALSE(page.entries(1).by_program());
  EXPECT_TRUE(Verified().sound());
}

TEST_F(BankTest, ASpendingTicketIsForItsVisitorAndItsLimitsAlone) {
  for (const char* name : {"owner", "bob"}) Open(name);
  SpendRequest other = Visit("owner", "visitor");
  other.set_visitor(Member("mallory"));
  EXPECT_EQ(Spent(other, 1, "bob", 1), TransferReply::OUTCOME_TICKET_REFUSED);
  for (const SpendingLimits& limits : {Limits(1000, 1000), Limits(20, 11), Limits(21, 10), SpendingLimits()}) {
    SpendRequest forged = Visit("owner", "visitor");
    *forged.mutable_limits() = limits;
    EXPECT_EQ(Spent(forged, 1, "bob", 1), TransferReply::OUTCOME_TICKET_REFUSED) << limits.ShortDebugString();
  }
  SpendRequest flipped = Visit("owner", "visitor");
  flipped.mutable_ticket()->mutable_mac()->back() ^= 1;
  EXPECT_EQ(Spent(flipped, 1, "bob", 1), TransferReply::OUTCOME_TICKET_REFUSED);
  EXPECT_EQ(Balance("owner"), 10);
  EXPECT_EQ(site_->lines.Named("ticket-refused").size(), 6u);
  EXPECT_EQ(site_->lines.Named("ticket-refused")[0].fields.at("from"), "profile");
}

TEST_F(BankTest, ATicketsPayerCannotBeAltered) {
  for (const char* name : {"owner", "rich", "bob"}) Open(name);
  SpendRequest request = Visit("owner", "visitor");
  TicketBody body;
  ASSERT_TRUE(body.ParseFromString(request.ticket().body()));
  body.set_member(Member("rich"));
  body.SerializeToString(request.mutable_ticket()->mutable_body());
  EXPECT_EQ(Spent(request, 1, "bob", 1), TransferReply::OUTCOME_TICKET_REFUSED);
  EXPECT_EQ(Balance("rich"), 10);
}

TEST_F(BankTest, WithoutASpendingTicketProfileSpendsNothing) {
  for (const char* name : {"owner", "bob"}) Open(name);
  SpendRequest request = Visit("owner", "visitor");
  request.clear_ticket();
  EXPECT_EQ(Spent(request, 1, "bob", 1), TransferReply::OUTCOME_TICKET_REFUSED);
  // Nor by tickets for other acts, the owner's own among them.
  *request.mutable_ticket() = Asking("owner", "bob", 1).ticket();
  EXPECT_EQ(Spent(request, 1, "bob", 1), TransferReply::OUTCOME_TICKET_REFUSED);
  *request.mutable_ticket() =
      TicketFor("owner", kVisitMethod, SpendDigest(Member("visitor"), Limits(20, 10)), ActId("", ""));
  EXPECT_EQ(Spent(request, 1, "bob", 1), TransferReply::OUTCOME_TICKET_REFUSED);
  EXPECT_EQ(Balance("owner"), 10);
}

TEST_F(BankTest, ASpendingTicketOpensNoAccountAndMakesNoTransferOfItsOwners) {
  for (const char* name : {"owner", "bob"}) Open(name);
  TransferRequest transfer = Asking("owner", "bob", 1);
  *transfer.mutable_ticket() = Visit("owner", "visitor").ticket();
  EXPECT_EQ(Transfer(transfer).outcome(), TransferReply::OUTCOME_TICKET_REFUSED);
  OpenAccountRequest open;
  *open.mutable_ticket() = Visit("mallory", "visitor").ticket();
  EXPECT_EQ(Answer<OpenAccountReply>(open).outcome(), OpenAccountReply::OUTCOME_TICKET_REFUSED);
}

TEST_F(BankTest, AfterThirtySecondsAVisitPaysNoMore) {
  for (const char* name : {"owner", "bob"}) Open(name);
  const SpendRequest visit = Visit("owner", "visitor");
  now_ = kNow + kTicketLifetimeMs - 1;
  EXPECT_EQ(Spent(visit, 1, "bob", 1), TransferReply::OUTCOME_SENT);
  now_ = kNow + kTicketLifetimeMs;
  EXPECT_EQ(Spent(visit, 2, "bob", 1), TransferReply::OUTCOME_TICKET_REFUSED);
  EXPECT_EQ(Spent(visit, 1, "bob", 1), TransferReply::OUTCOME_TICKET_REFUSED);
}

TEST_F(BankTest, AppPaysForNoProgram) {
  for (const char* name : {"owner", "bob"}) Open(name);
  EXPECT_FALSE(Call<TransferReply>(Paying(Visit("owner", "visitor"), 1, "bob", 1)).ok());
  EXPECT_EQ(site_->misbehaviours.size(), 1u);
}

TEST_F(BankTest, SpendingPastTheOwnersLimitMovesNothingWhoeverLooks) {
  Restart(100);
  for (const char* name : {"owner", "bob", "carol", "dave"}) Open(name);
  EXPECT_EQ(Spent(Visit("owner", "v1"), 1, "bob", 11), TransferReply::OUTCOME_OVER_RECIPIENT);
  EXPECT_EQ(Spent(Visit("owner", "v1"), 1, "bob", 21), TransferReply::OUTCOME_OVER_HOUR);
  EXPECT_EQ(Spent(Visit("owner", "v1"), 1, "bob", 7), TransferReply::OUTCOME_SENT);
  EXPECT_EQ(Spent(Visit("owner", "v2"), 1, "bob", 4), TransferReply::OUTCOME_OVER_RECIPIENT);
  EXPECT_EQ(Spent(Visit("owner", "v3"), 1, "bob", 3), TransferReply::OUTCOME_SENT);
  EXPECT_EQ(Spent(Visit("owner", "v3"), 1, "carol", 10), TransferReply::OUTCOME_SENT);
  const TransferReply refused = Spend(Paying(Visit("owner", "v4"), 1, "dave", 1));
  EXPECT_EQ(refused.outcome(), TransferReply::OUTCOME_OVER_HOUR);
  EXPECT_EQ(refused.zoobars(), 80);
  EXPECT_EQ(Balance("owner"), 80);
  EXPECT_EQ(Balance("bob"), 110);
  EXPECT_EQ(Balance("dave"), 100);
  EXPECT_EQ(site_->counters.at("payments.past-limits")(), 4);
  // Also after a restart; and the owner's own payments are the owner's.
  Restart();
  EXPECT_EQ(Spent(Visit("owner", "v5"), 1, "dave", 1), TransferReply::OUTCOME_OVER_HOUR);
  EXPECT_EQ(Transfer(Asking("owner", "dave", 30)).outcome(), TransferReply::OUTCOME_SENT);
  EXPECT_TRUE(Verified().sound());
}

TEST_F(BankTest, AnHourLaterTheLimitIsFreeAgain) {
  for (const char* name : {"owner", "bob"}) Open(name);
  EXPECT_EQ(Spent(Visit("owner", "visitor", Limits(2, 2)), 1, "bob", 2), TransferReply::OUTCOME_SENT);
  now_ = kNow + Ledger::kHourMs - 1;
  EXPECT_EQ(Spent(Visit("owner", "visitor", Limits(2, 2)), 1, "bob", 1), TransferReply::OUTCOME_OVER_HOUR);
  now_ = kNow + Ledger::kHourMs;
  EXPECT_EQ(Spent(Visit("owner", "visitor", Limits(2, 2)), 1, "bob", 2), TransferReply::OUTCOME_SENT);
}

TEST_F(BankTest, NoTicketLetsProgramsPayMoreThanAThousandAnHour) {
  Restart(5000);
  for (const char* name : {"owner", "bob"}) Open(name);
  const SpendRequest visit = Visit("owner", "visitor", Limits(4000, 4000));
  EXPECT_EQ(Spent(visit, 1, "bob", 1001), TransferReply::OUTCOME_OVER_HOUR);
  EXPECT_EQ(Spent(visit, 2, "bob", 1000), TransferReply::OUTCOME_SENT);
  EXPECT_EQ(Spent(visit, 3, "bob", 1), TransferReply::OUTCOME_OVER_HOUR);
}

TEST_F(BankTest, APaymentsNumberAgainIsAnsweredFromTheJournal) {
  for (const char* name : {"owner", "bob", "carol"}) Open(name);
  const SpendRequest visit = Visit("owner", "visitor", Limits(3, 3));
  const TransferReply first = Spend(Paying(visit, 5, "bob", 3));
  Restart();
  const TransferReply again = Spend(Paying(visit, 5, "bob", 3));
  EXPECT_EQ(again.outcome(), TransferReply::OUTCOME_SENT) << "though the limit is reached";
  EXPECT_TRUE(again.repeated_act());
  EXPECT_EQ(again.entry(), first.entry());
  EXPECT_EQ(site_->counters.at("payments")(), 0);
  EXPECT_EQ(Spent(visit, 5, "carol", 3), TransferReply::OUTCOME_ACT_REUSED);
  EXPECT_EQ(Spent(visit, 5, "bob", 2), TransferReply::OUTCOME_ACT_REUSED);
  EXPECT_EQ(Balance("bob"), 13);
}

TEST_F(BankTest, AVisitsPaymentsAreNumberedToTwoHundred) {
  for (const char* name : {"owner", "bob"}) Open(name);
  const SpendRequest visit = Visit("owner", "visitor");
  EXPECT_EQ(Spent(visit, 0, "bob", 1), TransferReply::OUTCOME_SENT);
  EXPECT_EQ(Spent(visit, 200, "bob", 1), TransferReply::OUTCOME_SENT);
  EXPECT_EQ(Spent(visit, 201, "bob", 1), TransferReply::OUTCOME_TICKET_REFUSED);
  EXPECT_EQ(site_->lines.Named("ticket-refused").back().fields.at("why"), "payment 201 of one visit");
}

TEST_F(BankTest, AProgramsOtherRefusalsAreAsATransfers) {
  for (const char* name : {"owner", "bob"}) Open(name);
  const SpendRequest visit = Visit("owner", "visitor", Limits(100, 100));
  EXPECT_EQ(Spent(visit, 1, "owner", 1), TransferReply::OUTCOME_SELF);
  EXPECT_EQ(Spent(visit, 2, "nobody", 1), TransferReply::OUTCOME_UNKNOWN_RECIPIENT);
  EXPECT_EQ(Spent(visit, 3, "bob", 0), TransferReply::OUTCOME_NOT_POSITIVE);
  EXPECT_EQ(Spent(visit, 4, "bob", -5), TransferReply::OUTCOME_NOT_POSITIVE);
  EXPECT_EQ(Spent(visit, 5, "bob", 11), TransferReply::OUTCOME_OVERDRAFT);
  EXPECT_EQ(Spent(Visit("stranger", "visitor"), 1, "bob", 1), TransferReply::OUTCOME_NO_ACCOUNT);
  SpendRequest odd = Paying(visit, 6, "bob", 1);
  odd.set_recipient("bob");
  EXPECT_EQ(Spend(odd).outcome(), TransferReply::OUTCOME_UNKNOWN_RECIPIENT);
  EXPECT_EQ(Balance("owner"), 10);
  EXPECT_EQ(Balance("bob"), 10);
}

TEST_F(BankTest, WithoutAVisitorNobodyPaysWhateverTheTicketSays) {
  for (const char* name : {"owner", "bob"}) Open(name);
  SpendRequest request = Visit("owner", "visitor");
  request.clear_visitor();
  *request.mutable_ticket() = TicketFor("owner", kSpendMethod, SpendDigest("", Limits(20, 10)), ActId("", ""));
  EXPECT_EQ(Spent(request, 1, "bob", 1), TransferReply::OUTCOME_TICKET_REFUSED);
}

TEST_F(BankTest, VisitsThatPayAtOnceStayWithinTheLimitTogether) {
  Restart(100);
  Open("owner");
  for (int i = 0; i < 5; ++i) Open("m" + std::to_string(i));
  std::map<TransferReply::Outcome, int> outcomes;
  std::size_t answered = 0;
  const auto pay = [](Task<Result<Incoming<TransferReply>>> call, std::map<TransferReply::Outcome, int>* counts,
                      std::size_t* count) -> Task<void> {
    Result<Incoming<TransferReply>> reply = co_await call;
    EXPECT_TRUE(reply.ok());
    if (reply.ok()) ++(*counts)[reply->message.outcome()];
    ++*count;
  };
  for (int i = 0; i < 100; ++i) {
    SpendRequest request = Paying(Visit("owner", "v" + std::to_string(i)), 1, "m" + std::to_string(i % 5), 3);
    Spawn(pay(profile_->Call<TransferReply>(std::move(request)), &outcomes, &answered));
  }
  site_->RunUntil([&] { return answered == 100; });
  EXPECT_EQ(outcomes[TransferReply::OUTCOME_SENT], 6);
  EXPECT_EQ(outcomes[TransferReply::OUTCOME_OVER_HOUR], 94);
  EXPECT_EQ(Balance("owner"), 82);
  EXPECT_TRUE(Verified().sound());
}

TEST_F(BankTest, ProfileFindsMembersByName) {
  Open("alice");
  Open("bob");
  Transfer(Asking("alice", "bob", 1));
  FindRequest request;
  for (const char* name : {"bob", "nobody", "alice", "", "Bob"}) request.add_names(name);
  request.add_names(std::string(1000, 'x'));
  auto reply = site_->Wait(profile_->Call<FindReply>(request));
  ASSERT_TRUE(reply.ok());
  ASSERT_EQ(reply->message.found_size(), 6);
  EXPECT_EQ(reply->message.found(0).member(), Member("bob"));
  EXPECT_EQ(reply->message.found(0).zoobars(), 11);
  EXPECT_EQ(reply->message.found(2).member(), Member("alice"));
  for (int i : {1, 3, 4, 5}) EXPECT_TRUE(reply->message.found(i).member().empty()) << i;
  while (request.names_size() < 100) request.add_names("alice");
  EXPECT_TRUE(site_->Wait(profile_->Call<FindReply>(request)).ok());
  request.add_names("alice");
  EXPECT_FALSE(site_->Wait(profile_->Call<FindReply>(request)).ok());
}

TEST_F(BankTest, DrainWaitsForWhatIsBeingCommitted) {
  Open("alice");
  Open("bob");
  bool drained = false;
  bank_->Drain([&] { drained = true; });
  EXPECT_TRUE(drained);
  drained = false;
  std::optional<TransferReply> reply;
  auto pay = [&](TransferRequest request) -> Task<void> {
    Incoming<TransferRequest> call;
    call.message = std::move(request);
    auto answer = co_await bank_->Transfer(std::move(call));
    if (answer.ok()) reply = answer->message;
  };
  Spawn(pay(Asking("alice", "bob", 1)));
  bank_->Drain([&] { drained = true; });
  EXPECT_FALSE(drained);
  site_->RunUntil([&] { return drained; });
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->outcome(), TransferReply::OUTCOME_SENT);
}

TEST_F(BankTest, TheInitialZoobarsAreConfigured) {
  Restart(25);
  EXPECT_EQ(Open("alice").zoobars(), 25);
}

// ---- how fast a member acts

TEST_F(BankTest, AMemberTransfersUpToTheBurstAndThenAtTheRate) {
  LimitTo(3, 1800);
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(Transfer(Asking("alice", "bob", 1)).outcome(), TransferReply::OUTCOME_SENT) << i;
  const TransferReply refused = Transfer(Asking("alice", "bob", 1));
  EXPECT_EQ(refused.outcome(), TransferReply::OUTCOME_TOO_MANY);
  EXPECT_EQ(refused.zoobars(), 7);
  EXPECT_EQ(refused.retry_after_s(), 2u);
  EXPECT_EQ(refused.burst(), 3u);
  EXPECT_EQ(refused.per_hour(), 1800u);
  EXPECT_EQ(Balance("alice"), 7);
  EXPECT_EQ(Balance("bob"), 13);
  EXPECT_EQ(site_->counters.at("acts.past-rate")(), 1);
  now_ += 2000;
  EXPECT_EQ(Transfer(Asking("alice", "bob", 1)).outcome(), TransferReply::OUTCOME_SENT);
  EXPECT_EQ(Transfer(Asking("alice", "bob", 1)).outcome(), TransferReply::OUTCOME_TOO_MANY);
  EXPECT_EQ(Verified().entries(), 7u) << "what is refused leaves nothing in the journal";
}

TEST_F(BankTest, OneMembersHasteIsNobodyElsesLimit) {
  LimitTo(1, 1);
  EXPECT_EQ(Transfer(Asking("alice", "bob", 1)).outcome(), TransferReply::OUTCOME_SENT);
  EXPECT_EQ(Transfer(Asking("alice", "bob", 1)).outcome(), TransferReply::OUTCOME_TOO_MANY);
  EXPECT_EQ(Transfer(Asking("bob", "alice", 1)).outcome(), TransferReply::OUTCOME_SENT);
  EXPECT_EQ(site_->counters.at("acts.members")(), 2);
}

TEST_F(BankTest, WhatIsRefusedIsNotCharged) {
  LimitTo(1, 1);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(Transfer(Asking("alice", "bob", 11)).outcome(), TransferReply::OUTCOME_OVERDRAFT);
    EXPECT_EQ(Transfer(Asking("alice", "nobody", 1)).outcome(), TransferReply::OUTCOME_UNKNOWN_RECIPIENT);
  }
  EXPECT_EQ(Transfer(Asking("alice", "bob", 1)).outcome(), TransferReply::OUTCOME_SENT);
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(Transfer(Asking("alice", "bob", 1)).retry_after_s(), 3600u) << "nor is what was too many";
  EXPECT_EQ(Transfer(Asking("alice", "bob", 11)).outcome(), TransferReply::OUTCOME_OVERDRAFT)
      << "what would fail anyway has its own reason";
}

TEST_F(BankTest, ARepeatIsAnsweredFromTheJournalAndNotCharged) {
  LimitTo(2, 1);
  const TransferRequest first = Asking("alice", "bob", 1, "form-1");
  EXPECT_EQ(Transfer(first).outcome(), TransferReply::OUTCOME_SENT);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(Transfer(first).repeated_act());
  EXPECT_EQ(Transfer(Asking("alice", "bob", 1)).outcome(), TransferReply::OUTCOME_SENT);
  const TransferReply again = Transfer(first);
  EXPECT_EQ(again.outcome(), TransferReply::OUTCOME_SENT) << "past the limit too";
  EXPECT_TRUE(again.repeated_act());
}

TEST_F(BankTest, TransfersAskedForAtOnceAreCountedAtOnce) {
  LimitTo(3, 1);
  std::vector<TransferRequest> requests;
  for (int i = 0; i < 10; ++i) requests.push_back(Asking("alice", "bob", 1));
  const std::vector<TransferReply> replies = AllAtOnce(requests);
  EXPECT_EQ(Count(replies, TransferReply::OUTCOME_SENT), 3);
  EXPECT_EQ(Count(replies, TransferReply::OUTCOME_TOO_MANY), 7);
  EXPECT_EQ(Balance("alice"), 7);
}

TEST_F(BankTest, AFormSentTwiceAtOnceIsSentThoughOneWasTheLast) {
  LimitTo(1, 1);
  const TransferRequest form = Asking("alice", "bob", 1, "form-1");
  const std::vector<TransferReply> replies = AllAtOnce({form, form, form});
  EXPECT_EQ(Count(replies, TransferReply::OUTCOME_SENT), 3);
  EXPECT_EQ(Balance("alice"), 9);
}

TEST_F(BankTest, ProgramsActOutOfTheirOwnersBucket) {
  LimitTo(2, 1);
  const SpendRequest visit = Visit("alice", "carol");
  EXPECT_EQ(Spent(visit, 1, "bob", 1), TransferReply::OUTCOME_SENT);
  EXPECT_EQ(Spent(visit, 1, "bob", 1), TransferReply::OUTCOME_SENT) << "the same payment";
  EXPECT_EQ(Transfer(Asking("alice", "bob", 1)).outcome(), TransferReply::OUTCOME_SENT);
  EXPECT_EQ(Spent(visit, 2, "bob", 1), TransferReply::OUTCOME_TOO_MANY);
  EXPECT_EQ(Transfer(Asking("carol", "bob", 1)).outcome(), TransferReply::OUTCOME_SENT) << "the visitor owes nothing";
  EXPECT_EQ(Balance("alice"), 8);
}

TEST_F(BankTest, AReloadBringsNewLimits) {
  LimitTo(1, 1);
  EXPECT_EQ(Transfer(Asking("alice", "bob", 1)).outcome(), TransferReply::OUTCOME_SENT);
  EXPECT_EQ(Transfer(Asking("alice", "bob", 1)).outcome(), TransferReply::OUTCOME_TOO_MANY);
  Config config = site_->settings;
  config.mutable_bank()->set_acts_burst(2);
  config.mutable_bank()->set_initial_zoobars(25);
  bank_->Reload(config);
  EXPECT_EQ(Transfer(Asking("alice", "bob", 1)).outcome(), TransferReply::OUTCOME_SENT);
  EXPECT_EQ(Open("dave").zoobars(), 25);
}

// ---- no room, and nobody waiting

TEST_F(BankTest, AStoreWithoutRoomSaysSoAndNothingMoves) {
  store_.set_map_bytes(128 << 10);
  store_.set_max_map_bytes(128 << 10);
  settings_.set_acts_burst(1'000'000);
  Restart(1'000'000);
  Open("alice");
  Open("bob");
  const TransferRequest first = Asking("alice", "bob", 1, "form-1");
  ASSERT_EQ(Transfer(first).outcome(), TransferReply::OUTCOME_SENT);
  std::int64_t moved = 1;
  TransferReply last;
  while (moved < 10'000 && (last = Transfer(Asking("alice", "bob", 1))).outcome() == TransferReply::OUTCOME_SENT)
    ++moved;
  EXPECT_EQ(last.outcome(), TransferReply::OUTCOME_NO_ROOM);
  EXPECT_EQ(Balance("bob"), 1'000'000 + moved);
  const std::vector<TransferReply> both = AllAtOnce({Asking("alice", "bob", 1), first});
  EXPECT_EQ(Count(both, TransferReply::OUTCOME_NO_ROOM), 1);
  EXPECT_EQ(Count(both, TransferReply::OUTCOME_SENT), 1) << "what was done before is answered from the journal";
  EXPECT_EQ(Transfer(Asking("alice", "bob", 2'000'000)).outcome(), TransferReply::OUTCOME_OVERDRAFT);
  const OpenAccountReply::Outcome opened = Open("carol").outcome();
  EXPECT_EQ(opened, OpenAccountReply::OUTCOME_NO_ROOM);
  EXPECT_EQ(Open("alice").outcome(), OpenAccountReply::OUTCOME_EXISTS);
  EXPECT_EQ(Balance("bob"), 1'000'000 + moved);
  EXPECT_GE(site_->counters.at("store.no_room")(), 3);
  const auto lines = site_->lines.Named("store-has-no-room");
  ASSERT_EQ(lines.size(), 1u) << "one line for all of them";
  EXPECT_THAT(lines[0].Text(), testing::HasSubstr("store.max_map_bytes is 131072"));
  EXPECT_TRUE(Verified().sound());
}

TEST_F(BankTest, AnActNobodyWaitsForIsNotBegunAndTheRepeatFindsTheTruth) {
  Open("alice");
  Open("bob");
  const TransferRequest asked = Asking("alice", "bob", 3, "form-1");
  Incoming<TransferRequest> late{Caller{ROLE_APP, 0}, asked, {}, {}, 1};
  EXPECT_FALSE(site_->Wait(bank_->Transfer(std::move(late))).ok());
  EXPECT_EQ(Balance("alice"), 10);
  EXPECT_EQ(site_->counters.at("store.late")(), 1);
  const TransferReply again = Transfer(asked);
  EXPECT_EQ(again.outcome(), TransferReply::OUTCOME_SENT);
  EXPECT_FALSE(again.repeated_act()) << "the first was not carried out";
  EXPECT_TRUE(Transfer(asked).repeated_act());
  EXPECT_EQ(Balance("alice"), 7);

  OpenAccountRequest opening;
  *opening.mutable_ticket() = TicketFor("carol", kOpenAccountMethod, OpenAccountDigest(), ActId("", ""));
  Incoming<OpenAccountRequest> late_opening{Caller{ROLE_APP, 0}, opening, {}, {}, 1};
  EXPECT_FALSE(site_->Wait(bank_->OpenAccount(std::move(late_opening))).ok());
  EXPECT_EQ(Balance("carol"), -1);
}

TEST_F(BankTest, AnActWhoseCallerLeftMeanwhileIsFoundByItsRepeat) {
  Open("alice");
  Open("bob");
  const TransferRequest asked = Asking("alice", "bob", 3, "form-1");
  bool answered = false;
  const auto ask = [&]() -> Task<void> {
    auto asking = app_->Call<TransferReply>(TransferRequest(asked));
    const Result<Incoming<TransferReply>> reply = co_await asking;
    EXPECT_FALSE(reply.ok());
    answered = true;
  };
  Spawn(ask());
  site_->RunUntil([&] { return site_->counters.at("acts.members")() == 1; });  // bank has begun
  app_ = site_->CallAs(ROLE_APP, ROLE_BANK);
  site_->RunUntil([&] { return answered; });
  EXPECT_EQ(Transfer(asked).outcome(), TransferReply::OUTCOME_SENT);
  EXPECT_EQ(Balance("alice"), 7);
}

}  // namespace
}  // namespace zoobar
