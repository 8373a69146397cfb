#include "store/credentials.h"

#include <sodium.h>

#include <algorithm>

#include "ipc/saturated.h"
#include "ipc/try.h"
#include "store/keys.h"

namespace zoobar {
namespace {

constexpr char kClosed = 'x';
constexpr std::string_view kMade = "made";  // in the table of looks; no look has this length

// Whether a value of the table `names` belongs to a closed account.
bool IsOfClosed(std::string_view value) {
  return value.size() == Credentials::kMemberIdBytes + 1 && value.back() == kClosed;
}

// Returns the keys that begin with the member id `member`, without this id. All keys of the table begin with a member
// id.
std::vector<std::string> KeysBehind(const ReadTransaction& tx, Table table, std::string_view member) {
  std::vector<std::string> keys = KeysWithPrefix(tx, table, member);
  for (std::string& key : keys) key.erase(0, member.size());
  return keys;
}

}  // namespace

Result<std::unique_ptr<Credentials>> Credentials::Open(Loop& loop, std::string folder, const Config::Store& config) {
  auto options = EnvironmentOptions::Of(
      std::move(folder), "cred",
      {"accounts", "names", "sessions", "member_sessions", "devices", "looks", "passkeys", "member_passkeys"}, config);
  TRY(std::unique_ptr<Environment> environment, Environment::Open(loop, std::move(options)));
  return std::unique_ptr<Credentials>(new Credentials(std::move(environment)));
}

Credentials::Credentials(std::unique_ptr<Environment> environment)
    : environment_(std::move(environment)),
      accounts_(environment_->table("accounts")),
      names_(environment_->table("names")),
      sessions_(environment_->table("sessions")),
      member_sessions_(environment_->table("member_sessions")),
      devices_(environment_->table("devices")),
      looks_(environment_->table("looks")),
      passkeys_(environment_->table("passkeys")),
      member_passkeys_(environment_->table("member_passkeys")) {}

std::optional<std::string> Credentials::FindMember(const ReadTransaction& tx, std::string_view name) const {
  const std::optional<std::string_view> member = tx.Get(names_, name);
  if (!member || IsOfClosed(*member)) return std::nullopt;
  if (member->size() != kMemberIdBytes) {
    tx.FailDamaged(names_, name);
    return std::nullopt;
  }
  return std::string(*member);
}

std::optional<StoredAccount> Credentials::Account(const ReadTransaction& tx, std::string_view member) const {
  return tx.GetMessage<StoredAccount>(accounts_, member);
}

std::optional<std::string_view> Credentials::RawAccountNear(const ReadTransaction& tx, std::string_view member) const {
  Cursor cursor(tx, accounts_);
  if (!cursor.AtOrAfter(member) && !cursor.First()) return std::nullopt;
  return cursor.value();
}

std::optional<std::pair<std::string, StoredAccount>> Credentials::NextAccount(const ReadTransaction& tx,
                                                                              std::string_view after) const {
  Cursor cursor(tx, accounts_);
  bool at = after.empty() ? cursor.First() : cursor.AtOrAfter(after);
  if (at && cursor.key() == after) at = cursor.Next();
  std::pair<std::string, StoredAccount> next;
  if (!at || !cursor.Parse(&next.second)) return std::nullopt;
  next.first = cursor.key();
  return next;
}

bool Credentials::HasLook(const ReadTransaction& tx, std::span<const std::string> looks) const {
  return std::any_of(looks.begin(), looks.end(), [&](const std::string& look) { return tx.Has(looks_, look); });
}

bool Credentials::AddAccount(WriteTransaction& tx, std::string_view member, const StoredAccount& account,
                             std::span<const std::string> looks) const {
  if (tx.Has(names_, account.name()) || tx.Has(accounts_, member)) return false;
  tx.Put(names_, account.name(), member);
  tx.PutMessage(accounts_, member, account);
  for (const std::string& look : looks) tx.Put(looks_, look, {});
  std::string made(tx.Get(looks_, kMade).value_or(std::string_view()));
  if (made.size() >= kNumberSize) made.replace(0, kNumberSize, NumberKey(NumberOf(made) + 1));
  tx.Put(looks_, kMade, made);
  return true;
}

Status Credentials::MakeLooks(std::string_view version,
                              const std::function<std::vector<std::string>(std::string_view name)>& looks_of) {
  auto compare = [&](ReadTransaction& tx) -> Result<bool> {
    return tx.Get(looks_, kMade) == NumberKey(tx.Count(accounts_)).append(version);
  };
  TRY(const bool complete, environment_->Read(compare));
  if (complete) return {};
  auto act = [&](WriteTransaction& tx) -> Status {
    for (Cursor old(tx, looks_); old.First();) tx.Delete(looks_, std::string(old.key()));
    Cursor cursor(tx, names_);
    for (bool at = cursor.First(); at; at = cursor.Next()) {
      for (const std::string& look : looks_of(cursor.key())) tx.Put(looks_, look, {});
    }
    tx.Put(looks_, kMade, NumberKey(tx.Count(accounts_)).append(version));
    return {};
  };
  return environment_->WriteFirst(std::move(act));
}

void Credentials::CloseAccount(WriteTransaction& tx, std::string_view member, const StoredAccount& account) const {
  std::string closed(member);
  closed += kClosed;
  tx.Put(names_, account.name(), closed);
  tx.PutMessage(accounts_, member, account);
}

void Credentials::PutAccount(WriteTransaction& tx, std::string_view member, const StoredAccount& account) const {
  tx.PutMessage(accounts_, member, account);
}

Credentials::NamesPage Credentials::Names(const ReadTransaction& tx, std::string_view prefix, std::string_view after,
                                          std::size_t limit) const {
  NamesPage page;
  Cursor cursor(tx, names_);
  const std::string_view from = std::max(prefix, after);
  bool at = from.empty() ? cursor.First() : cursor.AtOrAfter(from);
  if (at && !after.empty() && cursor.key() == after) at = cursor.Next();
  for (; at && cursor.key().starts_with(prefix); at = cursor.Next()) {
    if (IsOfClosed(cursor.value())) continue;
    if (page.members.size() == limit) {
      page.more = true;
      break;
    }
    page.members.emplace_back(cursor.value(), cursor.key());
  }
  return page;
}

bool Credentials::Expired(const StoredSession& session, const SessionLimits& limits, std::int64_t now_ms) {
  return SaturatedDifference(now_ms, session.last_used_ms()) >= limits.idle_ms ||
         SaturatedDifference(now_ms, session.created_ms()) >= limits.max_ms;
}

std::optional<StoredSession> Credentials::Session(const ReadTransaction& tx, std::string_view key) const {
  return tx.GetMessage<StoredSession>(sessions_, key);
}

std::vector<Credentials::KeyedSession> Credentials::SessionsOf(const ReadTransaction& tx,
                                                               std::string_view member) const {
  std::vector<KeyedSession> found;
  for (std::string& key : KeysBehind(tx, member_sessions_, member)) {
    std::optional<StoredSession> session = Session(tx, key);
    if (session) found.push_back({std::move(key), std::move(*session)});
  }
  return found;
}

void Credentials::AddSession(WriteTransaction& tx, std::string_view key, const StoredSession& session,
                             std::size_t per_member) const {
  std::vector<KeyedSession> others = SessionsOf(tx, session.member());
  std::sort(others.begin(), others.end(), [](const KeyedSession& a, const KeyedSession& b) {
    return a.session.last_used_ms() > b.session.last_used_ms();
  });
  for (std::size_t i = std::max<std::size_t>(per_member, 1) - 1; i < others.size(); ++i)
    RemoveSession(tx, others[i].key);
  tx.PutMessage(sessions_, key, session);
  tx.Put(member_sessions_, JoinedKey(session.member(), key), {});
}

bool Credentials::RemoveSession(WriteTransaction& tx, std::string_view key) const {
  const std::optional<StoredSession> session = Session(tx, key);
  if (!session) return false;
  tx.Delete(sessions_, key);
  tx.Delete(member_sessions_, JoinedKey(session->member(), key));
  return true;
}

std::size_t Credentials::RemoveSessionsOf(WriteTransaction& tx, std::string_view member) const {
  const std::vector<std::string> keys = KeysBehind(tx, member_sessions_, member);
  for (const std::string& key : keys) RemoveSession(tx, key);
  return keys.size();
}

void Credentials::MarkUsed(WriteTransaction& tx, const LastUses& uses) const {
  for (const auto& [key, used_ms] : uses) {
    std::optional<StoredSession> session = Session(tx, key);
    if (!session || session->last_used_ms() >= used_ms) continue;
    session->set_last_used_ms(used_ms);
    tx.PutMessage(sessions_, key, *session);
  }
}

Credentials::Swept Credentials::SweepSessions(WriteTransaction& tx, std::string_view from, std::size_t count,
                                              const SessionLimits& limits, std::int64_t now_ms) const {
  Swept swept;
  std::vector<std::string> expired;
  {
    Cursor cursor(tx, sessions_);
    bool at = from.empty() ? cursor.First() : cursor.AtOrAfter(from);
    for (; at && count > 0; --count, at = cursor.Next()) {
      StoredSession session;
      if (!cursor.Parse(&session)) return swept;
      if (Expired(session, limits, now_ms)) expired.emplace_back(cursor.key());
    }
    if (at) swept.next = cursor.key();
  }
  for (const std::string& key : expired) RemoveSession(tx, key);
  swept.removed = expired.size();
  return swept;
}

bool Credentials::HasDevice(const ReadTransaction& tx, std::string_view member, std::string_view key) const {
  return tx.Has(devices_, JoinedKey(member, key));
}

void Credentials::SeeDevice(WriteTransaction& tx, std::string_view member, std::string_view key,
                            std::int64_t now_ms) const {
  StoredDevice device;
  if (std::optional<StoredDevice> known = tx.GetMessage<StoredDevice>(devices_, JoinedKey(member, key))) {
    device = std::move(*known);
  } else {
    device.set_created_ms(now_ms);
    std::vector<std::pair<std::int64_t, std::string>> others;
    for (std::string& other : KeysBehind(tx, devices_, member)) {
      const std::optional<StoredDevice> stored = tx.GetMessage<StoredDevice>(devices_, JoinedKey(member, other));
      if (stored) others.emplace_back(stored->last_login_ms(), std::move(other));
    }
    std::sort(others.begin(), others.end(), std::greater<>());  // latest first
    for (std::size_t i = kDevicesPerMember - 1; i < others.size(); ++i)
      tx.Delete(devices_, JoinedKey(member, others[i].second));
  }
  device.set_last_login_ms(now_ms);
  tx.PutMessage(devices_, JoinedKey(member, key), device);
}

std::string Credentials::PasskeyKeyOf(std::string_view credential) {
  std::string key(kTokenKeyBytes, '\0');
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, key.size());
  for (const std::string_view part : {std::string_view("zoobar passkey "), credential})
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(part.data()), part.size());
  crypto_generichash_final(&state, reinterpret_cast<unsigned char*>(key.data()), key.size());
  return key;
}

std::optional<StoredPasskey> Credentials::Passkey(const ReadTransaction& tx, std::string_view key) const {
  return tx.GetMessage<StoredPasskey>(passkeys_, key);
}

std::vector<Credentials::KeyedPasskey> Credentials::PasskeysOf(const ReadTransaction& tx,
                                                               std::string_view member) const {
  std::vector<KeyedPasskey> found;
  for (std::string& key : KeysBehind(tx, member_passkeys_, member)) {
    std::optional<StoredPasskey> passkey = Passkey(tx, key);
    if (passkey) found.push_back({std::move(key), std::move(*passkey)});
  }
  std::sort(found.begin(), found.end(), [](const KeyedPasskey& a, const KeyedPasskey& b) {
    return std::pair(a.passkey.created_ms(), a.key) < std::pair(b.passkey.created_ms(), b.key);
  });
  return found;
}

std::size_t Credentials::CountPasskeysOf(const ReadTransaction& tx, std::string_view member) const {
  return KeysBehind(tx, member_passkeys_, member).size();
}

bool Credentials::AddPasskey(WriteTransaction& tx, std::string_view key, const StoredPasskey& passkey) const {
  if (tx.Has(passkeys_, key)) return false;
  tx.PutMessage(passkeys_, key, passkey);
  tx.Put(member_passkeys_, JoinedKey(passkey.member(), key), {});
  return true;
}

void Credentials::PutPasskey(WriteTransaction& tx, std::string_view key, const StoredPasskey& passkey) const {
  tx.PutMessage(passkeys_, key, passkey);
}

bool Credentials::RemovePasskey(WriteTransaction& tx, std::string_view key) const {
  const std::optional<StoredPasskey> passkey = Passkey(tx, key);
  if (!passkey) return false;
  tx.Delete(passkeys_, key);
  tx.Delete(member_passkeys_, JoinedKey(passkey->member(), key));
  return true;
}

std::size_t Credentials::RemovePasskeysOf(WriteTransaction& tx, std::string_view member) const {
  const std::vector<std::string> keys = KeysBehind(tx, member_passkeys_, member);
  for (const std::string& key : keys) RemovePasskey(tx, key);
  return keys.size();
}

}  // namespace zoobar
