// The transactions of auth's calls. They read the account of a name. They write what changes with a registration, a
// login, a logout, a new password, an alarm and the end of an alarm. Each transaction is written as a whole or not at
// all.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth.pb.h"
#include "config.pb.h"
#include "credentials/looks.h"
#include "roles/auth/passwords.h"
#include "roles/auth/sessions.h"
#include "store/credentials.h"

namespace zoobar {

class Accounts {
 public:
  static constexpr std::size_t kSessionIdBytes = 16;  // SessionsReply.Session.id: the first bytes of the session's key

  Accounts(Credentials& credentials, const AccountPasswords& passwords, const LiveSessions& sessions,
           const Config::Auth& config);
  void Configure(const Config::Auth& config);

  struct Candidate {
    std::string member;  // empty: nobody has the name, and `account` is another member's or the decoy
    StoredAccount account;
  };
  // Finds the account against which a password is to be checked. Every name costs the same reads and the same parsing,
  // whatever its form, and whether or not somebody has it or can have it. If nobody has the name, the result has the
  // tags of another member, always the same one for the same name. So the check of the password takes a time that is
  // usual on this site, even if its accounts were hashed with different parameters. The caller ignores the result of
  // that check.
  Result<Candidate> Find(std::string_view typed_name);

  // Whether the account still has the password that it had when `known` was read.
  bool StillHolds(const Candidate& known);

  enum class Name {
    kFree,
    kTaken,     // an account has it, or a closed one had it
    kAlike,     // it looks like a name that is taken
    kReserved,  // it is the site's own, or looks like it
  };
  // Whether a new member can have this name, which is in NFC. The answer may change until the account is stored.
  Result<Name> CheckName(std::string_view name) const;
  // Adds an account if no account has its name or one that looks like it. The caller has called CheckName: the reserved
  // names may change meanwhile, and only the loop's thread may read them.
  Name AddAccount(WriteTransaction& tx, std::string_view member, const StoredAccount& account) const;

  // Makes a new random id for a member.
  static std::string FreshMemberId();

  using Entry = LiveSessions::Entry;
  // Adds the account and begins its first session, if the name is free.
  Name StoreRegistered(WriteTransaction& tx, const Candidate& fresh, const Entry& entry) const;
  // Returns false if the account's password has changed since `verified` was read, or if the account is locked now.
  // `fresh` has the tags of the same password and of new honeywords, with a new salt. It may be null. `former` is the
  // token of the session that the new session replaces.
  bool StoreLoggedIn(WriteTransaction& tx, const Candidate& verified, const AccountPasswords::Stored* fresh,
                     const Entry& entry, std::string_view former) const;
  // Stores the session of a login, in place of the browser's former one, whose token is `former`.
  void StoreEntry(WriteTransaction& tx, const Entry& entry, std::string_view former) const;
  struct Changed {
    bool late = false;    // the caller's deadline had passed; nothing was stored
    bool stored = false;  // false: the session has ended, or the password has changed since it was checked
    std::optional<SpendingLimits> undelegated = {};  // the limits of the delegation that was removed, if there was one
  };
  // Stores the new password and ends every session except the new one. Also removes the delegation, because somebody
  // else who knew the old password may have made it.
  Changed StoreChanged(WriteTransaction& tx, const LiveSessions::Found& found, const AccountPasswords::Stored& chosen,
                       const Entry& entry) const;
  // Begins another session if the answer to a change of the password at `since_ms` was lost. Returns false if the
  // account has another password now, or was locked after the change.
  bool StoreResumed(WriteTransaction& tx, const Candidate& verified, const Entry& entry, std::int64_t since_ms) const;
  // Returns false if the account has another password now, or if its tags were hashed once more meanwhile.
  bool StoreRehashed(WriteTransaction& tx, const Candidate& before, const AccountPasswords::Stored& again) const;
  // StoreLocked locks an account after an alarm, and StoreUnlocked ends this. Each returns false if the account was in
  // that state already.
  bool StoreLocked(WriteTransaction& tx, std::string_view member, std::int64_t now_ms) const;
  bool StoreUnlocked(WriteTransaction& tx, std::string_view member) const;
  // Ends every session of a member.
  void StoreExpelled(WriteTransaction& tx, std::string_view member) const { credentials_.RemoveSessionsOf(tx, member); }
  // Ends the sessions that the request names, and returns their number.
  std::size_t StoreLoggedOut(WriteTransaction& tx, const LiveSessions::Found& found,
                             const LogoutRequest& request) const;

 private:
  Name IsFree(const ReadTransaction& tx, std::string_view name, const std::vector<std::string>& looks) const;
  Credentials& credentials_;
  const AccountPasswords& passwords_;
  const LiveSessions& sessions_;
  std::vector<Looks> reserved_;  // looks of the names that nobody can register
  std::string imitation_key_;  // decides whose account stands in for a name that nobody has; random, new at each start
};

}  // namespace zoobar
