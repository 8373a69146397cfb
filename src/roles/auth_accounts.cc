#include "roles/auth_accounts.h"

#include <sodium.h>

#include <algorithm>

#include "credentials/names.h"
#include "roles/auth_delegations.h"

namespace zoobar {
namespace {

// A key of no account: names have no control characters.
constexpr std::string_view kNobodysName = "\x01";
const std::string& NobodysId() {
  static const std::string id(Credentials::kMemberIdBytes, '\0');
  return id;
}

bool SamePassword(const StoredAccount& a, const StoredAccount& b) {
  return a.password().salted() == b.password().salted() &&
         std::equal(a.password().tags().begin(), a.password().tags().end(), b.password().tags().begin(),
                    b.password().tags().end());
}

}  // namespace

std::string Accounts::FreshMemberId() {
  std::string id(Credentials::kMemberIdBytes, '\0');
  randombytes_buf(id.data(), id.size());
  return id;
}

Result<Accounts::Candidate> Accounts::Find(std::string_view typed_name) {
  const std::optional<std::string> name = NormalisedName(typed_name);
  auto look = [&](ReadTransaction& tx) -> Result<Candidate> {
    std::optional<std::string> member = credentials_.FindMember(tx, name ? std::string_view(*name) : kNobodysName);
    const auto stored = credentials_.RawAccount(tx, member ? *member : NobodysId());
    Candidate candidate;
    if (!candidate.account.ParseFromString(std::string(stored ? *stored : passwords_.decoy()))) {
      return Error{"an account is damaged"};
    }
    if (stored) candidate.member = std::move(*member);
    return candidate;
  };
  return credentials_.environment().Read(look);
}

bool Accounts::StoreRegistered(WriteTransaction& tx, const Candidate& candidate, const Entry& entry) const {
  if (!credentials_.AddAccount(tx, candidate.member, candidate.account)) return false;
  sessions_.Store(tx, entry);
  return true;
}

bool Accounts::StoreLoggedIn(WriteTransaction& tx, const Candidate& verified, const AccountPasswords::Answer& answer,
                             const Entry& entry) const {
  // A password changed while this one was hashed ends every session but one; this would be another.
  std::optional<StoredAccount> account = credentials_.Account(tx, verified.member);
  if (!account || !SamePassword(*account, verified.account)) return false;
  if (answer.store) {
    *account->mutable_password() = *answer.store;
    credentials_.PutAccount(tx, verified.member, *account);
  }
  sessions_.Store(tx, entry);
  return true;
}

Accounts::Changed Accounts::StoreChanged(WriteTransaction& tx, const LiveSessions::Found& found,
                                         const AccountPasswords::Answer& answer, const Entry& entry) const {
  const std::string& member = found.session.member();
  std::optional<StoredAccount> account = credentials_.Account(tx, member);
  // Ended, or changed by somebody else, while this was hashed.
  if (!account || !SamePassword(*account, found.account) || !credentials_.Session(tx, found.key)) return {};
  Changed changed{true, DelegatedBy(*account)};
  account->clear_delegation();
  *account->mutable_password() = *answer.store;
  credentials_.PutAccount(tx, member, *account);
  credentials_.RemoveSessionsOf(tx, member);
  credentials_.AddSession(tx, entry.session_key, entry.session, entry.per_member);
  return changed;
}

std::size_t Accounts::StoreLoggedOut(WriteTransaction& tx, const LiveSessions::Found& found,
                                     const LogoutRequest& request) const {
  if (request.which() == LogoutRequest::WHICH_EVERY) return credentials_.RemoveSessionsOf(tx, found.session.member());
  if (request.which() == LogoutRequest::WHICH_THIS) return credentials_.RemoveSession(tx, found.key) ? 1 : 0;
  std::size_t removed = 0;
  for (const Credentials::KeyedSession& each : credentials_.SessionsOf(tx, found.session.member())) {
    if (each.key.starts_with(request.session()) && credentials_.RemoveSession(tx, each.key)) ++removed;
  }
  return removed;
}

}  // namespace zoobar
