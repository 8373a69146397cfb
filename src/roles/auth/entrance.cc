// auth: logging in and registering.
#include "credentials/names.h"
#include "ipc/bytes.h"
#include "ipc/saturated.h"
#include "ipc/secrets.h"
#include "ipc/try.h"
#include "roles/auth.h"

namespace zoobar {
namespace {

// How long a login waits for the draw of missing sweetwords. If the draw takes longer, the next login tries again.
constexpr std::int64_t kDrawingMicros = 5'000'000;

LoginReply::Outcome OutcomeOf(Accounts::Name name) {
  if (name == Accounts::Name::kAlike) return LoginReply::OUTCOME_NAME_ALIKE;
  if (name == Accounts::Name::kReserved) return LoginReply::OUTCOME_NAME_RESERVED;
  return LoginReply::OUTCOME_NAME_TAKEN;
}

}  // namespace

LoginReply Auth::Refuse(std::string_view event, LoginReply::Outcome outcome, std::string_view name,
                        std::string_view address, std::uint32_t wait_s) {
  LoginReply reply;
  reply.set_outcome(outcome);
  if (outcome == LoginReply::OUTCOME_PASSWORD_TOO_SHORT) reply.set_limit(passwords_.rules().min_code_points);
  if (outcome == LoginReply::OUTCOME_PASSWORD_TOO_LONG) reply.set_limit(passwords_.rules().max_bytes);
  if (outcome == LoginReply::OUTCOME_SLOW_DOWN || outcome == LoginReply::OUTCOME_BUSY) reply.set_limit(wait_s);
  ++(outcome == LoginReply::OUTCOME_BUSY ? busy_ : outcome == LoginReply::OUTCOME_SLOW_DOWN ? slowed_ : failed_);
  const std::string& why = LoginReply::Outcome_Name(outcome);
  if (outcome == LoginReply::OUTCOME_WRONG) {
    site_.log().Security(event, {{"name", name}, {"address", address}, {"outcome", why}});
  } else if (outcome == LoginReply::OUTCOME_BUSY || outcome == LoginReply::OUTCOME_SLOW_DOWN ||
             outcome == LoginReply::OUTCOME_LOCKED || outcome == LoginReply::OUTCOME_EXPIRED ||
             outcome == LoginReply::OUTCOME_NOT_CHECKED) {
    site_.log().Warning(event, {{"name", name}, {"address", address}, {"outcome", why}});
  } else {
    site_.log().Info(event, {{"name", name}, {"address", address}, {"outcome", why}});
  }
  return reply;
}

Outgoing<LoginReply> Auth::Entered(const Actor& actor, Entry entry) {
  ++entered_;
  LoginReply reply;
  reply.set_outcome(LoginReply::OUTCOME_OK);
  reply.set_member(actor.member);
  reply.set_name(actor.name);
  *reply.mutable_open_account() = tickets_.OpenAccount(actor, clock_.Steady());
  return {std::move(reply), PackSecrets({View(entry.session_token), View(entry.device_token)})};
}

LoginReply Auth::RefuseRegistration(const Client& client, LoginReply::Outcome outcome, std::uint32_t wait_s) {
  return Refuse("register-refused", outcome, client.name, client.address, wait_s);
}

Auth::Asker Auth::Client::asker(std::string principal) const {
  return {std::move(principal), entering->deadline(), [one = entering] { return one->gone(); }, &entering->at};
}

template <typename Request>
Auth::Client Auth::ClientOf(const Request& request, const EntranceSecrets& secrets,
                            std::shared_ptr<Entering> entering) {
  return {request.name(), request.address(), request.agent(), secrets, std::move(entering)};
}

template <typename Request>
Task<Auth::Reply> Auth::Begin(Incoming<Request> call, bool registering) {
  CO_TRY(const EntranceSecrets secrets, EntranceSecrets::Unpack(call.secret));
  const std::uint32_t patience_ms = call.message.patience_ms();
  const Claims::Form form{registering, call.message.name(), secrets.password};
  const std::shared_ptr<Entering> entering =
      claims_.Begin(form, AddressPrincipal(call.message.address()), patience_ms, DeadlineOf(call));
  Spawn(Finish(Enter(std::move(call), entering), entering));
  auto answer = claims_.Await(entering, patience_ms);
  co_return co_await answer;
}

Task<void> Auth::Finish(Task<Reply> work, std::shared_ptr<Entering> entering) {
  const InFlight::Call counted(in_flight_);
  Reply reply = co_await work;
  entering->Finish(std::move(reply));
}

Task<Auth::Reply> Auth::Register(Incoming<RegisterRequest> call) { return Begin(std::move(call), true); }
Task<Auth::Reply> Auth::Login(Incoming<LoginRequest> call) { return Begin(std::move(call), false); }

Task<Auth::Reply> Auth::Claim(Incoming<ClaimRequest> call) {
  CO_TRY(const ClaimSecrets secrets, ClaimSecrets::Unpack(call.secret));
  const ClaimRequest& request = call.message;
  std::optional<Claims::Form> again;
  if (request.again()) again = Claims::Form{request.registering(), request.name(), secrets.password};
  const std::shared_ptr<Entering> entering = claims_.Find(secrets.claim, again);
  if (!entering) {
    LoginReply none;
    none.set_outcome(LoginReply::OUTCOME_NO_CLAIM);
    co_return none;
  }
  auto answer = claims_.Await(entering, request.patience_ms());
  Reply reply = co_await answer;
  if (reply.ok() && reply->message.outcome() == LoginReply::OUTCOME_OK) {
    // Writes a new ticket, because the ticket in the result may have expired before the client asked.
    const Actor actor{reply->message.member(), reply->message.name()};
    *reply->message.mutable_open_account() = tickets_.OpenAccount(actor, clock_.Steady());
  }
  co_return reply;
}

Task<Auth::Reply> Auth::Enter(Incoming<RegisterRequest> call, std::shared_ptr<Entering> entering) {
  CO_TRY(const EntranceSecrets secrets, EntranceSecrets::Unpack(call.secret));
  const Client client = ClientOf(call.message, secrets, entering);
  const std::optional<std::string> name = NormalisedName(client.name);
  if (!name) co_return RefuseRegistration(client, LoginReply::OUTCOME_NAME_INVALID);
  if (TooLong(secrets.password)) co_return RefuseRegistration(client, LoginReply::OUTCOME_PASSWORD_TOO_LONG);
  CO_TRY(const Accounts::Candidate present, accounts_.Find(*name));
  if (!present.member.empty()) {
    auto again = EnterAgain(client, present);
    co_return co_await again;
  }
  CO_TRY(const Accounts::Name free, accounts_.CheckName(*name));
  if (free != Accounts::Name::kFree) co_return RefuseRegistration(client, OutcomeOf(free));
  auto fresh = RegisterNew(client, *name);
  co_return co_await fresh;
}

Task<Auth::Reply> Auth::RegisterNew(const Client& client, const std::string& name) {
  const std::string_view password = client.secrets.password;
  const Asker asker = client.asker(AddressPrincipal(client.address));
  auto answer = passwords_.Try(password, name, asker);
  const AccountPasswords::Verified tried = co_await answer;
  if (tried.outcome != LoginReply::OUTCOME_OK) {
    co_return RefuseRegistration(client, tried.outcome, tried.retry_after_s);
  }
  CO_TRY(AccountPasswords::Chosen chosen,
         passwords_.Choose(password, name, AccountPasswords::Policy::kNew, clock_(), asker));
  if (chosen.outcome != LoginReply::OUTCOME_OK) {
    co_return RefuseRegistration(client, chosen.outcome, chosen.retry_after_s);
  }
  Accounts::Candidate candidate{Accounts::FreshMemberId(), {}};
  candidate.account.set_name(name);
  candidate.account.set_created_ms(clock_());
  auto index = sweetwords_.SetIndex(candidate.member, name, "", chosen);
  const Status set = co_await index;
  if (!set.ok() && set.error().no_room()) co_return set.error();
  if (!set.ok()) co_return RefuseRegistration(client, LoginReply::OUTCOME_NOT_CHECKED);
  *candidate.account.mutable_password() = std::move(chosen.store);
  CO_TRY(Entry entry, sessions_.Begin(candidate.member, client.address, client.agent, {}));
  if (client.entering->gone()) co_return RefuseRegistration(client, LoginReply::OUTCOME_BUSY);
  const std::int64_t deadline = client.entering->deadline();
  using Stored = std::optional<Accounts::Name>;  // nullopt: too late, nothing was stored
  auto act = [&](WriteTransaction& tx) -> Result<Stored> {
    if (MonotonicMicros() >= deadline) return std::nullopt;
    return accounts_.StoreRegistered(tx, candidate, entry);
  };
  CO_TRY(const Stored stored, credentials_->environment().Write(std::move(act)));
  if (!stored) co_return RefuseRegistration(client, LoginReply::OUTCOME_BUSY);
  if (*stored == Accounts::Name::kAlike) co_return RefuseRegistration(client, LoginReply::OUTCOME_NAME_ALIKE);
  if (*stored != Accounts::Name::kFree) {
    CO_TRY(const Accounts::Candidate other, accounts_.Find(name));
    auto again = EnterAgain(client, other);
    co_return co_await again;
  }
  site_.log().Info("register", {{"member", ToHex(candidate.member)}, {"name", name}, {"address", client.address}});
  const Actor actor{candidate.member, name};
  co_return Entered(actor, std::move(entry));
}

// A registration may succeed although its answer is lost, because a connection breaks or a role is restarted. The
// client then sends the form again. It is logged in, since name and password are those of the new account. This is a
// login in every respect. It has the delays of a login, charges for a wrong password, and asks honeychecker. So an
// attacker learns nothing here that a login does not tell. After kRepeatMs the answer is only that the name is taken.
// Otherwise people who want a new name could end in an account that they have forgotten.
Task<Auth::Reply> Auth::EnterAgain(const Client& client, const Accounts::Candidate& present) {
  const auto taken = LoginReply::OUTCOME_NAME_TAKEN;
  const std::int64_t age_ms = SaturatedDifference(clock_(), present.account.created_ms());
  if (present.member.empty() || age_ms < 0 || age_ms > kRepeatMs) co_return RefuseRegistration(client, taken);
  auto entered = LetIn(client, present, "register-refused", taken);
  co_return co_await entered;
}

Task<Auth::Reply> Auth::Enter(Incoming<LoginRequest> call, std::shared_ptr<Entering> entering) {
  CO_TRY(const EntranceSecrets secrets, EntranceSecrets::Unpack(call.secret));
  const Client client = ClientOf(call.message, secrets, entering);
  if (TooLong(secrets.password)) {
    co_return Refuse("login-failed", LoginReply::OUTCOME_PASSWORD_TOO_LONG, client.name, client.address);
  }
  CO_TRY(const Accounts::Candidate candidate, accounts_.Find(client.name));
  auto entered = LetIn(client, candidate, "login-failed", LoginReply::OUTCOME_WRONG);
  co_return co_await entered;
}

Task<Auth::Reply> Auth::LetIn(const Client& client, const Accounts::Candidate& candidate, std::string_view event,
                              LoginReply::Outcome wrong) {
  const auto refuse = [&](LoginReply::Outcome outcome, std::uint32_t wait_s = 0) {
    // A wrong password is logged as a failed login, even if it came with a registration.
    const bool guess = outcome == LoginReply::OUTCOME_WRONG;
    LoginReply reply = Refuse(guess ? "login-failed" : event, outcome, client.name, client.address, wait_s);
    if (guess) reply.set_outcome(wrong);
    return reply;
  };
  const std::string_view password = client.secrets.password;
  CO_TRY(std::string device, sessions_.KnownDevice(candidate.member, client.secrets.device));
  CO_TRY(const PasswordCheck check,
         CheckPassword(candidate, password, std::move(device), client.name, client.address, client.asker({})));
  if (check.outcome != LoginReply::OUTCOME_OK) co_return refuse(check.outcome, check.wait_s);
  const std::int64_t one_time_until_ms = candidate.account.password().one_time_until_ms();
  if (one_time_until_ms != 0 && clock_() > one_time_until_ms) co_return refuse(LoginReply::OUTCOME_EXPIRED);
  std::optional<AccountPasswords::Stored> drawn;
  std::optional<Drawings::Right> right;
  if (candidate.account.password().words().empty()) right.emplace(drawings_, candidate.member);
  if (right && right->granted() && accounts_.StillHolds(candidate)) {
    auto draw = DrawAnew(candidate, password);
    drawn = co_await draw;
  }
  CO_TRY(Entry entry, sessions_.Begin(candidate.member, client.address, client.agent, client.secrets.device));
  if (client.entering->gone()) co_return refuse(LoginReply::OUTCOME_BUSY);
  auto act = [&](WriteTransaction& tx) -> Result<bool> {
    return accounts_.StoreLoggedIn(tx, candidate, drawn ? &*drawn : nullptr, entry, client.secrets.present_session);
  };
  CO_TRY(const bool written, credentials_->environment().Write(std::move(act)));
  if (!written) co_return refuse(LoginReply::OUTCOME_WRONG);
  const Actor actor{candidate.member, candidate.account.name()};
  site_.log().Info("login", {{"member", ToHex(actor.member)},
                             {"name", actor.name},
                             {"address", client.address},
                             {"device", entry.new_device ? "new" : "known"}});
  Outgoing<LoginReply> entered = Entered(actor, std::move(entry));
  entered.message.set_must_change(one_time_until_ms != 0);
  co_return entered;
}

Task<std::optional<AccountPasswords::Stored>> Auth::DrawAnew(const Accounts::Candidate& whose, std::string_view typed) {
  const StoredAccount::Password& present = whose.account.password();
  const Asker asker{MemberPrincipal(whose.member), MonotonicMicros() + kDrawingMicros, {}, nullptr};
  auto choice =
      passwords_.Choose(typed, whose.account.name(), AccountPasswords::Policy::kAsItIs, present.set_ms(), asker);
  Result<AccountPasswords::Chosen> chosen = co_await choice;
  if (!chosen.ok() || chosen->outcome != LoginReply::OUTCOME_OK) co_return std::nullopt;
  auto index = sweetwords_.SetIndex(whose.member, whose.account.name(), present.words(), *chosen);
  const Status set = co_await index;
  if (!set.ok()) co_return std::nullopt;
  site_.log().Info("sweetwords-drawn", {{"member", ToHex(whose.member)}, {"name", whose.account.name()}});
  co_return std::move(chosen->store);
}

}  // namespace zoobar
