#include "roles/auth/passkeys.h"

#include <sodium.h>

#include <algorithm>

#include "credentials/names.h"
#include "ipc/try.h"
#include "webauthn/origins.h"
#include "webauthn/public_key.h"

namespace zoobar {
namespace {

std::string Sha256(std::string_view text) {
  std::string hash(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256(reinterpret_cast<unsigned char*>(hash.data()), reinterpret_cast<const unsigned char*>(text.data()),
                     text.size());
  return hash;
}

// The session's key has a fixed length, so no two sessions and members have the same purpose.
std::string PurposeOf(const LiveSessions::Found& in) { return in.key + in.session.member(); }

Passkeys::Verdict WrongPasskey(std::string_view why) { return {LoginReply::OUTCOME_PASSKEY_WRONG, why}; }
Passkeys::Verdict LatePasskey() {
  return {LoginReply::OUTCOME_PASSKEY_LATE, "the challenge was used, has expired, or is not of this site"};
}

// The checks of a head that registrations and logins have in common (WebAuthn Level 3, sections 7.1 and 7.2).
Passkeys::Verdict CheckHead(const AuthenticatorHead& head, std::string_view origin) {
  if (head.rp_id_hash != Sha256(RpIdOf(origin))) return WrongPasskey("the authenticator signed for another host");
  if (!head.user_present) return WrongPasskey("nobody touched the authenticator");
  return {};
}

// An authenticator that counts must count up. If its counter stands still or goes back, there may be a copy of it.
bool CountsUp(std::uint32_t stored, std::uint32_t now) { return (stored == 0 && now == 0) || now > stored; }

}  // namespace

Passkeys::Passkeys(Credentials& credentials, PasskeyChallenges::Clock steady, const Config& config)
    : credentials_(credentials), challenges_(std::move(steady)) {
  Configure(config);
}

void Passkeys::Configure(const Config& config) { origins_ = PasskeyOrigins(config); }

std::string Passkeys::ChallengeToAdd(const LiveSessions::Found& in) const {
  return challenges_.Make(Ceremony::kCreate, PurposeOf(in));
}

const std::string* Passkeys::OriginOf(Ceremony ceremony, std::string_view challenge,
                                      std::string_view client_data) const {
  const auto found = std::ranges::find_if(
      origins_, [&](const std::string& origin) { return ClientDataFits(client_data, ceremony, challenge, origin); });
  return found == origins_.end() ? nullptr : &*found;
}

Passkeys::Verdict Passkeys::UseUp(std::string_view challenge, const std::string& member) {
  const PasskeyChallenges::Use use = challenges_.UseUp(challenge, member);
  if (use == PasskeyChallenges::Use::kAgain) return LatePasskey();
  return use == PasskeyChallenges::Use::kFirst ? Verdict() : TooManyChallenges();
}

Passkeys::Verdict Passkeys::TooManyChallenges() const {
  return {LoginReply::OUTCOME_SLOW_DOWN, "the member has used too many challenges lately",
          static_cast<std::uint32_t>(challenges_.RetryAfterSeconds())};
}

Result<bool> Passkeys::Find(std::string_view credential, Known& known) const {
  std::string key = Credentials::PasskeyKeyOf(credential);
  auto look = [&](ReadTransaction& tx) -> Result<bool> {
    std::optional<StoredPasskey> passkey = credentials_.Passkey(tx, key);
    std::optional<StoredAccount> account;
    if (passkey) account = credentials_.Account(tx, passkey->member());
    if (!account) return false;
    known.key = key;
    known.passkey = std::move(*passkey);
    known.account = std::move(*account);
    return true;
  };
  return credentials_.environment().Read(look);
}

Passkeys::Verdict Passkeys::CheckOwner(const PasskeyLoginRequest& request, const AuthenticatorHead& head,
                                       const Known& known) {
  if (known.account.passkey_user().empty() || request.user() != known.account.passkey_user()) {
    return WrongPasskey("the passkey is another member's");
  }
  const PasskeyKey owner{static_cast<PasskeyAlgorithm>(known.passkey.algorithm()), known.passkey.public_key()};
  const std::string text = request.authenticator_data() + Sha256(request.client_data());
  if (!CheckSignature(owner, text, request.signature())) return WrongPasskey("the signature is wrong");
  if (!CountsUp(known.passkey.counter(), head.counter)) return WrongPasskey("the sign counter went back");
  if (known.account.closed_ms() != 0) return WrongPasskey("the account is closed");
  if (known.account.locked_ms() != 0) return {LoginReply::OUTCOME_LOCKED, "the account is locked"};
  return {};
}

Result<Passkeys::Known> Passkeys::CheckLogin(const PasskeyLoginRequest& request) {
  Known known;
  const auto refuse = [&known](Verdict verdict) {
    known.verdict = verdict;
    return known;
  };
  if (!challenges_.IsValid(request.challenge(), Ceremony::kGet, {})) return refuse(LatePasskey());
  const std::string* const origin = OriginOf(Ceremony::kGet, request.challenge(), request.client_data());
  if (!origin) return refuse(WrongPasskey("the browser did it at another site, or for another challenge"));
  const Result<AuthenticatorHead> head = ReadAuthenticatorHead(request.authenticator_data());
  if (!head.ok() || head->has_credential) return refuse(WrongPasskey("the authenticator data has another form"));
  if (const Verdict fits = CheckHead(*head, *origin); !fits.good()) return refuse(fits);
  TRY(const bool found, Find(request.credential(), known));
  if (!found) return refuse(WrongPasskey("nobody has this passkey"));
  // An attempt that has no room is not charged, so it must not cost the check of a signature.
  if (!challenges_.HasRoom(known.passkey.member())) return refuse(TooManyChallenges());
  if (const Verdict owned = CheckOwner(request, *head, known); !owned.good()) return refuse(owned);
  if (const Verdict used = UseUp(request.challenge(), known.passkey.member()); !used.good()) return refuse(used);
  known.passkey.set_counter(head->counter);
  known.passkey.set_user_verified(head->user_verified);
  return known;
}

bool Passkeys::StoreUse(WriteTransaction& tx, const Known& known, std::int64_t now_ms) const {
  const std::optional<StoredPasskey> present = credentials_.Passkey(tx, known.key);
  if (!present || present->member() != known.passkey.member()) return false;
  const std::optional<StoredAccount> account = credentials_.Account(tx, present->member());
  if (!account || account->locked_ms() != 0 || account->closed_ms() != 0) return false;
  if (!CountsUp(present->counter(), known.passkey.counter())) return false;
  StoredPasskey used = known.passkey;
  used.set_last_used_ms(now_ms);
  credentials_.PutPasskey(tx, known.key, used);
  return true;
}

Passkeys::Verdict Passkeys::CheckNew(const AddPasskeyRequest& request, const LiveSessions::Found& in,
                                     StoredPasskey& made) {
  if (!challenges_.IsValid(request.challenge(), Ceremony::kCreate, PurposeOf(in))) return LatePasskey();
  const std::string* const origin = OriginOf(Ceremony::kCreate, request.challenge(), request.client_data());
  if (!origin) return WrongPasskey("the browser did it at another site, or for another challenge");
  const Result<AuthenticatorHead> head = ReadHeadAlone(request.authenticator_head());
  if (!head.ok() || !head->has_credential) return WrongPasskey("the authenticator data has another form");
  if (const Verdict fits = CheckHead(*head, *origin); !fits.good()) return fits;
  if (request.credential().empty() || request.credential().size() > kMostCredentialId) {
    return WrongPasskey("the credential id has another length");
  }
  if (!CheckKey(request.algorithm(), request.public_key()).ok()) return WrongPasskey("the public key is none");
  const std::optional<std::string> label = NormalisedName(request.label());
  made.set_member(in.session.member());
  made.set_algorithm(request.algorithm());
  made.set_public_key(request.public_key());
  made.set_counter(head->counter);
  made.set_label(label && label->size() <= kMostLabel ? *label : std::string(kLabel));
  made.set_user_verified(head->user_verified);
  made.set_credential(request.credential());
  return UseUp(request.challenge(), in.session.member());
}

LoginReply::Outcome Passkeys::StoreNew(WriteTransaction& tx, const StoredPasskey& made,
                                       const LiveSessions::Found& in) const {
  // Since the session was found, it may have ended, or another call may have added a passkey.
  if (!credentials_.Session(tx, in.key)) return LoginReply::OUTCOME_NO_SESSION;
  if (credentials_.CountPasskeysOf(tx, made.member()) >= kPerMember) return LoginReply::OUTCOME_PASSKEYS_FULL;
  const bool added = credentials_.AddPasskey(tx, Credentials::PasskeyKeyOf(made.credential()), made);
  return added ? LoginReply::OUTCOME_OK : LoginReply::OUTCOME_PASSKEY_KNOWN;
}

std::optional<std::string> Passkeys::Remove(WriteTransaction& tx, std::string_view member, std::string_view id) const {
  if (id.size() != kIdBytes) return std::nullopt;
  for (const Credentials::KeyedPasskey& each : credentials_.PasskeysOf(tx, member)) {
    if (each.key.starts_with(id) && credentials_.RemovePasskey(tx, each.key)) return each.passkey.label();
  }
  return std::nullopt;
}

std::string Passkeys::UserOf(WriteTransaction& tx, std::string_view member) const {
  std::optional<StoredAccount> account = credentials_.Account(tx, member);
  if (!account || account->closed_ms() != 0) return {};
  if (account->passkey_user().empty()) {
    account->mutable_passkey_user()->resize(kUserBytes);
    randombytes_buf(account->mutable_passkey_user()->data(), kUserBytes);
    credentials_.PutAccount(tx, member, *account);
  }
  return account->passkey_user();
}

Result<PasskeyList> ListOfPasskeys(Credentials& credentials, std::string_view member) {
  using Stored = std::vector<Credentials::KeyedPasskey>;
  auto look = [&](ReadTransaction& tx) -> Result<Stored> { return credentials.PasskeysOf(tx, member); };
  TRY(const Stored passkeys, credentials.environment().Read(look));
  PasskeyList list;
  for (const Credentials::KeyedPasskey& each : passkeys) {
    PasskeysReply::Passkey& line = *list.Add();
    line.set_id(each.key.substr(0, Passkeys::kIdBytes));
    line.set_label(each.passkey.label());
    line.set_created_ms(each.passkey.created_ms());
    line.set_last_used_ms(each.passkey.last_used_ms());
    line.set_user_verified(each.passkey.user_verified());
  }
  return list;
}

}  // namespace zoobar
