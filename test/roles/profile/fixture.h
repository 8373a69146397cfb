// The role profile on a store of its own, with stand-ins for the roles it calls.
#pragma once

#include <gmock/gmock.h>

#include <map>
#include <memory>
#include <string>

#include "bank.pb.h"
#include "roles/fake_sandbox.h"
#include "roles/profile.h"
#include "roles/profile/member.h"
#include "site/fake_site.h"
#include "site/ticket.h"
#include "store/scratch.h"

namespace zoobar {

inline constexpr std::int64_t kProfileNow = 1'700'000'000'000;

// Answers as the test says. It "cleans" HTML by putting brackets around it, so that a test sees what it was asked for.
class FakeSanitizer {
 public:
  FakeSanitizer() { service.Handle(&FakeSanitizer::Clean, this); }

  Task<Result<Outgoing<CleanReply>>> Clean(Incoming<CleanRequest> call) {
    ++calls;
    last_was_output = call.message.output();
    if (broken) co_return Error{"broken"};
    CleanReply reply;
    reply.set_outcome(outcome);
    reply.set_version(version);
    for (const std::string& name : removed) reply.add_removed(name);
    if (outcome == CleanReply::OUTCOME_CLEAN) reply.set_html(fmt::format("[{} {}]", version, call.message.html()));
    co_return reply;
  }

  Service service;
  CleanReply::Outcome outcome = CleanReply::OUTCOME_CLEAN;
  std::uint32_t version = 1;
  std::vector<std::string> removed;
  bool broken = false, last_was_output = false;
  int calls = 0;
};

// Knows alice and bob.
class FakeFinder {
 public:
  FakeFinder() { service.Handle(&FakeFinder::Find, this); }

  Task<Result<Outgoing<FindReply>>> Find(Incoming<FindRequest> call) {
    FindReply reply;
    for (const std::string& name : call.message.names()) {
      FindReply::Found& found = *reply.add_found();
      if (name == "alice" || name == "bob") found.set_member(Member(name));
    }
    co_return reply;
  }

  Service service;
};

class ProfileFixture : public testing::Test {
 protected:
  void SetUp() override { Restart(); }
  void TearDown() override { Stop(); }

  void Stop() {
    app_.reset();
    admin_.reset();
    profile_.reset();
    site_.reset();
  }
  // Replaces the role by a new one on the same store.
  void Restart() {
    Stop();
    site_ = std::make_unique<FakeSite>();
    site_->ticket_keys = keys_;
    site_->operator_public_key = MustHave(OperatorPublicKey(View(operator_key_)));
    *site_->settings.mutable_profile() = settings_;
    Profile::Options options;
    options.folder = folder_.path();
    options.clock = [this] { return now_; };
    options.allow_list_version = sanitizer_.version;
    profile_ = std::make_unique<Profile>(*site_, options);
    site_->Connect(ROLE_PROFILE, ROLE_SANITIZER, sanitizer_.service);
    site_->Connect(ROLE_PROFILE, ROLE_BANK, bank_.service);
    app_ = site_->CallAs(ROLE_APP, ROLE_PROFILE);
    admin_ = site_->CallAs(ROLE_ADMIN, ROLE_PROFILE);
  }
  // Connects the sandbox, as when it has been started again.
  void WireSandbox() {
    sandbox_.loop = &site_->loop();
    site_->Connect(ROLE_PROFILE, ROLE_SANDBOX, sandbox_.service);
    profile_->PeerWired(ROLE_SANDBOX, 0, 1, Fd());
  }

  Ticket TicketOf(std::string_view name, std::string_view method, std::string digest) const {
    TicketBody body;
    body.set_member(Member(name));
    body.set_name(std::string(name));
    body.set_audience(ROLE_PROFILE);
    body.set_method(std::string(method));
    body.set_digest(std::move(digest));
    body.set_id(ActId("", ""));
    body.set_expires_ms(now_ + kTicketLifetimeMs);
    return MakeTicket(keys_.at(ROLE_PROFILE), body);
  }
  SaveRequest Asking(std::string_view name, std::string text) const {
    SaveRequest request;
    *request.mutable_ticket() = TicketOf(name, kSaveProfileMethod, SaveProfileDigest(TextHash(text)));
    request.set_text(std::move(text));
    return request;
  }
  // The reply over a channel; a failed call fails the test.
  template <typename Reply, typename Request>
  Reply Ask(const std::shared_ptr<Channel>& channel, Request request) {
    auto reply = site_->Wait(channel->Call<Reply>(std::move(request)));
    EXPECT_TRUE(reply.ok()) << reply.error().text;
    return reply.ok() ? std::move(reply->message) : Reply();
  }
  // What admin passes on for the operator.
  OperatorAnswer CarryOut(OperatorAct act) {
    act.set_audience(ROLE_PROFILE);
    OperateProfileRequest request;
    *request.mutable_act() = signer_.Sign(std::move(act), now_);
    auto opened = signer_.Open(Ask<SealedAnswer>(admin_, std::move(request)));
    EXPECT_TRUE(opened.ok()) << opened.error().text;
    return opened.ok() ? opened->answer : OperatorAnswer();
  }
  SaveReply Save(SaveRequest request) { return Ask<SaveReply>(app_, std::move(request)); }
  SaveReply::Outcome Save(std::string_view name, std::string text) {
    return Save(Asking(name, std::move(text))).outcome();
  }

  TemporaryDirectory folder_;
  std::map<Role, Bytes> keys_ = {{ROLE_PROFILE, Bytes(kTicketKeySize, 'p')}};
  const Bytes operator_key_ = FreshOperatorKey();
  OperatorSigner signer_ = MustHave(OperatorSigner::Of(View(operator_key_)));
  Config::Profile settings_;
  std::int64_t now_ = kProfileNow;
  FakeSanitizer sanitizer_;
  FakeFinder bank_;
  FakeSandbox sandbox_;
  std::unique_ptr<FakeSite> site_;
  std::unique_ptr<Profile> profile_;
  std::shared_ptr<Channel> app_, admin_;
};

}  // namespace zoobar
