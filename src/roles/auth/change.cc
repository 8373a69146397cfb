// auth: changing a password, and closing an account.
//
// The answer to a change may be lost (its caller's deadline passed, or a connection broke). Nothing is stored after the
// deadline. So if the client sends the form again, the change either was not made or is complete. If it is complete, it
// has ended the session that came with the form. auth remembers this session for a while (kRepeatMs). A client that has
// this session and the new password gets the answer once more.
#include <algorithm>

#include "credentials/tokens.h"
#include "ipc/bytes.h"
#include "ipc/secrets.h"
#include "ipc/try.h"
#include "roles/auth.h"

namespace zoobar {
namespace {

Outgoing<LoginReply> Changed(const Actor& actor, const LiveSessions::Entry& entry) {
  LoginReply reply;
  reply.set_outcome(LoginReply::OUTCOME_OK);
  reply.set_member(actor.member);
  reply.set_name(actor.name);
  return {std::move(reply), PackSecrets({View(entry.session_token)})};
}

}  // namespace

LoginReply Auth::RefuseChange(const ChangePasswordRequest& request, const Actor& actor, LoginReply::Outcome outcome,
                              std::uint32_t wait_s) {
  return Refuse("password-change-failed", outcome, actor.name, request.address(), wait_s);
}

Task<Auth::Reply> Auth::ChangePassword(Incoming<ChangePasswordRequest> call) {
  const InFlight::Call counted(in_flight_);
  CO_TRY(const ChangeSecrets secrets, ChangeSecrets::Unpack(call.secret));
  const ChangePasswordRequest& request = call.message;
  CO_TRY(const std::optional<LiveSessions::Found> found, sessions_.Find(secrets.session));
  const Actor actor = found ? Actor{found->session.member(), found->account.name()} : Actor{};
  const auto refuse = [&](LoginReply::Outcome outcome, std::uint32_t wait_s = 0) {
    return RefuseChange(request, actor, outcome, wait_s);
  };
  if (TooLong(secrets.present_password) || TooLong(secrets.new_password)) {
    co_return refuse(LoginReply::OUTCOME_PASSWORD_TOO_LONG);
  }
  const std::int64_t deadline = DeadlineOf(call) - std::chrono::microseconds(Claims::kAnswering).count();
  if (!found) {
    auto again = ChangedAlready(request, secrets, deadline);
    co_return co_await again;
  }
  const Drawings::Right right(drawings_, actor.member);
  if (!right.granted()) co_return refuse(LoginReply::OUTCOME_BUSY);
  const Asker asker{MemberPrincipal(actor.member), deadline, {}, nullptr};
  CO_TRY(const PasswordCheck check, CheckChange(*found, secrets, request.address(), asker));
  if (check.outcome != LoginReply::OUTCOME_OK) co_return refuse(check.outcome, check.wait_s);
  CO_TRY(const AccountPasswords::Chosen chosen,
         passwords_.Choose(secrets.new_password, actor.name, AccountPasswords::Policy::kNew, clock_(), asker));
  if (chosen.outcome != LoginReply::OUTCOME_OK) co_return refuse(chosen.outcome, chosen.retry_after_s);
  auto index = sweetwords_.SetIndex(actor.member, actor.name, found->account.password().words(), chosen);
  const Status set = co_await index;
  if (!set.ok() && set.error().no_room()) co_return set.error();
  if (!set.ok()) co_return refuse(LoginReply::OUTCOME_NOT_CHECKED);
  CO_TRY(Entry entry, sessions_.Begin(actor.member, request.address(), request.agent(), {}));
  auto act = [&](WriteTransaction& tx) -> Result<Accounts::Changed> {
    if (MonotonicMicros() >= deadline) return Accounts::Changed{.late = true};
    return accounts_.StoreChanged(tx, *found, chosen.store, entry);
  };
  CO_TRY(const Accounts::Changed changed, credentials_->environment().Write(std::move(act)));
  if (changed.late) co_return refuse(LoginReply::OUTCOME_BUSY);
  if (!changed.stored) co_return refuse(LoginReply::OUTCOME_NO_SESSION);
  if (changed.undelegated) LogDelegation("delegation-removed", actor, *changed.undelegated);
  site_.log().Info("password-changed",
                   {{"member", ToHex(actor.member)}, {"name", actor.name}, {"address", request.address()}});
  Remember(found->key, actor.member);
  co_return Changed(actor, entry);
}

Task<Result<Auth::PasswordCheck>> Auth::CheckChange(const LiveSessions::Found& found, const ChangeSecrets& secrets,
                                                    const std::string& address, const Asker& asker) {
  const Accounts::Candidate candidate{found.session.member(), found.account};
  CO_TRY(const PasswordCheck present,
         CheckPassword(candidate, secrets.present_password, found.key, candidate.account.name(), address, asker));
  // A locked account stays locked, but its member may change the password to one that nobody stole.
  if (!present.right()) co_return present;
  // The new password must not be one of the present sweetwords. Otherwise somebody who stole copies of the store before
  // and after the change would find one word in both copies. This word would be the real password in the second copy.
  CO_TRY(const AccountPasswords::Verified same,
         passwords_.Verify(secrets.new_password, candidate.account.password(), HashingPool::Kind::kKnownDevice, asker));
  if (same.outcome == LoginReply::OUTCOME_OK) co_return PasswordCheck{LoginReply::OUTCOME_SAME_PASSWORD, 0};
  if (same.outcome != LoginReply::OUTCOME_WRONG) co_return PasswordCheck{same.outcome, same.retry_after_s};
  co_return PasswordCheck{LoginReply::OUTCOME_OK, 0};
}

Task<Auth::Reply> Auth::ChangedAlready(const ChangePasswordRequest& request, const ChangeSecrets& secrets,
                                       std::int64_t deadline) {
  std::string session_key = TokenKey(TokenKind::kSession, secrets.session);
  const auto known = changes_.find(session_key);
  if (known == changes_.end()) co_return RefuseChange(request, {}, LoginReply::OUTCOME_NO_SESSION);
  const Change change = known->second;
  Accounts::Candidate candidate{change.member, {}};
  auto look = [&](ReadTransaction& tx) -> Result<bool> {
    std::optional<StoredAccount> account = credentials_->Account(tx, change.member);
    if (account) candidate.account = std::move(*account);
    return account.has_value();
  };
  CO_TRY(const bool there, credentials_->environment().Read(look));
  const Actor actor{change.member, candidate.account.name()};
  const auto refuse = [&](LoginReply::Outcome outcome, std::uint32_t wait_s = 0) {
    return RefuseChange(request, actor, outcome, wait_s);
  };
  if (!there || clock_() - change.at_ms > kRepeatMs) co_return refuse(LoginReply::OUTCOME_NO_SESSION);
  const Asker asker{MemberPrincipal(change.member), deadline, {}, nullptr};
  CO_TRY(const PasswordCheck check,
         CheckPassword(candidate, secrets.new_password, std::move(session_key), actor.name, request.address(), asker));
  // The caller does not know the password that the change set. It has only a session that has ended, so the answer says
  // that there is no session.
  if (check.outcome == LoginReply::OUTCOME_WRONG) co_return refuse(LoginReply::OUTCOME_NO_SESSION);
  if (!check.right()) co_return refuse(check.outcome, check.wait_s);
  CO_TRY(Entry entry, sessions_.Begin(change.member, request.address(), request.agent(), {}));
  auto act = [&](WriteTransaction& tx) -> Result<bool> {
    return accounts_.StoreResumed(tx, candidate, entry, change.at_ms);
  };
  CO_TRY(const bool stored, credentials_->environment().Write(std::move(act)));
  if (!stored) co_return refuse(LoginReply::OUTCOME_NO_SESSION);
  site_.log().Info("password-changed-already",
                   {{"member", ToHex(actor.member)}, {"name", actor.name}, {"address", request.address()}});
  co_return Changed(actor, entry);
}

Task<Result<Outgoing<CloseOwnReply>>> Auth::CloseOwn(Incoming<CloseOwnRequest> call) {
  const InFlight::Call counted(in_flight_);
  CO_TRY(const CloseSecrets secrets, CloseSecrets::Unpack(call.secret));
  CO_TRY(const std::optional<LiveSessions::Found> found, sessions_.Find(secrets.session));
  const Actor actor = found ? Actor{found->session.member(), found->account.name()} : Actor{};
  CloseOwnReply reply;
  reply.set_name(actor.name);
  PasswordCheck check{LoginReply::OUTCOME_NO_SESSION, 0};
  if (found && TooLong(secrets.password)) {
    check.outcome = LoginReply::OUTCOME_PASSWORD_TOO_LONG;
  } else if (found) {
    const Accounts::Candidate candidate{actor.member, found->account};
    const Asker asker{MemberPrincipal(actor.member), DeadlineOf(call), {}, nullptr};
    CO_TRY(check, CheckPassword(candidate, secrets.password, found->key, actor.name, call.message.address(), asker));
  }
  // A new password that was set during the check has ended this session.
  if (check.outcome == LoginReply::OUTCOME_OK && !accounts_.StillHolds({actor.member, found->account})) {
    check.outcome = LoginReply::OUTCOME_NO_SESSION;
  }
  reply.set_outcome(check.outcome);
  if (check.outcome != LoginReply::OUTCOME_OK) {
    const LoginReply refused =
        Refuse("account-close-failed", check.outcome, actor.name, call.message.address(), check.wait_s);
    reply.set_limit(refused.limit());
    co_return reply;
  }
  if (!call.message.finish()) {
    *reply.mutable_erase_profile() = tickets_.EraseProfile(actor, clock_.Steady());
    *reply.mutable_close_account() = tickets_.CloseAccount(actor, clock_.Steady());
    co_return reply;
  }
  CO_TRY([[maybe_unused]] const std::size_t ended, member_acts_.CloseAccount(actor.member, actor.name, "member"));
  co_return reply;
}

void Auth::Remember(const std::string& session_key, const std::string& member) {
  const std::int64_t now_ms = clock_();
  std::erase_if(changes_, [&](const auto& each) {
    return each.second.member == member || now_ms - each.second.at_ms > kRepeatMs;
  });
  if (changes_.size() >= kMaxChanges) {
    changes_.erase(std::min_element(changes_.begin(), changes_.end(),
                                    [](const auto& a, const auto& b) { return a.second.at_ms < b.second.at_ms; }));
  }
  changes_[session_key] = {member, now_ms};
}

}  // namespace zoobar
