// The store of the role auth: accounts, names, sessions, devices and passkeys. It is one environment of kind "cred", format 2.
//
//   table            key                                               value
//   accounts         member id, 16 bytes                               StoredAccount
//   names            name in NFC, 1 to 128 bytes, alone in the key     member id, 16 bytes; of a closed account: the
//                                                                      member id and one byte, 'x'
//   sessions         session key, 32 bytes                             StoredSession
//   member_sessions  member id, 16 bytes; session key, 32 bytes        empty
//   devices          member id, 16 bytes; device key, 32 bytes         StoredDevice
//   looks            look of a name (credentials/looks.h), 32 bytes    empty
//                    the 4 bytes "made"                                number of accounts, u64 big-endian; version
//   passkeys         passkey key, 32 bytes                             StoredPasskey
//   member_passkeys  member id, 16 bytes; passkey key, 32 bytes        empty
//
// Values are messages of proto/stored_credentials.proto. Session keys and device keys are hashes of the tokens
// (credentials/tokens.h), so nobody can log in with what the file contains. In `names` the whole key is the name. So no
// length is stored before the name, and the table has the order of the names' bytes. Member ids are not computed from
// names or other data, and accounts are never deleted, so no id is ever used twice. A closed account stays, without a
// password, and keeps its name, so that nobody can take the name of a member who has left.
//
// A member's delegation is part of the stored account, so that one write can set a new password and end the delegation.
//
// Invariants: `names` leads from the name of each account to the account. `looks` has the looks of all these names, and
// nothing is ever removed from it, as nothing is removed from `names`. `sessions` and `member_sessions` contain the same
// pairs of member and session, and `passkeys` and `member_passkeys` the same pairs of member and passkey.
//
// Each function gets its transaction as a parameter, so that a caller can call several functions in one transaction.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config.pb.h"
#include "store/environment.h"
#include "stored_credentials.pb.h"

namespace zoobar {

class Credentials {
 public:
  static constexpr std::size_t kMemberIdBytes = 16, kTokenKeyBytes = 32;
  static constexpr std::size_t kDevicesPerMember = 20;

  // Opens the store in `folder`. Blocks, and returns an Error if another process has the environment open, as
  // Environment::Open does.
  static Result<std::unique_ptr<Credentials>> Open(Loop& loop, std::string folder, const Config::Store& config);

  Environment& environment() { return *environment_; }

  // Functions for accounts.
  std::optional<std::string> FindMember(const ReadTransaction& tx,
                                        std::string_view name) const;  // `name` must be in NFC; returns a member id
  std::optional<StoredAccount> Account(const ReadTransaction& tx, std::string_view member) const;
  // Stores the account as closed. From then on FindMember and Names do not find it, and nobody can have its name.
  // Precondition: the account exists and has the name account.name().
  void CloseAccount(WriteTransaction& tx, std::string_view member, const StoredAccount& account) const;
  // Returns the stored bytes of the account with the id `member`. If there is none, returns the account with the next
  // greater id, or else the first account. An id leads to the same account each time, as long as no account is added.
  // Returns nullopt if there are no accounts. auth uses this for a login with an unknown name, which must look like any
  // other login.
  std::optional<std::string_view> RawAccountNear(const ReadTransaction& tx, std::string_view member) const;
  // Returns the first account whose id is greater than `after`. If `after` is empty, returns the first of all accounts.
  std::optional<std::pair<std::string, StoredAccount>> NextAccount(const ReadTransaction& tx,
                                                                   std::string_view after) const;
  // Whether no account has the name, and none that is closed had it.
  bool IsFree(const ReadTransaction& tx, std::string_view name) const { return !tx.Has(names_, name); }
  // Whether an account has, or had, a name with one of these looks.
  bool HasLook(const ReadTransaction& tx, std::span<const std::string> looks) const;
  // Returns false and writes nothing if the name or the id is in use, or was in use by an account that is closed.
  // `looks` are those of the name.
  bool AddAccount(WriteTransaction& tx, std::string_view member, const StoredAccount& account,
                  std::span<const std::string> looks) const;
  // Fills the table `looks` with what `looks_of` returns for each name, unless it has the looks of this version of all
  // accounts already. It lacks some if an older program has added accounts. Blocks.
  Status MakeLooks(std::string_view version,
                   const std::function<std::vector<std::string>(std::string_view name)>& looks_of);
  // Replaces the stored account. The name must not change. Precondition: the account exists and has the name
  // account.name().
  void PutAccount(WriteTransaction& tx, std::string_view member, const StoredAccount& account) const;

  struct NamesPage {
    std::vector<std::pair<std::string, std::string>> members;  // id, name
    bool more = false;
  };
  // Returns at most `limit` names that start with `prefix` and come after `after`, in the order of their bytes. If
  // `after` is empty, begins with the first of them.
  NamesPage Names(const ReadTransaction& tx, std::string_view prefix, std::string_view after, std::size_t limit) const;

  // Functions for sessions.
  struct KeyedSession {
    std::string key;
    StoredSession session;
  };
  using LastUses = std::vector<std::pair<std::string, std::int64_t>>;  // session key, milliseconds since 1970
  struct SessionLimits {
    std::int64_t idle_ms = 0, max_ms = 0;  // the longest time without use; the longest time since the login
    std::size_t per_member = 20;
  };
  static bool Expired(const StoredSession& session, const SessionLimits& limits, std::int64_t now_ms);

  std::optional<StoredSession> Session(const ReadTransaction& tx, std::string_view key) const;
  std::vector<KeyedSession> SessionsOf(const ReadTransaction& tx, std::string_view member) const;
  // Adds a session. If the member then has more than `per_member` sessions, removes those that were used longest ago.
  void AddSession(WriteTransaction& tx, std::string_view key, const StoredSession& session,
                  std::size_t per_member) const;
  bool RemoveSession(WriteTransaction& tx, std::string_view key) const;  // returns whether the session existed
  std::size_t RemoveSessionsOf(WriteTransaction& tx, std::string_view member) const;
  // Stores the time of each use that is later than the stored time. Skips sessions that no longer exist.
  void MarkUsed(WriteTransaction& tx, const LastUses& uses) const;
  // How many sessions there are. Those that have expired count until they are removed.
  std::uint64_t CountSessions(const ReadTransaction& tx) const { return tx.Count(sessions_); }
  // SweepSessions looks at `count` sessions, beginning with the key `from`, and removes those that are expired.
  struct Swept {
    std::string next;  // the key with which the next sweep begins; empty: begin with the first session
    std::size_t removed = 0;
  };
  Swept SweepSessions(WriteTransaction& tx, std::string_view from, std::size_t count, const SessionLimits& limits,
                      std::int64_t now_ms) const;

  // Functions for the devices from which a member has logged in.
  bool HasDevice(const ReadTransaction& tx, std::string_view member, std::string_view key) const;
  // Records a login from a device: adds the device, or updates the time of its last login. If the member then has more
  // than kDevicesPerMember devices, removes the device whose last login is oldest.
  void SeeDevice(WriteTransaction& tx, std::string_view member, std::string_view key, std::int64_t now_ms) const;

  // Functions for passkeys.
  struct KeyedPasskey {
    std::string key;
    StoredPasskey passkey;
  };
  // Returns the key under which the passkey with this credential id is stored: BLAKE2b-256 of "zoobar passkey " and the
  // id. (A credential id may be too long for a key.)
  static std::string PasskeyKeyOf(std::string_view credential);
  std::optional<StoredPasskey> Passkey(const ReadTransaction& tx, std::string_view key) const;
  std::vector<KeyedPasskey> PasskeysOf(const ReadTransaction& tx, std::string_view member) const;  // oldest first
  std::size_t CountPasskeysOf(const ReadTransaction& tx, std::string_view member) const;
  // Returns false and writes nothing if there is a passkey with this key, whoever has it.
  bool AddPasskey(WriteTransaction& tx, std::string_view key, const StoredPasskey& passkey) const;
  // Replaces the stored passkey. The member must not change. Precondition: the passkey exists.
  void PutPasskey(WriteTransaction& tx, std::string_view key, const StoredPasskey& passkey) const;
  bool RemovePasskey(WriteTransaction& tx, std::string_view key) const;  // returns whether the passkey existed
  std::size_t RemovePasskeysOf(WriteTransaction& tx, std::string_view member) const;

 private:
  explicit Credentials(std::unique_ptr<Environment> environment);

  std::unique_ptr<Environment> environment_;
  Table accounts_, names_, sessions_, member_sessions_, devices_, looks_, passkeys_, member_passkeys_;
};

}  // namespace zoobar
