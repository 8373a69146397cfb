#include "roles/bank.h"

#include <gmock/gmock.h>

#include "roles/fake_site.h"
#include "roles/ticket.h"
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
  void Restart() {
    app_.reset();
    bank_.reset();
    site_ = std::make_unique<FakeSite>();
    site_->ticket_keys = keys_;
    bank_ = std::make_unique<Bank>(*site_, folder_.path(), [this] { return now_; });
    app_ = site_->CallAs(ROLE_APP, ROLE_BANK);
  }
  void TearDown() override {
    app_.reset();
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
    body.set_expires_ms(kNow + kTicketLifetimeMs);
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
  std::int64_t Balance(std::string_view name) {
    BalancesRequest request;
    request.add_members(Member(name));
    const BalancesReply reply = Answer<BalancesReply>(request);
    return reply.balances_size() == 1 && reply.balances(0).found() ? reply.balances(0).zoobars() : -1;
  }

  ScratchFolder folder_;
  std::map<Role, Bytes> keys_ = {{ROLE_BANK, Bytes(kTicketKeySize, 'k')}};
  std::int64_t now_ = kNow;
  std::unique_ptr<FakeSite> site_;
  std::unique_ptr<Bank> bank_;
  std::shared_ptr<Channel> app_;
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
  const auto admin = site_->CallAs(ROLE_ADMIN, ROLE_BANK);
  VerifyRequest request;
  auto reply = site_->Wait(admin->Call<VerifyReply>(std::move(request)));
  ASSERT_TRUE(reply.ok()) << reply.error().text;
  EXPECT_TRUE(reply->message.sound());
  EXPECT_EQ(reply->message.accounts(), 2u);
  EXPECT_EQ(reply->message.entries(), 3u);
  EXPECT_EQ(reply->message.issued(), 20);
  EXPECT_EQ(reply->message.held(), 20);
  EXPECT_EQ(reply->message.faults_size(), 0);
}

TEST_F(BankTest, ProfileReadsButDoesNotPay) {
  Open("alice");
  Open("bob");
  const auto profile = site_->CallAs(ROLE_PROFILE, ROLE_BANK);
  BalancesRequest request;
  request.add_members(Member("alice"));
  auto balances = site_->Wait(profile->Call<BalancesReply>(std::move(request)));
  ASSERT_TRUE(balances.ok());
  TransferRequest transfer = Asking("alice", "bob", 1);
  EXPECT_FALSE(site_->Wait(profile->Call<TransferReply>(std::move(transfer))).ok());
  EXPECT_EQ(site_->misbehaviours.size(), 1u);
  EXPECT_EQ(Balance("alice"), 10);
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
  bank_.reset();
  app_.reset();
  site_ = std::make_unique<FakeSite>();
  site_->ticket_keys = keys_;
  site_->settings.mutable_bank()->set_initial_zoobars(25);
  bank_ = std::make_unique<Bank>(*site_, folder_.path(), [this] { return now_; });
  app_ = site_->CallAs(ROLE_APP, ROLE_BANK);
  EXPECT_EQ(Open("alice").zoobars(), 25);
}

}  // namespace
}  // namespace zoobar
