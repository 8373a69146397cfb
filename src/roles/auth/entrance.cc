// auth: logging in and registering.
#include "credentials/names.h"
#include "ipc/bytes.h"
#include "ipc/secrets.h"
#include "ipc/try.h"
#include "roles/auth.h"

namespace zoobar {

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
             outcome == LoginReply::OUTCOME_LOCKED || outcome == LoginReply::OUTCOME_NOT_CHECKED) {
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
  *reply.mutable_open_account() = tickets_.OpenAccount(actor, clock_());
  return {std::move(reply), PackSecrets({View(entry.session_token), View(entry.device_token)})};
}

Auth::Asker Auth::Visitor::asker(std::string principal) const {
  return {std::move(principal), entering->deadline(), [one = entering] { return one->gone(); }, &entering->at};
}

template <typename Request>
Auth::Visitor Auth::VisitorOf(const Request& request, const std::vector<std::string_view>& pieces,
                              std::shared_ptr<Entering> entering) {
  return {request.name(), request.address(), request.agent(), pieces[0], pieces[1], pieces[2], std::move(entering)};
}

template <typename Request>
Task<Auth::Reply> Auth::Begin(Incoming<Request> call, bool registering) {
  if (draining_) co_return Error{"draining"};
  const auto pieces = UnpackSecrets(call.secret, 3);
  if (!pieces.ok()) co_return pieces.error();
  const std::uint32_t patience_ms = call.message.patience_ms();
  const Claims::Form form{registering, call.message.name(), (*pieces)[0]};
  const std::shared_ptr<Entering> entering =
      claims_.Begin(form, AddressPrincipal(call.message.address()), patience_ms, DeadlineOf(call));
  Spawn(Finish(Enter(std::move(call), entering), entering));
  co_return co_await claims_.Await(entering, patience_ms);
}

Task<void> Auth::Finish(Task<Reply> work, std::shared_ptr<Entering> entering) {
  const InFlight in_flight(*this);
  Reply reply = co_await work;
  entering->Finish(std::move(reply));
}

Task<Auth::Reply> Auth::Register(Incoming<RegisterRequest> call) { return Begin(std::move(call), true); }
Task<Auth::Reply> Auth::Login(Incoming<LoginRequest> call) { return Begin(std::move(call), false); }

Task<Auth::Reply> Auth::Claim(Incoming<ClaimRequest> call) {
  if (draining_) co_return Error{"draining"};
  const auto pieces = UnpackSecrets(call.secret, 2);
  if (!pieces.ok()) co_return pieces.error();
  const ClaimRequest& request = call.message;
  std::optional<Claims::Form> again;
  if (request.again()) again = Claims::Form{request.registering(), request.name(), (*pieces)[1]};
  const std::shared_ptr<Entering> entering = claims_.Find((*pieces)[0], again);
  if (!entering) {
    LoginReply none;
    none.set_outcome(LoginReply::OUTCOME_NO_CLAIM);
    co_return none;
  }
  Reply reply = co_await claims_.Await(entering, request.patience_ms());
  if (reply.ok() && reply->message.outcome() == LoginReply::OUTCOME_OK) {
    // The ticket that came with the result may have run out while nobody asked.
    const Actor actor{reply->message.member(), reply->message.name()};
    *reply->message.mutable_open_account() = tickets_.OpenAccount(actor, clock_());
  }
  co_return reply;
}

Task<Auth::Reply> Auth::Enter(Incoming<RegisterRequest> call, std::shared_ptr<Entering> entering) {
  const auto pieces = UnpackSecrets(call.secret, 3);
  const RegisterRequest& request = call.message;
  const Visitor visitor = VisitorOf(request, *pieces, entering);
  const auto refuse = [&](LoginReply::Outcome outcome, std::uint32_t wait_s = 0) {
    return Refuse("register-refused", outcome, request.name(), request.address(), wait_s);
  };
  const std::optional<std::string> name = NormalisedName(request.name());
  if (!name) co_return refuse(LoginReply::OUTCOME_NAME_INVALID);
  if (TooLong(visitor.password)) co_return refuse(LoginReply::OUTCOME_PASSWORD_TOO_LONG);
  CO_TRY(const Accounts::Candidate present, accounts_.Find(*name));
  if (!present.member.empty()) {
    auto again = EnterAgain(visitor, present);
    co_return co_await again;
  }
  const Asker asker = visitor.asker(AddressPrincipal(request.address()));
  auto trying = passwords_.Try(visitor.password, *name, asker);
  const AccountPasswords::Verified tried = co_await trying;
  if (tried.outcome != LoginReply::OUTCOME_OK) co_return refuse(tried.outcome, tried.retry_after_s);
  CO_TRY(AccountPasswords::Chosen chosen,
         passwords_.Choose(visitor.password, *name, AccountPasswords::Policy::kNew, clock_(), asker));
  if (chosen.outcome != LoginReply::OUTCOME_OK) co_return refuse(chosen.outcome, chosen.retry_after_s);

  Accounts::Candidate candidate{Accounts::FreshMemberId(), {}};
  candidate.account.set_name(*name);
  candidate.account.set_created_ms(clock_());
  auto setting = judge_.Set(candidate.member, *name, "", chosen);
  const Status set = co_await setting;
  if (!set.ok() && set.error().no_room()) co_return set.error();
  if (!set.ok()) co_return refuse(LoginReply::OUTCOME_NOT_CHECKED);
  *candidate.account.mutable_password() = std::move(chosen.store);
  CO_TRY(Entry entry, sessions_.Begin(candidate.member, request.address(), request.agent(), {}));
  if (entering->gone()) co_return refuse(LoginReply::OUTCOME_BUSY);
  const std::int64_t deadline = entering->deadline();
  auto act = [&](WriteTransaction& tx) -> Result<Accounts::Registered> {
    if (MonotonicMicros() >= deadline) return Accounts::Registered::kLate;
    return accounts_.StoreRegistered(tx, candidate, entry);
  };
  CO_TRY(const Accounts::Registered stored, credentials_->environment().Write(std::move(act)));
  if (stored == Accounts::Registered::kLate) co_return refuse(LoginReply::OUTCOME_BUSY);
  if (stored == Accounts::Registered::kTaken) {
    CO_TRY(const Accounts::Candidate other, accounts_.Find(*name));
    auto again = EnterAgain(visitor, other);
    co_return co_await again;
  }
  site_.log().Info("register", {{"member", ToHex(candidate.member)}, {"name", *name}, {"address", request.address()}});
  const Actor actor{candidate.member, *name};
  co_return Entered(actor, std::move(entry));
}

// Somebody whose registration was carried out but not answered (a connection that broke, a role that was started again)
// sends the form once more. They find it done: the same name and password log in. This is a login in every respect,
// with its delays, its charge for a wrong password and the honeyword's judgement, so that it answers no question that a
// login does not. After some minutes a taken name is just that: people who meant to choose a new name do not end in an
// account they have forgotten.
Task<Auth::Reply> Auth::EnterAgain(const Visitor& visitor, const Accounts::Candidate& present) {
  const auto taken = LoginReply::OUTCOME_NAME_TAKEN;
  const std::int64_t age_ms = clock_() - present.account.created_ms();
  if (present.member.empty() || age_ms < 0 || age_ms > kRepeatMs) {
    co_return Refuse("register-refused", taken, visitor.name, visitor.address);
  }
  auto entering = LetIn(visitor, present, "register-refused", taken);
  co_return co_await entering;
}

Task<Auth::Reply> Auth::Enter(Incoming<LoginRequest> call, std::shared_ptr<Entering> entering) {
  const auto pieces = UnpackSecrets(call.secret, 3);
  const Visitor visitor = VisitorOf(call.message, *pieces, entering);
  if (TooLong(visitor.password)) {
    co_return Refuse("login-failed", LoginReply::OUTCOME_PASSWORD_TOO_LONG, visitor.name, visitor.address);
  }
  CO_TRY(const Accounts::Candidate candidate, accounts_.Find(visitor.name));
  auto letting = LetIn(visitor, candidate, "login-failed", LoginReply::OUTCOME_WRONG);
  co_return co_await letting;
}

Task<Auth::Reply> Auth::LetIn(const Visitor& visitor, const Accounts::Candidate& candidate, std::string_view event,
                              LoginReply::Outcome wrong) {
  const auto refuse = [&](LoginReply::Outcome outcome, std::uint32_t wait_s = 0) {
    // A wrong password is a guess, whichever form it was typed into.
    const bool guess = outcome == LoginReply::OUTCOME_WRONG;
    LoginReply reply = Refuse(guess ? "login-failed" : event, outcome, visitor.name, visitor.address, wait_s);
    if (guess) reply.set_outcome(wrong);
    return reply;
  };
  CO_TRY(std::string device, sessions_.KnownDevice(candidate.member, visitor.device));
  auto judging =
      Judge(candidate, visitor.password, std::move(device), visitor.name, visitor.address, visitor.asker({}));
  const Result<Judged> judged = co_await judging;
  if (!judged.ok()) co_return judged.error();
  if (judged->outcome != LoginReply::OUTCOME_OK) co_return refuse(judged->outcome, judged->wait_s);
  std::optional<AccountPasswords::Stored> fresh;
  std::optional<Drawing> right;
  if (candidate.account.password().words().empty()) right.emplace(*this, candidate.member);
  if (right && right->granted() && accounts_.StillHolds(candidate)) {
    auto drawing = DrawAnew(candidate, visitor.password);
    fresh = co_await drawing;
  }
  CO_TRY(Entry begun, sessions_.Begin(candidate.member, visitor.address, visitor.agent, visitor.device));
  Entry entry = std::move(begun);
  if (visitor.entering->gone()) co_return refuse(LoginReply::OUTCOME_BUSY);
  auto act = [&](WriteTransaction& tx) -> Result<bool> {
    return accounts_.StoreLoggedIn(tx, candidate, fresh ? &*fresh : nullptr, entry, visitor.former);
  };
  CO_TRY(const bool written, credentials_->environment().Write(std::move(act)));
  if (!written) co_return refuse(LoginReply::OUTCOME_WRONG);
  const Actor actor{candidate.member, candidate.account.name()};
  site_.log().Info("login", {{"member", ToHex(actor.member)},
                             {"name", actor.name},
                             {"address", visitor.address},
                             {"device", entry.new_device ? "new" : "known"}});
  co_return Entered(actor, std::move(entry));
}

}  // namespace zoobar
