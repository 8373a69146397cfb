#include "roles/auth/delegations.h"

#include "site/ticket.h"

namespace zoobar {
namespace {

using Granted = CheckReply::Granted;

void SetLimits(std::uint32_t per_hour, std::uint32_t per_recipient, StoredAccount& account) {
  account.mutable_delegation()->set_per_hour(per_hour);
  account.mutable_delegation()->set_per_recipient(per_recipient);
}

// Adapts the delegation when a profile is saved. If a program replaces another program, the limits that its owner set
// stay.
void SaveProfile(bool program, std::int64_t now_ms, StoredAccount& account, std::vector<Delegations::Change>& changes) {
  if (program == account.has_delegation()) return;
  if (program) {
    SetLimits(Delegations::kPerHour, Delegations::kPerRecipient, account);
    account.mutable_delegation()->set_made_ms(now_ms);
    changes.push_back({"delegation-made", *DelegatedBy(account)});
  } else {
    changes.push_back({"delegation-removed", *DelegatedBy(account)});
    account.clear_delegation();
  }
}

Granted::Outcome Delegate(const SpendingLimits& limits, StoredAccount& account,
                          std::vector<Delegations::Change>& changes) {
  if (limits.per_hour() > kMostSpentPerHour || limits.per_recipient() > limits.per_hour())
    return Granted::OUTCOME_LIMITS_INVALID;
  const std::optional<SpendingLimits> before = DelegatedBy(account);
  if (!before) return Granted::OUTCOME_NO_DELEGATION;
  if (before->per_hour() != limits.per_hour() || before->per_recipient() != limits.per_recipient()) {
    SetLimits(limits.per_hour(), limits.per_recipient(), account);
    changes.push_back({"delegation-changed", limits});
  }
  return Granted::OUTCOME_OK;
}

}  // namespace

std::optional<SpendingLimits> DelegatedBy(const StoredAccount& account) {
  if (!account.has_delegation()) return std::nullopt;
  SpendingLimits limits;
  limits.set_per_hour(account.delegation().per_hour());
  limits.set_per_recipient(account.delegation().per_recipient());
  return limits;
}

Delegations::Applied Delegations::Apply(const Acts& acts, std::int64_t now_ms, StoredAccount& account) {
  Applied applied;
  for (const Act& act : acts) {
    // A save whose hash has a wrong size gets no ticket, so it must not change the delegation.
    if (act.has_save_profile() && act.save_profile().text_hash().size() == kDigestSize)
      SaveProfile(act.save_profile().program(), now_ms, account, applied.changes);
    if (act.has_delegate()) applied.answers.push_back(Delegate(act.delegate().limits(), account, applied.changes));
  }
  return applied;
}

Delegations::Applied Delegations::Store(WriteTransaction& tx, const LiveSessions::Found& found, const Acts& acts,
                                        std::int64_t now_ms) const {
  const std::string& member = found.session.member();
  std::optional<StoredAccount> account = credentials_.Account(tx, member);
  // The session of this request may have ended since it was checked, by a new password or a logout.
  if (!account || !credentials_.Session(tx, found.key)) {
    Applied ended;
    ended.session = false;
    return ended;
  }
  Applied applied = Apply(acts, now_ms, *account);
  if (!applied.changes.empty()) credentials_.PutAccount(tx, member, *account);
  return applied;
}

}  // namespace zoobar
