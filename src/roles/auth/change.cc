// auth: a new password.
//
// A change whose answer was lost (its caller's deadline, a connection that broke) is either not made, since nothing is
// stored after the deadline, or found done when the form is sent again: the session it came with has ended, and is
// remembered for a while, so that whoever has it and the new password gets the answer once more.
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

Task<Result<Outgoing<LoginReply>>> Auth::ChangePassword(Incoming<ChangePasswordRequest> call) {
  if (draining_) co_return Error{"draining"};
  const InFlight in_flight(*this);
  const auto pieces = UnpackSecrets(call.secret, 3);
  if (!pieces.ok()) co_return pieces.error();
  const ChangePasswordRequest& request = call.message;
  CO_TRY(const std::optional<LiveSessions::Found> found, sessions_.Find((*pieces)[0]));
  const Actor actor = found ? Actor{found->session.member(), found->account.name()} : Actor{};
  const auto refuse = [&](LoginReply::Outcome outcome, std::uint32_t wait_s = 0) {
    return Refuse("password-change-failed", outcome, actor.name, request.address(), wait_s);
  };
  if (TooLong((*pieces)[1]) || TooLong((*pieces)[2])) co_return refuse(LoginReply::OUTCOME_PASSWORD_TOO_LONG);
  const std::int64_t deadline = DeadlineOf(call) - std::chrono::microseconds(Claims::kAnswering).count();
  if (!found) {
    std::string key = TokenKey(TokenKind::kSession, (*pieces)[0]);
    const auto change = changes_.find(key);
    if (change == changes_.end()) co_return refuse(LoginReply::OUTCOME_NO_SESSION);
    const Change done = change->second;
    auto answering = ChangedAlready(done, std::move(key), (*pieces)[2], request, deadline);
    co_return co_await answering;
  }
  const Drawing right(*this, actor.member);
  if (!right.granted()) co_return refuse(LoginReply::OUTCOME_BUSY);
  const Accounts::Candidate candidate{actor.member, found->account};
  const StoredAccount::Password& present = candidate.account.password();
  const Asker asker{MemberPrincipal(actor.member), deadline, {}, nullptr};
  CO_TRY(const Judged judged, Judge(candidate, (*pieces)[1], found->key, actor.name, request.address(), asker));
  // Who is logged in may leave a locked account its lock and give it a password that nobody stole.
  if (judged.outcome != LoginReply::OUTCOME_OK && judged.outcome != LoginReply::OUTCOME_LOCKED) {
    co_return Refuse("password-change-failed", judged.outcome, actor.name, request.address(), judged.wait_s);
  }
  // Nor any other of the present sweetwords: a word in two stolen copies would be the real one of the second.
  CO_TRY(const AccountPasswords::Verified same,
         passwords_.Verify((*pieces)[2], present, HashingPool::Kind::kKnownDevice, asker));
  if (same.outcome == LoginReply::OUTCOME_OK) co_return refuse(LoginReply::OUTCOME_SAME_PASSWORD);
  if (same.outcome != LoginReply::OUTCOME_WRONG) co_return refuse(same.outcome, same.retry_after_s);
  CO_TRY(const AccountPasswords::Chosen chosen,
         passwords_.Choose((*pieces)[2], actor.name, AccountPasswords::Policy::kNew, clock_(), asker));
  if (chosen.outcome != LoginReply::OUTCOME_OK) co_return refuse(chosen.outcome, chosen.retry_after_s);
  auto setting = judge_.Set(actor.member, actor.name, present.words(), chosen);
  const Status set = co_await setting;
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

Task<Auth::Reply> Auth::ChangedAlready(const Change& change, std::string session_key, std::string_view chosen,
                                       const ChangePasswordRequest& request, std::int64_t deadline) {
  Accounts::Candidate candidate{change.member, {}};
  auto look = [&](ReadTransaction& tx) -> Result<bool> {
    std::optional<StoredAccount> account = credentials_->Account(tx, change.member);
    if (account) candidate.account = std::move(*account);
    return account.has_value();
  };
  CO_TRY(const bool there, credentials_->environment().Read(look));
  const Actor actor{change.member, candidate.account.name()};
  const auto refuse = [&](LoginReply::Outcome outcome, std::uint32_t wait_s = 0) {
    return Refuse("password-change-failed", outcome, actor.name, request.address(), wait_s);
  };
  if (!there || clock_() - change.at_ms > kRepeatMs) co_return refuse(LoginReply::OUTCOME_NO_SESSION);
  const Asker asker{MemberPrincipal(change.member), deadline, {}, nullptr};
  CO_TRY(const Judged judged, Judge(candidate, chosen, std::move(session_key), actor.name, request.address(), asker));
  // Another password than the one that was set: whoever has an ended session is told that it has ended.
  if (judged.outcome == LoginReply::OUTCOME_WRONG) co_return refuse(LoginReply::OUTCOME_NO_SESSION);
  if (judged.outcome != LoginReply::OUTCOME_OK && judged.outcome != LoginReply::OUTCOME_LOCKED) {
    co_return refuse(judged.outcome, judged.wait_s);
  }
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
