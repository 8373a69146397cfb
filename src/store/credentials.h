// auth's tables: accounts, their names, sessions, devices. One environment, of kind "cred", format 2.
//
//   table            key                                               value
//   accounts         member id, 16 bytes                               StoredAccount
//   names            name in NFC, 1 to 128 bytes, alone in the key     member id, 16 bytes
//   sessions         session key, 32 bytes                             StoredSession
//   member_sessions  member id, 16 bytes; session key, 32 bytes        empty
//   devices          member id, 16 bytes; device key, 32 bytes         StoredDevice
//
// Values are messages of proto/stored_credentials.proto. Session keys and device keys are hashes of the tokens
// (credentials/tokens.h), so nobody can log in with the contents of the file. A name needs no length before it, because
// it is the whole key; so the order of the table is the order of the names' bytes. Member ids are not derived from
// anything, and accounts are never deleted, so no id is ever used twice.
//
// A member's delegation is part of the account, so that one write can set a new password and end the delegation.
//
// Invariants: each account is found in `names` by its name; `sessions` and `member_sessions` contain the same pairs.
//
// The functions take the transaction in which they work, so that a caller can combine several of them in one act.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
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

  // As Environment::Open: blocks, and fails if another process has the environment open.
  static Result<std::unique_ptr<Credentials>> Open(Loop& loop, std::string folder, const Config::Store& config);

  Environment& environment() { return *environment_; }

  // Accounts.
  std::optional<std::string> FindMember(const ReadTransaction& tx,
                                        std::string_view name) const;  // name in NFC; returns the id
  std::optional<StoredAccount> Account(const ReadTransaction& tx, std::string_view member) const;
  // The stored account with this id, or with the next id, or else the first account: any account, but always the same
  // one for the same id as long as no account is added in between. nullopt if there are no accounts. For a login with
  // an unknown name, which must look like any other.
  std::optional<std::string_view> RawAccountNear(const ReadTransaction& tx, std::string_view member) const;
  // The first account whose id comes after `after`, in the order of ids. Empty: the first of all.
  std::optional<std::pair<std::string, StoredAccount>> NextAccount(const ReadTransaction& tx,
                                                                   std::string_view after) const;
  // Returns false and writes nothing if the name or the id is in use.
  bool AddAccount(WriteTransaction& tx, std::string_view member, const StoredAccount& account) const;
  // Replaces everything but the name. Precondition: the account exists and has this name.
  void PutAccount(WriteTransaction& tx, std::string_view member, const StoredAccount& account) const;

  struct NamesPage {
    std::vector<std::pair<std::string, std::string>> members;  // id, name
    bool more = false;
  };
  // The names that start with `prefix` and come after `after` (empty: from the first), in the order of their bytes.
  NamesPage Names(const ReadTransaction& tx, std::string_view prefix, std::string_view after, std::size_t limit) const;

  // Sessions.
  struct KeyedSession {
    std::string key;
    StoredSession session;
  };
  using LastUses = std::vector<std::pair<std::string, std::int64_t>>;  // session key, milliseconds since 1970
  struct SessionLimits {
    std::int64_t idle_ms = 0, max_ms = 0;  // since the last use; since the session began
    std::size_t per_member = 20;
  };
  static bool Expired(const StoredSession& session, const SessionLimits& limits, std::int64_t now_ms);

  std::optional<StoredSession> Session(const ReadTransaction& tx, std::string_view key) const;
  std::vector<KeyedSession> SessionsOf(const ReadTransaction& tx, std::string_view member) const;
  // Adds a session. If the member has too many, the sessions that were used longest ago are removed.
  void AddSession(WriteTransaction& tx, std::string_view key, const StoredSession& session,
                  std::size_t per_member) const;
  bool RemoveSession(WriteTransaction& tx, std::string_view key) const;  // returns whether there was one
  std::size_t RemoveSessionsOf(WriteTransaction& tx, std::string_view member) const;
  // Stores uses that are later than the stored ones. Skips sessions that no longer exist.
  void MarkUsed(WriteTransaction& tx, const LastUses& uses) const;
  // Looks at `count` sessions from key `from` on and removes the expired ones.
  struct Swept {
    std::string next;  // where the next sweep continues; empty: at the beginning
    std::size_t removed = 0;
  };
  Swept SweepSessions(WriteTransaction& tx, std::string_view from, std::size_t count, const SessionLimits& limits,
                      std::int64_t now_ms) const;

  // The devices from which a member has logged in.
  bool HasDevice(const ReadTransaction& tx, std::string_view member, std::string_view key) const;
  // Records a login: adds the device or renews it. If the member has too many devices, the one whose last login is
  // oldest is removed.
  void SeeDevice(WriteTransaction& tx, std::string_view member, std::string_view key, std::int64_t now_ms) const;

 private:
  explicit Credentials(std::unique_ptr<Environment> environment);

  std::unique_ptr<Environment> environment_;
  Table accounts_, names_, sessions_, member_sessions_, devices_;
};

}  // namespace zoobar
