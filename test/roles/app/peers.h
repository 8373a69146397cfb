// Stand-ins for the roles app calls, with members in plain maps. Members are their own ids: "alice" is member
// "id:alice"; her session token "sessionalice".
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "app.pb.h"
#include "auth.pb.h"
#include "bank.pb.h"
#include "credentials/names.h"
#include "dispatcher.pb.h"
#include "echo.pb.h"
#include "ipc/channel.h"
#include "ipc/secrets.h"
#include "profile.pb.h"

namespace zoobar {

class AppPeers {
 public:
  AppPeers() : ends_(*this) { HandleAll(); }
  AppPeers(const AppPeers&) = delete;
  AppPeers& operator=(const AppPeers&) = delete;

  // The members' state, for tests to set and read.
  std::map<std::string, std::string> passwords;  // by name
  std::set<std::string> sessions;                // tokens
  std::map<std::string, std::int64_t> balances;  // by member id
  std::map<std::string, std::string> profiles;   // by member id
  std::map<std::string, ShowReply> shows;        // by member id: how a look at their program goes
  TryReply tried;
  OwnReply own;
  std::vector<std::string> own_tickets;
  std::map<std::string, SpendingLimits> delegations;  // by name
  std::vector<Act> acts_asked;
  std::vector<TryRequest> tries;
  std::vector<ShowRequest> looks;
  std::vector<JournalReply::Entry> journal;
  std::map<std::string, TransferReply> acts;  // by ticket id
  std::vector<std::string> calls;             // "Bank.Transfer", in order
  std::vector<TransferRequest> transfers;
  std::vector<TakeBackRequest> taken_back;
  std::vector<std::string> taken_back_bytes;
  std::set<std::string> failing;                                        // methods that fail as UNAVAILABLE
  Cause failing_as = Cause::kGone;                                      // what is known of why
  std::optional<TransferReply> transfer_refused;                        // the answer to every transfer
  bool no_room = false;                                                 // bank opens no account
  int lose_transfer_replies = 0;                                        // so many are carried out and not answered
  LoginReply::Outcome login_outcome = LoginReply::OUTCOME_UNSPECIFIED;  // forced
  std::string last_device;
  std::uint32_t last_patience_ms = 0;
  std::string claimed;      // the name of the registration that waits; its claim is "claim" and the name
  int waiting_answers = 0;  // so often its claim is answered OUTCOME_WAITING

  void AddMember(const std::string& name, std::int64_t zoobars = 10) {
    passwords[name] = "supersecretpassword";
    sessions.insert("session" + name);
    balances["id:" + name] = zoobars;
  }
  static std::string CookieOf(const std::string& name) { return "Cookie: PyZoobarLogin=session" + name + "\r\n"; }

  int CountOf(const std::string& call) const { return static_cast<int>(std::count(calls.begin(), calls.end(), call)); }
  const std::map<Role, Service>& services() const { return services_; }

 private:
  // Handlers are members of one class, since a Service calls members.
  class Ends {
   public:
    explicit Ends(AppPeers& world) : world_(world) {}
    Task<Result<Outgoing<LoginReply>>> Register(Incoming<RegisterRequest> call) {
      const std::string name = call.message.name();
      const bool taken = world_.passwords.count(name) > 0;
      world_.last_patience_ms = call.message.patience_ms();
      co_return world_.Enter("Auth.Register", name, call.secret,
                             taken ? LoginReply::OUTCOME_NAME_TAKEN : LoginReply::OUTCOME_OK, true);
    }
    Task<Result<Outgoing<LoginReply>>> Login(Incoming<LoginRequest> call) {
      const auto pieces = UnpackSecrets(call.secret, 3);
      const auto found = world_.passwords.find(call.message.name());
      const bool right = pieces.ok() && found != world_.passwords.end() && found->second == (*pieces)[0];
      co_return world_.Enter("Auth.Login", call.message.name(), call.secret,
                             right ? LoginReply::OUTCOME_OK : LoginReply::OUTCOME_WRONG, false);
    }
    Task<Result<Outgoing<LoginReply>>> Claim(Incoming<ClaimRequest> call) { co_return world_.Claim(std::move(call)); }
    Task<Result<Outgoing<CheckReply>>> Check(Incoming<CheckRequest> call) { co_return world_.Check(std::move(call)); }
    Task<Result<Outgoing<LogoutReply>>> Logout(Incoming<LogoutRequest> call) {
      co_return world_.Logout(std::move(call));
    }
    Task<Result<Outgoing<LoginReply>>> ChangePassword(Incoming<ChangePasswordRequest> call) {
      co_return world_.ChangePassword(std::move(call));
    }
    Task<Result<Outgoing<SessionsReply>>> Sessions(Incoming<SessionsRequest> call) {
      co_return world_.Sessions(std::move(call));
    }
    Task<Result<Outgoing<MembersReply>>> Members(Incoming<MembersRequest> call) {
      co_return world_.Members(std::move(call));
    }
    Task<Result<Outgoing<OpenAccountReply>>> OpenAccount(Incoming<OpenAccountRequest> call) {
      co_return world_.OpenAccount(std::move(call));
    }
    Task<Result<Outgoing<BalancesReply>>> Balances(Incoming<BalancesRequest> call) {
      co_return world_.Balances(std::move(call));
    }
    Task<Result<Outgoing<TransferReply>>> Transfer(Incoming<TransferRequest> call) {
      co_return world_.Transfer(std::move(call));
    }
    Task<Result<Outgoing<JournalReply>>> Journal(Incoming<JournalRequest> call) {
      co_return world_.Journal(std::move(call));
    }
    Task<Result<Outgoing<GetReply>>> Get(Incoming<GetRequest> call) { co_return world_.GetProfile(std::move(call)); }
    Task<Result<Outgoing<SaveReply>>> Save(Incoming<SaveRequest> call) {
      co_return world_.SaveProfile(std::move(call));
    }
    Task<Result<Outgoing<ShowReply>>> Show(Incoming<ShowRequest> call) {
      co_return world_.ShowProfile(std::move(call));
    }
    Task<Result<Outgoing<TryReply>>> Try(Incoming<TryRequest> call) {
      if (Error* error = world_.Called("Profile.Try")) co_return *error;
      world_.tries.push_back(std::move(call.message));
      co_return world_.tried;
    }
    Task<Result<Outgoing<OwnReply>>> Own(Incoming<OwnRequest> call) {
      if (Error* error = world_.Called("Profile.Own")) co_return *error;
      world_.own_tickets.push_back(call.message.ticket().body());
      if (call.message.remove_files()) world_.own.clear_files();
      co_return world_.own;
    }
    Task<Result<Outgoing<SayReply>>> Say(Incoming<SayRequest> call) {
      if (Error* error = world_.Called("Echo.Say")) co_return *error;
      SayReply reply;
      reply.set_text(call.message.text());
      co_return reply;
    }
    Task<Result<Outgoing<Nothing>>> TakeBack(Incoming<TakeBackRequest> call) {
      world_.taken_back.push_back(call.message);
      world_.taken_back_bytes.emplace_back(View(call.secret));
      Nothing nothing;
      co_return nothing;
    }

   private:
    AppPeers& world_;
  };

  void HandleAll() {
    Service& auth = services_[ROLE_AUTH];
    auth.Handle(&Ends::Register, &ends_);
    auth.Handle(&Ends::Login, &ends_);
    auth.Handle(&Ends::Claim, &ends_);
    auth.Handle(&Ends::Check, &ends_);
    auth.Handle(&Ends::Logout, &ends_);
    auth.Handle(&Ends::ChangePassword, &ends_);
    auth.Handle(&Ends::Sessions, &ends_);
    auth.Handle(&Ends::Members, &ends_);
    Service& bank = services_[ROLE_BANK];
    bank.Handle(&Ends::OpenAccount, &ends_);
    bank.Handle(&Ends::Balances, &ends_);
    bank.Handle(&Ends::Transfer, &ends_);
    bank.Handle(&Ends::Journal, &ends_);
    Service& profile = services_[ROLE_PROFILE];
    profile.Handle(&Ends::Get, &ends_);
    profile.Handle(&Ends::Show, &ends_);
    profile.Handle(&Ends::Save, &ends_);
    profile.Handle(&Ends::Try, &ends_);
    profile.Handle(&Ends::Own, &ends_);
    services_[ROLE_ECHO].Handle(&Ends::Say, &ends_);
    services_[ROLE_DISPATCHER].Handle(&Ends::TakeBack, &ends_);
  }

  // Notes the call; an error where the method is to fail.
  Error* Called(const std::string& method) {
    calls.push_back(method);
    unavailable_.cause = failing_as;
    return failing.count(method) ? &unavailable_ : nullptr;
  }
  // The name behind a secret's first piece; empty: no such session.
  std::string NameOf(const Bytes& secret, std::size_t pieces = 1) const {
    const auto unpacked = UnpackSecrets(secret, pieces);
    if (!unpacked.ok() || !sessions.count(std::string((*unpacked)[0]))) return {};
    return std::string((*unpacked)[0].substr(7));
  }
  static Ticket TicketFor(const std::string& id) {
    Ticket ticket;
    ticket.set_body(id);
    return ticket;
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
  Result<Outgoing<LoginReply>> Claim(Incoming<ClaimRequest> call) {
    if (Error* error = Called("Auth.Claim")) return *error;
    LoginReply reply;
    const auto pieces = UnpackSecrets(call.secret, 2);
    const bool known = pieces.ok() && !claimed.empty() && (*pieces)[0] == "claim" + claimed;
    if (!known || (call.message.again() && call.message.name() != claimed)) {
      reply.set_outcome(LoginReply::OUTCOME_NO_CLAIM);
      return Outgoing<LoginReply>(reply);
    }
    if (waiting_answers > 0) {
      reply.set_outcome(LoginReply::OUTCOME_WAITING);
      reply.set_before(static_cast<std::uint32_t>(--waiting_answers));
      return Outgoing<LoginReply>(reply);
    }
    reply.set_outcome(login_outcome == LoginReply::OUTCOME_WAITING ? LoginReply::OUTCOME_OK : login_outcome);
    const std::string who = std::exchange(claimed, {});
    if (reply.outcome() != LoginReply::OUTCOME_OK) {
      reply.set_typed_name(who);
      return Outgoing<LoginReply>(reply);
    }
    reply.set_name(who);
    const std::string& name = reply.name();
    passwords[name] = "supersecretpassword";
    sessions.insert("session" + name);
    reply.set_member("id:" + name);
    reply.set_registered(true);
    *reply.mutable_open_account() = TicketFor("id:" + name);
    Bytes secret = PackSecrets({"session" + name, "device" + name});
    return Outgoing<LoginReply>(std::move(reply), std::move(secret));
  }
  Result<Outgoing<CheckReply>> Check(Incoming<CheckRequest> call) {
    if (Error* error = Called("Auth.Check")) return *error;
    CheckReply reply;
    const std::string name = NameOf(call.secret);
    if (name.empty()) return Outgoing<CheckReply>(reply);
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
      if (!act.has_transfer()) continue;
      const Act::Transfer& transfer = act.transfer();
      if (!passwords.count(transfer.recipient())) granted.set_outcome(CheckReply::Granted::OUTCOME_UNKNOWN_RECIPIENT);
      granted.set_recipient("id:" + transfer.recipient());
      const std::string id =
          transfer.submission().empty() ? "own act " + std::to_string(++acts_) : transfer.submission();
      *granted.mutable_ticket() = TicketFor("id:" + name + " " + id);
    }
    if (const auto found = delegations.find(name); call.message.delegation() && found != delegations.end()) {
      reply.set_delegates(true);
      *reply.mutable_limits() = found->second;
    }
    if (passwords.count(call.message.lookup())) {
      reply.set_found("id:" + call.message.lookup());
      reply.set_found_name(call.message.lookup());
    }
    return Outgoing<CheckReply>(reply);
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
  Result<Outgoing<LogoutReply>> Logout(Incoming<LogoutRequest> call) {
    if (Error* error = Called("Auth.Logout")) return *error;
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
    return Outgoing<LogoutReply>(reply);
  }
  Result<Outgoing<LoginReply>> ChangePassword(Incoming<ChangePasswordRequest> call) {
    if (Error* error = Called("Auth.ChangePassword")) return *error;
    LoginReply reply;
    const std::string name = NameOf(call.secret, 3);
    const auto pieces = UnpackSecrets(call.secret, 3);
    reply.set_outcome(name.empty() ? LoginReply::OUTCOME_NO_SESSION : LoginReply::OUTCOME_WRONG);
    if (name.empty() || passwords[name] != (*pieces)[1]) return Outgoing<LoginReply>(reply);
    passwords[name] = (*pieces)[2];
    reply.set_outcome(LoginReply::OUTCOME_OK);
    return Outgoing<LoginReply>(reply, PackSecrets({"session" + name}));
  }
  Result<Outgoing<SessionsReply>> Sessions(Incoming<SessionsRequest> call) {
    if (Error* error = Called("Auth.Sessions")) return *error;
    SessionsReply reply;
    const std::string name = NameOf(call.secret);
    reply.set_session(!name.empty());
    SessionsReply::Session& current = *reply.add_sessions();
    current.set_id("here");
    current.set_current(true);
    current.set_agent("Wget/1.21");
    SessionsReply::Session& other = *reply.add_sessions();
    other.set_id("elsewhere");
    return Outgoing<SessionsReply>(reply);
  }
  Result<Outgoing<MembersReply>> Members(Incoming<MembersRequest> call) {
    if (Error* error = Called("Auth.Members")) return *error;
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
    return Outgoing<MembersReply>(reply);
  }
  Result<Outgoing<OpenAccountReply>> OpenAccount(Incoming<OpenAccountRequest> call) {
    if (Error* error = Called("Bank.OpenAccount")) return *error;
    OpenAccountReply reply;
    if (no_room) {
      reply.set_outcome(OpenAccountReply::OUTCOME_NO_ROOM);
      return Outgoing<OpenAccountReply>(reply);
    }
    const auto [place, fresh] = balances.emplace(call.message.ticket().body(), 10);
    reply.set_outcome(fresh ? OpenAccountReply::OUTCOME_OPENED : OpenAccountReply::OUTCOME_EXISTS);
    reply.set_zoobars(place->second);
    return Outgoing<OpenAccountReply>(reply);
  }
  Result<Outgoing<BalancesReply>> Balances(Incoming<BalancesRequest> call) {
    if (Error* error = Called("Bank.Balances")) return *error;
    BalancesReply reply;
    for (const std::string& member : call.message.members()) {
      BalancesReply::Balance& balance = *reply.add_balances();
      const auto found = balances.find(member);
      balance.set_found(found != balances.end());
      if (found != balances.end()) balance.set_zoobars(found->second);
    }
    return Outgoing<BalancesReply>(reply);
  }
  Result<Outgoing<TransferReply>> Transfer(Incoming<TransferRequest> call) {
    if (Error* error = Called("Bank.Transfer")) return *error;
    transfers.push_back(call.message);
    if (transfer_refused) return Outgoing<TransferReply>(*transfer_refused);
    TransferReply reply = Move(call.message);
    if (lose_transfer_replies > 0) {
      --lose_transfer_replies;
      return unavailable_;
    }
    return Outgoing<TransferReply>(reply);
  }
  TransferReply Move(const TransferRequest& request) {
    const std::string& act = request.ticket().body();
    if (const auto done = acts.find(act); done != acts.end()) {
      TransferReply again = done->second;
      again.set_repeated_act(true);
      return again;
    }
    TransferReply reply;
    const auto from = balances.find(act.substr(0, act.find(' ')));
    const auto to = balances.find(request.recipient());
    reply.set_outcome(TransferReply::OUTCOME_SENT);
    if (from == balances.end()) {
      reply.set_outcome(TransferReply::OUTCOME_NO_ACCOUNT);
    } else if (to == balances.end()) {
      reply.set_outcome(TransferReply::OUTCOME_UNKNOWN_RECIPIENT);
    } else if (to == from) {
      reply.set_outcome(TransferReply::OUTCOME_SELF);
    } else if (from->second < request.zoobars()) {
      reply.set_outcome(TransferReply::OUTCOME_OVERDRAFT);
    } else {
      from->second -= request.zoobars();
      to->second += request.zoobars();
      reply.set_zoobars(from->second);
      acts[act] = reply;
    }
    return reply;
  }
  Result<Outgoing<JournalReply>> Journal(Incoming<JournalRequest> call) {
    if (Error* error = Called("Bank.Journal")) return *error;
    JournalReply reply;
    for (const JournalReply::Entry& entry : journal) {
      if (call.message.before() && entry.number() >= call.message.before()) continue;
      if (static_cast<std::uint32_t>(reply.entries_size()) == call.message.limit()) {
        reply.set_more(true);
        break;
      }
      *reply.add_entries() = entry;
    }
    return Outgoing<JournalReply>(reply);
  }
  Result<Outgoing<GetReply>> GetProfile(Incoming<GetRequest> call) {
    if (Error* error = Called("Profile.Get")) return *error;
    GetReply reply;
    const std::string& text = profiles[call.message.member()];
    reply.set_kind(text.empty()                   ? GetReply::KIND_EMPTY
                   : text.starts_with("#!python") ? GetReply::KIND_PROGRAM
                                                  : GetReply::KIND_HTML);
    if (call.message.source() || reply.kind() == GetReply::KIND_PROGRAM) reply.set_source(text);
    if (reply.kind() == GetReply::KIND_HTML) reply.set_html(text);
    return Outgoing<GetReply>(reply);
  }
  Result<Outgoing<ShowReply>> ShowProfile(Incoming<ShowRequest> call) {
    if (Error* error = Called("Profile.Show")) return *error;
    looks.push_back(call.message);
    const std::string& owner = call.message.owner();
    if (const auto found = shows.find(owner); found != shows.end()) return Outgoing<ShowReply>(found->second);
    ShowReply reply;
    reply.set_kind(profiles[owner].empty() ? GetReply::KIND_EMPTY : GetReply::KIND_HTML);
    reply.set_html(profiles[owner]);
    return Outgoing<ShowReply>(reply);
  }
  Result<Outgoing<SaveReply>> SaveProfile(Incoming<SaveRequest> call) {
    if (Error* error = Called("Profile.Save")) return *error;
    SaveReply reply;
    reply.set_outcome(SaveReply::OUTCOME_SAVED);
    if (call.message.text().size() > 100) {
      reply.set_outcome(SaveReply::OUTCOME_TOO_LARGE);
      reply.set_limit(100);
    } else {
      profiles[call.message.ticket().body()] = call.message.text();
    }
    return Outgoing<SaveReply>(reply);
  }

  Error unavailable_{"not running"};
  int acts_ = 0;
  Ends ends_;
  std::map<Role, Service> services_;
};

}  // namespace zoobar
