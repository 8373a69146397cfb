// auth: the calls about passkeys.
#include "http/address.h"
#include "ipc/bytes.h"
#include "ipc/secrets.h"
#include "ipc/try.h"
#include "roles/auth.h"

namespace zoobar {
namespace {

// How a passkey is called in the log.
std::string PasskeyInLog(std::string_view key) { return ToHex(key.substr(0, Passkeys::kIdBytes)); }

// A member with a one-time password can do nothing but change it.
bool MayUsePasskeys(const std::optional<LiveSessions::Found>& found) {
  return found && found->account.password().one_time_until_ms() == 0;
}

LoginThrottle::Outcome LearntFrom(LoginReply::Outcome outcome) {
  if (outcome == LoginReply::OUTCOME_SLOW_DOWN) return LoginThrottle::Outcome::kNotJudged;
  const bool right = outcome == LoginReply::OUTCOME_OK || outcome == LoginReply::OUTCOME_LOCKED;
  return right ? LoginThrottle::Outcome::kRight : LoginThrottle::Outcome::kWrong;
}

}  // namespace

Task<Result<Outgoing<PasskeyChallengeReply>>> Auth::PasskeyChallenge(Incoming<PasskeyChallengeRequest>) {
  PasskeyChallengeReply reply;
  reply.set_challenge(passkeys_.ChallengeToLogIn());
  co_return reply;
}

LoginReply Auth::RefusePasskey(const PasskeyLoginRequest& request, const Passkeys::Known& known) {
  const Passkeys::Verdict& verdict = known.verdict;
  LoginReply reply;
  reply.set_outcome(verdict.outcome);
  reply.set_limit(verdict.wait_s);
  const bool busy = verdict.outcome == LoginReply::OUTCOME_BUSY,
             slow = verdict.outcome == LoginReply::OUTCOME_SLOW_DOWN;
  ++(busy ? busy_ : slow ? slowed_ : failed_);
  const std::string passkey = known.key.empty() ? std::string() : PasskeyInLog(known.key);
  const LogFields fields = {{"name", known.account.name()},
                            {"address", request.address()},
                            {"outcome", LoginReply::Outcome_Name(verdict.outcome)},
                            {"passkey", passkey},
                            {"why", verdict.why}};
  // What was not judged says nothing about an attack, and would take the place of lines that do.
  if (busy || slow) {
    site_.log().Warning("login-failed", fields);
  } else {
    site_.log().Security("login-failed", fields);
  }
  return reply;
}

// A login with a passkey names nobody before it is judged, and nobody guesses a signature as one guesses a password. So
// the attempt is charged to its address alone.
Task<Auth::Reply> Auth::PasskeyLogin(Incoming<PasskeyLoginRequest> call) {
  const InFlight::Call counted(in_flight_);
  CO_TRY(const PasskeySecrets secrets, PasskeySecrets::Unpack(call.secret));
  const PasskeyLoginRequest& request = call.message;
  const std::string from = IpAddress::Parse(request.address()).value_or(IpAddress()).CapKey().Text();
  LoginThrottle::Admission admission = throttle_.Begin({{}, from, {}});
  const Asker asker{AddressPrincipal(request.address()), DeadlineOf(call), {}, nullptr};
  auto throttle = WaitAtThrottle(admission, asker);
  const PasswordCheck waited = co_await throttle;
  if (waited.outcome != LoginReply::OUTCOME_OK) {
    Passkeys::Known nobody;
    nobody.verdict = {waited.outcome, "too many failures of this address", waited.wait_s};
    co_return RefusePasskey(request, nobody);
  }
  CO_TRY(Passkeys::Known known, passkeys_.CheckLogin(request));
  throttle_.End(std::move(admission.attempt), LearntFrom(known.verdict.outcome));
  if (!known.verdict.good()) co_return RefusePasskey(request, known);
  auto entering = EnterByPasskey(request, secrets, std::move(known));
  co_return co_await entering;
}

Task<Auth::Reply> Auth::EnterByPasskey(const PasskeyLoginRequest& request, PasskeySecrets secrets,
                                       Passkeys::Known known) {
  const Actor actor{known.passkey.member(), known.account.name()};
  CO_TRY(Entry entry, sessions_.Begin(actor.member, request.address(), request.agent(), secrets.device));
  const std::int64_t now_ms = clock_();
  auto act = [&](WriteTransaction& tx) -> Result<bool> {
    if (!passkeys_.StoreUse(tx, known, now_ms)) return false;
    accounts_.StoreEntry(tx, entry, secrets.present_session);
    return true;
  };
  CO_TRY(const bool stored, credentials_->environment().Write(std::move(act)));
  if (!stored) {
    known.verdict = {LoginReply::OUTCOME_PASSKEY_WRONG, "the passkey or the account was changed meanwhile"};
    co_return RefusePasskey(request, known);
  }
  site_.log().Info("passkey-login", {{"member", ToHex(actor.member)},
                                     {"name", actor.name},
                                     {"address", request.address()},
                                     {"passkey", PasskeyInLog(known.key)},
                                     {"device", entry.new_device ? "new" : "known"}});
  Outgoing<LoginReply> entered = Entered(actor, std::move(entry));
  entered.message.set_must_change(known.account.password().one_time_until_ms() != 0);
  co_return entered;
}

Task<Result<Outgoing<BeginPasskeyReply>>> Auth::BeginPasskey(Incoming<BeginPasskeyRequest> call) {
  const InFlight::Call counted(in_flight_);
  CO_TRY(const CloseSecrets secrets, CloseSecrets::Unpack(call.secret));
  CO_TRY(const std::optional<LiveSessions::Found> found, sessions_.Find(secrets.session));
  const bool alive = MayUsePasskeys(found);
  const Actor actor = alive ? Actor{found->session.member(), found->account.name()} : Actor{};
  BeginPasskeyReply reply;
  reply.set_name(actor.name);
  PasswordCheck check{LoginReply::OUTCOME_NO_SESSION, 0};
  if (alive && TooLong(secrets.password)) {
    check.outcome = LoginReply::OUTCOME_PASSWORD_TOO_LONG;
  } else if (alive) {
    const Accounts::Candidate candidate{actor.member, found->account};
    const Asker asker{MemberPrincipal(actor.member), DeadlineOf(call), {}, nullptr};
    CO_TRY(check, CheckPassword(candidate, secrets.password, found->key, actor.name, call.message.address(), asker));
  }
  if (check.outcome == LoginReply::OUTCOME_OK) {
    CO_TRY(check.outcome, OfferChallenge(*found, reply));
  }
  reply.set_outcome(check.outcome);
  if (check.outcome != LoginReply::OUTCOME_OK) {
    const LoginReply refused =
        Refuse("passkey-not-added", check.outcome, actor.name, call.message.address(), check.wait_s);
    if (check.outcome != LoginReply::OUTCOME_PASSKEYS_FULL) reply.set_limit(refused.limit());
  }
  co_return reply;
}

Task<Result<LoginReply::Outcome>> Auth::OfferChallenge(const LiveSessions::Found& in, BeginPasskeyReply& reply) {
  const std::string& member = in.session.member();
  std::string user;
  using Present = std::vector<Credentials::KeyedPasskey>;
  auto act = [&](WriteTransaction& tx) -> Result<Present> {
    user = passkeys_.UserOf(tx, member);
    return credentials_->PasskeysOf(tx, member);
  };
  CO_TRY(const Present present, credentials_->environment().Write(std::move(act)));
  if (user.empty()) co_return LoginReply::OUTCOME_NO_SESSION;
  if (present.size() >= Passkeys::kPerMember) {
    reply.set_limit(Passkeys::kPerMember);
    co_return LoginReply::OUTCOME_PASSKEYS_FULL;
  }
  for (const Credentials::KeyedPasskey& each : present) reply.add_present(each.passkey.credential());
  reply.set_challenge(passkeys_.ChallengeToAdd(in));
  reply.set_user(user);
  co_return LoginReply::OUTCOME_OK;
}

Task<Result<Outgoing<AddPasskeyReply>>> Auth::AddPasskey(Incoming<AddPasskeyRequest> call) {
  const InFlight::Call counted(in_flight_);
  CO_TRY(const std::string_view session, UnpackSession(call.secret));
  CO_TRY(const std::optional<LiveSessions::Found> found, sessions_.Find(session));
  AddPasskeyReply reply;
  Passkeys::Verdict verdict{LoginReply::OUTCOME_NO_SESSION, "there is no such session"};
  StoredPasskey made;
  if (MayUsePasskeys(found)) {
    reply.set_name(found->account.name());
    verdict = passkeys_.CheckNew(call.message, *found, made);
  }
  if (verdict.good()) {
    made.set_created_ms(clock_());
    auto act = [&](WriteTransaction& tx) -> Result<LoginReply::Outcome> {
      return passkeys_.StoreNew(tx, made, *found);
    };
    CO_TRY(verdict.outcome, credentials_->environment().Write(std::move(act)));
    if (!verdict.good()) verdict.why = "the store has it, or the member has too many, or the session has ended";
  }
  reply.set_outcome(verdict.outcome);
  reply.set_limit(verdict.outcome == LoginReply::OUTCOME_PASSKEYS_FULL ? Passkeys::kPerMember : verdict.wait_s);
  if (!verdict.good()) {
    site_.log().Warning("passkey-not-added", {{"name", reply.name()},
                                              {"address", call.message.address()},
                                              {"outcome", LoginReply::Outcome_Name(verdict.outcome)},
                                              {"why", verdict.why}});
    co_return reply;
  }
  site_.log().Security("passkey-added", {{"member", ToHex(made.member())},
                                         {"name", reply.name()},
                                         {"address", call.message.address()},
                                         {"passkey", PasskeyInLog(Credentials::PasskeyKeyOf(made.credential()))}});
  co_return reply;
}

Task<Result<Outgoing<PasskeysReply>>> Auth::ListPasskeys(Incoming<PasskeysRequest> call) {
  CO_TRY(const std::string_view session, UnpackSession(call.secret));
  CO_TRY(const std::optional<LiveSessions::Found> found, sessions_.Find(session));
  PasskeysReply reply;
  if (!MayUsePasskeys(found)) co_return reply;
  reply.set_session(true);
  CO_TRY(*reply.mutable_passkeys(), ListOfPasskeys(*credentials_, found->session.member()));
  co_return reply;
}

Task<Result<Outgoing<RemovePasskeyReply>>> Auth::RemovePasskey(Incoming<RemovePasskeyRequest> call) {
  const InFlight::Call counted(in_flight_);
  CO_TRY(const std::string_view session, UnpackSession(call.secret));
  CO_TRY(const std::optional<LiveSessions::Found> found, sessions_.Find(session));
  RemovePasskeyReply reply;
  if (!MayUsePasskeys(found)) co_return reply;
  reply.set_session(true);
  const std::string& member = found->session.member();
  using Removed = std::optional<std::string>;
  auto act = [&](WriteTransaction& tx) -> Result<Removed> { return passkeys_.Remove(tx, member, call.message.id()); };
  CO_TRY(const Removed removed, credentials_->environment().Write(std::move(act)));
  if (!removed) co_return reply;
  reply.set_removed(true);
  reply.set_label(*removed);
  site_.log().Security(
      "passkey-removed",
      {{"member", ToHex(member)}, {"name", found->account.name()}, {"passkey", ToHex(call.message.id())}});
  co_return reply;
}

}  // namespace zoobar
