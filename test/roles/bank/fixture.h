// A bank on a fresh store, called by app, profile and admin. The clock stands still until a test moves it.
#pragma once

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "roles/bank.h"
#include "site/fake_site.h"
#include "site/ticket.h"
#include "store/scratch.h"

namespace zoobar {

class BankTest : public testing::Test {
 protected:
  static constexpr std::int64_t kNow = 1'700'000'000'000;

  // The id of the member with this name.
  static std::string Member(std::string_view name) {
    std::string id(name);
    id.resize(kMemberIdSize, '.');
    return id;
  }

  void SetUp() override { Restart(); }
  void Restart(std::int64_t initial_zoobars = 10) {
    app_.reset();
    profile_.reset();
    bank_.reset();
    site_ = std::make_unique<FakeSite>();
    site_->ticket_keys = keys_;
    site_->operator_public_key = MustHave(OperatorPublicKey(View(operator_key_)));
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
  // What profile sends to the bank during a visit: auth wrote its ticket when `visitor` looked at the profile of
  // `owner`, who delegates.
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
  // What admin passes on for the operator.
  OperatorAnswer CarryOut(OperatorAct act) {
    act.set_audience(ROLE_BANK);
    OperateBankRequest request;
    *request.mutable_act() = signer_.Sign(std::move(act), now_);
    const auto admin = site_->CallAs(ROLE_ADMIN, ROLE_BANK);
    auto reply = site_->Wait(admin->Call<SealedAnswer>(std::move(request)));
    EXPECT_TRUE(reply.ok());
    auto opened = signer_.Open(reply.ok() ? reply->message : SealedAnswer());
    EXPECT_TRUE(opened.ok()) << opened.error().text;
    return opened.ok() ? opened->answer : OperatorAnswer();
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

  // Sends all requests in one turn of the loop.
  std::vector<TransferReply> AllAtOnce(const std::vector<TransferRequest>& requests) {
    std::vector<TransferReply> replies;
    const auto send = [&](TransferRequest request) -> Task<void> {
      auto transfer = app_->Call<TransferReply>(std::move(request));
      const Result<Incoming<TransferReply>> reply = co_await transfer;
      EXPECT_TRUE(reply.ok());
      replies.push_back(reply.ok() ? reply->message : TransferReply());
    };
    for (const TransferRequest& request : requests) Spawn(send(request));
    site_->RunUntil([&] { return replies.size() == requests.size(); });
    return replies;
  }
  static auto Count(const std::vector<TransferReply>& replies, TransferReply::Outcome outcome) {
    return std::count_if(replies.begin(), replies.end(), [&](const auto& one) { return one.outcome() == outcome; });
  }
  // Starts the bank again with these limits for each member's acts, and opens three accounts.
  void LimitTo(std::uint32_t burst, std::uint32_t per_hour) {
    settings_.set_acts_burst(burst);
    settings_.set_acts_per_hour(per_hour);
    Restart();
    for (const char* name : {"alice", "bob", "carol"}) Open(name);
  }

  Config::Bank settings_;
  Config::Store store_;
  TemporaryDirectory folder_;
  std::map<Role, Bytes> keys_ = {{ROLE_BANK, Bytes(kTicketKeySize, 'k')}};
  const Bytes operator_key_ = FreshOperatorKey();
  OperatorSigner signer_ = MustHave(OperatorSigner::Of(View(operator_key_)));
  std::int64_t now_ = kNow;
  std::unique_ptr<FakeSite> site_;
  std::unique_ptr<Bank> bank_;
  std::shared_ptr<Channel> app_, profile_;
};

}  // namespace zoobar
