// auth's tables: accounts, their names, sessions, devices. One environment, of kind "cred", format 2.
//
//   table            key                                               value
//   accounts         member id, 16 bytes                               StoredAccount
//   names            name in NFC, 1 to 128 bytes, alone in the key     member id, 16 bytes
//   sessions         session key, 32 bytes                             StoredSession
//   member_sessions  member id, 16 bytes; session key, 32 bytes        empty
//   devices          member id, 16 bytes; device key, 32 bytes         StoredDevice
//
// Values are messages of proto/stored_credentials.proto. Session and device keys are hashes of the tokens
// (credentials/tokens.h): who reads the file cannot log in with what it holds. A name needs no length before it, since
// it is the whole key; so the table's order is the order of the names' bytes. Ids are not derived from anything and
// accounts are never deleted, so no id is ever used twice.
//
// A member's delegation is part of the account, so that a new password and its end are one write.
//
// Invariants: each account's name leads to it in `names`; `sessions` and `member_sessions` hold the same pairs.
// Functions take the transaction they run in, so that a caller makes one act of several of them.
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

  // As Environment::Open: blocks, and fails when another process holds it.
  static Result<std::unique_ptr<Credentials>> Open(Loop& loop, std::string folder, const Config::Store& config);

  Environment& environment() { return *environment_; }

  // Accounts.
  std::optional<std::string> FindMember(const ReadTransaction& tx, std::string_view name) const;  // NFC; gives the id
  std::optional<StoredAccount> Account(const ReadTransaction& tx, std::string_view member) const;
  // The account at this id or the next one after it, or else the first: some account, the same one for the same id as
  // long as none comes between. Nothing if there is none at all.
  std::optional<std::string_view> RawAccountNear(const ReadTransaction& tx, std::string_view member) const;
  // Accounts in order of their ids: the first after `after` (empty: the first of all).
  std::optional<std::pair<std::string, StoredAccount>> NextAccount(const ReadTransaction& tx,
                                                                   std::string_view after) const;
  // False, and nothing is written, when the name or the id is in use.
  bool AddAccount(WriteTransaction& tx, std::string_view member, const StoredAccount& account) const;
  // Replaces all but the name. Precondition: the account is there, under the same name.
  void PutAccount(WriteTransaction& tx, std::string_view member, const StoredAccount& account) const;

  struct NamesPage {
    std::vector<std::pair<std::string, std::string>> members;  // id, name
    bool more = false;
  };
  // Names that start with `prefix` and come after `after` (empty: from the first), in order of their bytes.
  NamesPage Names(const ReadTransaction& tx, std::string_view prefix, std::string_view after, std::size_t limit) const;

  // Sessions.
  struct KeyedSession {
    std::string key;
    StoredSession session;
  };
  using LastUses = std::vector<std::pair<std::string, std::int64_t>>;  // session key, milliseconds since 1970
  struct SessionLimits {
    std::int64_t idle_ms = 0, max_ms = 0;  // since the last use, since it began
    std::size_t per_member = 20;
  };
  static bool Expired(const StoredSession& session, const SessionLimits& limits, std::int64_t now_ms);

  std::optional<StoredSession> Session(const ReadTransaction& tx, std::string_view key) const;
  std::vector<KeyedSession> SessionsOf(const ReadTransaction& tx, std::string_view member) const;
  // Those of the member that were used longest ago make room for it.
  void AddSession(WriteTransaction& tx, std::string_view key, const StoredSession& session,
                  std::size_t per_member) const;
  bool RemoveSession(WriteTransaction& tx, std::string_view key) const;  // whether there was one
  std::size_t RemoveSessionsOf(WriteTransaction& tx, std::string_view member) const;
  // Later uses than those stored; of sessions that are gone by now nothing is kept.
  void MarkUsed(WriteTransaction& tx, const LastUses& uses) const;
  // Looks at `count` sessions from key `from` on and removes those that have expired.
  struct Swept {
    std::string next;  // where the next sweep goes on; empty: at the beginning
    std::size_t removed = 0;
  };
  Swept SweepSessions(WriteTransaction& tx, std::string_view from, std::size_t count, const SessionLimits& limits,
                      std::int64_t now_ms) const;

  // Devices a member has logged in from.
  bool HasDevice(const ReadTransaction& tx, std::string_view member, std::string_view key) const;
  // Notes a login: adds the device (the one not seen for longest makes room) or renews it.
  void SeeDevice(WriteTransaction& tx, std::string_view member, std::string_view key, std::int64_t now_ms) const;

 private:
  explicit Credentials(std::unique_ptr<Environment> environment);

  std::unique_ptr<Environment> environment_;
  Table accounts_, names_, sessions_, member_sessions_, devices_;
};

}  // namespace zoobar
