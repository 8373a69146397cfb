// auth with a store of its own. It is called over a channel, as app calls it. The test moves its clock.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "ipc/secrets.h"
#include "roles/auth.h"
#include "roles/fake_honeychecker.h"
#include "site/fake_site.h"
#include "store/scratch.h"

namespace zoobar {

class AuthTest : public testing::Test {
 protected:
  static constexpr std::int64_t kStart = 1'700'000'000'000, kDay = 86'400'000;

  AuthTest() {
    config_.mutable_auth()->mutable_argon2()->set_memory_kib(64);
    config_.mutable_auth()->mutable_argon2()->set_passes(1);
    config_.mutable_auth()->set_min_password_score(0);
    config_.mutable_auth()->mutable_throttle()->set_account_failures(1'000'000'000);
    config_.mutable_auth()->mutable_throttle()->set_address_failures(1'000'000'000);
    config_.mutable_store()->set_map_bytes(1 << 20);
    Start();
  }
  ~AuthTest() override { Stop(); }

  // Starts auth, or restarts it, on the same store, with config_.
  void Start() {
    Stop();
    site_ = std::make_unique<FakeSite>();
    site_->settings = config_;
    site_->operator_public_key = MustHave(OperatorPublicKey(View(operator_key_)));
    AuthOptions options;
    options.folder = folder_.path();
    options.clock = [this] { return now_; };
    options.hashing_threads = threads_;
    if (drawer_) options.drawer = drawer_;
    if (checker_there_) site_->Connect(ROLE_AUTH, ROLE_HONEYCHECKER, checker_.service);
    auth_ = std::make_unique<Auth>(*site_, std::move(options));
    app_ = site_->CallAs(ROLE_APP, ROLE_AUTH);
    login_ = site_->CallAs(ROLE_LOGIN, ROLE_AUTH);
    admin_ = site_->CallAs(ROLE_ADMIN, ROLE_AUTH);
  }
  void Stop() {
    app_.reset();
    admin_.reset();
    login_.reset();
    auth_.reset();
    site_.reset();
  }

  struct Entry {
    LoginReply reply;
    std::string session, device;
    LoginReply::Outcome outcome() const { return reply.outcome(); }
  };
  Task<Result<Incoming<LoginReply>>> CallRegister(std::string name, std::string password, std::uint32_t patience_ms = 0,
                                                  std::string address = "192.0.2.1") {
    RegisterRequest request;
    request.set_name(std::move(name));
    request.set_address(std::move(address));
    request.set_agent("Test/1");
    request.set_patience_ms(patience_ms);
    return login_->Call<LoginReply>(std::move(request), PackSecrets({password, "", ""}));
  }
  Task<Result<Incoming<LoginReply>>> CallLogin(std::string name, std::string password, std::string device = "",
                                               std::string address = "192.0.2.2") {
    LoginRequest request;
    request.set_name(std::move(name));
    request.set_address(std::move(address));
    request.set_agent("Test/2");
    return login_->Call<LoginReply>(std::move(request), PackSecrets({password, device, former_}));
  }
  Entry Register(const std::string& name, const std::string& password = "correct horse") {
    return Entered(site_->Wait(CallRegister(name, password)));
  }
  Entry Login(const std::string& name, const std::string& password = "correct horse", const std::string& device = "") {
    return Entered(site_->Wait(CallLogin(name, password, device)));
  }
  Entry ChangePassword(const std::string& session, const std::string& present, const std::string& chosen) {
    ChangePasswordRequest request;
    request.set_address("192.0.2.3");
    auto reply = site_->Wait(login_->Call<LoginReply>(std::move(request), PackSecrets({session, present, chosen})));
    if (!reply.ok()) return {};
    Entry entry{std::move(reply->message), "", ""};
    if (entry.outcome() == LoginReply::OUTCOME_OK) entry.session = *UnpackSession(reply->secret);
    return entry;
  }
  CheckReply Check(const std::string& session, const std::vector<Act>& acts = {}, const std::string& lookup = "",
                   bool delegation = false) {
    CheckRequest request;
    request.set_delegation(delegation);
    for (const Act& act : acts) *request.add_acts() = act;
    request.set_lookup(lookup);
    auto reply = site_->Wait(app_->Call<CheckReply>(std::move(request), PackSecrets({session})));
    EXPECT_TRUE(reply.ok());
    return reply.ok() ? reply->message : CheckReply();
  }
  bool Logout(const std::string& session, LogoutRequest::Which which = LogoutRequest::WHICH_THIS,
              const std::string& id = "") {
    LogoutRequest request;
    request.set_which(which);
    request.set_session(id);
    auto reply = site_->Wait(app_->Call<LogoutReply>(std::move(request), PackSecrets({session})));
    return reply.ok() && reply->message.session();
  }
  SessionsReply Sessions(const std::string& session) {
    auto reply = site_->Wait(app_->Call<SessionsReply>(SessionsRequest(), PackSecrets({session})));
    return reply.ok() ? reply->message : SessionsReply();
  }
  // What admin passes on for the operator.
  SealedAnswer Send(SignedAct act) {
    OperateAuthRequest request;
    *request.mutable_act() = std::move(act);
    auto reply = site_->Wait(admin_->Call<SealedAnswer>(std::move(request)));
    EXPECT_TRUE(reply.ok());
    return reply.ok() ? reply->message : SealedAnswer();
  }
  OperatorSigner::Opened CarryOut(OperatorAct act) {
    act.set_audience(ROLE_AUTH);
    auto opened = signer_.Open(Send(signer_.Sign(std::move(act), now_)));
    EXPECT_TRUE(opened.ok()) << opened.error().text;
    return opened.ok() ? std::move(*opened) : OperatorSigner::Opened();
  }
  void Maintain() { site_->Wait(Maintained()); }
  // What the store holds for a member. Restarts auth.
  StoredAccount Stored(const std::string& name) {
    StoredAccount account;
    InStore([&](Credentials& credentials, WriteTransaction& tx) {
      account = *credentials.Account(tx, *credentials.FindMember(tx, name));
    });
    return account;
  }
  // Reads or changes the store while auth is stopped. Restarts auth.
  void InStore(const std::function<void(Credentials&, WriteTransaction&)>& act) {
    Stop();
    {
      Loop loop;
      auto credentials = MustHave(Credentials::Open(loop, folder_.path(), config_.store()));
      auto change = [&](WriteTransaction& tx) -> Result<bool> {
        act(*credentials, tx);
        return true;
      };
      EXPECT_TRUE(credentials->environment().WriteFirst(std::move(change)).ok());
    }
    Start();
  }
  std::size_t Lines(std::string_view event) const { return site_->lines.Named(event).size(); }

  TemporaryDirectory folder_;
  Config config_;
  unsigned threads_ = 2;
  std::int64_t now_ = kStart;
  AccountPasswords::Drawer drawer_;  // unset: the real one
  FakeHoneychecker checker_;         // outlives each auth
  bool checker_there_ = true;        // from the next Start on
  std::string former_;               // the session cookie that comes with a login
  std::unique_ptr<FakeSite> site_;
  std::unique_ptr<Auth> auth_;
  std::shared_ptr<Channel> app_, login_, admin_;
  const Bytes operator_key_ = FreshOperatorKey();
  OperatorSigner signer_ = MustHave(OperatorSigner::Of(View(operator_key_)));

  static Entry Entered(Result<Incoming<LoginReply>> reply) {
    EXPECT_TRUE(reply.ok());
    if (!reply.ok()) return {};
    Entry entry{std::move(reply->message), "", ""};
    if (entry.outcome() != LoginReply::OUTCOME_OK) {
      EXPECT_TRUE(reply->secret.empty());
      return entry;
    }
    const EntryTokens tokens = MustHave(EntryTokens::Unpack(reply->secret));
    entry.session = tokens.session;
    entry.device = tokens.device;
    return entry;
  }

 private:
  Task<bool> Maintained() {
    co_await auth_->Maintain();
    co_return true;
  }
};

}  // namespace zoobar
