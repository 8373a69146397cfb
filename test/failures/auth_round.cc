// auth with the real honeychecker: a registration, logins, sessions, a new password, a delegation, a closed account. The two
// stores must go on belonging together: whoever has a password can log in with it, and no alarm rings.
#include <sodium.h>
#include <sys/stat.h>

#include <algorithm>
#include <iterator>

#include "failures/scenarios.h"
#include "ipc/secrets.h"
#include "roles/auth.h"
#include "roles/auth/secrets.h"
#include "roles/honeychecker.h"
#include "site/fake_site.h"

namespace zoobar::failures {
namespace {

constexpr std::int64_t kAuthNow = 1'700'000'000'000;
constexpr const char *kOldPassword = "correct horse", *kNewPassword = "battery staple";

std::string Hex(std::string_view bytes) {
  std::string text(2 * bytes.size() + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  text.pop_back();
  return text;
}

std::string OfHex(std::string_view text) {
  std::string bytes(text.size() / 2, '\0');
  sodium_hex2bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(), text.size(), nullptr,
                 nullptr, nullptr);
  return bytes;
}

class AuthWorker {
 public:
  explicit AuthWorker(const std::string& folder) {
    Config::Auth& auth = *site_.settings.mutable_auth();
    auth.mutable_argon2()->set_memory_kib(64);
    auth.mutable_argon2()->set_passes(1);
    auth.mutable_throttle()->set_account_failures(1'000'000'000);
    auth.mutable_throttle()->set_address_failures(1'000'000'000);
    site_.settings.mutable_store()->set_map_bytes(1 << 16);
    checker_ = std::make_unique<Honeychecker>(site_, folder + "/honey");
    site_.Connect(ROLE_AUTH, ROLE_HONEYCHECKER, site_.service());
    AuthOptions options;
    options.folder = folder + "/cred";
    options.clock = [] { return kAuthNow; };
    options.hashing_threads = 2;
    auth_ = std::make_unique<Auth>(site_, std::move(options));
    const Pause pause;
    app_ = site_.CallAs(ROLE_APP, ROLE_AUTH);
    login_ = site_.CallAs(ROLE_LOGIN, ROLE_AUTH);
  }
  ~AuthWorker() {
    bool drained = false;
    auth_->Drain([&drained] { drained = true; });
    site_.RunUntil([&drained] { return drained; });
    app_.reset();
    login_.reset();
    auth_.reset();
    checker_.reset();
  }

  struct Entry {
    LoginReply::Outcome outcome = LoginReply::OUTCOME_UNSPECIFIED;  // unspecified: an Error
    std::string session;
  };
  Entry Register(const std::string& name, const std::string& password) {
    RegisterRequest request;
    request.set_name(name);
    request.set_address("192.0.2.1");
    return Entered(login_->Call<LoginReply>(std::move(request), PackSecrets({password, "", ""})));
  }
  Entry Login(const std::string& name, const std::string& password) {
    LoginRequest request;
    request.set_name(name);
    request.set_address("192.0.2.2");
    return Entered(login_->Call<LoginReply>(std::move(request), PackSecrets({password, "", ""})));
  }
  LoginReply::Outcome ChangePassword(const std::string& session, const std::string& present,
                                     const std::string& chosen) {
    ChangePasswordRequest request;
    request.set_address("192.0.2.3");
    const auto reply =
        site_.Wait(login_->Call<LoginReply>(std::move(request), PackSecrets({session, present, chosen})));
    return reply.ok() ? reply->message.outcome() : LoginReply::OUTCOME_UNSPECIFIED;
  }
  // Also asks for a ticket to pay, if `pays`. Nullopt: an Error.
  std::optional<bool> IsAlive(const std::string& session, bool pays = false) {
    CheckRequest request;
    if (pays) {
      request.add_acts()->mutable_transfer()->set_recipient("carol");
      request.mutable_acts(0)->mutable_transfer()->set_zoobars(1);
      request.add_acts()->mutable_save_profile()->set_text_hash(std::string(32, 'h'));
      request.mutable_acts(1)->mutable_save_profile()->set_program(true);
    }
    const auto reply = site_.Wait(app_->Call<CheckReply>(std::move(request), PackSecrets({session})));
    if (!reply.ok()) return std::nullopt;
    return reply->message.session();
  }
  std::optional<bool> Logout(const std::string& session) {
    LogoutRequest request;
    request.set_which(LogoutRequest::WHICH_THIS);
    const auto reply = site_.Wait(app_->Call<LogoutReply>(std::move(request), PackSecrets({session})));
    if (!reply.ok()) return std::nullopt;
    return reply->message.session();
  }
  bool Close(const std::string& session, const std::string& password) {
    for (const bool finish : {false, true}) {
      CloseOwnRequest request;
      request.set_finish(finish);
      const auto reply = site_.Wait(login_->Call<CloseOwnReply>(std::move(request), PackSecrets({session, password})));
      if (!reply.ok() || reply->message.outcome() != LoginReply::OUTCOME_OK) return false;
    }
    return true;
  }
  void Read(const std::string& session) {
    (void)site_.Wait(app_->Call<SessionsReply>(SessionsRequest(), PackSecrets({session})));
    MembersRequest members;
    members.set_limit(10);
    (void)site_.Wait(app_->Call<MembersReply>(std::move(members), PackSecrets({session})));
  }
  // A right password was called wrong.
  bool lied() const { return lied_; }
  bool rung() const { return !site_.lines.Named("honeyword-used").empty(); }

 private:
  Entry Entered(Task<Result<Incoming<LoginReply>>> call) {
    const auto reply = site_.Wait(std::move(call));
    if (!reply.ok()) return {};
    Entry entry{reply->message.outcome(), ""};
    constexpr LoginReply::Outcome kTrue[] = {LoginReply::OUTCOME_OK, LoginReply::OUTCOME_BUSY,
                                             LoginReply::OUTCOME_NOT_CHECKED, LoginReply::OUTCOME_WAITING};
    lied_ = lied_ || std::ranges::find(kTrue, entry.outcome) == std::end(kTrue);
    if (entry.outcome == LoginReply::OUTCOME_OK) entry.session = MustHave(EntryTokens::Unpack(reply->secret)).session;
    return entry;
  }

  bool lied_ = false;
  FakeSite site_;
  std::unique_ptr<Honeychecker> checker_;
  std::unique_ptr<Auth> auth_;
  std::shared_ptr<Channel> app_, login_;
};

class AuthScenario : public Scenario {
 public:
  void Prepare(Round& round) override {
    for (const char* name : {"/honey", "/cred"}) EXPECT_EQ(mkdir((round.folder() + name).c_str(), 0700), 0);
    AuthWorker worker(round.folder());
    for (const char* name : {"alice", "bob", "carol"})
      EXPECT_EQ(worker.Register(name, kOldPassword).outcome, LoginReply::OUTCOME_OK);
  }

  void Work(Round& round) override {
    AuthWorker worker(round.folder());
    if (const auto erin = worker.Register("erin", kOldPassword); erin.outcome == LoginReply::OUTCOME_OK)
      Began(round, "erin", erin.session);
    if (const auto alice = worker.Login("alice", kOldPassword); alice.outcome == LoginReply::OUTCOME_OK) {
      Began(round, "alice", alice.session);
      if (worker.IsAlive(alice.session, true) == false) round.Complain("a session that has just begun is not alive");
      worker.Read(alice.session);
      round.Acknowledge("changing");
      if (worker.ChangePassword(alice.session, kOldPassword, kNewPassword) == LoginReply::OUTCOME_OK)
        round.Acknowledge("changed");
    }
    if (const auto carol = worker.Login("carol", kOldPassword); carol.outcome == LoginReply::OUTCOME_OK) {
      round.Acknowledge("ending " + Hex(carol.session));
      if (worker.Logout(carol.session) == true) round.Acknowledge("ended " + Hex(carol.session));
    }
    if (const auto bob = worker.Login("bob", kOldPassword); bob.outcome == LoginReply::OUTCOME_OK) {
      round.Acknowledge("closing");
      if (worker.Close(bob.session, kOldPassword)) round.Acknowledge("closed");
    }
    round.Recover();
    const auto carol = worker.Login("carol", kOldPassword);
    if (carol.outcome != LoginReply::OUTCOME_OK)
      round.Complain(fmt::format("when nothing fails any more, carol's login has the outcome {}",
                                 LoginReply::Outcome_Name(carol.outcome)));
    else if (worker.IsAlive(carol.session) != true)
      round.Complain("when nothing fails any more, a new session is not alive");
    if (worker.rung()) round.Complain("honeychecker rings, and nobody has used a honeyword");
    if (worker.lied()) round.Complain("a right password is called wrong");
    round.End();
  }

  void Check(Round& round) override {
    AuthWorker worker(round.folder());
    for (const std::string& session : round.Acknowledged("session erin "))
      EXPECT_EQ(worker.IsAlive(OfHex(session)), true) << "erin's acknowledged session is gone";
    for (const std::string& session : round.Acknowledged("ended "))
      EXPECT_EQ(worker.IsAlive(OfHex(session)), false) << "a session that has ended is alive";
    if (!round.acknowledged("erin")) {
      // Nobody knows whether erin was registered. The form may be sent again either way.
      EXPECT_EQ(worker.Register("erin", kOldPassword).outcome, LoginReply::OUTCOME_OK);
    }
    EXPECT_EQ(worker.Login("erin", kOldPassword).outcome, LoginReply::OUTCOME_OK);
    ExpectOnePassword(round, worker);
    const bool bob = worker.Login("bob", kOldPassword).outcome == LoginReply::OUTCOME_OK;
    if (round.acknowledged("closed")) {
      EXPECT_FALSE(bob) << "a closed account is open";
    }
    if (!round.acknowledged("closing")) {
      EXPECT_TRUE(bob) << "bob's account is gone";
    }
    const auto carol = worker.Login("carol", kOldPassword);
    EXPECT_EQ(carol.outcome, LoginReply::OUTCOME_OK);
    EXPECT_EQ(worker.ChangePassword(carol.session, kOldPassword, kNewPassword), LoginReply::OUTCOME_OK);
    EXPECT_EQ(worker.Login("carol", kNewPassword).outcome, LoginReply::OUTCOME_OK);
    EXPECT_EQ(worker.Register("frank", kOldPassword).outcome, LoginReply::OUTCOME_OK);
    EXPECT_FALSE(worker.rung());
  }

 private:
  static void Began(Round& round, const std::string& name, const std::string& session) {
    round.Acknowledge(name);
    round.Acknowledge("session " + name + " " + Hex(session));
  }
  // alice has one of the two passwords, and never both or none.
  static void ExpectOnePassword(Round& round, AuthWorker& worker) {
    const bool has_new = worker.Login("alice", kNewPassword).outcome == LoginReply::OUTCOME_OK;
    const bool has_old = worker.Login("alice", kOldPassword).outcome == LoginReply::OUTCOME_OK;
    EXPECT_NE(has_new, has_old) << (has_new ? "both of alice's passwords are good"
                                            : "none of alice's passwords is good");
    if (round.acknowledged("changed")) {
      EXPECT_TRUE(has_new) << "alice's new password was acknowledged";
    }
    if (!round.acknowledged("changing")) {
      EXPECT_TRUE(has_old) << "alice has not asked for another password";
    }
  }
};

}  // namespace

std::unique_ptr<Scenario> AuthRound() { return std::make_unique<AuthScenario>(); }

}  // namespace zoobar::failures
