#include "roles/auth/accounts.h"

#include <sodium.h>

#include <algorithm>

#include "credentials/names.h"
#include "credentials/tokens.h"
#include "roles/auth/delegations.h"

namespace zoobar {
namespace {

// No account has this name, because names have no control characters.
constexpr std::string_view kNobodysName = "\x01";

// Whether both have the same password. Tags that were hashed once more with new parameters still belong to the same
// password.
bool SamePassword(const StoredAccount& a, const StoredAccount& b) {
  return a.password().words() == b.password().words() && a.password().set_ms() == b.password().set_ms();
}

}  // namespace

Accounts::Accounts(Credentials& credentials, const AccountPasswords& passwords, const LiveSessions& sessions,
                   const Config::Auth& config)
    : credentials_(credentials), passwords_(passwords), sessions_(sessions) {
  Configure(config);
  imitation_key_.resize(crypto_generichash_KEYBYTES);
  randombytes_buf(imitation_key_.data(), imitation_key_.size());
}

void Accounts::Configure(const Config::Auth& config) {
  reserved_.clear();
  for (const std::string_view name : kReservedNames) reserved_.push_back(LooksOf(name));
  for (const std::string& name : config.reserved_names()) reserved_.push_back(LooksOf(name));
}

std::string Accounts::FreshMemberId() {
  std::string id(Credentials::kMemberIdBytes, '\0');
  randombytes_buf(id.data(), id.size());
  return id;
}

Result<Accounts::Candidate> Accounts::Find(std::string_view typed_name) {
  const std::optional<std::string> name = NormalisedName(typed_name);
  std::string imitated(Credentials::kMemberIdBytes, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(imitated.data()), imitated.size(),
                     reinterpret_cast<const unsigned char*>(typed_name.data()), typed_name.size(),
                     reinterpret_cast<const unsigned char*>(imitation_key_.data()), imitation_key_.size());
  auto look = [&](ReadTransaction& tx) -> Result<Candidate> {
    std::optional<std::string> member = credentials_.FindMember(tx, name ? std::string_view(*name) : kNobodysName);
    const auto stored = credentials_.RawAccountNear(tx, member ? *member : imitated);
    Candidate candidate;
    if (!candidate.account.ParseFromString(std::string(stored ? *stored : passwords_.decoy()))) {
      return Error{"an account is damaged"};
    }
    if (member && stored) candidate.member = std::move(*member);
    return candidate;
  };
  return credentials_.environment().Read(look);
}

Result<Accounts::Name> Accounts::CheckName(std::string_view name) const {
  const std::vector<Looks> shown = LooksAsShown(name);
  const std::vector<std::string> looks = InOneList(shown);
  auto look = [&](ReadTransaction& tx) -> Result<Name> {
    const Name free = IsFree(tx, name, looks);
    if (free == Name::kTaken) return free;
    const auto reserves = [&](const Looks& one) {
      return std::ranges::any_of(shown, [&](const Looks& each) { return LookTheSame(one, each); });
    };
    return std::ranges::any_of(reserved_, reserves) ? Name::kReserved : free;
  };
  return credentials_.environment().Read(look);
}

Accounts::Name Accounts::IsFree(const ReadTransaction& tx, std::string_view name,
                                const std::vector<std::string>& looks) const {
  if (!credentials_.IsFree(tx, name)) return Name::kTaken;
  return credentials_.HasLook(tx, looks) ? Name::kAlike : Name::kFree;
}

Accounts::Name Accounts::AddAccount(WriteTransaction& tx, std::string_view member, const StoredAccount& account) const {
  const std::vector<std::string> looks = InOneList(LooksAsShown(account.name()));
  const Name name = IsFree(tx, account.name(), looks);
  if (name != Name::kFree) return name;
  return credentials_.AddAccount(tx, member, account, looks) ? Name::kFree : Name::kTaken;
}

bool Accounts::StillHolds(const Candidate& known) {
  auto look = [&](ReadTransaction& tx) -> Result<bool> {
    const std::optional<StoredAccount> account = credentials_.Account(tx, known.member);
    return account && SamePassword(*account, known.account);
  };
  const Result<bool> holds = credentials_.environment().Read(look);
  return holds.ok() && *holds;
}

Accounts::Name Accounts::StoreRegistered(WriteTransaction& tx, const Candidate& candidate, const Entry& entry) const {
  const Name name = AddAccount(tx, candidate.member, candidate.account);
  if (name == Name::kFree) sessions_.Store(tx, entry);
  return name;
}

bool Accounts::StoreLoggedIn(WriteTransaction& tx, const Candidate& verified, const AccountPasswords::Stored* fresh,
                             const Entry& entry, std::string_view former) const {
  // If the password was changed while the password of this login was hashed, the change ended all older sessions. This
  // login with the old password must not add a session.
  std::optional<StoredAccount> account = credentials_.Account(tx, verified.member);
  if (!account || !SamePassword(*account, verified.account) || account->locked_ms() != 0) return false;
  if (fresh) {
    *account->mutable_password() = *fresh;
    credentials_.PutAccount(tx, verified.member, *account);
  }
  StoreEntry(tx, entry, former);
  return true;
}

void Accounts::StoreEntry(WriteTransaction& tx, const Entry& entry, std::string_view former) const {
  const std::string former_key = TokenKey(TokenKind::kSession, former);
  if (!former_key.empty()) credentials_.RemoveSession(tx, former_key);
  sessions_.Store(tx, entry);
}

Accounts::Changed Accounts::StoreChanged(WriteTransaction& tx, const LiveSessions::Found& found,
                                         const AccountPasswords::Stored& chosen, const Entry& entry) const {
  const std::string& member = found.session.member();
  std::optional<StoredAccount> account = credentials_.Account(tx, member);
  // While the new password was hashed, the session may have ended, or somebody else may have changed the password.
  if (!account || !SamePassword(*account, found.account) || !credentials_.Session(tx, found.key)) return {};
  Changed changed{false, true, DelegatedBy(*account)};
  account->clear_delegation();
  *account->mutable_password() = chosen;
  credentials_.PutAccount(tx, member, *account);
  credentials_.RemoveSessionsOf(tx, member);
  credentials_.AddSession(tx, entry.session_key, entry.session, entry.per_member);
  return changed;
}

bool Accounts::StoreResumed(WriteTransaction& tx, const Candidate& verified, const Entry& entry,
                            std::int64_t since_ms) const {
  const std::optional<StoredAccount> account = credentials_.Account(tx, verified.member);
  if (!account || !SamePassword(*account, verified.account)) return false;
  if (account->locked_ms() > since_ms) return false;
  credentials_.AddSession(tx, entry.session_key, entry.session, entry.per_member);
  return true;
}

bool Accounts::StoreRehashed(WriteTransaction& tx, const Candidate& before,
                             const AccountPasswords::Stored& again) const {
  std::optional<StoredAccount> account = credentials_.Account(tx, before.member);
  const StoredAccount::Password& known = before.account.password();
  if (!account || !SamePassword(*account, before.account) || account->password().salted() != known.salted() ||
      account->password().rehashed_size() != known.rehashed_size()) {
    return false;
  }
  *account->mutable_password() = again;
  credentials_.PutAccount(tx, before.member, *account);
  return true;
}

bool Accounts::StoreLocked(WriteTransaction& tx, std::string_view member, std::int64_t now_ms) const {
  std::optional<StoredAccount> account = credentials_.Account(tx, member);
  if (!account || account->locked_ms() != 0) return false;
  account->set_locked_ms(now_ms);
  credentials_.PutAccount(tx, member, *account);
  return true;
}

bool Accounts::StoreUnlocked(WriteTransaction& tx, std::string_view member) const {
  std::optional<StoredAccount> account = credentials_.Account(tx, member);
  if (!account || account->locked_ms() == 0) return false;
  account->clear_locked_ms();
  credentials_.PutAccount(tx, member, *account);
  return true;
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
