// A stand-in for auth, with members in plain maps. The id of "alice" is "id:alice", her session token "sessionalice".
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "auth.pb.h"
#include "credentials/names.h"
#include "ipc/channel.h"
#include "ipc/secrets.h"
#include "roles/app/peer_calls.h"

namespace zoobar {

class FakeAuth : public virtual PeerCalls {
 public:
  // For tests to set and read.
  std::map<std::string, std::string> passwords;       // by name
  std::set<std::string> sessions;                     // tokens
  std::map<std::string, SpendingLimits> delegations;  // by name
  std::vector<Act> acts_asked;
  std::function<void()> meanwhile;  // what happens while a caller waits for a challenge
  LoginReply::Outcome login_outcome = LoginReply::OUTCOME_UNSPECIFIED;  // if set, the outcome of every login
  std::string last_device;
  PasskeyLoginRequest passkey_login;  // the last one
  AddPasskeyRequest passkey_added;    // the last one
  std::vector<std::string> passkeys;  // their labels, whosesoever; the id of each is its label
  std::uint32_t last_patience_ms = 0;
  std::string claimed;               // the name of the registration that waits; its claim is "claim" and the name
  std::string session_after_change;  // the session after a new password; empty: the same as before
  int waiting_answers = 0;           // for so many times, its claim is answered OUTCOME_WAITING

 protected:
  void HandleAuth(Service& service) {
    service.Handle(&FakeAuth::Register, this);
    service.Handle(&FakeAuth::Login, this);
    service.Handle(&FakeAuth::Claim, this);
    service.Handle(&FakeAuth::Check, this);
    service.Handle(&FakeAuth::Logout, this);
    service.Handle(&FakeAuth::ChangePassword, this);
    service.Handle(&FakeAuth::Sessions, this);
    service.Handle(&FakeAuth::Members, this);
    service.Handle(&FakeAuth::PasskeyChallenge, this);
    service.Handle(&FakeAuth::PasskeyLogin, this);
    service.Handle(&FakeAuth::BeginPasskey, this);
    service.Handle(&FakeAuth::AddPasskey, this);
    service.Handle(&FakeAuth::ListPasskeys, this);
    service.Handle(&FakeAuth::RemovePasskey, this);
  }

 private:
  // The name behind a secret's first piece; empty: there is no such session.
  std::string NameOf(const Bytes& secret, std::size_t pieces = 1) const {
    const auto unpacked = UnpackSecrets(secret, pieces);
    if (!unpacked.ok() || !sessions.count(std::string((*unpacked)[0]))) return {};
    return std::string((*unpacked)[0].substr(7));
  }

  Task<Result<Outgoing<LoginReply>>> Register(Incoming<RegisterRequest> call) {
    const std::string name = call.message.name();
    const bool taken = passwords.count(name) > 0;
    last_patience_ms = call.message.patience_ms();
    const auto outcome = taken ? LoginReply::OUTCOME_NAME_TAKEN : LoginReply::OUTCOME_OK;
    co_return Enter("Auth.Register", name, call.secret, outcome, true);
  }
  Task<Result<Outgoing<LoginReply>>> Login(Incoming<LoginRequest> call) {
    const auto pieces = UnpackSecrets(call.secret, 3);
    const auto found = passwords.find(call.message.name());
    const bool right = pieces.ok() && found != passwords.end() && found->second == (*pieces)[0];
    const auto outcome = right ? LoginReply::OUTCOME_OK : LoginReply::OUTCOME_WRONG;
    co_return Enter("Auth.Login", call.message.name(), call.secret, outcome, false);
  }
  Result<Outgoing<LoginReply>> Enter(const std::string& method, const std::string& name, const Bytes& secret,
                                     LoginReply::Outcome outcome, bool fresh) {
    if (Error* error = Called(method)) return *error;
    LoginReply reply;
    reply.set_limit(8);
    if (!NormalisedName(name)) outcome = LoginReply::OUTCOME_NAME_INVALID;
    reply.set_outcome(login_outcome != LoginReply::OUTCOME_UNSPECIFIED ? login_outcome : outcome);
    if (reply.outcome() == LoginReply::OUTCOME_WAITING) {
      claimed = name;
      reply.set_before(7);
      return Outgoing<LoginReply>(reply, PackSecrets({"claim" + name}));
    }
    if (reply.outcome() != LoginReply::OUTCOME_OK) return Outgoing<LoginReply>(reply);
    const auto pieces = UnpackSecrets(secret, 3);
    if (fresh) passwords[name] = (*pieces)[0];
    last_device = (*pieces)[1];
    sessions.insert("session" + name);
    reply.set_name(name);
    reply.set_member("id:" + name);
    *reply.mutable_open_account() = TicketFor("id:" + name);
    return Outgoing<LoginReply>(reply, PackSecrets({"session" + name, "device" + name}));
  }
  Task<Result<Outgoing<LoginReply>>> Claim(Incoming<ClaimRequest> call) {
    if (Error* error = Called("Auth.Claim")) co_return *error;
    LoginReply reply;
    const auto pieces = UnpackSecrets(call.secret, 2);
    const bool known = pieces.ok() && !claimed.empty() && (*pieces)[0] == "claim" + claimed;
    if (!known || (call.message.again() && call.message.name() != claimed)) {
      reply.set_outcome(LoginReply::OUTCOME_NO_CLAIM);
      co_return Outgoing<LoginReply>(reply);
    }
    if (waiting_answers > 0) {
      reply.set_outcome(LoginReply::OUTCOME_WAITING);
      reply.set_before(static_cast<std::uint32_t>(--waiting_answers));
      co_return Outgoing<LoginReply>(reply);
    }
    reply.set_outcome(login_outcome == LoginReply::OUTCOME_WAITING ? LoginReply::OUTCOME_OK : login_outcome);
    const std::string who = std::exchange(claimed, {});
    if (reply.outcome() != LoginReply::OUTCOME_OK) {
      reply.set_typed_name(who);
      co_return Outgoing<LoginReply>(reply);
    }
    reply.set_name(who);
    const std::string& name = reply.name();
    passwords[name] = "supersecretpassword";
    sessions.insert("session" + name);
    reply.set_member("id:" + name);
    reply.set_registered(true);
    *reply.mutable_open_account() = TicketFor("id:" + name);
    Bytes secret = PackSecrets({"session" + name, "device" + name});
    co_return Outgoing<LoginReply>(std::move(reply), std::move(secret));
  }

  Task<Result<Outgoing<PasskeyChallengeReply>>> PasskeyChallenge(Incoming<PasskeyChallengeRequest>) {
    if (Error* error = Called("Auth.PasskeyChallenge")) co_return *error;
    if (meanwhile) meanwhile();
    PasskeyChallengeReply reply;
    reply.set_challenge("a challenge");
    co_return reply;
  }
  // Lets alice in, if no other outcome is set.
  Task<Result<Outgoing<LoginReply>>> PasskeyLogin(Incoming<PasskeyLoginRequest> call) {
    if (Error* error = Called("Auth.PasskeyLogin")) co_return *error;
    passkey_login = call.message;
    LoginReply reply;
    reply.set_limit(8);
    reply.set_outcome(login_outcome != LoginReply::OUTCOME_UNSPECIFIED ? login_outcome : LoginReply::OUTCOME_OK);
    if (reply.outcome() != LoginReply::OUTCOME_OK) co_return Outgoing<LoginReply>(reply);
    const auto pieces = UnpackSecrets(call.secret, 2);
    if (pieces.ok()) last_device = (*pieces)[0];
    sessions.insert("sessionalice");
    reply.set_name("alice");
    reply.set_member("id:alice");
    Bytes secret = PackSecrets({"sessionalice", "devicealice"});
    co_return Outgoing<LoginReply>(std::move(reply), std::move(secret));
  }
  Task<Result<Outgoing<BeginPasskeyReply>>> BeginPasskey(Incoming<BeginPasskeyRequest> call) {
    if (Error* error = Called("Auth.BeginPasskey")) co_return *error;
    BeginPasskeyReply reply;
    const std::string name = NameOf(call.secret, 2);
    const auto pieces = UnpackSecrets(call.secret, 2);
    reply.set_outcome(name.empty()                      ? LoginReply::OUTCOME_NO_SESSION
                      : passwords[name] == (*pieces)[1] ? LoginReply::OUTCOME_OK
                                                        : LoginReply::OUTCOME_WRONG);
    if (reply.outcome() != LoginReply::OUTCOME_OK) co_return reply;
    reply.set_name(name);
    reply.set_challenge("a challenge");
    reply.set_user("a user");
    reply.add_present("a credential");
    co_return reply;
  }
  Task<Result<Outgoing<AddPasskeyReply>>> AddPasskey(Incoming<AddPasskeyRequest> call) {
    if (Error* error = Called("Auth.AddPasskey")) co_return *error;
    AddPasskeyReply reply;
    passkey_added = call.message;
    reply.set_name(NameOf(call.secret));
    reply.set_limit(8);
    reply.set_outcome(reply.name().empty()                               ? LoginReply::OUTCOME_NO_SESSION
                      : login_outcome != LoginReply::OUTCOME_UNSPECIFIED ? login_outcome
                                                                         : LoginReply::OUTCOME_OK);
    co_return reply;
  }
  Task<Result<Outgoing<PasskeysReply>>> ListPasskeys(Incoming<PasskeysRequest> call) {
    if (Error* error = Called("Auth.Passkeys")) co_return *error;
    PasskeysReply reply;
    reply.set_session(!NameOf(call.secret).empty());
    for (const std::string& label : passkeys) {
      PasskeysReply::Passkey& one = *reply.add_passkeys();
      one.set_id(label);
      one.set_label(label);
      one.set_created_ms(1'700'000'000'000);
    }
    co_return reply;
  }
  Task<Result<Outgoing<RemovePasskeyReply>>> RemovePasskey(Incoming<RemovePasskeyRequest> call) {
    if (Error* error = Called("Auth.RemovePasskey")) co_return *error;
    RemovePasskeyReply reply;
    reply.set_session(!NameOf(call.secret).empty());
    reply.set_removed(std::erase(passkeys, call.message.id()) > 0);
    co_return reply;
  }

  Task<Result<Outgoing<CheckReply>>> Check(Incoming<CheckRequest> call) {
    if (Error* error = Called("Auth.Check")) co_return *error;
    CheckReply reply;
    const std::string name = NameOf(call.secret);
    if (name.empty()) co_return Outgoing<CheckReply>(reply);
    reply.set_session(true);
    reply.set_name(name);
    reply.set_member("id:" + name);
    for (const Act& act : call.message.acts()) {
      CheckReply::Granted& granted = *reply.add_granted();
      granted.set_outcome(CheckReply::Granted::OUTCOME_OK);
      *granted.mutable_ticket() = TicketFor("id:" + name);
      acts_asked.push_back(act);
      if (act.has_visit()) GrantVisit(act.visit().owner(), granted);
      if (act.has_delegate()) GrantDelegation(name, act.delegate().limits(), granted);
      if (act.has_transfer()) GrantSending(name, act.transfer().recipient(), act.transfer().submission(), granted);
      if (act.has_offer()) GrantSending(name, act.offer().recipient(), act.offer().submission(), granted);
      if (act.has_settle()) *granted.mutable_ticket() = TicketFor("id:" + name + " " + OwnAct());
    }
    if (const auto found = delegations.find(name); call.message.delegation() && found != delegations.end()) {
      reply.set_delegates(true);
      *reply.mutable_limits() = found->second;
    }
    if (passwords.count(call.message.lookup())) {
      reply.set_found("id:" + call.message.lookup());
      reply.set_found_name(call.message.lookup());
    }
    co_return Outgoing<CheckReply>(reply);
  }
  std::string OwnAct() { return "own act " + std::to_string(++acts_); }
  void GrantSending(const std::string& name, const std::string& recipient, const std::string& submission,
                    CheckReply::Granted& granted) {
    if (!passwords.count(recipient)) granted.set_outcome(CheckReply::Granted::OUTCOME_UNKNOWN_RECIPIENT);
    granted.set_recipient("id:" + recipient);
    *granted.mutable_ticket() = TicketFor("id:" + name + " " + (submission.empty() ? OwnAct() : submission));
  }
  void GrantVisit(const std::string& owner, CheckReply::Granted& granted) const {
    if (!passwords.count(owner)) return granted.set_outcome(CheckReply::Granted::OUTCOME_UNKNOWN_OWNER);
    granted.set_owner("id:" + owner);
    granted.set_owner_name(owner);
    const auto found = delegations.find(owner);
    if (found == delegations.end()) return;
    *granted.mutable_spending() = TicketFor("spending of " + owner);
    *granted.mutable_limits() = found->second;
  }
  void GrantDelegation(const std::string& name, const SpendingLimits& limits, CheckReply::Granted& granted) {
    if (limits.per_hour() > 1000 || limits.per_recipient() > limits.per_hour()) {
      granted.set_outcome(CheckReply::Granted::OUTCOME_LIMITS_INVALID);
    } else if (!delegations.count(name)) {
      granted.set_outcome(CheckReply::Granted::OUTCOME_NO_DELEGATION);
    } else {
      delegations[name] = limits;
    }
  }

  Task<Result<Outgoing<LogoutReply>>> Logout(Incoming<LogoutRequest> call) {
    if (Error* error = Called("Auth.Logout")) co_return *error;
    LogoutReply reply;
    const std::string name = NameOf(call.secret);
    reply.set_session(!name.empty());
    if (call.message.which() == LogoutRequest::WHICH_ONE) {
      const std::string& id = call.message.session();
      reply.set_ended(id == "here" || id == "elsewhere" ? 1 : 0);  // those that Sessions lists
      sessions.erase(id);
    } else {
      sessions.erase("session" + name);
    }
    co_return Outgoing<LogoutReply>(reply);
  }
  Task<Result<Outgoing<LoginReply>>> ChangePassword(Incoming<ChangePasswordRequest> call) {
    if (Error* error = Called("Auth.ChangePassword")) co_return *error;
    LoginReply reply;
    const std::string name = NameOf(call.secret, 3);
    const auto pieces = UnpackSecrets(call.secret, 3);
    reply.set_outcome(name.empty() ? LoginReply::OUTCOME_NO_SESSION : LoginReply::OUTCOME_WRONG);
    if (name.empty() || passwords[name] != (*pieces)[1]) co_return Outgoing<LoginReply>(reply);
    passwords[name] = (*pieces)[2];
    reply.set_outcome(LoginReply::OUTCOME_OK);
    const std::string session = session_after_change.empty() ? "session" + name : session_after_change;
    co_return Outgoing<LoginReply>(reply, PackSecrets({session}));
  }
  Task<Result<Outgoing<SessionsReply>>> Sessions(Incoming<SessionsRequest> call) {
    if (Error* error = Called("Auth.Sessions")) co_return *error;
    SessionsReply reply;
    const std::string name = NameOf(call.secret);
    reply.set_session(!name.empty());
    SessionsReply::Session& current = *reply.add_sessions();
    current.set_id("here");
    current.set_current(true);
    current.set_agent("Wget/1.21");
    SessionsReply::Session& other = *reply.add_sessions();
    other.set_id("elsewhere");
    co_return Outgoing<SessionsReply>(reply);
  }
  Task<Result<Outgoing<MembersReply>>> Members(Incoming<MembersRequest> call) {
    if (Error* error = Called("Auth.Members")) co_return *error;
    MembersReply reply;
    reply.set_session(!NameOf(call.secret).empty());
    for (const auto& [name, password] : passwords) {
      if (!name.starts_with(call.message.prefix()) || name <= call.message.after()) continue;
      if (static_cast<std::uint32_t>(reply.members_size()) == call.message.limit()) {
        reply.set_more(true);
        break;
      }
      MembersReply::Member& member = *reply.add_members();
      member.set_id("id:" + name);
      member.set_name(name);
    }
    co_return Outgoing<MembersReply>(reply);
  }

  int acts_ = 0;
};

}  // namespace zoobar
